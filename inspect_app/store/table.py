"""TinyDB's table over a journal: its queries unchanged, and one document read or kept without touching the rest."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tinydb import TinyDB
from tinydb.table import Document, Table

from .journal import JournalStorage

TABLE = "documents"


class JournalTable(Table):
    """A table with text ids."""

    document_id_class = str  # type: ignore[assignment]
    _free = 1
    default_query_cache_capacity = 0  # another process may change the documents; a cached answer would be old

    @property
    def journal(self) -> JournalStorage:
        assert isinstance(self._storage, JournalStorage)
        return self._storage

    def one(self, id: str) -> Mapping[str, Any] | None:
        """The document with this id as it is kept. Not to be changed."""
        with self.journal.reading() as tables:
            return tables.get(self.name, {}).get(id)

    def put(self, id: str, document: Mapping[str, Any]) -> None:
        """Keep a document under an id. Inside ``journal.exclusive()``; on disk after ``journal.sync()``."""
        self.journal.append([(self.name, id, dict(document))])

    def matching(self, condition: Callable[[Mapping[Any, Any]], bool]) -> list[tuple[str, Mapping[str, Any]]]:
        """Ids and documents that satisfy a TinyDB query, in the order first kept. Not to be changed."""
        with self.journal.reading() as tables:
            return [(id, document) for id, document in tables.get(self.name, {}).items() if condition(document)]

    def insert(self, document: Mapping[str, Any]) -> Any:
        """As TinyDB's, with no other writer between finding a free id and taking it."""
        with self._numbering():
            return super().insert(document)

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> Any:
        with self._numbering():
            return super().insert_multiple(documents)

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        with self.journal.reading() as tables:
            return dict(tables.get(self.name, {}))

    def _update_table(self, updater: Callable[[dict[Any, Any]], None]) -> None:
        """Run one of TinyDB's own changes as a single record, with no other writer in between."""
        with self.journal.exclusive() as tables:
            before = tables.get(self.name, {})
            after: dict[str, Any] = {id: copy.deepcopy(document) for id, document in before.items()}
            updater(after)
            removed = [(self.name, id, None) for id in before if id not in after]
            changed = [(self.name, id, dict(document)) for id, document in after.items() if before.get(id) != document]
            self.journal.append([*removed, *changed])
        self.journal.sync()

    @contextmanager
    def _numbering(self) -> Iterator[None]:
        """Free ids are counted on from the highest number among the kept ones, whoever kept it."""
        with self.journal.exclusive() as tables:
            self._free = max((int(id) for id in tables.get(self.name, {}) if id.isdecimal()), default=0) + 1
            yield

    def _get_next_id(self) -> str:
        number = self._free
        self._free += 1
        return str(number)


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


__all__ = ["TABLE", "Document", "JournalDB", "JournalTable"]
