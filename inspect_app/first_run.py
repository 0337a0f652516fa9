"""What a new installation starts with: two accounts and the city's areas."""

from __future__ import annotations

from datetime import datetime

from .domain.accounts.permissions import Role
from .domain.weeks import week_of
from .services import Services
from .services.accounts.accounts import add_user, all_users, find_user
from .services.accounts.passwords import random_password
from .services.checking import was_worked_with
from .services.place.areas_changing import import_areas_from
from .services.place.register import BUILT_IN_AREAS, area_tree


class AccountsLost(Exception):
    """There is data and no account: no new administrator gets hold of it. The message says so, in Chinese."""


_WHO = "首次运行"
"""Who makes the first accounts and takes over the areas, as the log of acts names it."""


def first_run(services: Services, now: datetime) -> dict[str, str]:
    """Make the accounts ``admin`` and ``inspector`` and load the built-in areas, where they are missing.

    Returns the new passwords by account, to be shown once and changed at the first sign-in; empty where there was
    nothing to make. Of two processes that start at the same moment each account is made by one. Raises ``AccountsLost``
    where there is data and no account.
    """
    if not all_users(services.store) and was_worked_with(services):
        raise AccountsLost(
            f"{services.settings.store / 'users'} 里没有账号，而数据目录里已有别的数据：账号可能丢失了，"
            "不当作首次运行。请从备份恢复 store/users；没有备份时，用命令新建管理员：flask --app inspect_app users add"
        )
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
