"""Presence (到场): tickets for phones, whether a visit counts when it comes, and what a supervisor decides of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS, day_key
from ...domain.accounts.scope import Scope
from ...domain.accounts.user import User
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.kinds import is_visit
from ...domain.inspecting.presence import (
    COUNTING,
    SETTLED,
    Claim,
    Load,
    Presence,
    Settling,
    Visited,
    presence_of,
    rests_on_photos,
    settled,
)
from ...domain.inspecting.presence_rules import PresenceRules
from ...domain.inspecting.tickets import holds, tickets_for
from ...domain.problems import Problem
from ...domain.weeks import day_text
from .. import Services
from ..audit import Entry, keep
from ..evidence.reviewing import at_revision
from ..place.scoped import areas_in
from ..publications import is_published

MAX_REASON = 500


def tickets(services: Services, user: User, device: str, now: datetime) -> list[str]:
    """What a phone needs to show presence today and in the days to come; ``device`` names it, empty where unknown."""
    return tickets_for(services.ticket_key, user.name, device, _day(services, now))


def with_presence(
    services: Services, inspection: Inspection, claim: Claim, came_at: datetime, changed: tuple[str, ...] = ()
) -> Inspection:
    """An inspection that came at an instant, with how it stands. Reports are not asked.

    ``changed`` is what was changed of its site since (``as_begun``), and what is doubted of who went along.
    """
    if not is_visit(inspection):
        return inspection
    rules, day = services.library.presence, day_text(inspection.started_at, services.settings.timezone)
    visited = replace(_visited(services, inspection, claim, rules, came_at), changed=changed)
    if rests_on_photos(visited, rules):
        visited = replace(visited, used=_used(services, inspection))
    return replace(inspection, presence=presence_of(visited, rules, _load(services, inspection, rules, day), day))


def waiting(services: Services, week: str, *, scope: Scope) -> list[Kept[Inspection]]:
    """The visits of a week and scope that wait for a decision, in the order in which they came."""
    areas = areas_in(services.store, scope, week)
    return INSPECTIONS.find(services.store, week=week, area=areas, counting="waiting")


def settle(
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
    """Count a visit that waits, or leave it out; either needs a reason, and can be decided anew.

    What lies outside of the scope is as if it were not there. Raises ``Stale`` where somebody else changed the
    inspection since ``expected_revision``.
    """
    kept = at_revision(services, id, expected_revision, scope)
    if isinstance(kept, Problem):
        return [kept]
    presence = kept.value.presence
    if problems := settling_problems(presence, decision, reason.strip()):
        return problems
    after = settled(presence, Settling(decision, reason.strip(), supervisor, now))
    told = {
        "counting": after.state,
        "reason": reason.strip(),
        "published": is_published(services.store, kept.value.week),
    }
    entry = Entry(f"presence.{decision}", id, {"counting": presence.state, "reasons": list(presence.reasons)}, told)
    write = INSPECTIONS.writing(id, replace(kept.value, presence=after), kept.revision)
    return INSPECTIONS.kept(keep(services.store, supervisor, now, [entry], [write])[0])


def settling_problems(presence: Presence, decision: str, reason: str) -> list[Problem]:
    """Why a visit cannot be decided about so; none where it can."""
    problems = []
    if not presence.can_be_settled:
        problems.append(Problem("presence.nothing_to_settle"))
    if decision not in SETTLED:
        problems.append(Problem("presence.decision_unknown"))
    if not 0 < len(reason) <= MAX_REASON:
        problems.append(Problem("presence.reason_wanted", details={"most": MAX_REASON}))
    return problems


def _visited(
    services: Services, inspection: Inspection, claim: Claim, rules: PresenceRules, came_at: datetime
) -> Visited:
    days = {_day(services, at) for at in (inspection.started_at, inspection.finished_at)}
    return Visited(
        started_at=inspection.started_at,
        finished_at=inspection.finished_at,
        received_at=came_at,
        states=[item.state for item in inspection.items],
        taps=list(inspection.taps.values()),
        photos=inspection.photos,
        claim=claim,
        ticketed=holds(services.ticket_key, inspection.inspector, claim.tickets, days),
        ground=inspection.site.ground,
        minimum_s=rules.minimum_for(inspection.checklist),
    )


def _used(services: Services, inspection: Inspection) -> frozenset[str]:
    """Which of its photos another inspection has: any that was checked, or one of the inspector's that just came."""
    inspector, week = inspection.inspector, inspection.week
    hashes = {photo.sha256 for photo in inspection.photos}
    lately = services.captures.used(inspector, week, hashes)
    return frozenset(sha256 for sha256 in hashes if sha256 in lately or services.similar.has(sha256))


def _load(services: Services, inspection: Inspection, rules: PresenceRules, day: str) -> Load:
    """How full the caps are. As many are looked for as a cap has, by fields that the store has an index of."""
    store, week, site = services.store, inspection.week, inspection.site.code
    by_site, by_inspector = day_key(day, site), day_key(day, inspection.inspector)
    return Load(
        site_day=INSPECTIONS.count(store, int(rules.site_day), week=week, site_day=by_site),
        site_week=INSPECTIONS.count(store, int(rules.site_week), week=week, site=site, counting=COUNTING),
        inspector_day=INSPECTIONS.count(store, int(rules.inspector_day), week=week, inspector_day=by_inspector),
        published=is_published(store, week),
    )


def _day(services: Services, at: datetime) -> date:
    return at.astimezone(services.settings.timezone).date()
