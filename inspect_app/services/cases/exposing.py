"""Showing chosen cases to the public: only redacted photos, only after the delay, and no longer than they are let."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.cases.case import case_of
from ...domain.cases.exposure import MOST_DAYS, Exposure, hidden_because, not_before, outcome
from ...domain.problems import Problem
from ...domain.weeks import instant_from, title, utc_text
from ...store import Stored
from .. import Services
from ..accounts.units import unit_names
from ..audit import logged
from ..evidence.filed import CASES
from ..evidence.redacting import finished_redaction, redacted_copy
from ..place.register import area_tree
from ..place.scoped import those_in
from ..publications import PUBLISHED
from .acts import find_case, place_of

MAX_TEXT, MAX_REASON = 500, 200


@dataclass(frozen=True, slots=True)
class Exposed:
    """A case as the public sees it: no person, no time of day, no position; photos by their public names."""

    id: str
    title: str
    text: str
    place: str
    area: str
    site_type: str
    clauses: tuple[str, ...]
    unit: str
    week: str
    outcome: str
    closed_on: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A chosen case for the office: since when it is shown, or why it is not."""

    case: Stored
    not_before: datetime
    hidden: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A photo that could be shown, of ``before`` or ``after``; its redaction is kept with ``owner`` (see redacting)."""

    sha256: str
    kind: str
    owner: str
    finished: bool


def candidates(services: Services, case: Stored) -> list[Candidate]:
    """The photos of a case, each with whether its redaction is finished."""
    before = [("before", sha256, case.document["inspection"]) for sha256 in case.document["photos"]]
    after = [("after", one["sha256"], case.id) for one in case.document["after"]]
    return [
        Candidate(sha256, kind, owner, finished_redaction(services, owner, sha256) is not None)
        for kind, sha256, owner in before + after
    ]


def expose(
    services: Services,
    by: str,
    id: str,
    photos: Collection[str],
    text: str,
    days: int,
    expected_revision: int,
    now: datetime,
    *,
    scope: Scope,
) -> Stored | list[Problem]:
    """Choose a case to be shown ``days`` after it was filed, with these photos (SHA-256), each redacted before.

    Raises ``Stale`` where the case was changed since.
    """
    case = find_case(services, id, scope=scope)
    if case is None:
        return [Problem("整改件", f"没有编号为「{id}」的整改件")]
    possible = {one.sha256: one for one in candidates(services, case)}
    problems = []
    if not photos:
        problems.append(Problem("照片", "请至少选一张打码完成的照片"))
    if any(sha256 not in possible or not possible[sha256].finished for sha256 in photos):
        problems.append(Problem("照片", "只能公开打码完成的照片"))
    if not 0 <= days <= MOST_DAYS:
        problems.append(Problem("延迟", f"应为0到{MOST_DAYS}天"))
    if len(text.strip()) > MAX_TEXT:
        problems.append(Problem("说明", f"最多{MAX_TEXT}个字"))
    if problems:
        return problems
    filed = instant_from(case.document["filed_at"])
    assert filed is not None
    exposure = {
        "by": by,
        "chosen_at": utc_text(now),
        "not_before": utc_text(not_before(filed, days)),
        "text": text.strip(),
        # Names of chance: neither a photo's hash nor its inspection can be told from them.
        "photos": [
            {"sha256": one.sha256, "kind": one.kind, "owner": one.owner, "name": secrets.token_urlsafe(16)}
            for one in possible.values()
            if one.sha256 in photos
        ],
        "withdrawn": None,
    }
    told = {"not_before": exposure["not_before"], "photos": sorted(photos)}
    with logged(services, by, "exposure.chosen", id, now, after=told):
        return services.store.update(
            CASES, id, {**case.document, "exposure": exposure}, expected_revision=expected_revision
        )


def withdraw(
    services: Services, by: str, id: str, reason: str, expected_revision: int, now: datetime, *, scope: Scope
) -> Stored | list[Problem]:
    """Take an exposure back, with a reason; it stays in the log and in the case. Raises ``Stale`` as above."""
    case = find_case(services, id, scope=scope)
    if case is None or not case.document["exposure"] or case.document["exposure"]["withdrawn"]:
        return [Problem("公开曝光", "这一件没有公开")]
    if not 0 < len(reason.strip()) <= MAX_REASON:
        return [Problem("理由", f"应为1到{MAX_REASON}个字")]
    withdrawn = {"by": by, "at": utc_text(now), "reason": reason.strip()}
    document = {**case.document, "exposure": {**case.document["exposure"], "withdrawn": withdrawn}}
    with logged(services, by, "exposure.withdrawn", id, now, after={"reason": reason.strip()}):
        return services.store.update(CASES, id, document, expected_revision=expected_revision)


def chosen_cases(services: Services, now: datetime, *, scope: Scope) -> list[Chosen]:
    """Every case that was chosen, also those withdrawn; the last chosen first."""
    found = [one for one in services.store.find(CASES) if one.document["exposure"]]
    found.sort(key=lambda one: str(one.document["exposure"]["chosen_at"]), reverse=True)
    return [_chosen(services, one, now) for one in those_in(services.store, scope, found, place_of)]


def exposed_cases(services: Services, now: datetime) -> list[Exposed]:
    """What the public sees now, the last shown first."""
    shown = [one for one in chosen_cases(services, now, scope=EVERYTHING) if not one.hidden]
    shown.sort(key=lambda one: one.not_before, reverse=True)
    names = unit_names(services.store)
    return [_exposed(services, one.case, names, now) for one in shown]


def exposed_case(services: Services, id: str, now: datetime) -> Exposed | None:
    """One case as the public sees it, or None where it does not."""
    case = find_case(services, id, scope=EVERYTHING)
    if case is None or not case.document["exposure"] or _chosen(services, case, now).hidden:
        return None
    return _exposed(services, case, unit_names(services.store), now)


def exposed_photo(services: Services, id: str, name: str, now: datetime) -> bytes | None:
    """A photo of an exposed case under its public name; None where it is not, or no longer, shown."""
    case = find_case(services, id, scope=EVERYTHING)
    if case is None or not case.document["exposure"] or _chosen(services, case, now).hidden:
        return None
    for photo in case.document["exposure"]["photos"]:
        if secrets.compare_digest(photo["name"], name):
            redaction = finished_redaction(services, photo["owner"], photo["sha256"])
            return redacted_copy(services, redaction) if redaction else None
    return None


def _chosen(services: Services, case: Stored, now: datetime) -> Chosen:
    raw = case.document["exposure"]
    begins, chosen = instant_from(raw["not_before"]), instant_from(raw["chosen_at"])
    assert begins is not None
    assert chosen is not None
    exposure = Exposure(chosen, begins, withdrawn=raw["withdrawn"] is not None)
    published = services.store.get(PUBLISHED, case.document["week"]) is not None
    return Chosen(case, begins, hidden_because(case_of(case.document), exposure, published, now))


def _exposed(services: Services, case: Stored, names: Mapping[str, str], now: datetime) -> Exposed:
    document: Mapping[str, Any] = case.document
    value, photos = case_of(document), document["exposure"]["photos"]
    closed = instant_from(document["closed_at"] or "")
    zone = services.settings.timezone
    return Exposed(
        id=case.id,
        title=document["title"],
        text=document["exposure"]["text"],
        place=document["place"]["name"],
        area=area_tree(services.store, document["week"]).full_name(document["area"]),
        site_type=document["site_type"],
        clauses=tuple(document["clauses"]),
        unit=names.get(document["unit"], ""),
        week=title(document["week"]),
        outcome=outcome(value, now),
        closed_on=closed.astimezone(zone).date().isoformat() if closed else "",
        before=tuple(photo["name"] for photo in photos if photo["kind"] == "before"),
        after=tuple(photo["name"] for photo in photos if photo["kind"] == "after"),
    )
