"""A document as an act left it, in few characters: enough to tell whether it is still the same, and what differs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..domain.commitments import canonical
from ..store import Stored, Write

_PART = 4


@dataclass(frozen=True, slots=True)
class Witness:
    """A document as an act left it: its revision, the SHA-256 of its canonical JSON, and that of the one it replaced.

    ``parts`` are four hexadecimal digits for each field in the order of names: they find the field that is different.
    """

    collection: str
    id: str
    revision: int
    sha256: str
    parts: str
    replaced: str

    def is_of(self, stored: Stored) -> bool:
        """Whether a document is as it was."""
        return stored.revision == self.revision and digest(stored.document) == self.sha256

    def differing(self, stored: Stored) -> tuple[str, ...]:
        """The fields of a document that are not as they were; empty where it has others."""
        document = stored.document
        names = sorted(document)
        if len(names) * _PART != len(self.parts):
            return ()
        noted = (self.parts[at : at + _PART] for at in range(0, len(self.parts), _PART))
        return tuple(name for name, part in zip(names, noted, strict=True) if _part(canonical(document[name])) != part)


def witness_of(write: Write, earlier: Stored | None) -> Witness:
    """The document that a write keeps in place of an earlier one."""
    replaced = digest(earlier.document) if earlier else ""
    return _witness(write.collection, Stored(write.id, write.expected_revision + 1, dict(write.document)), replaced)


def witness_as_kept(collection: str, stored: Stored) -> Witness:
    """A document as it is kept now, whatever it was."""
    return _witness(collection, stored, None)


def digest(document: Mapping[str, Any]) -> str:
    """The SHA-256 of a document's canonical JSON."""
    return _whole({name: canonical(value) for name, value in document.items()})


def _witness(collection: str, stored: Stored, replaced: str | None) -> Witness:
    parts = {name: canonical(value) for name, value in sorted(stored.document.items())}
    whole, short = _whole(parts), "".join(map(_part, parts.values()))
    return Witness(collection, stored.id, stored.revision, whole, short, whole if replaced is None else replaced)


def _whole(parts: Mapping[str, bytes]) -> str:
    """The SHA-256 of the canonical JSON that has these fields, each encoded once."""
    fields = (_key(name) + parts[name] for name in sorted(parts))
    return hashlib.sha256(b"{" + b",".join(fields) + b"}").hexdigest()


@lru_cache(4096)
def _key(name: str) -> bytes:
    return canonical(name) + b":"


def _part(canonical_value: bytes) -> str:
    return hashlib.sha256(canonical_value).hexdigest()[:_PART]
