"""What somebody wrote in a submission that waits or was left out, in other words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...domain.inspecting.held_import import UNREADABLE, HeldImport

_FREE = frozenset({"note", "no_photo_reason", "name", "reason", "description", "place", "address", "text", UNREADABLE})
"""Fields of what phones and units send in which people write what they like; of what cannot be read, all of it."""
Words = Callable[[str], str]


def worded_held(held: HeldImport, words: Words) -> HeldImport:
    """The submission with every free text in it and about it in these words; whose and which it is stays."""
    return replace(
        held,
        raw={name: _worded(name, value, words) for name, value in held.raw.items()},
        site=words(held.site),
        why=words(held.why),
        reason=words(held.reason),
        sent_as=held.fingerprint,
    )


def _worded(field: str, value: Any, words: Words) -> Any:
    """A value with what is free text in it, at whatever depth, in these words. Nothing in it is checked yet."""
    if isinstance(value, Mapping):
        return {name: _worded(name, one, words) for name, one in value.items()}
    if isinstance(value, list):
        return [_worded(field, one, words) for one in value]
    return words(value) if isinstance(value, str) and field in _FREE else value
