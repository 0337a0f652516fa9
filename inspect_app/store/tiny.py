"""The store on TinyDB: one file set per collection, and per week where a collection grows by the week."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..durable import make_folder, sync_folder
from . import Put, Stale, Stored
from .journal import is_empty
from .table import JournalDB, JournalTable

_REVISION = "_revision"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_WEEK = re.compile(r"[0-9]{4}-W[0-9]{2}")
_WHOLE, _LOCATOR = "all", "ids"
_OPEN_WEEKS = 12
"""Weeks kept open at once; more are closed, least recently used first, and read again when asked for."""


def open_store(folder: Path, *, weekly: Collection[str] = ("inspections", "evidence")) -> TinyStore:
    """Open the store of a folder, made where it is missing. Raises ``StoreDamaged``."""
    return TinyStore(folder, frozenset(weekly))


class TinyStore:
    """Documents in TinyDB tables over journals.

    ``<collection>/all`` holds a collection; one that is partitioned has ``<collection>/<week>`` for each week and
    ``<collection>/ids``, which tells the week of an id. An id's entry there is on disk before its document is written,
    so a kept document is always found; an entry without a document (a crash between the two) counts for nothing.
    """

    def __init__(self, folder: Path, weekly: frozenset[str]) -> None:
        make_folder(folder)
        sync_folder(folder.parent)
        self._folder = folder
        self._weekly = weekly
        self._mutex = threading.Lock()
        self._open: OrderedDict[tuple[str, str], JournalDB] = OrderedDict()

    def put_once(
        self, collection: str, id: str, document: Mapping[str, Any], *, same_by: str | None = None
    ) -> tuple[Put, Stored]:
        _check_id(id)
        if collection in self._weekly:
            return self._put_in_week(collection, id, document, same_by)
        table = self._table(collection, _WHOLE)
        with table.journal.exclusive():
            earlier = table.one(id)
            if earlier is None:
                table.put(id, _numbered(document, 1))
        table.journal.sync()
        return _put(id, document, earlier, same_by)

    def get(self, collection: str, id: str) -> Stored | None:
        table = self._table_of(collection, id)
        found = table.one(id) if table else None
        if table is None or found is None:
            return None
        table.journal.sync()
        return _stored(id, found)

    def update(self, collection: str, id: str, document: Mapping[str, Any], *, expected_revision: int) -> Stored:
        table = self._table_of(collection, id)
        if table is None:
            raise Stale(f"{collection}/{id}")
        with table.journal.exclusive():
            kept = table.one(id)
            if kept is None or kept[_REVISION] != expected_revision:
                raise Stale(f"{collection}/{id}")
            if collection in self._weekly and kept["week"] != document.get("week"):
                raise ValueError("a document never moves to another week")
            changed = _numbered(document, expected_revision + 1)
            table.put(id, changed)
        table.journal.sync()
        return _stored(id, changed)

    def put_all(self, collection: str, documents: Sequence[tuple[str, Mapping[str, Any], int]]) -> None:
        if collection in self._weekly:
            raise ValueError("documents by week are kept one by one")
        table = self._table(collection, _WHOLE)
        with table.journal.exclusive():
            for id, _, expected_revision in documents:
                _check_id(id)
                kept = table.one(id)
                if (kept[_REVISION] if kept else 0) != expected_revision:
                    raise Stale(f"{collection}/{id}")
            table.put_all({id: _numbered(document, revision + 1) for id, document, revision in documents})
        table.journal.sync()

    def find(
        self,
        collection: str,
        *,
        week: str | Collection[str] | None = None,
        area: str | Collection[str] | None = None,
        site: str | None = None,
        state: str | Collection[str] | None = None,
        unit: str | None = None,
        units: str | None = None,
        skip: int = 0,
    ) -> list[Stored]:
        wanted = _wanted(unit=unit, site=site, state=state, area=area, units=units)
        weeks = _wanted(week=week)
        if collection in self._weekly:
            parts = [name for name in self.weeks(collection) if not weeks or name in weeks["week"]]
        else:
            wanted |= weeks
            parts = [_WHOLE]

        # One part at a time, so that no more weeks are in memory than are kept open.
        return [_stored(*found) for part in parts for found in self._table(collection, part).having(wanted, skip)]

    def weeks(self, collection: str) -> list[str]:
        folder = self._folder / collection
        if collection not in self._weekly or not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if _WEEK.fullmatch(path.name) and not is_empty(path))

    def close(self) -> None:
        with self._mutex:
            while self._open:
                self._open.popitem()[1].close()

    def _put_in_week(
        self, collection: str, id: str, document: Mapping[str, Any], same_by: str | None
    ) -> tuple[Put, Stored]:
        week = document["week"]
        if not _WEEK.fullmatch(week):
            raise ValueError(f"no week: {week!r}")
        locator = self._table(collection, _LOCATOR)
        while True:
            claim = self._claim(collection, locator, id, week)
            locator.journal.sync()
            table = self._table(collection, claim["week"])
            # The claim may be taken over by another week while no document stands under it; hold it while writing.
            with locator.journal.exclusive(), table.journal.exclusive():
                if locator.one(id) != claim:
                    continue
                earlier = table.one(id)
                if earlier is None:
                    table.put(id, _numbered(document, 1))
            table.journal.sync()
            return _put(id, document, earlier, same_by)

    def _claim(self, collection: str, locator: JournalTable, id: str, week: str) -> Mapping[str, Any]:
        """The entry that tells the week in which this id is kept, or from now on is to be kept."""
        with locator.journal.exclusive():
            claim = locator.one(id)
            if claim and (claim["week"] == week or self._table(collection, claim["week"]).one(id) is not None):
                return claim
            # Counted, so that a week lost and won back is not taken for the entry that is known to be on disk.
            taken = {"week": week, "turn": claim.get("turn", 0) + 1 if claim else 0}
            locator.put(id, taken)
            return taken

    def _table_of(self, collection: str, id: str) -> JournalTable | None:
        if collection not in self._weekly:
            return self._table(collection, _WHOLE)
        claim = self._table(collection, _LOCATOR).one(id)
        return self._table(collection, claim["week"]) if claim else None

    def _table(self, collection: str, part: str) -> JournalTable:
        if not _NAME.fullmatch(collection):
            raise ValueError(f"no name of a collection: {collection!r}")
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
        weeks = [key for key in self._open if _WEEK.fullmatch(key[1])]
        for key in weeks[:-_OPEN_WEEKS]:
            del self._open[key]


def _check_id(id: str) -> None:
    if not 0 < len(id) <= 200:
        raise ValueError(f"an id has 1 to 200 characters: {id!r}")


def _numbered(document: Mapping[str, Any], revision: int) -> dict[str, Any]:
    return {**document, _REVISION: revision}


def _stored(id: str, kept: Mapping[str, Any]) -> Stored:
    document = dict(kept)
    return Stored(id, document.pop(_REVISION), document)


def _put(
    id: str, document: Mapping[str, Any], earlier: Mapping[str, Any] | None, same_by: str | None
) -> tuple[Put, Stored]:
    if earlier is None:
        return Put.CREATED, Stored(id, 1, dict(document))
    stored = _stored(id, earlier)
    same = stored.document == document if same_by is None else stored.document[same_by] == document[same_by]
    return (Put.SAME if same else Put.CONFLICT), stored


def _wanted(**fields: str | Collection[str] | None) -> dict[str, frozenset[str]]:
    """The values that each field may have; fields without a wish are left out."""
    return {
        name: frozenset({value} if isinstance(value, str) else value)
        for name, value in fields.items()
        if value is not None
    }
