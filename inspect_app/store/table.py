"""TinyDB's table over a journal: its queries unchanged, and one document read or kept without touching the rest."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from . import Stored
from .journal import JournalStorage, raw_table
from .lines import Text, as_kept
from .rows import DocumentRows

TABLE = "documents"
WHOLE, LOCATOR = "all", "ids"
"""Parts of a collection, beside its weeks: all documents of one that has no weeks, and the weeks of one that has."""


class _ByText(dict[Any, Any]):
    """A table in the hands of one of TinyDB's changes, where documents may be named by number as well as by text."""

    def __contains__(self, id: object) -> bool:
        return super().__contains__(str(id))

    def __getitem__(self, id: object) -> Any:
        return super().__getitem__(str(id))

    def __setitem__(self, id: object, document: Any) -> None:
        super().__setitem__(str(id), document)

    def __delitem__(self, id: object) -> None:
        super().__delitem__(str(id))


class JournalTable(Table):
    """A table with text ids."""

    document_id_class = str  # type: ignore[assignment]
    _next_id: int | None  # type: ignore[assignment]

    def __init__(self, storage: Storage, name: str, cache_size: int = 0, persist_empty: bool = False) -> None:
        # No cache of answers: another process may change the documents.
        super().__init__(storage, name, cache_size, persist_empty)

    @property
    def journal(self) -> JournalStorage:
        assert isinstance(self._storage, JournalStorage)
        return self._storage

    def one(self, id: str) -> Stored | None:
        """The document with this id."""
        with self.journal.reading() as tables:
            rows = tables.get(self.name)
            return rows.get(id) if rows is not None else None

    @contextmanager
    def rows(self) -> Iterator[DocumentRows]:
        """The documents as they are now, in no other thread's hands while the block runs."""
        with self.journal.reading() as tables:
            yield tables.get(self.name) or DocumentRows()

    def put(self, id: str, document: Mapping[str, Any], revision: int = 0) -> Stored:
        """Keep a document under an id. Inside ``journal.exclusive()``; on disk after ``journal.sync()``."""
        return self.put_all([(id, document, revision)])[0]

    def put_all(self, documents: Sequence[tuple[str, Mapping[str, Any], int]]) -> list[Stored]:
        """As ``put``, of several documents in one record, which a crash leaves whole or not there at all."""
        return self.put_kept([(id, as_kept(document, revision)) for id, document, revision in documents])

    def put_kept(
        self, documents: Sequence[tuple[str, dict[str, Any] | Text]], *, kept_elsewhere: bool = False
    ) -> list[Stored]:
        """As ``put_all``, of documents as they stand in a line. ``kept_elsewhere`` as for ``JournalStorage.append``."""
        self.journal.append(((self.name, id, kept) for id, kept in documents), kept_elsewhere=kept_elsewhere)
        with self.rows() as rows:
            return [rows[id] for id, _ in documents]

    def insert(self, document: Mapping[str, Any]) -> Any:
        """As TinyDB's, with no other writer between finding a free id and taking it."""
        with self._numbering():
            return super().insert(document)

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> Any:
        with self._numbering():
            return super().insert_multiple(documents)

    def upsert(self, document: Mapping[str, Any], cond: Any = None) -> Any:
        with self.journal.exclusive():
            return super().upsert(document, cond)

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        with self.rows() as rows:
            return {**raw_table(rows)}

    def _update_table(self, updater: Callable[[dict[Any, Any]], None]) -> None:
        """Run one of TinyDB's own changes as a single record, with no other writer in between."""
        with self.journal.exclusive():
            before = self._read_table()
            after = _ByText(copy.deepcopy(before))
            updater(after)
            removed = [(self.name, id, None) for id in before if id not in after]
            changed = [(self.name, id, dict(document)) for id, document in after.items() if before.get(id) != document]
            self.journal.append([*removed, *changed])
        self.journal.sync()

    @contextmanager
    def _numbering(self) -> Iterator[None]:
        """Free ids are counted on from the last one given and from the highest kept, whoever kept it."""
        with self.journal.exclusive(), self.rows() as rows:
            highest = max((int(stored.id) for stored in rows if stored.id.isdecimal()), default=0)
            self._next_id = max(self._next_id or 1, highest + 1)
            yield

    def _get_next_id(self) -> str:
        return str(super()._get_next_id())  # type: ignore[no-untyped-call]


class JournalDB(TinyDB):
    """TinyDB on a journal: ``JournalDB(folder)``."""

    table_class = JournalTable
    default_storage_class = JournalStorage  # type: ignore[assignment]

    @property
    def documents(self) -> JournalTable:
        """The one table that the store uses."""
        table = self.table(TABLE)
        assert isinstance(table, JournalTable)
        return table

    def drop_table(self, name: str) -> None:
        """As TinyDB's, with no other writer between reading and writing."""
        with self._journal.exclusive():
            super().drop_table(name)

    def drop_tables(self) -> None:
        with self._journal.exclusive():
            super().drop_tables()

    @property
    def _journal(self) -> JournalStorage:
        assert isinstance(self.storage, JournalStorage)
        return self.storage


__all__ = ["TABLE", "Document", "JournalDB", "JournalTable"]
