"""People and other clients who may sign in: users with a password, and bearer tokens."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from werkzeug.security import check_password_hash, generate_password_hash

from ...domain.accounts.permissions import SCOPED, Role
from ...domain.accounts.user import User
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...store import Put, Store, Stored
from .units import find_unit

_USERS, _TOKENS = "users", "tokens"
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
        problems.append(Problem("账号", "应为2到32个小写字母、数字、点、横线或下划线"))
    if role not in list(Role):
        problems.append(Problem("角色", f"没有角色「{role}」，可用：{'、'.join(Role)}"))
    if role == Role.UNIT and find_unit(store, unit) is None:
        problems.append(Problem("单位", "责任单位的账号应属于一个已登记的责任单位"))
    if role != Role.UNIT and unit:
        problems.append(Problem("单位", "只有责任单位的账号属于责任单位"))
    problems += scope_problems(role, scope, areas)
    problems += password_problems(password)
    if len(title) > 40:
        problems.append(Problem("姓名", "最多40个字"))
    if problems:
        return problems
    document = {
        "title": title or name,
        "role": role,
        "password": generate_password_hash(password),
        "state": "active",
        "epoch": secrets.token_hex(8),
        "created_at": utc_text(now),
        **({"unit": unit} if unit else {}),
        **({"scope": _listed(scope)} if scope else {}),
    }
    put, stored = store.put_once(_USERS, name, document)
    if put is not Put.CREATED:
        return [Problem("账号", f"账号「{name}」已经存在")]
    return _user(stored)


def random_password() -> str:
    """Three groups of four letters and digits: about 59 bits, and easy to type on a phone."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def password_problems(password: str) -> list[Problem]:
    """What is wrong with a new password."""
    return [] if len(password) >= MINIMUM_PASSWORD else [Problem("密码", f"至少{MINIMUM_PASSWORD}个字符")]


def set_password(store: Store, name: str, password: str) -> list[Problem]:
    """Change a password, which signs the account out everywhere."""
    return password_problems(password) or _change(
        store, name, {"password": generate_password_hash(password), "epoch": secrets.token_hex(8)}
    )


def set_active(store: Store, name: str, active: bool) -> list[Problem]:
    """Block an account or open it again; either signs it out everywhere."""
    return _change(store, name, {"state": "active" if active else "blocked", "epoch": secrets.token_hex(8)})


def set_scope(store: Store, name: str, scope: Sequence[str], areas: Container[str]) -> list[Problem]:
    """Hold an account to some areas, from its next request on; to none of them is to the whole city."""
    user = find_user(store, name)
    problems = scope_problems(user.role, scope, areas) if user else []
    return problems or _change(store, name, {"scope": _listed(scope)})


def scope_problems(role: str, scope: Sequence[str], areas: Container[str]) -> list[Problem]:
    """What is wrong with the areas that an account of a role is to be held to."""
    problems = [Problem("范围", f"没有区域「{code[:20]}」") for code in scope if code not in areas]
    if len(scope) > MOST_AREAS:
        problems.append(Problem("范围", f"最多{MOST_AREAS}个区域"))
    if scope and role not in SCOPED:
        labels = "、".join(one.label for one in Role if one in SCOPED)
        problems.append(Problem("范围", f"只有{labels}的账号可以限定区域"))
    return problems


def find_user(store: Store, name: str) -> User | None:
    stored = store.get(_USERS, name) if name else None
    return _user(stored) if stored else None


def all_users(store: Store) -> list[User]:
    return sorted((_user(stored) for stored in store.find(_USERS)), key=lambda user: user.name)


def inspectors(store: Store) -> list[User]:
    """The active accounts of those who are sent out, by name."""
    return [user for user in all_users(store) if user.role is Role.INSPECTOR and user.active]


def signed_in(store: Store, name: str, password: str) -> User | None:
    """The active user with this name and password, or None."""
    stored = store.get(_USERS, name) if _NAME.fullmatch(name) else None
    right = check_password_hash(stored.document["password"] if stored else _nobody(), password)
    user = _user(stored) if stored else None
    return user if user and right and user.active else None


def add_token(store: Store, name: str, now: datetime) -> str | list[Problem]:
    """A new bearer token that acts for the user. Only its SHA-256 is kept, so it can be shown this once."""
    if find_user(store, name) is None:
        return [Problem("账号", f"没有账号「{name}」")]
    token = f"inspect_{secrets.token_urlsafe(32)}"
    store.put_once(_TOKENS, _digest(token), {"user": name, "state": "active", "created_at": utc_text(now)})
    return token


def token_user(store: Store, token: str) -> User | None:
    """The active user for whom an active token acts, or None."""
    stored = store.get(_TOKENS, _digest(token))
    if not stored or stored.document["state"] != "active":
        return None
    user = find_user(store, stored.document["user"])
    return user if user and user.active else None


def all_tokens(store: Store) -> list[Stored]:
    """Every token's record; its id is the token's SHA-256, of which the first 12 digits name it to people."""
    return sorted(store.find(_TOKENS), key=lambda stored: str(stored.document["created_at"]))


def revoke_token(store: Store, prefix: str) -> list[Problem]:
    """Revoke the one token whose id begins with ``prefix`` (at least 6 digits)."""
    found = [stored for stored in store.find(_TOKENS) if len(prefix) >= 6 and stored.id.startswith(prefix)]
    if len(found) != 1:
        return [Problem("令牌", f"编号「{prefix}」{'不唯一' if found else '不存在'}")]
    (stored,) = found
    store.update(_TOKENS, stored.id, {**stored.document, "state": "revoked"}, expected_revision=stored.revision)
    return []


def _change(store: Store, name: str, fields: Mapping[str, Any]) -> list[Problem]:
    stored = store.get(_USERS, name)
    if stored is None:
        return [Problem("账号", f"没有账号「{name}」")]
    store.update(_USERS, name, {**stored.document, **fields}, expected_revision=stored.revision)
    return []


def _user(stored: Stored) -> User:
    document = stored.document
    return User(
        name=stored.id,
        title=document["title"],
        role=Role(document["role"]),
        active=document["state"] == "active",
        epoch=document["epoch"],
        unit=document.get("unit", ""),
        scope=tuple(document.get("scope", ())),
    )


def _listed(scope: Sequence[str]) -> list[str]:
    return sorted(set(scope))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
