"""Which files documents name: whatever looks like a SHA-256, wherever it stands, whatever a later version writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..store import Store

_SHA256 = re.compile(r"(?=([0-9a-f]{64}))")
"""Wherever one may begin: behind a digit of something else as well."""


def hashes_in(store: Store, collections: Iterable[str]) -> set[str]:
    """Every hash in any document of these collections."""
    return {found for name in collections for kept in store.find(name) for found in _hashes(kept.document)}


def _hashes(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _SHA256.findall(value)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _hashes(name)
            yield from _hashes(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _hashes(part)
