"""A document as an act left it, in few characters: enough to tell whether it is still the same, and what differs."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..domain.commitments import canonical
from ..store import Stored
from .collection import Collection

_PART = 4
_NUMBER = 12
"""Digits of a hash that name what it is of, to people and in the log."""


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


def witness_of(collection: str, stored: Stored, earlier: Stored | None) -> Witness:
    """The document that an act keeps in place of an earlier one."""
    return _witness(collection, stored, digest(earlier.document) if earlier else "")


def witness_as_kept(collection: str, stored: Stored) -> Witness:
    """A document as it is kept now, whatever it was."""
    return _witness(collection, stored, None)


def told(collection: Collection[Any], stored: Stored, salt: bytes) -> Stored:
    """A document as the log is told of it. One that changes without an act has no revision there."""

    def salted(name: str, value: object) -> str:
        return hmac.digest(salt, canonical([collection.name, stored.id, name, value]), "sha256").hex()

    lasting = collection.lasting(stored.document) if collection.lasting else stored.document
    document = {name: salted(name, value) if name in collection.secret else value for name, value in lasting.items()}
    revision = 0 if collection.lasting else stored.revision
    if collection.hashed_id:
        return Stored(stored.id[:_NUMBER], revision, {**document, "id": salted("id", stored.id)})
    return Stored(stored.id, revision, document)


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
