"""What a new installation starts with: two accounts and the city's areas."""

from __future__ import annotations

from datetime import datetime

from .domain.accounts.permissions import Role
from .domain.weeks import week_of
from .services import Services
from .services.accounts.accounts import add_user, find_user
from .services.accounts.passwords import random_password
from .services.place.areas_changing import import_areas_from
from .services.place.register import BUILT_IN_AREAS, area_tree

_WHO = "首次运行"
"""Who makes the first accounts and takes over the areas, as the log of acts names it."""


def first_run(services: Services, now: datetime) -> dict[str, str]:
    """Make the accounts ``admin`` and ``inspector`` and load the built-in areas, where they are missing.

    Returns the new passwords by account, to be shown once and changed at the first sign-in; empty where there was
    nothing to make. Of two processes that start at the same moment each account is made by one.
    """
    if not len(area_tree(services.store)):
        text, week = BUILT_IN_AREAS.read_text("utf-8"), week_of(now, services.settings.timezone)
        import_areas_from(services, _WHO, text, BUILT_IN_AREAS.name, week, now)
    if find_user(services.store, "admin"):
        return {}
    wanted = {"admin": (Role.ADMINISTRATOR, "管理员"), "inspector": (Role.INSPECTOR, "测评员")}
    passwords = {name: random_password() for name in wanted}
    made = {
        name: add_user(services.store, name, role, passwords[name], now, title, by=_WHO, must_change=True)
        for name, (role, title) in wanted.items()
    }
    return {name: passwords[name] for name, user in made.items() if not isinstance(user, list)}
