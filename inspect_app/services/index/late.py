"""Visits that come, or change, after their week was published: told, with what they would change, until a correction.

One that comes waits. To accept it is to have it count and to publish a correction, to decline it is to leave it out for
good; either with a reason. The week of a visit is that of its start by the server's clock
(``domain/inspecting/clock``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from ...collections import Kept
from ...collections.index.publication import PUBLICATIONS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.checklists.scoring import format_rate
from ...domain.index.as_read import LEFT_OUT, is_late
from ...domain.index.figures import AreaWeek
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.kinds import is_visit
from ...domain.problems import Problem
from ...store import Store
from .. import Services
from ..evidence.reviewing import whole_inspections
from ..inspecting.presence import settle, settling_problems
from ..plan.framing import content_now
from ..publications import published_weeks
from .as_read import as_read
from .publishing import preview, readable

ACCEPTED = "accepted"
LOOKED_BACK = 13
"""How many published weeks, the newest ones, are looked through for visits that came late."""
_State = tuple[str, int]
"""That of a week's visits, and of its publication."""
_KNOWN: WeakKeyDictionary[Store, dict[str, tuple[_State | None, int]]] = WeakKeyDictionary()
"""By store and week, what ``_late_count`` found and in which state: whoever opens the desk asks for thirteen weeks."""


@dataclass(frozen=True, slots=True)
class AreaEffect:
    """What a correction would change of an area, percent; None where it has no figure then or now."""

    name: str
    level: str
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before


def late_visits(services: Services, week: str, *, scope: Scope) -> list[Kept[Inspection]]:
    """The visits of a scope that the latest revision of a published week lacks, or has otherwise than they are.

    Those that it was not made of and nobody has left out; and those that count otherwise than they did in it: that the
    office let in, left out or moved, that their inspector corrected, or a decision on a finding gave another score. Of
    what earlier versions published, which do not say what it was made of, instants tell that. Empty where the week is
    not published.
    """
    kept = PUBLICATIONS.get(services.store, week)
    last = kept.value.revision() if kept else None
    if last is None:
        return []
    made = [one for one in whole_inspections(services, scope=scope, week=week) if is_visit(one.value)]
    read = as_read(services, last)
    if read is None:
        at = last.published_at
        return [one for one in made if _changed_at(one.value) > at and _matters(one.value, at)]
    return [one for one in made if is_late(one.value, one.revision, read.get(one.id))]


def weeks_with_late_visits(services: Services, *, scope: Scope) -> dict[str, int]:
    """How many visits came late for each of the last published weeks, where any did, the newest week first."""
    weeks = [week for week in published_weeks(services.store)[:LOOKED_BACK] if _late_count(services, week)]
    if scope.everywhere:
        return {week: _late_count(services, week) for week in weeks}
    found = {week: len(late_visits(services, week, scope=scope)) for week in weeks}
    return {week: count for week, count in found.items() if count}


def _late_count(services: Services, week: str) -> int:
    """Of the whole city: looked for anew when the week's visits or its publication changed."""
    kept = PUBLICATIONS.get(services.store, week)
    # Asked before the week is read: what comes meanwhile makes it another one.
    state = INSPECTIONS.state(services.store, week), kept.revision if kept else 0
    of_store = _KNOWN.setdefault(services.store, {})
    before, count = of_store.get(week, (None, 0))
    if before != state:
        count = len(late_visits(services, week, scope=EVERYTHING))
        of_store[week] = state, count
    return count


def effects(services: Services, week: str, late: Collection[str], *, scope: Scope) -> tuple[AreaEffect, ...]:
    """What would be printed otherwise of a published week's areas by a correction, if late visits (ids) counted."""
    visits = [kept for id in late if (kept := INSPECTIONS.get(services.store, id))]
    counted = {one.id for one in visits if one.value.presence.state != LEFT_OUT}
    shown, after = readable(services, week), preview(services, week, scope=scope, also=counted).rows
    there = {row.area for row in after}
    before = [row for row in shown.rows if scope.everywhere or row.area in there] if shown else []
    return _differing(before, after)


def effects_of_refreezing(services: Services, week: str, *, scope: Scope) -> tuple[AreaEffect, ...]:
    """What would be other of a week as it stands if it rested on the register and the rules of today."""
    anew = content_now(services, week), None
    now = preview(services, week, scope=scope)
    return _differing(now.rows, preview(services, week, scope=scope, framed=anew).rows)


def settle_late(
    services: Services, who: str, week: str, ids: Collection[str], decision: str, reason: str, now: datetime
) -> list[Problem]:
    """Count the late visits of a published week that wait, or leave them out, as ``settle`` does: all, or none of them.

    They count in what is published by a correction only. Raises ``Stale`` where one was changed at the same moment; the
    others may be settled then.
    """
    late = {one.id: one for one in late_visits(services, week, scope=EVERYTHING)}
    if not ids or set(ids) - late.keys():
        return [Problem("index.not_late", details={"week": week})]
    open_ = [late[id] for id in sorted(ids) if decision != ACCEPTED or not late[id].value.presence.counts]
    problems = [one for kept in open_ for one in settling_problems(kept.value.presence, decision, reason.strip())]
    if problems:
        return list(dict.fromkeys(problems))
    for kept in open_:
        settle(services, who, kept.id, decision, reason, kept.revision, now, scope=EVERYTHING)
    return []


def _changed_at(visit: Inspection) -> datetime:
    """By instants when a visit came, was let in or left out, corrected, or given another score: whichever was last."""
    settled = [one.at for one in visit.presence.settled]
    scored = [step.review.at for step in visit.history if step.rate_before != step.rate_after]
    return max([visit.received_at, *settled, *scored, *(version.at for version in visit.corrections)])


def _matters(visit: Inspection, published_at: datetime) -> bool:
    """Whether a visit counts, may still count, or was left out only after it had been counted in what was published."""
    if visit.presence.state != LEFT_OUT:
        return True
    before = [one.decision for one in visit.presence.settled if one.at <= published_at]
    return before[-1:] == [ACCEPTED]


def _differing(before: Iterable[AreaWeek], after: Iterable[AreaWeek]) -> tuple[AreaEffect, ...]:
    then, now = ({row.area: row for row in rows} for rows in (before, after))
    found = (_effect(then.get(area), now.get(area)) for area in {**now, **then})
    return tuple(one for one in found if format_rate(one.before) != format_rate(one.after))


def _effect(before: AreaWeek | None, after: AreaWeek | None) -> AreaEffect:
    row = after or before
    assert row
    return AreaEffect(row.name, row.level, before.rate if before else None, after.rate if after else None)
