"""Asking a database for documents. What is told is always what is committed at that moment, whoever wrote it.

Each question asks the database, but no document is sent twice to a process that has it at this revision, and no list is
put together twice while its part is unchanged.
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from .. import Briefly, Stored
from ..layouts import Layouts, Wanted
from .connecting import Connections, Database, statement
from .recent import RecentDocuments, RecentResults, asked_for
from .schema import brief_in
from .texts import WHOLE, brief_column, column_of, column_text, ids_of, indexed_texts, table_of, text_in_column

_AT_ONCE = 1000
"""Documents that are asked for by one statement."""


class Reader:
    """The reading half of a store. Safe for threads."""

    def __init__(self, connections: Connections, layouts: Layouts, documents: RecentDocuments) -> None:
        self._connections = connections
        self._layouts = layouts
        self._documents = documents
        self._results = RecentResults()

    def get(self, collection: str, id: str) -> Stored | None:
        """The document with this id, or None."""
        known = self._documents.one(collection, id)
        if self._layouts.is_weekly(collection):
            return self._connections.read(lambda database: self._get_in_week(database, collection, id, known))
        return self._connections.read(lambda database: self._get(database, collection, WHOLE, id, known))

    def states(self, collection: str) -> dict[str, int]:
        """The parts of a collection that hold something, in order, each with the number of its last change."""
        query = b"SELECT part, changed FROM _parts WHERE collection = %s ORDER BY part"
        return dict(self._connections.read(lambda database: database.execute(query, (collection,)).fetchall()))

    def state(self, collection: str, part: str) -> int:
        """The number of the last change to a part; 0 where there was none."""
        query = b"SELECT changed FROM _parts WHERE collection = %s AND part = %s"
        row = self._connections.read(lambda database: database.execute(query, (collection, part)).fetchone())
        return row[0] if row else 0

    def found(self, collection: str, part: str, state: int, wanted: Wanted, skip: int) -> Sequence[Stored]:
        """The documents of a part that ``Store.find`` finds; ``state`` was asked for before."""
        asked = asked_for(collection, part, wanted)
        known = None if skip else self._results.one(asked, state)
        if known is not None:
            return known
        conditions, values = _conditions(wanted)
        table = table_of(collection, part)
        if skip:
            conditions.append(f"position >= (SELECT position FROM {table} ORDER BY position OFFSET %s LIMIT 1)")
            values.append(skip)
        rows = f"SELECT id, revision FROM {table}{_where(conditions)} ORDER BY position"

        def ask(database: Database) -> list[Stored]:
            return self._whole(database, collection, part, database.execute(statement(rows), values).fetchall())

        found = self._connections.read(ask, snapshot=True)
        if not skip:
            self._results.keep(asked, state, found)
        return found

    def paged(
        self, collection: str, part: str, wanted: Wanted, limit: int, *, after: str | None, newest: bool
    ) -> list[Stored]:
        """The first ``limit`` documents of a part behind the one with the id ``after``, as ``Store.page`` gives them.

        Raises ``ValueError`` where there is no document with that id.
        """
        table = table_of(collection, part)

        def ask(database: Database) -> list[Stored]:
            conditions, values = _conditions(wanted)
            if after is not None:
                conditions.append(f"position {'<' if newest else '>'} %s")
                values.append(_position(database, table, after))
            rows = statement(
                f"SELECT id, revision FROM {table}{_where(conditions)} "
                f"ORDER BY position {'DESC' if newest else 'ASC'} LIMIT %s"
            )
            return self._whole(database, collection, part, database.execute(rows, [*values, limit]).fetchall())

        return self._connections.read(ask, snapshot=True)

    def briefs(self, collection: str, week: str, brief: Briefly) -> Iterator[tuple[str, bytes]]:
        """As ``Store.briefs``. What a program wrote that did not know of them is made of its document."""
        if not self.state(collection, week):
            return
        table = table_of(collection, week)
        query = statement(f"SELECT id, revision, {brief_column(brief.version)} FROM {table} ORDER BY position")
        with self._connections.snapshot() as database, database.cursor("briefs") as cursor:
            cursor.execute(query, binary=True)
            while rows := cursor.fetchmany(_AT_ONCE):
                found = [(id, brief_in(column, revision)) for id, revision, column in rows]
                made = self._made(database, table, [id for id, one in found if one is None], brief)
                yield from ((text_in_column(id), made[id] if one is None else one) for id, one in found)

    def changed_briefs(self, collection: str, seen: Sequence[int], brief: Briefly) -> list[tuple[int, str, int, bytes]]:
        """Those of documents that are at other revisions than these, in the order first kept, with their places."""
        table, column = table_of(collection), brief_column(brief.version)
        query = statement(
            f"SELECT place, id, revision, {column} FROM (SELECT (row_number() OVER (ORDER BY position))::integer - 1 "
            f"AS place, id, revision, {column} FROM {table}) AS placed WHERE place >= %s "
            "OR int4send(revision) <> substring(%s FROM place * 4 + 1 FOR 4) ORDER BY place"
        )
        known = array("i", seen)
        if sys.byteorder == "little":
            known.byteswap()

        def ask(database: Database) -> list[tuple[int, str, int, bytes]]:
            with database.cursor(binary=True) as cursor:
                rows = cursor.execute(query, (len(known), known.tobytes())).fetchall()
            found = [(place, id, revision, brief_in(one, revision)) for place, id, revision, one in rows]
            made = self._made(database, table, [id for _, id, _, one in found if one is None], brief)
            return [
                (place, text_in_column(id), revision, made[id] if one is None else one)
                for place, id, revision, one in found
            ]

        return self._connections.read(ask, snapshot=True)

    def _made(self, database: Database, table: str, ids: list[str], brief: Briefly) -> dict[str, bytes]:
        if not ids:
            return {}
        query = statement(f"SELECT id, document::text FROM {table} WHERE id = ANY(%s)")
        rows = database.execute(query, (ids,)).fetchall()
        return {id: brief.of(text_in_column(id), json.loads(text)) for id, text in rows}

    def _get_in_week(self, database: Database, collection: str, id: str, known: Stored | None) -> Stored | None:
        query = statement(f"SELECT week, revision FROM {ids_of(collection)} WHERE id = %s")
        row = database.execute(query, (column_text(id),)).fetchone()
        if row is None or (known and known.revision == row[1]):
            return known if row else None
        return self._get(database, collection, row[0], id, known)

    def _get(self, database: Database, collection: str, part: str, id: str, known: Stored | None) -> Stored | None:
        query = statement(
            "SELECT revision, CASE WHEN revision <> %s THEN document::text END "
            f"FROM {table_of(collection, part)} WHERE id = %s"
        )
        row = database.execute(query, (known.revision if known else 0, column_text(id))).fetchone()
        if row is None:
            return None
        revision, text = row
        if text is None:
            return known
        return self._documents.keep(collection, Stored(id, revision, json.loads(text)), len(text))

    def _whole(self, database: Database, collection: str, part: str, rows: Sequence[tuple[Any, ...]]) -> list[Stored]:
        """The documents of ids at revisions that this snapshot has; only what is not in memory is asked for."""
        ids = [text_in_column(id) for id, _ in rows]
        seen = {id: self._documents.one(collection, id) for id in ids}
        found = {
            id: one
            for id, (_, revision) in zip(ids, rows, strict=True)
            if (one := seen[id]) and one.revision == revision
        }
        missing = [id for id in ids if id not in found]
        query = statement(f"SELECT id, revision, document::text FROM {table_of(collection, part)} WHERE id = ANY(%s)")
        for start in range(0, len(missing), _AT_ONCE):
            some = [column_text(id) for id in missing[start : start + _AT_ONCE]]
            for id, revision, text in database.execute(query, (some,)):
                stored = Stored(text_in_column(id), revision, json.loads(text))
                found[stored.id] = self._documents.keep(collection, stored, len(text))
        return [found[id] for id in ids]


def _conditions(wanted: Wanted) -> tuple[list[str], list[Any]]:
    conditions = [f"{column_of(field)} && %s::text[]" for field in wanted]
    return conditions, [indexed_texts(values) for values in wanted.values()]


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _position(database: Database, table: str, id: str) -> int:
    row = database.execute(statement(f"SELECT position FROM {table} WHERE id = %s"), (column_text(id),)).fetchone()
    if row is None:
        raise ValueError(f"no page ends with {id!r}")
    position: int = row[0]
    return position
