"""That the server's disk is nearly full, on the pages of those who can do something about it."""

from __future__ import annotations

from ..domain.accounts.permissions import Permission
from ..services.disk import fullest, warning
from .context import may, services

_TOLD = (Permission.ACCOUNT_MANAGE, Permission.FINDING_DECIDE)


def disk_warning() -> str:
    """The warning for whoever looks; empty where there is none, or nothing for them."""
    disk = fullest(services().settings) if any(map(may, _TOLD)) else None
    return warning(disk) if disk else ""
