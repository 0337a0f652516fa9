"""People and other clients who may sign in: users with a password, and bearer tokens."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

from ...collections import Kept
from ...collections.accounts.token import TOKENS
from ...collections.accounts.user import USERS
from ...domain.accounts.permissions import SCOPED, Role
from ...domain.accounts.user import Account, Token, User
from ...domain.problems import Problem
from ...store import Put, Store
from ..audit import Entry, keep
from .units import find_unit

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
MINIMUM_PASSWORD, MOST_AREAS = 8, 20
# Without letters and digits that are taken for one another when copied from a screen by hand.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


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
) -> User | list[Problem]:
    """A new account. Names are 2 to 32 of a-z, 0-9 and ``._-``; passwords have at least 8 characters.

    ``scope`` are the areas that it is held to; they must be among the city's ``areas``.
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
    problems += password_problems(password)
    if len(title) > 40:
        problems.append(Problem("accounts.full_name_too_long"))
    if problems:
        return problems
    user = User(name, title or name, Role(role), True, secrets.token_hex(8), unit, _listed(scope))
    put, kept = USERS.put_once(store, name, Account(user, generate_password_hash(password), now))
    return kept.value.user if put is Put.CREATED else [Problem("accounts.name_taken", details={"name": name})]


def random_password() -> str:
    """Three groups of four letters and digits: about 59 bits, and easy to type on a phone."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def password_problems(password: str) -> list[Problem]:
    """What is wrong with a new password."""
    return (
        []
        if len(password) >= MINIMUM_PASSWORD
        else [Problem("accounts.password_too_short", details={"minimum_password": MINIMUM_PASSWORD})]
    )


def set_password(store: Store, name: str, password: str) -> list[Problem]:
    """Change a password, which signs the account out everywhere."""
    if problems := password_problems(password):
        return problems
    hashed = generate_password_hash(password)
    return _change(store, name, lambda account: replace(account, user=_signed_out(account.user), password=hashed))


def set_active(store: Store, name: str, active: bool) -> list[Problem]:
    """Block an account or open it again; either signs it out everywhere."""
    return _change(
        store, name, lambda account: replace(account, user=replace(_signed_out(account.user), active=active))
    )


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
    kept = USERS.get(store, name) if name else None
    return kept.value.user if kept else None


def all_users(store: Store) -> list[User]:
    return sorted((kept.value.user for kept in USERS.find(store)), key=lambda user: user.name)


def inspectors(store: Store) -> list[User]:
    """The active accounts of those who are sent out, by name."""
    return [user for user in all_users(store) if user.role is Role.INSPECTOR and user.active]


def signed_in(store: Store, name: str, password: str) -> User | None:
    """The active user with this name and password, or None."""
    kept = USERS.get(store, name) if _NAME.fullmatch(name) else None
    right = check_password_hash(kept.value.password if kept else _nobody(), password)
    return kept.value.user if kept and right and kept.value.user.active else None


def add_token(store: Store, name: str, now: datetime) -> str | list[Problem]:
    """A new bearer token that acts for the user. Only its SHA-256 is kept, so it can be shown this once."""
    if find_user(store, name) is None:
        return [Problem("accounts.unknown", details={"name": name})]
    token = f"inspect_{secrets.token_urlsafe(32)}"
    TOKENS.put_once(store, _digest(token), Token(name, True, now))
    return token


def token_user(store: Store, token: str) -> User | None:
    """The active user for whom an active token acts, or None."""
    kept = TOKENS.get(store, _digest(token))
    user = find_user(store, kept.value.user) if kept and kept.value.active else None
    return user if user and user.active else None


def all_tokens(store: Store) -> list[Kept[Token]]:
    """Every token, oldest first; its id is the token's SHA-256, of which the first 12 digits name it to people."""
    return sorted(TOKENS.find(store), key=lambda kept: kept.value.created_at)


def revoke_token(store: Store, prefix: str) -> list[Problem]:
    """Revoke the one token whose id begins with ``prefix`` (at least 6 digits)."""
    found = [kept for kept in TOKENS.find(store) if len(prefix) >= 6 and kept.id.startswith(prefix)]
    if len(found) != 1:
        return [Problem("accounts.token_ambiguous" if found else "accounts.token_unknown", details={"number": prefix})]
    TOKENS.update(store, found[0], replace(found[0].value, active=False))
    return []


def _change(store: Store, name: str, change: Callable[[Account], Account]) -> list[Problem]:
    kept = USERS.get(store, name)
    if kept is None:
        return [Problem("accounts.unknown", details={"name": name})]
    USERS.update(store, kept, change(kept.value))
    return []


def _signed_out(user: User) -> User:
    """The user with another epoch, which ends every session."""
    return replace(user, epoch=secrets.token_hex(8))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _listed(scope: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(scope)))
