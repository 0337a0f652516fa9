"""Teams of two: who may go along with an inspector, and what is said of a partner that nobody knows."""

from __future__ import annotations

from ...domain.accounts.scope import Scope
from ...domain.accounts.user import User
from ...domain.place.areas import AreaTree
from .. import Services
from ..accounts.accounts import inspectors
from ..evidence.apart import are_apart
from ..place.register import area_tree


def companions(services: Services, user: User) -> list[User]:
    """The inspectors whom somebody can take along: all others whose areas meet theirs, by title."""
    tree = area_tree(services.store)
    found = (one for one in inspectors(services.store) if one.name != user.name and _meet(one, user, tree))
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


def _meet(one: User, other: User, tree: AreaTree) -> bool:
    """Whether the areas of two accounts have any in common; none stands for the whole city."""
    mine, theirs = (Scope(user.scope).within(tree) for user in (one, other))
    return mine is None or theirs is None or bool(set(mine) & set(theirs))
