"""What servers hold for each other, in two tables of the database: a thing, and the larger bytes that belong to it.

All of a thing is put there and goes by one transaction, its photos too, also where there is an object store: bytes in
two places would have to be looked for, and be removed, in two. Who puts something there has the table to themselves, so
limits hold however many come at once; who reads waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from .. import StoreLeft
from ..shelf import NoRoom, ShelfRoom, Shelved
from .connecting import Connections, Database, connected, is_there, statement, told
from .texts import column_text, text_in_column

SHELF, _PARTS = "_shelf", "_shelf_parts"
_COLUMNS = "kind, name, owner, at, content"
_ALONE = statement(f"LOCK TABLE {SHELF} IN SHARE ROW EXCLUSIVE MODE")
_PUT = statement(f"INSERT INTO {SHELF} (kind, name, owner, at, bytes, content) VALUES (%s, %s, %s, %s, %s, %s)")
_PUT_PART = statement(f"INSERT INTO {_PARTS} VALUES (%s, %s, %s, %s)")
_GET = statement(f"SELECT {_COLUMNS} FROM {SHELF} WHERE kind = %s AND name = %s")
_FIND = statement(f"SELECT {_COLUMNS} FROM {SHELF} WHERE kind = %s AND position(%s IN name) > 0 ORDER BY at, name")
_PART = statement(f"SELECT content FROM {_PARTS} WHERE (kind, name, part) = (%s, %s, %s)")
_REMOVE = statement(f"DELETE FROM {SHELF} WHERE kind = %s AND name = %s")
_SWEEP = statement(f"DELETE FROM {SHELF} WHERE kind = %s AND at < %s")
_OF_OWNER = statement(f"SELECT count(*) FROM {SHELF} WHERE kind = %s AND owner = %s AND name <> %s")
_BYTES = statement(f"SELECT coalesce(sum(bytes), 0) FROM {SHELF} WHERE kind = %s AND name <> %s")
_NAMES = statement(f"SELECT kind, name FROM {SHELF} ORDER BY at, kind, name")
_PARTS_OF = statement(f"SELECT part, content FROM {_PARTS} WHERE kind = %s AND name = %s")
_T = TypeVar("_T")


class PostgresShelf:
    """The shelf of a database. Safe for threads, and for processes on any number of machines."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def put(self, thing: Shelved, room: ShelfRoom | None = None) -> NoRoom | None:
        def change(database: Database) -> NoRoom | None:
            lacking = _lacking(database, thing, room) if room else None
            if lacking is None:
                _replace(database, thing)
            return lacking

        return self._alone(change)

    def put_once(self, thing: Shelved) -> Shelved:
        def change(database: Database) -> Shelved:
            found = _thing(database, thing.kind, thing.name)
            if found is None:
                _replace(database, thing)
            return found or thing

        return self._alone(change)

    def put_newer(self, thing: Shelved) -> None:
        def change(database: Database) -> None:
            found = _thing(database, thing.kind, thing.name)
            if found is None or found.at < thing.at:
                _replace(database, thing)

        self._alone(change)

    def get(self, kind: str, name: str) -> Shelved | None:
        return self._connections.read(lambda database: _thing(database, kind, name))

    def find(self, kind: str, within: str) -> list[Shelved]:
        values = (kind, column_text(within))
        rows = self._connections.read(lambda database: database.execute(_FIND, values).fetchall())
        return [_shelved(row) for row in rows]

    def part(self, kind: str, name: str, part: str) -> bytes | None:
        values = (kind, column_text(name), column_text(part))
        row = self._connections.read(lambda database: database.execute(_PART, values).fetchone())
        return bytes(row[0]) if row else None

    def remove(self, kind: str, name: str) -> None:
        self._write(lambda database: database.execute(_REMOVE, (kind, column_text(name))))

    def sweep(self, kind: str, before: datetime) -> None:
        self._write(lambda database: database.execute(_SWEEP, (kind, before)))

    def _alone(self, change: Callable[[Database], _T]) -> _T:
        """Done while nobody else puts anything there, and only where all was not moved elsewhere."""

        def done(database: Database) -> _T:
            database.execute(_ALONE)
            _refuse_left(database)
            return change(database)

        return self._write(done)

    def _write(self, change: Callable[[Database], _T]) -> _T:
        with told(), self._connections.one() as database, database.transaction():
            return change(database)


def shelved_in(url: str) -> Iterator[Shelved]:
    """All there is in a database, parts and all. Who is putting something there is waited for; who comes next waits.

    Raises ``StoreAway`` and ``StoreUnfit``.
    """
    with connected(url) as database, told(), database.transaction():
        database.execute(_ALONE)
        for kind, name in database.execute(_NAMES).fetchall():
            found = _thing(database, kind, text_in_column(name))
            parts = database.execute(_PARTS_OF, (kind, name)).fetchall()
            assert found
            yield replace(found, parts={text_in_column(part): bytes(content) for part, content in parts})


def _refuse_left(database: Database) -> None:
    """Raises ``StoreLeft`` where what is put here would be found by nobody."""
    if is_there(database, "_moved"):
        row = database.execute(b"SELECT message FROM _moved").fetchone()
        raise StoreLeft(row[0] if row else "")


def _lacking(database: Database, thing: Shelved, room: ShelfRoom) -> NoRoom | None:
    name = column_text(thing.name)
    mine = database.execute(_OF_OWNER, (thing.kind, column_text(thing.owner), name)).fetchone()
    if mine and mine[0] >= room.most_of_owner:
        return NoRoom.OF_OWNER
    others = database.execute(_BYTES, (thing.kind, name)).fetchone()
    return NoRoom.OF_ALL if others and others[0] + thing.size > room.most_bytes else None


def _replace(database: Database, thing: Shelved) -> None:
    name = column_text(thing.name)
    database.execute(_REMOVE, (thing.kind, name))
    owner, at = column_text(thing.owner), thing.at.astimezone(UTC)
    database.execute(_PUT, (thing.kind, name, owner, at, thing.size, thing.content))
    for part, content in thing.parts.items():
        database.execute(_PUT_PART, (thing.kind, name, column_text(part), content))


def _thing(database: Database, kind: str, name: str) -> Shelved | None:
    row = database.execute(_GET, (kind, column_text(name))).fetchone()
    return _shelved(row) if row else None


def _shelved(row: tuple[Any, ...]) -> Shelved:
    kind, name, owner, at, content = row
    return Shelved(kind, text_in_column(name), at.astimezone(UTC), bytes(content), text_in_column(owner))
