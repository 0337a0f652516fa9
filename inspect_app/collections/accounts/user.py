"""Accounts as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.accounts.permissions import Role
from ...domain.accounts.user import Account, User
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(name: str, document: Mapping[str, Any]) -> Account:
    user = User(
        name=name,
        title=document["title"],
        role=Role(document["role"]),
        active=document["state"] == "active",
        epoch=document["epoch"],
        unit=document.get("unit", ""),
        scope=tuple(document.get("scope", ())),
        must_change=document.get("must_change", False),
        sealed=document.get("sealed", ""),
    )
    return Account(user, document["password"], instant_of(document["created_at"]))


def _write(account: Account) -> Document:
    user = account.user
    return {
        "title": user.title,
        "role": user.role.value,
        "password": account.password,
        "state": "active" if user.active else "blocked",
        "epoch": user.epoch,
        "created_at": utc_text(account.created_at),
        **({"unit": user.unit} if user.unit else {}),
        **({"scope": list(user.scope)} if user.scope else {}),
        **({"must_change": True} if user.must_change else {}),
        **({"sealed": user.sealed} if user.sealed else {}),
    }


USERS: Collection[Account] = Collection("users", _read, _write, secret=("password",))
"""Accounts; an id is the name that is signed in with."""
