"""Sending an inspector again (复查): which sites are to be looked at once more, and what was seen there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...domain.accounts.scope import Scope
from ...domain.cases.life_cycle import State
from ...domain.problems import Problem
from ...domain.weeks import instant_from, shifted, utc_text, week_of
from ...store import Stored
from .. import INSPECTIONS, Services
from ..audit import logged
from ..evidence.filed import CASES
from .acts import find_case


@dataclass(frozen=True, slots=True)
class Seen:
    """An inspection of the case's site since it was asked for: whether the item was in order this time."""

    inspection: str
    at: str
    in_order: bool
    photos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A site that an inspector is to look at once more, and at what."""

    site: str
    case: str
    title: str
    inspector: str


def ask_recheck(
    services: Services, by: str, id: str, inspector: str, expected_revision: int, now: datetime, *, scope: Scope
) -> Stored | list[Problem]:
    """Have a site looked at again before its case is closed; ``inspector`` may be empty for whoever comes by.

    The unit is not told: neither that, nor when. Raises ``Stale`` where the case was changed since.
    """
    stored = find_case(services, id, scope=scope)
    if stored is None:
        return [Problem("整改件", f"没有编号为「{id}」的整改件")]
    if stored.document["state"] != State.HANDLED:
        return [Problem("复查", "只有待核查的整改件可以安排复查")]
    if not stored.document["site"]:
        return [Problem("复查", "随手拍没有登记点位，不能安排复查")]
    recheck = {"by": by, "at": utc_text(now), "inspector": inspector}
    with logged(services, by, "case.recheck", id, now, after={"inspector": inspector}):
        changed = {**stored.document, "recheck": recheck}
        return services.store.update(CASES, id, changed, expected_revision=expected_revision)


def seen_since(services: Services, case: Stored, now: datetime) -> list[Seen]:
    """The inspections of the case's site, its item among them, since a recheck was asked for; oldest first."""
    document = case.document
    recheck = document.get("recheck")
    if not recheck:
        return []
    since = instant_from(recheck["at"])
    assert since is not None
    last = week_of(now, services.settings.timezone)
    week = week_of(since, services.settings.timezone)
    found = []
    while week <= last:
        for stored in services.store.find(INSPECTIONS, week=week, site=document["site"]):
            at = instant_from(stored.document["started_at"])
            item = next((one for one in stored.document["items"] if one["item_id"] == document["item"]), None)
            if at and at >= since and item and item["state"] == "scored":
                photos = [photo["sha256"] for photo in stored.document["photos"] if photo["item"] == document["item"]]
                found.append(Seen(stored.id, stored.document["started_at"], not item["failed"], tuple(photos)))
        week = shifted(week, 1)
    return sorted(found, key=lambda one: one.at)


def wanted_rechecks(services: Services, inspector: str, now: datetime) -> list[Wanted]:
    """The sites that this inspector is to look at once more; none that somebody looked at since."""
    found = []
    for case in services.store.find(CASES, state=State.HANDLED):
        recheck = case.document.get("recheck")
        if recheck and recheck["inspector"] in ("", inspector) and not seen_since(services, case, now):
            document = case.document
            found.append(Wanted(document["site"], case.id, document["title"], recheck["inspector"]))
    return found
