"""Teams of two: who may go along with an inspector, what is said of a partner that nobody knows."""

from __future__ import annotations

from ...domain.accounts.user import User
from .. import Services
from ..accounts.accounts import inspectors
from ..evidence.apart import are_apart


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
