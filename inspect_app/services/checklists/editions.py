"""The office's editions as they are kept: the newest of each name, and adding one together with its act in the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...collections.checklists.edition import EDITIONS, edition_id
from ...domain.checklists.editions import Edition, digest
from ...domain.starting_set import ROUTING_FILE, file_of
from ...store import Stale, Store
from ..audit import Entry, keep


class Editions:
    """The newest edition of each name. Not safe for threads: whoever has it locks.

    Editions are only ever added, so that looking again asks for those alone that came since.
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
        found = EDITIONS.find(self._store, skip=self.count)
        self.count += len(found)
        self._newest = {**self._newest, **{kept.value.name: kept.value for kept in found}}

    def of(self, name: str) -> list[Edition]:
        """All editions of a name, the first one first."""
        return [kept.value for kept in EDITIONS.find(self._store) if kept.value.name == name]

    def keep(self, edition: Edition, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Keep an edition and log the act. Raises ``Stale`` where another process kept one of the same number."""
        is_routing = file_of(edition.name) == ROUTING_FILE
        act, of = ("routing.changed", "routing") if is_routing else ("library.changed", f"library/{edition.name}")
        told = {"edition": edition.number, "sha256": _sha256(edition.text), "reason": edition.why, **after}
        earlier = self._newest.get(edition.name)
        number, sha256 = (earlier.number, _sha256(earlier.text)) if earlier else (0, edition.starting or None)
        was = {"edition": number, "sha256": sha256}
        entry = Entry(act, of, {**was, **before}, told)
        write = EDITIONS.writing(edition_id(edition.name, edition.number), edition)
        try:
            keep(self._store, edition.by, edition.at, [entry], [write])
        except Stale:
            kept = EDITIONS.get(self._store, write.id)
            if kept is None or kept.value.text != edition.text:
                raise


def _sha256(text: str | None) -> str | None:
    return None if text is None else digest(text)
