"""The office's editions as they are kept: the newest of each name, and adding one together with its act in the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...collections.checklists.edition import EDITIONS, edition_id
from ...domain.checklists.editions import Edition, digest
from ...domain.starting_set import ROUTING_FILE, file_of
from ...store import Store
from ..audit import Entry, keep


class Editions:
    """The newest edition of each name. Not safe for threads: whoever has it locks.

    Editions are only ever added, so that their ``count`` tells whether another look found new ones.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest: dict[str, Edition] = {}
        self.count = 0

    @property
    def newest(self) -> Mapping[str, Edition]:
        """By name, as of the last look."""
        return self._newest

    def look(self) -> None:
        """Take in what this process and others kept since."""
        found = [kept.value for kept in EDITIONS.find(self._store)]
        self.count = len(found)
        self._newest = {edition.name: edition for edition in sorted(found, key=lambda one: one.number)}

    def of(self, name: str) -> list[Edition]:
        """All editions of a name, the first one first."""
        return [kept.value for kept in EDITIONS.find(self._store, name=name)]

    def keep(self, edition: Edition, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Keep an edition, the act in the log with it. Raises ``Stale`` where another process kept that number."""
        of = told_of(edition.name)
        act = "library.changed" if "/" in of else "routing.changed"
        told = {"edition": edition.number, "sha256": _sha256(edition.text), "reason": edition.why, **after}
        earlier = self._newest.get(edition.name)
        number, sha256 = (earlier.number, _sha256(earlier.text)) if earlier else (0, edition.starting or None)
        was = {"edition": number, "sha256": sha256}
        entry = Entry(act, of, {**was, **before}, told)
        write = EDITIONS.writing(edition_id(edition.name, edition.number), edition)
        keep(self._store, edition.by, edition.at, [entry], [write])


def told_of(name: str) -> str:
    """What entries of the log about the editions of a name are of."""
    return "routing" if file_of(name) == ROUTING_FILE else f"library/{name}"


def _sha256(text: str | None) -> str | None:
    return None if text is None else digest(text)
