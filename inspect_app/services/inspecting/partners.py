"""Teams of two: who may go along with an inspector, what is said of a partner that nobody knows, who denies it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.user import User
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.presence import DECLINED, declined
from ...domain.problems import Problem
from .. import Services
from ..accounts.accounts import inspectors
from ..audit import Entry, keep
from ..evidence.apart import are_apart, is_still_blind
from ..publications import is_published


def companions(services: Services, user: User) -> list[User]:
    """The inspectors whom somebody can take along: all others, by title. No inspector is held to some areas."""
    found = (one for one in inspectors(services.store) if one.name != user.name)
    return sorted(found, key=lambda one: (one.title, one.name))


def partner_doubts(services: Services, inspector: str, partner: str, week: str, site: str) -> tuple[str, ...]:
    """Why the office has to look at who went along, as reasons of presence.

    The account may be locked by now. And nobody asks a partner: to name the one who makes the site's other visit would
    spoil an honest blind pair.
    """
    if not partner:
        return ()
    if not any(one.name == partner for one in inspectors(services.store)):
        return ("partner_unknown",)
    return ("partner_apart",) if are_apart(services.store, week, site, inspector, partner) else ()


def can_decline(services: Services, user: User, inspection: Inspection) -> bool:
    """Whether who is named as partner may still say not to have gone along: until the office decides, or publishes."""
    named = inspection.partner == user.name and DECLINED not in inspection.presence.reasons
    return named and not inspection.presence.settled and not is_published(services.store, inspection.week)


def decline(services: Services, user: User, id: str, now: datetime) -> Kept[Inspection] | Problem:
    """Take down that a partner was not there: the visit waits for the office, and is none of theirs.

    Saying it twice is saying it once. A visit that they may not see is as if it were not there. Raises ``Stale`` where
    somebody else changed the inspection meanwhile.
    """
    kept = INSPECTIONS.get(services.store, id)
    if kept is None or kept.value.partner != user.name or is_still_blind(services.store, kept, user.name):
        return Problem("evidence.inspection_unknown", details={"inspection": id})
    before = kept.value.presence
    if DECLINED in before.reasons:
        return kept
    if not can_decline(services, user, kept.value):
        return Problem("presence.partner_late")
    after = declined(before)
    was, told = ({"counting": one.state, "reasons": list(one.reasons)} for one in (before, after))
    write = INSPECTIONS.writing(id, replace(kept.value, presence=after), kept.revision)
    entry = Entry("presence.partner_declined", id, was, told)
    return INSPECTIONS.kept(keep(services.store, user.name, now, [entry], [write])[0])
