"""What somebody does behind the program's back who can write where a store keeps its documents: in memory, or by SQL.

What is done to the files of a folder is in the tests of files; of them the log alone is rewritten here.
No revision counts on, and no count of what there is. Who asks afterwards is told what a process is that begins then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from inspect_app.collections import LAYOUTS
from inspect_app.store import Store, Stored
from inspect_app.store.chain import head_in
from inspect_app.store.layouts import week_in
from inspect_app.store.lines import text_of
from inspect_app.store.memory import MemoryStore
from inspect_app.store.postgres.connecting import Database, statement
from inspect_app.store.postgres.reading import Reader
from inspect_app.store.postgres.recent import RecentDocuments
from inspect_app.store.postgres.schema import content_columns, content_of
from inspect_app.store.postgres.store import PostgresStore
from inspect_app.store.postgres.texts import WHOLE, column_text, ids_of, indexed_text, table_of
from inspect_app.store.tiny import TinyStore

_LAYOUTS = {layout.name: layout for layout in LAYOUTS}


def put(store: Store, collection: str, stored: Stored) -> None:
    """Have a document as it is here, where that with its id is, or behind all others of its part."""
    part = week_in(stored.document) if _LAYOUTS[collection].weekly else WHOLE
    if isinstance(store, MemoryStore):
        found = next((rows for rows in store._tables[collection].values() if stored.id in rows), None)
        (found or store._tables[collection][part]).put(stored)
        return
    with _database(store) as database:
        _put(database, collection, part, stored)


def remove(store: Store, collection: str, *ids: str) -> None:
    """Take documents away."""
    if isinstance(store, MemoryStore):
        for rows in store._tables[collection].values():
            for id in ids:
                rows.remove(id)
        return
    tables = [table_of(collection), *([ids_of(collection)] if _LAYOUTS[collection].weekly else [])]
    with _database(store) as database:
        for table in tables:
            database.execute(statement(f"DELETE FROM {table} WHERE id = ANY(%s)"), (list(map(column_text, ids)),))


def write_log(store: Store, lines: Sequence[bytes]) -> None:
    """Have a log of these lines, one or more, in the place of that which is there."""
    if isinstance(store, MemoryStore):
        store.log._lines[:] = lines
        return
    if isinstance(store, TinyStore):
        store.log._file._path.write_bytes(b"".join(line.rstrip() + b"\n" for line in lines))
        return
    head, rows = head_in(lines[-1]), [(json.loads(line), line.decode().rstrip()) for line in lines]
    with _database(store) as database, database.cursor() as cursor:
        cursor.execute(b"DELETE FROM _log")
        cursor.executemany(
            b"INSERT INTO _log VALUES (%s, %s, %s)",
            [(entry["seq"], indexed_text(entry["of"]), line) for entry, line in rows],
        )
        cursor.execute(b"UPDATE _head SET seq = %s, hash = %s", (head.seq, head.hash))


@contextmanager
def _database(store: Store) -> Iterator[Database]:
    """A connection; what the process has in memory is forgotten afterwards."""
    assert isinstance(store, PostgresStore), store
    with store._connections.one() as database, database.transaction():
        yield database
    store._documents = RecentDocuments()
    store._reader = Reader(store._connections, store._layouts, store._documents)


def _put(database: Database, collection: str, part: str, stored: Stored) -> None:
    layout, table, id = _LAYOUTS[collection], table_of(collection), column_text(stored.id)
    content = content_of(layout, stored.id, stored.document, text_of(stored.document).decode(), stored.revision)
    values = {"revision": stored.revision, **dict(zip(content_columns(layout), content, strict=True))}
    changes = ", ".join(f"{name} = %s" for name in values)
    known = database.execute(statement(f"UPDATE {table} SET {changes} WHERE id = %s"), (*values.values(), id))
    if known.rowcount:
        return
    row = database.execute(statement(f"SELECT coalesce(max(position), 0) + 1 FROM {table}")).fetchone()
    assert row
    values |= {"id": id, "position": row[0], **({"week": part} if layout.weekly else {})}
    places = ", ".join(["%s"] * len(values))
    database.execute(statement(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})"), (*values.values(),))
    if layout.weekly:
        database.execute(
            statement(f"INSERT INTO {ids_of(collection)} VALUES (%s, %s, %s)"), (id, part, stored.revision)
        )
