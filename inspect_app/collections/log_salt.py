"""The salt of what the log of acts is told of secrets, as a document."""

from __future__ import annotations

from .collection import Collection

THE_SALT = "salt"

LOG_SALTS: Collection[str] = Collection(
    "log_salts", lambda id, document: str(document["salt"]), lambda salt: {"salt": salt}
)
"""One document, ``THE_SALT``: 32 random bytes as hexadecimal, made when a secret is first told of and never changed."""
