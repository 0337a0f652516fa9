"""The store in memory: the same as any other, gone with the process. For tests of what is built on a store."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from . import Fields, Given, Layout, Page, Put, Risk, Stale, Stored, Write
from .chain import START, Chain, Head, chained, head_in, line_of
from .layouts import (
    Layouts,
    check_id,
    check_revision,
    check_week,
    check_weekly,
    check_writes,
    compared,
    page_of,
    week_in,
)
from .lines import decode, encode
from .rows import DocumentRows

_WHOLE = "all"


class MemoryLog(Chain):
    """A log of acts in memory. Safe for threads."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._lines: list[bytes] = []

    def append(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Add an entry, with ``seq``, ``previous`` and ``hash`` put to it."""
        return self.append_all([entry])[0]

    def append_all(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add several entries one after another, with nobody else's in between."""
        with self._lock:
            added = chained(entries, self.head())
            self.put(added)
        return added

    def put(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Put chained entries behind the head."""
        self._lines += map(line_of, entries)

    def head(self) -> Head:
        """The last entry."""
        with self._lock:
            return head_in(self._lines[-1]) if self._lines else Head(0, START)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines with their numbers, from 1 on."""
        with self._lock:
            return enumerate(list(self._lines), start=1)


class MemoryStore:
    """Documents in memory. One lock for everything, so an act is whole for every reader."""

    def __init__(self, layouts: Iterable[Layout]) -> None:
        self._layouts = Layouts(layouts)
        self._lock = threading.RLock()
        self._tables: dict[str, dict[str, DocumentRows]] = {}
        self._changes: Counter[tuple[str, str]] = Counter()
        self._log = MemoryLog(self._lock)

    @property
    def log(self) -> MemoryLog:
        return self._log

    def put_once(
        self, collection: str, id: str, document: Mapping[str, Any], *, same_by: str | None = None
    ) -> tuple[Put, Stored]:
        check_id(id)
        part = self._part(collection, document)
        with self._lock:
            earlier = self.get(collection, id)
            if earlier:
                return compared(earlier, document, same_by), earlier
            return Put.CREATED, self._put(collection, part, Stored(id, 1, _copied(document)))

    def get(self, collection: str, id: str) -> Stored | None:
        with self._lock:
            return next((found for rows in self._parts(collection).values() if (found := rows.get(id))), None)

    def update(self, collection: str, id: str, document: Mapping[str, Any], *, expected_revision: int) -> Stored:
        with self._lock:
            kept = self.get(collection, id)
            if kept is None:
                raise Stale(f"{collection}/{id}")
            return self._keep([Write(collection, id, document, expected_revision)])[0]

    def act(
        self, writes: Sequence[Write], entries: Sequence[Mapping[str, Any]] = (), *, given: Sequence[Given] = ()
    ) -> list[Stored]:
        check_writes(self._layouts, writes)
        with self._lock:
            for one in given:
                check_revision(self.get(one.collection, one.id), one.collection, one.id, one.revision)
            added = chained(entries, self._log.head())
            kept = self._keep(writes)
            self._log.put(added)
            return kept

    def find(self, collection: str, *, skip: int = 0, **fields: Fields) -> list[Stored]:
        wanted, weeks = self._layouts.wanted(collection, fields)
        with self._lock:
            parts = self._named(collection, weeks)
            return [stored for part in parts for stored in self._parts(collection)[part].find(wanted, skip)]

    def page(
        self, collection: str, *, limit: int, after: str | None = None, newest: bool = False, **fields: Fields
    ) -> Page:
        wanted, weeks = self._layouts.wanted(collection, fields)

        def some(part: str, count: int, behind: str | None) -> list[Stored]:
            return self._parts(collection)[part].page(wanted, count, after=behind, newest=newest)

        with self._lock:
            return page_of(self._named(collection, weeks), some, limit, after, newest=newest)

    def briefs(self, collection: str, week: str) -> None:
        """None are kept: documents are in memory."""

    def changed_briefs(self, collection: str, seen: Sequence[int], state: str) -> None:
        """Likewise."""

    def weeks(self, collection: str) -> list[str]:
        with self._lock:
            return sorted(self._parts(collection)) if self._layouts.is_weekly(collection) else []

    def state(self, collection: str, week: str) -> str:
        check_weekly(self._layouts, collection, week)
        with self._lock:
            return str(self._changes[collection, week])

    def damaged(self) -> list[str]:
        return []

    def read_all(self) -> list[str]:
        return []

    def accept_losses(self) -> None:
        return

    def probe(self) -> None:
        return

    def risks(self) -> list[Risk]:
        return []

    def forget_replaced(self, collection: str, week: str = "") -> None:
        return

    def take_stock(self) -> None:
        return

    def close(self) -> None:
        pass

    def _keep(self, writes: Sequence[Write]) -> list[Stored]:
        """All of the writes, or none: what may fail is done for each before anything is kept."""
        kept = []
        for write in writes:
            earlier = self.get(write.collection, write.id)
            check_revision(earlier, write.collection, write.id, write.expected_revision)
            if earlier and self._layouts.is_weekly(write.collection):
                check_week(earlier, write.document)
            kept.append(Stored(write.id, write.expected_revision + 1, _copied(write.document)))
        return [
            self._put(write.collection, self._part(write.collection, write.document), stored)
            for write, stored in zip(writes, kept, strict=True)
        ]

    def _put(self, collection: str, part: str, stored: Stored) -> Stored:
        self._tables.setdefault(collection, {}).setdefault(part, DocumentRows()).put(stored)
        self._changes[collection, part] += 1
        return stored

    def _part(self, collection: str, document: Mapping[str, Any]) -> str:
        return week_in(document) if self._layouts.is_weekly(collection) else _WHOLE

    def _parts(self, collection: str) -> dict[str, DocumentRows]:
        self._layouts.is_weekly(collection)
        return self._tables.get(collection, {})

    def _named(self, collection: str, weeks: frozenset[str] | None) -> list[str]:
        return [part for part in sorted(self._parts(collection)) if weeks is None or part in weeks]


def _copied(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as it would come back from a disk. Raises ``TypeError`` or ``ValueError`` where it is no JSON."""
    copied: dict[str, Any] = decode(encode(document))
    return copied
