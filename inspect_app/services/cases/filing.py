"""From confirmed findings to cases that are with their units: what waits to be filed, and filing many at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...domain.accounts.scope import Scope
from ...domain.accounts.user import User
from ...domain.cases.routing import Proposal
from ...domain.problems import Problem
from ...store import Stored
from .. import INSPECTIONS, Services
from ..accounts.may import scope_of
from ..evidence.filed import case_of_finding
from ..place.scoped import areas_in
from .acts import Asked, act_on, default_deadline, open_case, problem_words, proposal_for


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A confirmed finding without a case; ``note`` is the inspector's own, for the office only."""

    inspection: str
    item: str
    title: str
    detail: str
    note: str
    site: str
    site_type: str
    area: str
    photo: str
    proposal: Proposal
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Filing:
    """A finding to be filed and, where ``unit`` is given, dispatched at once."""

    inspection: str
    item: str
    description: str
    unit: str = ""
    joint: tuple[str, ...] = ()
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of one filing: the case's number where there is one, and what was wrong."""

    filing: Filing
    case: str
    problems: tuple[Problem, ...]


def unfiled(
    services: Services, week: str, now: datetime, areas: Collection[str] | None = None, *, scope: Scope
) -> list[Unfiled]:
    """A scope's confirmed findings of a week that are no cases, in the order of their inspections."""
    found = []
    wanted = areas_in(services.store, scope, week, areas)
    for stored in services.store.find(INSPECTIONS, week=week, area=wanted):
        for item, review in stored.document["reviews"].items():
            if review["decision"] == "confirmed" and case_of_finding(services.store, stored.id, item) is None:
                found.append(_unfiled(services, stored, item, now))
    return found


def count_unfiled(services: Services, week: str, *, scope: Scope) -> int:
    """How many of a scope's confirmed findings of a week are no cases."""
    return sum(
        review["decision"] == "confirmed" and case_of_finding(services.store, stored.id, item) is None
        for stored in services.store.find(INSPECTIONS, week=week, area=areas_in(services.store, scope, week))
        for item, review in stored.document["reviews"].items()
    )


def file_all(services: Services, user: User, filings: Sequence[Filing], now: datetime) -> list[Filed]:
    """File each and dispatch those with a unit, each for itself: one that is refused holds up none of the others."""
    return [_file(services, user, filing, now) for filing in filings]


def _file(services: Services, user: User, filing: Filing, now: datetime) -> Filed:
    case = open_case(services, user.name, filing.inspection, filing.item, filing.description, now, scope=scope_of(user))
    if isinstance(case, list):
        return Filed(filing, "", tuple(case))
    if not filing.unit or case.document["state"] != "filed":
        return Filed(filing, case.id, ())
    asked = Asked("dispatch", unit=filing.unit, joint=filing.joint, deadline=filing.deadline)
    sent = act_on(services, user, case.id, asked, case.revision, now)
    return Filed(filing, case.id, tuple(sent) if isinstance(sent, list) else ())


def _unfiled(services: Services, stored: Stored, item_id: str, now: datetime) -> Unfiled:
    document = stored.document
    checklist = services.library.version(document["version"])
    assert checklist is not None, f"the store lacks checklist version {document['version']}"
    item = checklist.item(item_id)
    about = {name: document[name] for name in ("version", "checklist", "week", "area")} | {"item": item_id}
    photos = [photo["sha256"] for photo in document["photos"] if photo["item"] == item_id]
    answer = document["answers"].get(item_id, {})
    return Unfiled(
        inspection=stored.id,
        item=item_id,
        title=problem_words(checklist, item),
        detail=next((one["detail"] for one in document["items"] if one["item_id"] == item_id), ""),
        note=str(answer.get("note", "")),
        site=document["site_as_inspected"]["name"],
        site_type=checklist.title,
        area=document["area"],
        photo=photos[0] if photos else "",
        proposal=proposal_for(services, about),
        deadline=default_deadline(services, {**about, "clauses": list(item.clauses)}, now),
    )
