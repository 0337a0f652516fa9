"""What a new installation starts with: two accounts and the city's areas."""

from __future__ import annotations

from datetime import datetime

from .domain.accounts.permissions import Role
from .services import Services
from .services.accounts.accounts import add_user, find_user, random_password
from .services.place.register import BUILT_IN_AREAS, area_tree, import_areas


def first_run(services: Services, now: datetime) -> dict[str, str]:
    """Make the accounts ``admin`` and ``inspector`` and load the built-in areas, where they are missing.

    Returns the new passwords by account, to be shown once; empty where there was nothing to make. Of two processes that
    start at the same moment each account is made by one.
    """
    if not len(area_tree(services.store)):
        import_areas(services.store, BUILT_IN_AREAS.read_text("utf-8"), BUILT_IN_AREAS.name)
    if find_user(services.store, "admin"):
        return {}
    wanted = {"admin": (Role.ADMINISTRATOR, "管理员"), "inspector": (Role.INSPECTOR, "测评员")}
    passwords = {name: random_password() for name in wanted}
    return {
        name: passwords[name]
        for name, (role, title) in wanted.items()
        if not isinstance(add_user(services.store, name, role, passwords[name], now, title), list)
    }
