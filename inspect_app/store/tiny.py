"""The store on TinyDB: one file set per collection, and per week where a collection grows by the week."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..durable import make_folder, sync_folder
from . import Fields, Layout, Page, Put, Stale, Stored
from .journal import is_empty
from .layouts import Layouts, check_id, compared, is_week, page_of, week_in
from .table import JournalDB, JournalTable

_WHOLE, _LOCATOR = "all", "ids"
_OPEN_WEEKS = 12
"""Weeks kept open at once; more are closed, least recently used first, and read again when asked for."""


def open_store(folder: Path, layouts: Iterable[Layout]) -> TinyStore:
    """Open the store of a folder, made where it is missing. Raises ``StoreDamaged``."""
    return TinyStore(folder, Layouts(layouts))


class TinyStore:
    """Documents in TinyDB tables over journals.

    ``<collection>/all`` holds a collection; one that is partitioned has ``<collection>/<week>`` for each week and
    ``<collection>/ids``, which tells the week of an id. An id's entry there is on disk before its document is written,
    so a kept document is always found; an entry without a document (a crash between the two) counts for nothing.
    """

    def __init__(self, folder: Path, layouts: Layouts) -> None:
        make_folder(folder)
        sync_folder(folder.parent)
        self._folder = folder
        self._layouts = layouts
        self._mutex = threading.Lock()
        self._open: OrderedDict[tuple[str, str], JournalDB] = OrderedDict()

    def put_once(
        self, collection: str, id: str, document: Mapping[str, Any], *, same_by: str | None = None
    ) -> tuple[Put, Stored]:
        check_id(id)
        if self._layouts.is_weekly(collection):
            return self._put_in_week(collection, id, document, same_by)
        table = self._table(collection, _WHOLE)
        with table.journal.exclusive():
            earlier = table.one(id)
            kept = earlier or _put(table, id, document, 1)
        table.journal.sync()
        return (compared(earlier, document, same_by) if earlier else Put.CREATED), kept

    def get(self, collection: str, id: str) -> Stored | None:
        table = self._table_of(collection, id)
        found = table.one(id) if table else None
        if table is not None and found is not None:
            table.journal.sync()
        return found

    def update(self, collection: str, id: str, document: Mapping[str, Any], *, expected_revision: int) -> Stored:
        table = self._table_of(collection, id)
        if table is None:
            raise Stale(f"{collection}/{id}")
        with table.journal.exclusive():
            kept = table.one(id)
            if kept is None or kept.revision != expected_revision:
                raise Stale(f"{collection}/{id}")
            if self._layouts.is_weekly(collection) and kept.document["week"] != document.get("week"):
                raise ValueError("a document never moves to another week")
            changed = _put(table, id, document, expected_revision + 1)
        table.journal.sync()
        return changed

    def put_all(self, collection: str, documents: Sequence[tuple[str, Mapping[str, Any], int]]) -> None:
        if self._layouts.is_weekly(collection):
            raise ValueError("documents by week are kept one by one")
        table = self._table(collection, _WHOLE)
        with table.journal.exclusive():
            for id, _, expected_revision in documents:
                check_id(id)
                kept = table.one(id)
                if (kept.revision if kept else 0) != expected_revision:
                    raise Stale(f"{collection}/{id}")
            table.put_all([(id, document, revision + 1) for id, document, revision in documents])
        table.journal.sync()

    def find(self, collection: str, *, skip: int = 0, **fields: Fields) -> list[Stored]:
        wanted, weeks = self._layouts.wanted(collection, fields)
        found: list[Stored] = []
        # One part at a time, so that no more weeks are in memory than are kept open.
        for part in self._parts(collection, weeks):
            with self._table(collection, part).rows() as rows:
                found += rows.find(wanted, skip)
        return found

    def page(
        self, collection: str, *, limit: int, after: str | None = None, newest: bool = False, **fields: Fields
    ) -> Page:
        wanted, weeks = self._layouts.wanted(collection, fields)

        def some(part: str, count: int, behind: str | None) -> list[Stored]:
            with self._table(collection, part).rows() as rows:
                return rows.page(wanted, count, after=behind, newest=newest)

        return page_of(self._parts(collection, weeks), some, limit, after, newest=newest)

    def weeks(self, collection: str) -> list[str]:
        folder = self._folder / collection
        if not self._layouts.is_weekly(collection) or not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if is_week(path.name) and not is_empty(path))

    def close(self) -> None:
        with self._mutex:
            while self._open:
                self._open.popitem()[1].close()

    def _put_in_week(
        self, collection: str, id: str, document: Mapping[str, Any], same_by: str | None
    ) -> tuple[Put, Stored]:
        week = week_in(document)
        locator = self._table(collection, _LOCATOR)
        while True:
            claim = self._claim(collection, locator, id, week)
            locator.journal.sync()
            table = self._table(collection, claim.document["week"])
            # The claim may be taken over by another week while no document stands under it; hold it while writing.
            with locator.journal.exclusive(), table.journal.exclusive():
                if locator.one(id) != claim:
                    continue
                earlier = table.one(id)
                kept = earlier or _put(table, id, document, 1)
            table.journal.sync()
            return (compared(earlier, document, same_by) if earlier else Put.CREATED), kept

    def _claim(self, collection: str, locator: JournalTable, id: str, week: str) -> Stored:
        """The entry that tells the week in which this id is kept, or from now on is to be kept."""
        with locator.journal.exclusive():
            claim = locator.one(id)
            if claim and (claim.document["week"] == week or self._table(collection, claim.document["week"]).one(id)):
                return claim
            # Counted, so that a week lost and won back is not taken for the entry that is known to be on disk.
            return _put(locator, id, {"week": week, "turn": claim.document.get("turn", 0) + 1 if claim else 0}, 0)

    def _table_of(self, collection: str, id: str) -> JournalTable | None:
        if not self._layouts.is_weekly(collection):
            return self._table(collection, _WHOLE)
        claim = self._table(collection, _LOCATOR).one(id)
        return self._table(collection, claim.document["week"]) if claim else None

    def _parts(self, collection: str, weeks: frozenset[str] | None) -> Iterable[str]:
        """The file sets that hold a collection's documents, in order; only those of the weeks, where some are named."""
        if not self._layouts.is_weekly(collection):
            return [_WHOLE]
        return [week for week in self.weeks(collection) if weeks is None or week in weeks]

    def _table(self, collection: str, part: str) -> JournalTable:
        with self._mutex:
            database = self._open.get((collection, part))
            if database is None:
                make_folder(self._folder / collection)
                sync_folder(self._folder)
                database = self._open[collection, part] = JournalDB(self._folder / collection / part)
            self._open.move_to_end((collection, part))
            self._close_surplus()
            return database.documents

    def _close_surplus(self) -> None:
        """Let go of the weeks not used for longest. Their files close when the last user is done with them."""
        weeks = [key for key in self._open if is_week(key[1])]
        for key in weeks[:-_OPEN_WEEKS]:
            del self._open[key]


def _put(table: JournalTable, id: str, document: Mapping[str, Any], revision: int) -> Stored:
    table.put(id, document, revision)
    kept = table.one(id)
    assert kept
    return kept
