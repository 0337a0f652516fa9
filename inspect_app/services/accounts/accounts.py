"""People who may sign in: accounts with a password."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

from ...collections.accounts.user import USERS
from ...domain.accounts.permissions import SCOPED, Role
from ...domain.accounts.user import COMMAND_LINE, Account, User
from ...domain.problems import Problem, placed, under
from ...store import Stale, Store
from ..audit import Entry, keep
from .passwords import password_problems
from .units import find_unit

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
MOST_AREAS = 20


@cache
def _nobody() -> str:
    """What the password of an unknown name is compared with, so that it takes as long as that of a known one."""
    return generate_password_hash(secrets.token_urlsafe(16))


def add_user(
    store: Store,
    name: str,
    role: str,
    password: str,
    now: datetime,
    title: str = "",
    unit: str = "",
    scope: Sequence[str] = (),
    areas: Container[str] = (),
    *,
    by: str = COMMAND_LINE,
    must_change: bool = False,
) -> User | list[Problem]:
    """A new account. Names are 2 to 32 of a-z, 0-9 and ``._-``; for passwords see ``password_problems``.

    ``scope`` are the areas that it is held to; they must be among the city's ``areas``. ``must_change``: whoever signs
    in with the password has to choose another.
    """
    problems = []
    if not _NAME.fullmatch(name):
        problems.append(Problem("accounts.name_malformed"))
    if role not in list(Role):
        problems.append(Problem("accounts.role_unknown", details={"role": role, "accepted": tuple(Role)}))
    if role == Role.UNIT and find_unit(store, unit) is None:
        problems.append(Problem("accounts.unit_wanted"))
    if role != Role.UNIT and unit:
        problems.append(Problem("accounts.unit_unwanted"))
    problems += scope_problems(role, scope, areas)
    problems += password_problems(password, name, title)
    if len(title) > 40:
        problems.append(Problem("accounts.full_name_too_long"))
    if problems:
        return problems
    user = User(name, title or name, Role(role), True, secrets.token_hex(8), unit, _listed(scope), must_change)
    told = {"role": user.role.value, "unit": unit, "scope": list(user.scope)}
    after = {field: value for field, value in told.items() if value}
    entry = Entry("account.added", _of(name), after=after)
    try:
        keep(store, by, now, [entry], [USERS.writing(name, Account(user, generate_password_hash(password), now))])
    except Stale:
        return [Problem("accounts.name_taken", details={"name": name})]
    return user


def set_password(
    store: Store, name: str, password: str, now: datetime, *, by: str = COMMAND_LINE, must_change: bool = False
) -> list[Problem]:
    """Set somebody's password, which signs the account out everywhere and ends its tokens.

    ``must_change``: whoever signs in with it has to choose another.
    """
    if problems := password_problems(password, name):
        return problems

    def change(account: Account) -> Account:
        user = replace(_signed_out(account.user), must_change=must_change)
        return replace(account, user=_named(user), password=generate_password_hash(password))

    return _change(store, name, change, now, by, "account.password_reset")


def change_own_password(store: Store, user: User, current: str, new: str, now: datetime) -> list[Problem]:
    """Change one's password, which signs every other device out and ends the tokens."""
    kept = USERS.get(store, user.name)
    if kept is None or not check_password_hash(kept.value.password, current):
        return [Problem("accounts.own_password_wrong", ("current",))]
    if new == current:
        return [Problem("accounts.own_password_same", ("new",))]
    if problems := password_problems(new, user.name, user.title):
        return [placed(problem, {"heading": "新密码"}) for problem in under(problems, "new")]

    def change(account: Account) -> Account:
        signed_out = replace(_signed_out(account.user), must_change=False)
        return replace(account, user=signed_out, password=generate_password_hash(new))

    return _change(store, user.name, change, now, user.name, "account.password_changed")


def set_active(store: Store, name: str, active: bool, now: datetime, *, by: str = COMMAND_LINE) -> list[Problem]:
    """Block an account or open it again; either signs it out everywhere and ends its tokens. Who comes back has
    their name again.
    """

    def change(account: Account) -> Account:
        return replace(account, user=_named(replace(_signed_out(account.user), active=active)))

    return _change(store, name, change, now, by, "account.unblocked" if active else "account.blocked")


def set_scope(
    store: Store, by: str, name: str, scope: Sequence[str], areas: Container[str], now: datetime
) -> list[Problem]:
    """Hold an account to some areas, from its next request on; to none of them is to the whole city.

    Kept together with its entry in the log of acts, whose doing it was being ``by``'s.
    """
    kept = USERS.get(store, name)
    if kept is None:
        return [Problem("accounts.unknown", details={"name": name})]
    user = kept.value.user
    if problems := scope_problems(user.role, scope, areas, user.scope):
        return problems
    changed = replace(user, scope=_listed(scope))
    entry = Entry("account.scoped", f"users/{name}", before=_scope_told(user), after=_scope_told(changed))
    keep(store, by, now, [entry], [USERS.writing(name, replace(kept.value, user=changed), kept.revision)])
    return []


def _scope_told(user: User) -> Mapping[str, object]:
    return {"role": user.role.value, "scope": list(user.scope)}


def scope_problems(
    role: str, scope: Sequence[str], areas: Container[str], before: Container[str] = ()
) -> list[Problem]:
    """What is wrong with the areas that an account of a role is to be held to.

    What it was held to ``before`` may stay: an area that went into another since has its earlier weeks.
    """
    unknown = [code for code in scope if code not in areas and code not in before]
    problems = [Problem("accounts.scope_area_unknown", details={"code": code[:20]}) for code in unknown]
    if len(scope) > MOST_AREAS:
        problems.append(Problem("accounts.scope_too_many_areas", details={"most_areas": MOST_AREAS}))
    if scope and role not in SCOPED:
        labels = tuple(one.label for one in Role if one in SCOPED)
        problems.append(Problem("accounts.scope_other_role", details={"labels": labels}))
    return problems


def find_user(store: Store, name: str) -> User | None:
    """The account with this name as things stand: that of a retired unit is not active."""
    kept = USERS.get(store, name) if name else None
    return _as_things_stand(kept.value.user, store) if kept else None


def all_users(store: Store) -> list[User]:
    """Every account as things stand, by name."""
    found = (_as_things_stand(kept.value.user, store) for kept in USERS.find(store))
    return sorted(found, key=lambda user: user.name)


def _as_things_stand(user: User, store: Store) -> User:
    unit = find_unit(store, user.unit) if user.unit else None
    return replace(user, active=False, retired=True) if unit and not unit.active else user


def inspectors(store: Store) -> list[User]:
    """The active accounts of those who are sent out, by name."""
    return [user for user in all_users(store) if user.role is Role.INSPECTOR and user.active]


def signed_in(store: Store, name: str, password: str) -> User | None:
    """The active user with this name and password, or None."""
    user = user_with_password(store, name, password)
    return user if user and user.active else None


def user_with_password(store: Store, name: str, password: str) -> User | None:
    """The user with this name and password, be it active or not, or None. Takes as long for a name that is unknown."""
    kept = USERS.get(store, name) if _NAME.fullmatch(name) else None
    right = check_password_hash(kept.value.password if kept else _nobody(), password)
    return find_user(store, name) if kept and right else None


def _change(
    store: Store, name: str, change: Callable[[Account], Account], now: datetime, by: str, act: str
) -> list[Problem]:
    """Change an account together with the entry of the act. Raises ``Stale`` where somebody else changed it."""
    kept = USERS.get(store, name)
    if kept is None:
        return [Problem("accounts.unknown", details={"name": name})]
    keep(store, by, now, [Entry(act, _of(name))], [USERS.writing(name, change(kept.value), kept.revision)])
    return []


def _signed_out(user: User) -> User:
    """The user with another epoch, which ends every session and token."""
    return replace(user, epoch=secrets.token_hex(8))


def _named(user: User) -> User:
    """The user by their own name again, where they come back: opened, or with a password after their unit was."""
    return replace(user, title=user.sealed, sealed="") if user.active and user.sealed else user


def _of(name: str) -> str:
    """What the log calls an account."""
    return f"users/{name}"


def _listed(scope: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(scope)))
