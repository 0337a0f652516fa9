"""The briefs of a whole collection, followed: who has gone through it once is told what changed since."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from ..store import Store
from .collection import Collection


class Following:
    """Where one stands in a collection that is not partitioned by week. Not safe for threads."""

    def __init__(self, collection: Collection[Any]) -> None:
        assert collection.brief
        self._collection, self._brief = collection, collection.brief
        self._read = self._brief.reader()
        self._seen, self._state = array("i"), ""

    def changes(self, store: Store) -> Sequence[tuple[int, Any]]:
        """What is new or another one since this was asked last: its place in the order first kept, and its brief."""
        name = self._collection.name
        told = store.changed_briefs(name, self._seen, self._state)
        if told is None:
            changed = self._looked_through(store)
        else:
            state, rows = told
            changed = [(place, revision, self._read(id, raw)) for place, id, revision, raw in rows]
            self._state = state
        for place, revision, _ in changed:
            if place == len(self._seen):
                self._seen.append(revision)
            else:
                self._seen[place] = revision
        return [(place, brief) for place, _, brief in changed]

    def _looked_through(self, store: Store) -> list[tuple[int, int, Any]]:
        seen, of, kept = self._seen, self._brief.of, self._collection.kept
        return [
            (place, one.revision, of(one.id, kept(one).value))
            for place, one in enumerate(store.find(self._collection.name))
            if place >= len(seen) or one.revision != seen[place]
        ]
