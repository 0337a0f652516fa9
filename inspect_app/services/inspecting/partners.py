"""Teams of two: who may go along with an inspector, and what is said of a partner that nobody knows."""

from __future__ import annotations

from ...domain.accounts.scope import Scope
from ...domain.accounts.user import User
from ...domain.place.areas import AreaTree
from .. import Services
from ..accounts.accounts import inspectors
from ..place.register import area_tree


def companions(services: Services, user: User) -> list[User]:
    """The inspectors whom somebody can take along: all others whose areas meet theirs, by title."""
    tree = area_tree(services.store)
    found = (one for one in inspectors(services.store) if one.name != user.name and _meet(one, user, tree))
    return sorted(found, key=lambda one: (one.title, one.name))


def partner_doubts(services: Services, partner: str) -> tuple[str, ...]:
    """Why the office has to look at who went along, as reasons of presence: the account may be locked by now."""
    known = not partner or any(one.name == partner for one in inspectors(services.store))
    return () if known else ("partner_unknown",)


def _meet(one: User, other: User, tree: AreaTree) -> bool:
    """Whether the areas of two accounts have any in common; none stands for the whole city."""
    mine, theirs = (Scope(user.scope).within(tree) for user in (one, other))
    return mine is None or theirs is None or bool(set(mine) & set(theirs))
