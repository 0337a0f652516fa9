"""From confirmed findings to cases that are with their units: what waits to be filed, and filing many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.nameless import Words
from ...domain.accounts.scope import Scope
from ...domain.accounts.user import User
from ...domain.cases.life_cycle import State
from ...domain.cases.routing import UnitProposal
from ...domain.inspecting.inspection import Inspection
from ...domain.problems import Problem
from .. import Services
from ..accounts.may import scope_of
from ..accounts.nameless import words_for
from ..evidence.anonymous import nameless
from ..evidence.filed import case_of_finding
from ..place.scoped import areas_in
from .acts import AskedAct, Subject, act_on, deadline_guess, default_deadline, open_case, problem_words, proposal_for


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A confirmed finding without a case; ``note`` is the inspector's own, for the office only.

    ``guessed`` are the years without known holidays that make the proposed deadline a guess.
    """

    inspection: str
    item: str
    title: str
    detail: str
    note: str
    site: str
    site_type: str
    area: str
    photo: str
    proposal: UnitProposal
    deadline: datetime
    guessed: tuple[int, ...]


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
    words = words_for(services, scope)
    return [_unfiled(services, kept, item, words, now) for kept, item in _waiting(services, week, scope, areas)]


def count_unfiled(services: Services, week: str, *, scope: Scope) -> int:
    """How many of a scope's confirmed findings of a week are no cases."""
    return sum(1 for _ in _waiting(services, week, scope))


def _waiting(
    services: Services, week: str, scope: Scope, areas: Collection[str] | None = None
) -> Iterator[tuple[Kept[Inspection], str]]:
    for kept in INSPECTIONS.find(services.store, week=week, area=areas_in(services.store, scope, week, areas)):
        for item, decision in kept.value.decisions.items():
            if decision == "confirmed" and case_of_finding(services.store, kept.id, item) is None:
                yield kept, item


def file_all(services: Services, user: User, filings: Sequence[Filing], now: datetime) -> list[Filed]:
    """File each and dispatch those with a unit, each for itself: one that is refused holds up none of the others."""
    return [_file(services, user, filing, now) for filing in filings]


def _file(services: Services, user: User, filing: Filing, now: datetime) -> Filed:
    case = open_case(services, user.name, filing.inspection, filing.item, filing.description, now, scope=scope_of(user))
    if isinstance(case, list):
        return Filed(filing, "", tuple(case))
    if not filing.unit or case.value.state is not State.FILED:
        return Filed(filing, case.id, ())
    asked = AskedAct("dispatch", unit=filing.unit, joint=filing.joint, deadline=filing.deadline)
    sent = act_on(services, user, case.id, asked, case.revision, now)
    return Filed(filing, case.id, tuple(sent) if isinstance(sent, list) else ())


def _unfiled(services: Services, kept: Kept[Inspection], item_id: str, words: Words, now: datetime) -> Unfiled:
    inspected = nameless(kept.value, words)
    checklist = services.library.kept(inspected.version)
    subject = Subject(item_id, inspected.checklist, inspected.version, inspected.week, inspected.area)
    photos, deadline = inspected.photos_of(item_id), default_deadline(services, subject, now)
    return Unfiled(
        inspection=kept.id,
        item=item_id,
        title=problem_words(checklist, checklist.item(item_id)),
        detail=inspected.item(item_id).detail,
        note=inspected.note(item_id),
        site=inspected.site.name,
        site_type=checklist.title,
        area=inspected.area,
        photo=photos[0].sha256 if photos else "",
        proposal=proposal_for(services, subject),
        deadline=deadline,
        guessed=deadline_guess(services, subject, deadline, now),
    )
