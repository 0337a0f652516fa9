"""Partners who say not to have gone along: they say so and take it back, the office looks at both words and settles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS, OPEN
from ...collections.plan.week_plan import WEEK_PLANS
from ...domain.accounts.scope import Scope
from ...domain.accounts.user import User
from ...domain.inspecting.denial import FOUND, MAX_REASON, denied, found, open_denial, taken_back
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.presence import DECLINED, Denial, Settling
from ...domain.problems import Problem
from .. import Services
from ..audit import Entry, keep
from ..evidence.apart import is_still_blind
from ..evidence.reviewing import at_revision
from ..place.scoped import areas_in
from ..publications import is_published
from . import presence


@dataclass(frozen=True, slots=True)
class Denied:
    """A visit whose partner denies it, as the office settles it: its denial, and whether the plan wants two there."""

    kept: Kept[Inspection]
    denial: Denial
    needs_two: bool


def can_deny(services: Services, user: User, inspection: Inspection) -> bool:
    """Whether who is named as partner may say not to have gone along: until the office decides, or publishes."""
    how = inspection.presence
    named = inspection.partner == user.name and DECLINED not in how.reasons and how.denial is None
    return named and not how.settled and not is_published(services.store, inspection.week)


def deny(services: Services, user: User, id: str, reason: str, now: datetime) -> Kept[Inspection] | Problem:
    """Take down that a partner was not there, and why. Said twice is said once, with the first reason.

    A visit that they may not see is as if it were not there. Raises ``Stale`` where somebody else changed the
    inspection meanwhile.
    """
    kept = _named(services, user, id)
    if isinstance(kept, Problem) or open_denial(kept.value):
        return kept
    if not can_deny(services, user, kept.value):
        return Problem("presence.partner_late")
    if not 0 < len(reason.strip()) <= MAX_REASON:
        return Problem("presence.denial_reason_wanted", details={"most": MAX_REASON})
    after = denied(kept.value, reason.strip(), now)
    return _kept(services, user.name, kept, after, "presence.partner_declined", now, {"reason": reason.strip()})


def take_back(services: Services, user: User, id: str, now: datetime) -> Kept[Inspection] | Problem:
    """Take a denial back, until the office has settled it; nothing where there is none. Otherwise as ``deny``."""
    kept = _named(services, user, id)
    if isinstance(kept, Problem) or kept.value.presence.denial is None:
        return kept
    if open_denial(kept.value) is None:
        return Problem("presence.partner_late")
    return _kept(services, user.name, kept, taken_back(kept.value), "presence.denial_withdrawn", now, {})


def open_denials(services: Services, week: str, *, scope: Scope) -> list[Denied]:
    """The visits of a week and scope whose partner denies it, in the order in which they came.

    None for whoever may not know who inspects.
    """
    areas = areas_in(services.store, scope, week)
    kept = INSPECTIONS.find(services.store, week=week, area=areas, denial=OPEN) if scope.inspectors else []
    return [
        Denied(one, denial, needs_two(services, one.value))
        for one in kept
        for denial in [open_denial(one.value)]
        if denial
    ]


def settle_denial(
    services: Services,
    supervisor: str,
    id: str,
    decision: str,
    reason: str,
    expected_revision: int,
    now: datetime,
    *,
    scope: Scope,
) -> Kept[Inspection] | list[Problem]:
    """Find of an open denial that the partner went along, or did not (a key of ``FOUND``); either needs a reason.

    What lies outside of the scope is as if it were not there. Raises ``Stale`` where somebody else changed the
    inspection since ``expected_revision``.
    """
    kept = at_revision(services, id, expected_revision, scope)
    if isinstance(kept, Problem):
        return [kept]
    denial = open_denial(kept.value)
    if problems := _problems(denial, decision, reason.strip()):
        return problems
    assert denial
    settling = Settling(decision, reason.strip(), supervisor, now)
    after = found(kept.value, denial, settling, needs_two=needs_two(services, kept.value))
    told = {"partner": after.partner, "reason": settling.reason, "published": is_published(services.store, after.week)}
    return _kept(services, supervisor, kept, after, f"presence.partner_{decision}", now, told)


def needs_two(services: Services, inspection: Inspection) -> bool:
    """Whether the week's plan has a team of two make this visit."""
    plan = WEEK_PLANS.get(services.store, inspection.week)
    planned = plan.value.site(inspection.site.code) if plan else None
    teams = (planned.inspectors, planned.second) if planned and not planned.dropped else ()
    return any(inspection.inspector in team and len(team) > 1 for team in teams)


def _named(services: Services, user: User, id: str) -> Kept[Inspection] | Problem:
    kept = INSPECTIONS.get(services.store, id)
    if kept is None or kept.value.partner != user.name or is_still_blind(services.store, kept, user.name):
        return Problem("evidence.inspection_unknown", details={"inspection": id})
    return kept


def _problems(denial: Denial | None, decision: str, reason: str) -> list[Problem]:
    problems = [] if denial else [Problem("presence.denial_unknown")]
    if decision not in FOUND:
        problems.append(Problem("presence.denial_decision_unknown"))
    if not 0 < len(reason) <= presence.MAX_REASON:
        problems.append(Problem("presence.reason_wanted", details={"most": presence.MAX_REASON}))
    return problems


def _kept(
    services: Services,
    who: str,
    before: Kept[Inspection],
    after: Inspection,
    act: str,
    now: datetime,
    told: Mapping[str, object],
) -> Kept[Inspection]:
    was = {"counting": before.value.presence.state, "partner": before.value.partner}
    entry = Entry(act, before.id, was, {"counting": after.presence.state, **told})
    write = INSPECTIONS.writing(before.id, after, before.revision)
    return INSPECTIONS.kept(keep(services.store, who, now, [entry], [write])[0])
