"""Bearer tokens as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.accounts.user import Token
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(digest: str, document: Mapping[str, Any]) -> Token:
    return Token(document["user"], document["state"] == "active", instant_of(document["created_at"]))


def _write(token: Token) -> Document:
    state = "active" if token.active else "revoked"
    return {"user": token.user, "state": state, "created_at": utc_text(token.created_at)}


TOKENS: Collection[Token] = Collection("tokens", _read, _write)
"""Tokens; an id is the token's SHA-256, of which the first 12 digits name it to people."""
