"""Sending an inspector again (复查): which sites are to be looked at once more, and what was seen there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ...collections import Kept
from ...collections.cases.case import CASES
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import Scope
from ...domain.cases.case import Case, Recheck
from ...domain.cases.life_cycle import State
from ...domain.problems import Problem
from ...domain.weeks import shifted, week_of
from ...store import Stale
from .. import Services
from ..audit import Entry, keep
from .acts import find_case


@dataclass(frozen=True, slots=True)
class Seen:
    """An inspection of the case's site since it was asked for (UTC): whether the item was in order this time.

    ``corrected``: the inspector corrected the visit since.
    """

    inspection: str
    at: datetime
    in_order: bool
    photos: tuple[str, ...]
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A site that an inspector is to look at once more, and at what."""

    site: str
    case: str
    title: str
    inspector: str


def ask_recheck(
    services: Services, by: str, id: str, inspector: str, expected_revision: int, now: datetime, *, scope: Scope
) -> Kept[Case] | list[Problem]:
    """Have a site looked at again before its case is closed; ``inspector`` may be empty for whoever comes by.

    The unit is not told: neither that, nor when. Raises ``Stale`` where the case was changed since.
    """
    kept = find_case(services, id, scope=scope)
    if kept is None:
        return [Problem("cases.unknown", details={"id": id})]
    if kept.value.state is not State.HANDLED:
        return [Problem("cases.recheck_other_state")]
    if not kept.value.site:
        return [Problem("cases.recheck_no_site")]
    if kept.revision != expected_revision:
        raise Stale(f"{CASES.name}/{id}")
    entry = Entry("case.recheck", id, after={"inspector": inspector})
    write = CASES.writing(id, replace(kept.value, recheck=Recheck(by, now, inspector)), kept.revision)
    return CASES.kept(keep(services.store, by, now, [entry], [write])[0])


def seen_since(services: Services, case: Case, now: datetime) -> list[Seen]:
    """The inspections that count of the case's site and item since a recheck was asked for; oldest first."""
    if case.recheck is None:
        return []
    since = case.recheck.at
    last = week_of(now, services.settings.timezone)
    week = week_of(since, services.settings.timezone)
    found = []
    while week <= last:
        for kept in INSPECTIONS.find(services.store, week=week, site=case.site):
            inspected = kept.value
            if not inspected.presence.counts:
                continue
            item = next((one for one in inspected.items if one.item_id == case.item), None)
            if inspected.started_at >= since and item and item.state == "scored":
                photos = tuple(photo.sha256 for photo in inspected.photos_of(case.item))
                found.append(Seen(kept.id, inspected.started_at, not item.failed, photos, bool(inspected.corrections)))
        week = shifted(week, 1)
    return sorted(found, key=lambda one: one.at)


def wanted_rechecks(services: Services, inspector: str, now: datetime) -> list[Wanted]:
    """The sites that this inspector is to look at once more; none that somebody looked at since."""
    found = []
    for kept in CASES.find(services.store, state=State.HANDLED):
        case, recheck = kept.value, kept.value.recheck
        if recheck and recheck.inspector in ("", inspector) and not seen_since(services, case, now):
            found.append(Wanted(case.site, kept.id, case.title, recheck.inspector))
    return found
