"""Copying out of a database, and into one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count

import psycopg
from psycopg import errors

from .. import Layout, StoreDamaged, StoreUnfit
from ..chain import START, Head, head_in
from ..copying import Image, KeptRow, Part, Still
from ..layouts import Layouts
from ..waiting import Row
from .connecting import LEFT, SNAPSHOT, Connections, Database, connected, is_there, statement, told
from .fence import filled_by
from .planning import Plan, WhereKept
from .schema import COPYING, MOVED, assert_source, begin_copy
from .texts import table_of, text_in_column
from .writing import Writer

_AT_ONCE = 1000
_PATIENCE_MS = 10_000
_LEAVE = f"""
CREATE TABLE {MOVED} (message text NOT NULL, target text NOT NULL);
CREATE FUNCTION _refuse_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{LEFT}%', (SELECT message FROM {MOVED}) USING ERRCODE = 'read_only_sql_transaction';
END $$;
CREATE TRIGGER _moved BEFORE UPDATE ON _head FOR EACH ROW EXECUTE FUNCTION _refuse_moved()
"""
"""The database itself refuses who writes then: every transaction changes ``_head``. An earlier program, which is told
that the database is read only, keeps nothing either."""
_REOPEN = f"BEGIN; DROP TRIGGER _moved ON _head; DROP FUNCTION _refuse_moved; DROP TABLE {MOVED}; COMMIT"


class DatabaseImage:
    """What a database holds at one moment: each connection asks by one snapshot."""

    def __init__(self, connection: Database, layouts: Layouts) -> None:
        self._connection = connection
        self._known = {layout.name for layout in layouts}
        self._numbers = count(1)

    def parts(self) -> Mapping[Part, str]:
        with told():
            found = self._connection.execute(b"SELECT collection, part, changed FROM _parts").fetchall()
        if unknown := sorted({name for name, _, _ in found} - self._known):
            raise StoreUnfit(f"数据库里有本程序不认识的集合 {unknown[0]}，由更新版本的程序写下：请换用那个版本")
        return {(name, part): str(changed) for name, part, changed in found}

    def rows(self, part: Part) -> Iterator[KeptRow]:
        query = statement(f"SELECT id, revision, document::text FROM {table_of(*part)} ORDER BY position")
        with told(), self._connection.cursor(f"rows_{next(self._numbers)}") as cursor:
            cursor.itersize = _AT_ONCE
            number = 0
            for id, revision, text in cursor.execute(query):
                number += 1
                yield KeptRow(text_in_column(id), revision, text.encode())
        if number < (noted := self._noted(part)):
            raise StoreDamaged(f"数据库里的 {'/'.join(part)} 缺少文档：记有{noted}份，实有{number}份，请先从备份恢复")

    def _noted(self, part: Part) -> int:
        """How many documents transactions noted."""
        query = b"SELECT documents FROM _parts WHERE collection = %s AND part = %s"
        with told():
            row = self._connection.execute(query, part).fetchone()
        return row[0] if row else 0

    def jobs(self) -> list[Row]:
        """What waits to be done, at the moment of the documents."""
        with told():
            return _jobs(self._connection)

    def head(self) -> Head:
        with told():
            row = self._connection.execute(b"SELECT line FROM _log ORDER BY seq DESC LIMIT 1").fetchone()
        return head_in(row[0].encode()) if row else Head(0, START)

    def lines(self, after: int) -> Iterator[bytes]:
        with told(), self._connection.cursor(f"lines_{next(self._numbers)}") as cursor:
            cursor.itersize = _AT_ONCE
            for (line,) in cursor.execute(b"SELECT line FROM _log WHERE seq > %s ORDER BY seq", (after,)):
                yield line.encode()


class _StillDatabase(DatabaseImage):
    """``holding`` is a connection that keeps all writers waiting; it is what leaves."""

    def __init__(self, connection: Database, layouts: Layouts, holding: Database) -> None:
        super().__init__(connection, layouts)
        self._holding = holding

    def leave(self, target: str, message: str) -> None:
        with told():
            if not is_there(self._holding, MOVED):
                self._holding.execute(statement(_LEAVE))
            self._holding.execute(statement(f"DELETE FROM {MOVED}"))
            self._holding.execute(statement(f"INSERT INTO {MOVED} VALUES (%s, %s)"), (message, target))
            self._holding.execute(b"COMMIT")


class DatabaseSource:
    """A database, copied from. Raises ``StoreAway`` and ``StoreUnfit``."""

    def __init__(self, url: str, layouts: Iterable[Layout]) -> None:
        self._url, self._layouts = url, Layouts(layouts)
        self._connection = connected(url)
        try:
            with told():
                assert_source(self._connection, self._layouts)
                self.name, self.identity = named(self._connection), identity_of(self._connection)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Image]:
        with _snapshot(self._url) as connection:
            yield DatabaseImage(connection, self._layouts)

    @contextmanager
    def standing_still(self) -> Iterator[Still]:
        """Writers wait for up to 20 seconds, then they are told that the database is busy."""
        with connected(self._url) as holding:
            with told():
                holding.execute(b"BEGIN; SET LOCAL lock_timeout = '30s'; SELECT FROM _head FOR UPDATE")
            try:
                with _snapshot(self._url) as connection:
                    yield _StillDatabase(connection, self._layouts, holding)
            finally:
                with suppress(psycopg.Error):
                    holding.execute(b"ROLLBACK")

    def left_for(self) -> str | None:
        with told():
            if not is_there(self._connection, MOVED):
                return None
            row = self._connection.execute(statement(f"SELECT target FROM {MOVED}")).fetchone()
            return row[0] if row else ""

    def reopen(self) -> bool:
        with told():
            there = is_there(self._connection, MOVED)
            if there:
                self._connection.execute(statement(_REOPEN))
            return there

    def close(self) -> None:
        self._connection.close()


class DatabaseTarget:
    """A database that nothing else uses, copied into. Raises ``StoreAway``, and ``StoreUnfit`` where it holds something
    that is no copy of this source that was begun.
    """

    def __init__(self, url: str, layouts: Iterable[Layout], source: str) -> None:
        self._layouts = Layouts(layouts)
        self._held = connected(url)
        try:
            with told():
                self._take()
                begin_copy(self._held, self._layouts, source)
                self.name, self.identity = named(self._held), identity_of(self._held)
        except BaseException:
            self._held.close()
            raise
        self._url, self._connections = url, Connections(url, filled_by(self._layouts))
        self._writer = Writer(self._connections, self._layouts)

    def parts(self) -> Mapping[Part, str]:
        return DatabaseImage(self._held, self._layouts).parts()

    def rows(self, part: Part) -> Iterator[KeptRow]:
        with _snapshot(self._url) as connection:
            yield from DatabaseImage(connection, self._layouts).rows(part)

    def head(self) -> Head:
        return DatabaseImage(self._held, self._layouts).head()

    def lines(self, after: int) -> Iterator[bytes]:
        with _snapshot(self._url) as connection:
            yield from DatabaseImage(connection, self._layouts).lines(after)

    def known(self, part: Part) -> Mapping[str, int]:
        if part not in self.parts():
            return {}
        with told():
            query = statement(f"SELECT id, revision FROM {table_of(*part)}")
            return {text_in_column(id): revision for id, revision in self._held.execute(query)}

    def put(self, part: Part, rows: Sequence[KeptRow]) -> None:
        collection, week = part

        def planned(plan: Plan) -> None:
            for row in rows:
                key, text = (collection, row.id), row.text.decode()
                if key not in plan.places:
                    plan.new[key] = None
                plan.places[key] = WhereKept(week, row.revision)
                plan.documents[key] = json.loads(text), text

        self._writer.load([(collection, row.id) for row in rows], planned)

    def extend(self, lines: Sequence[bytes]) -> None:
        def planned(plan: Plan) -> None:
            for line in lines:
                entry = json.loads(line)
                about = entry.get("of")
                plan.lines.append((entry["seq"], about if isinstance(about, str) else None, line.decode()))
            plan.head = head_in(lines[-1])

        self._writer.load([], planned)

    def end(self) -> None:
        with told():
            self._held.execute(statement(f"DROP TABLE IF EXISTS {COPYING}"))

    def close(self) -> None:
        self._connections.close()
        self._held.close()

    def _take(self) -> None:
        """One copy at a time. What is left in the database of one that was just killed is waited for."""
        self._held.execute(b"SELECT set_config('lock_timeout', %s, false)", (f"{_PATIENCE_MS}ms",))
        try:
            self._held.execute(b"SELECT pg_advisory_lock(hashtext('inspect copy ' || current_schema()))")
        except errors.LockNotAvailable as error:
            raise StoreUnfit("另一个 store copy 正在写这个数据库") from error
        self._held.execute(b"RESET lock_timeout")


def jobs_in(url: str) -> list[Row]:
    """What waits in a database. Raises ``StoreAway`` and ``StoreUnfit``."""
    with connected(url) as connection, told():
        return _jobs(connection)


def _jobs(connection: Database) -> list[Row]:
    query = b"SELECT kind, id, photos, extract(epoch FROM since)::float8, tries, error FROM _jobs ORDER BY place"
    rows = connection.execute(query).fetchall()
    return [(kind, text_in_column(id), photos, since, tries, error) for kind, id, photos, since, tries, error in rows]


def looked_at(url: str) -> tuple[str, bool]:
    """The identity of a database, and whether a copy into it was begun and is not whole.

    Raises ``StoreAway`` and ``StoreUnfit``.
    """
    with connected(url) as connection, told():
        return identity_of(connection), is_there(connection, COPYING)


def named(connection: Database) -> str:
    """What a database is called to people: without account and password."""
    info = connection.info
    return f"数据库 {info.dbname}（{info.host}）"


def identity_of(connection: Database) -> str:
    """What tells a database and schema from others, by whichever address they are reached."""
    query = b"SELECT system_identifier::text, current_database(), current_schema() FROM pg_control_system()"
    row = connection.execute(query).fetchone()
    assert row
    return "postgresql " + " ".join(map(str, row))


@contextmanager
def _snapshot(url: str) -> Iterator[Database]:
    """A connection of its own, whose questions are all answered as of one moment, however long that takes."""
    connection = connected(url)
    try:
        with told():
            connection.execute(SNAPSHOT)
        yield connection
    finally:
        connection.close()
