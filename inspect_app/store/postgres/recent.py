"""What a process has seen of a database lately: each document once for each state of it, and what was found."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from .. import Stored
from ..layouts import Wanted

_MOST_TEXT = 96 * 1024 * 1024
"""Characters of JSON whose documents are held; as values of Python they take some three times as much."""
_MOST_FOUND = 200_000
"""Documents that remembered lists have together."""
Asked = tuple[str, str, frozenset[tuple[str, frozenset[str]]]]
"""Collection, part, and the values wanted of each field."""


def asked_for(collection: str, part: str, wanted: Wanted) -> Asked:
    """What is looked for, as a key."""
    return collection, part, frozenset(wanted.items())


class RecentDocuments:
    """Documents in memory, those used longest ago let go first. Safe for threads.

    Whether one is still as it is here, the database is asked each time: it is a way to read it once, not to know it.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[Stored, int]] = OrderedDict()
        self._size = 0

    def one(self, collection: str, id: str) -> Stored | None:
        """The state of a document that was seen last."""
        with self._mutex:
            found = self._kept.get((collection, id))
            if found is None:
                return None
            self._kept.move_to_end((collection, id))
            return found[0]

    def keep(self, collection: str, stored: Stored, size: int) -> Stored:
        """The one object of a document at this revision: this one, or that of a thread that read it before."""
        key = collection, stored.id
        with self._mutex:
            before = self._kept.get(key)
            if before and before[0].revision >= stored.revision:
                return before[0] if before[0].revision == stored.revision else stored
            self._kept[key] = stored, size
            self._kept.move_to_end(key)
            self._size += size - (before[1] if before else 0)
            while self._size > _MOST_TEXT and len(self._kept) > 1:
                self._size -= self._kept.popitem(last=False)[1][1]
            return stored


class RecentResults:
    """What was found in a part of a collection, good for as long as the part is in the same state. Safe for threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._kept: OrderedDict[Asked, tuple[int, tuple[Stored, ...]]] = OrderedDict()
        self._count = 0

    def one(self, asked: Asked, state: int) -> Sequence[Stored] | None:
        """What was found when the part was in this state."""
        with self._mutex:
            found = self._kept.get(asked)
            if found is None or found[0] != state:
                return None
            self._kept.move_to_end(asked)
            return found[1]

    def keep(self, asked: Asked, state: int, found: Sequence[Stored]) -> None:
        """Remember what was found after the part's state was asked for."""
        with self._mutex:
            before = self._kept.pop(asked, None)
            self._kept[asked] = state, tuple(found)
            self._count += len(found) + 1 - (len(before[1]) + 1 if before else 0)
            while self._count > _MOST_FOUND and len(self._kept) > 1:
                self._count -= len(self._kept.popitem(last=False)[1][1]) + 1
