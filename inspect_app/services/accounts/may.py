"""What an account may do, and what of the city's work it sees: by its role, and within its areas."""

from __future__ import annotations

from ...domain.accounts.permissions import CITYWIDE, GRANTS, Permission
from ...domain.accounts.scope import Areas, Scope
from ...domain.accounts.user import User


def may(user: User | None, permission: Permission, area: str | None = None, areas: Areas | None = None) -> bool:
    """Whether somebody may do a thing: at all or, where an ``area`` is named, in that area.

    ``areas`` is the tree of the week that the thing is of. Nobody signed in may nothing.
    """
    if user is None or permission not in GRANTS[user.role]:
        return False
    if user.scope and permission in CITYWIDE:
        return False
    if area is None or not user.scope:
        return True
    assert areas is not None, "which area lies where is told by the tree of a week"
    return Scope(user.scope).covers(areas, area)


def scope_of(user: User) -> Scope:
    """What finders show to somebody."""
    return Scope(user.scope, inspectors=may(user, Permission.INSPECTOR_SEE))
