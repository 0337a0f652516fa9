"""That the server's disk is nearly full, or its backups fail, on the pages of those who can do something about it."""

from __future__ import annotations

from ..domain.accounts.permissions import Permission
from ..services.backing_up import backup_warning
from ..services.disk import fullest, warning
from .context import may, now, services

_TOLD = (Permission.ACCOUNT_MANAGE, Permission.FINDING_DECIDE)


def disk_warning() -> str:
    """The warning for whoever looks; empty where there is none, or nothing for them."""
    if not any(map(may, _TOLD)):
        return ""
    disk = fullest(services().settings)
    return " ".join(filter(None, (warning(disk) if disk else "", backup_warning(services(), now()))))
