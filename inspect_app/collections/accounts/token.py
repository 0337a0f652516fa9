"""Bearer tokens as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.accounts.token import Token, TokenScope
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(digest: str, document: Mapping[str, Any]) -> Token:
    expires, used = document["expires_at"], document["last_used"]
    return Token(
        user=document["user"],
        active=document["state"] == "active",
        created_at=instant_of(document["created_at"]),
        scope=TokenScope(document["scope"]),
        epoch=document["epoch"],
        expires_at=instant_of(expires) if expires else None,
        last_used=instant_of(used) if used else None,
    )


def _write(token: Token) -> Document:
    return {
        "user": token.user,
        "state": "active" if token.active else "revoked",
        "created_at": utc_text(token.created_at),
        "scope": token.scope.value,
        "epoch": token.epoch,
        "expires_at": utc_text(token.expires_at) if token.expires_at else "",
        "last_used": utc_text(token.last_used) if token.last_used else "",
    }


def _with_an_end(document: Document) -> Document:
    """Version 2: scope, epoch, expiry and last use. When it ends is counted from the day that notices it is missing."""
    return {**document, "scope": TokenScope.SUBMIT.value, "epoch": "", "expires_at": "", "last_used": ""}


def _lasting(document: Document) -> Document:
    return {**document, "last_used": ""}


TOKENS: Collection[Token] = Collection(
    "tokens", _read, _write, version=2, upgrades=(_with_an_end,), hashed_id=True, lasting=_lasting
)
"""Tokens; an id is the token's SHA-256, of which the first 12 digits name it to people."""
