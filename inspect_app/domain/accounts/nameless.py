"""Free text without the names of those who may have inspected, for readers who are not to know who did.

What people write of themselves and each other is theirs: a nickname or a surname alone stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .permissions import Role
from .user import User

BLANK = "（姓名略）"
_NO_NAMES = frozenset(role.label for role in Role)
"""Titles that say what somebody is, and not who."""

Words = Callable[[str], str]
"""Gives a text as a reader may have it."""


def as_written(text: str) -> str:
    """The words for whoever may know."""
    return text


def without_names(users: Iterable[User]) -> Words:
    """Words without the accounts and titles of these users, nor the names of those who are gone.

    Names in Latin letters are found as whole words whatever their case, others wherever they stand and however they are
    spaced. A title of one character is no name.
    """
    named = {name.strip() for user in users for name in (user.name, user.title, user.sealed)} - _NO_NAMES
    names = sorted((name for name in named if len(name) > 1), key=lambda name: (-len(name), name))
    if not names:
        return as_written
    found = re.compile("|".join(map(_pattern, names)), re.IGNORECASE)
    return lambda text: found.sub(BLANK, text)


def _pattern(name: str) -> str:
    if name.isascii():
        return rf"(?<![a-z0-9_]){re.escape(name)}(?![a-z0-9_])"
    return r"\s*".join(re.escape(sign) for sign in name if not sign.isspace())
