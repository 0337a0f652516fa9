"""Showing chosen cases to the public: only redacted photos, only after the delay, and no longer than they are let."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ...collections import Kept
from ...collections.cases.case import CASES
from ...domain.accounts.nameless import Words
from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.cases.case import Case
from ...domain.cases.exposure import MOST_DAYS, ExposedPhoto, Exposure, Withdrawal, hidden_because, not_before, outcome
from ...domain.problems import Problem
from ...domain.weeks import day_text, title, utc_text
from ...store import Stale
from .. import Services
from ..accounts.nameless import words_for
from ..accounts.units import unit_names
from ..audit import Entry, keep
from ..evidence.redacting import finished_redaction, redacted_copy
from ..place.register import area_tree
from ..publications import is_published
from .acts import find_case
from .at_hand import briefs_of, whole
from .nameless import nameless_case, nameless_kept

MAX_TEXT, MAX_REASON = 500, 200
_PUBLIC = Scope(inspectors=False)


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
class ChosenCase:
    """A chosen case for the office: since when it is shown, or why it is not."""

    case: Kept[Case]
    exposure: Exposure
    hidden: str

    @property
    def not_before(self) -> datetime:
        return self.exposure.not_before


@dataclass(frozen=True, slots=True)
class CandidatePhoto:
    """A photo that could be shown, of ``before`` or ``after``; its redaction is kept with ``owner`` (see redacting)."""

    sha256: str
    kind: str
    owner: str
    finished: bool


def candidates(services: Services, case: Kept[Case]) -> list[CandidatePhoto]:
    """The photos of a case, each with whether its redaction is finished."""
    before = [("before", sha256, case.value.inspection) for sha256 in case.value.photos]
    after = [("after", photo.sha256, case.id) for photo in case.value.after]
    return [
        CandidatePhoto(sha256, kind, owner, finished_redaction(services, owner, sha256) is not None)
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
) -> Kept[Case] | list[Problem]:
    """Choose a case to be shown ``days`` after it was filed, with these photos (SHA-256), each redacted before.

    Raises ``Stale`` where the case was changed since.
    """
    case = find_case(services, id, scope=scope)
    if case is None:
        return [Problem("cases.unknown", details={"id": id})]
    possible = {one.sha256: one for one in candidates(services, case)}
    problems = []
    if not photos:
        problems.append(Problem("exposure.photo_wanted"))
    if any(sha256 not in possible or not possible[sha256].finished for sha256 in photos):
        problems.append(Problem("exposure.photo_not_redacted"))
    if not 0 <= days <= MOST_DAYS:
        problems.append(Problem("exposure.delay_out_of_range", details={"most_days": MOST_DAYS}))
    if len(text.strip()) > MAX_TEXT:
        problems.append(Problem("exposure.text_too_long", details={"most_text": MAX_TEXT}))
    if problems:
        return problems
    if case.revision != expected_revision:
        raise Stale(f"{CASES.name}/{id}")
    exposure = Exposure(
        by=by,
        chosen_at=now,
        not_before=not_before(case.value.filed_at, days),
        text=text.strip(),
        photos=tuple(
            ExposedPhoto(one.sha256, one.kind, one.owner, name=secrets.token_urlsafe(16))
            for one in possible.values()
            if one.sha256 in photos
        ),
    )
    told = {"not_before": utc_text(exposure.not_before), "photos": sorted(photos)}
    entry = Entry("exposure.chosen", id, after=told)
    write = CASES.writing(id, replace(case.value, exposure=exposure), case.revision)
    return CASES.kept(keep(services.store, by, now, [entry], [write])[0])


def withdraw(
    services: Services, by: str, id: str, reason: str, expected_revision: int, now: datetime, *, scope: Scope
) -> Kept[Case] | list[Problem]:
    """Take an exposure back, with a reason; it stays in the log and in the case. Raises ``Stale`` as above."""
    case = find_case(services, id, scope=scope)
    exposure = case.value.exposure if case else None
    if case is None or exposure is None or exposure.withdrawn:
        return [Problem("exposure.not_public")]
    if not 0 < len(reason.strip()) <= MAX_REASON:
        return [Problem("exposure.reason_wanted", details={"most_reason": MAX_REASON})]
    if case.revision != expected_revision:
        raise Stale(f"{CASES.name}/{id}")
    withdrawn = replace(exposure, withdrawn=Withdrawal(by, now, reason.strip()))
    entry = Entry("exposure.withdrawn", id, after={"reason": reason.strip()})
    write = CASES.writing(id, replace(case.value, exposure=withdrawn), case.revision)
    return CASES.kept(keep(services.store, by, now, [entry], [write])[0])


def chosen_cases(services: Services, now: datetime, *, scope: Scope) -> list[ChosenCase]:
    """Every case that was chosen, also those withdrawn; the last chosen first."""
    mine = whole(services.store, briefs_of(services, scope, lambda one: one.exposed))
    found = [(one.value.exposure, one) for one in mine if one.value.exposure]
    found.sort(key=lambda one: one[0].chosen_at, reverse=True)
    words = words_for(services, scope)
    return [_chosen(services, nameless_kept(case, words), exposure, now) for exposure, case in found]


def exposed_cases(services: Services, now: datetime) -> list[Exposed]:
    """What the public sees now, the last shown first."""
    shown = [one for one in chosen_cases(services, now, scope=EVERYTHING) if not one.hidden]
    shown.sort(key=lambda one: one.not_before, reverse=True)
    names, words = unit_names(services.store), words_for(services, _PUBLIC)
    return [_exposed(services, one.case, one.exposure, names, words, now) for one in shown]


def exposed_case(services: Services, id: str, now: datetime) -> Exposed | None:
    """One case as the public sees it, or None where it does not."""
    shown = _shown(services, id, now)
    if shown is None:
        return None
    return _exposed(services, shown.case, shown.exposure, unit_names(services.store), words_for(services, _PUBLIC), now)


def exposed_photo(services: Services, id: str, name: str, now: datetime) -> bytes | None:
    """A photo of an exposed case under its public name; None where it is not, or no longer, shown."""
    shown = _shown(services, id, now)
    for photo in shown.exposure.photos if shown else ():
        if secrets.compare_digest(photo.name.encode(), name.encode("utf-8", "surrogatepass")):
            redaction = finished_redaction(services, photo.owner, photo.sha256)
            return redacted_copy(services, redaction) if redaction else None
    return None


def _shown(services: Services, id: str, now: datetime) -> ChosenCase | None:
    """A case that the public sees now, or None."""
    case = find_case(services, id, scope=EVERYTHING)
    if case is None or case.value.exposure is None:
        return None
    chosen = _chosen(services, case, case.value.exposure, now)
    return None if chosen.hidden else chosen


def _chosen(services: Services, case: Kept[Case], exposure: Exposure, now: datetime) -> ChosenCase:
    published = is_published(services.store, case.value.week)
    return ChosenCase(case, exposure, hidden_because(case.value.course, exposure, published, now))


def _exposed(
    services: Services,
    kept: Kept[Case],
    exposure: Exposure,
    names: Mapping[str, str],
    words: Words,
    now: datetime,
) -> Exposed:
    case, zone = nameless_case(kept.value, words), services.settings.timezone
    return Exposed(
        id=kept.id,
        title=case.title,
        text=words(exposure.text),
        place=case.place.name,
        area=area_tree(services.store, case.week).full_name(case.area),
        site_type=case.site_type,
        clauses=case.clauses,
        unit=names.get(case.unit, ""),
        week=title(case.week),
        outcome=outcome(case.course, now),
        closed_on=day_text(case.closed_at, zone) if case.closed_at else "",
        before=tuple(photo.name for photo in exposure.photos if photo.kind == "before"),
        after=tuple(photo.name for photo in exposure.photos if photo.kind == "after"),
    )
