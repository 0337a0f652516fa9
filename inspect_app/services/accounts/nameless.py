"""How free text is told to a scope: whole, or without the names of those who may have inspected."""

from __future__ import annotations

from ...domain.accounts.nameless import Words, as_written, without_names
from ...domain.accounts.permissions import Permission
from ...domain.accounts.scope import Scope
from .. import Services
from .accounts import all_users
from .may import may


def words_for(services: Services, scope: Scope) -> Words:
    """The words that a scope gets. Ask once for many texts: it looks at every account, blocked ones too."""
    if scope.inspectors:
        return as_written
    return without_names(user for user in all_users(services.store) if may(user, Permission.INSPECTION_SEND))
