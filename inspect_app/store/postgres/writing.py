"""Writing to a database: acts asked for at the same time are one transaction, and one transaction is done at a time.

The row of ``_head`` is locked first. So all that is committed has one order: places, changes and entries of the log
count up as they become visible, and no page can leave out what is committed later under a lower number. Nobody waits
for a second lock, so there is no deadlock.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import psycopg

from .. import Layout, Stale
from ..batches import Batches
from ..chain import Head
from ..layouts import Layouts
from .connecting import Connections, Database, lost_answer, statement, told
from .jobs import ENTER
from .planning import ActInTransaction, Key, Plan, WhereKept
from .schema import content_columns, content_of, make_week
from .texts import WHOLE, column_text, ids_of, indexed_text, table_of, text_in_column

_ASKING_S = 6.0
"""How long it is asked what became of a transaction whose answer was lost."""
_LOCK = b"""BEGIN; SELECT position, changed, seq, hash, pg_current_xact_id()::text,
left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM _head FOR UPDATE"""


class Writer:
    """The writing half of a store. Safe for threads, and for any number of processes on any number of machines."""

    def __init__(self, connections: Connections, layouts: Layouts) -> None:
        self._connections = connections
        self._layouts = layouts
        self._batches: Batches[ActInTransaction] = Batches(self._do)

    def do(self, asked: ActInTransaction) -> None:
        """Return once an act is committed. Raises ``Stale``, ``ValueError``, ``StoreAway`` and ``OSError``."""
        self._batches.do(asked)

    def _do(self, batch: Sequence[ActInTransaction]) -> None:
        """All of a batch in one transaction; where the database refuses something of it, each act in one of its own."""
        try:
            with told():
                self._transact(batch)
        except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError):
            if len(batch) == 1:
                raise
            for asked in batch:
                try:
                    with told():
                        self._transact([asked])
                except Exception as error:
                    asked.error = error

    def _transact(self, batch: Sequence[ActInTransaction]) -> None:
        try:
            self._transact_once(batch)
        except _Broken:  # before it was to be committed: so it was not
            self._connections.drop_dead()
            self._transact_once(batch)

    def _transact_once(self, batch: Sequence[ActInTransaction]) -> None:
        with self._connections.one() as database:
            try:
                turn = _Turn(database)
                plan = Plan(
                    self._layouts, turn.head, self._places(database, (key for one in batch for key in one.touched()))
                )
                _check(plan, batch)
                if plan.is_empty():
                    database.execute(b"ROLLBACK")
                    return
                turn.write(plan, {layout.name: layout for layout in self._layouts})
            except psycopg.OperationalError as error:
                if database.closed:
                    raise _Broken(*error.args) from error
                raise
            self._commit(database, turn)

    def _commit(self, database: Database, turn: _Turn) -> None:
        """Returns where it is committed, by the answer or by what is found afterwards."""
        try:
            database.execute(b"COMMIT")
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if not self._is_committed(turn):
                raise

    def _is_committed(self, turn: _Turn) -> bool:
        """What became of a transaction whose answer was lost. Raises ``StoreAway`` where nobody can tell."""
        until = time.monotonic() + _ASKING_S
        while time.monotonic() < until:
            with suppress(psycopg.OperationalError), self._connections.another() as database:
                if (found := turn.outcome(database)) is not None:
                    return found
            time.sleep(0.2)
        raise lost_answer()

    def load(self, keys: Iterable[Key], planned: Callable[[Plan], None]) -> None:
        """Write in one transaction what is planned of these documents and of the log, unchecked: a copy of others."""
        with told(), self._connections.one() as database:
            turn = _Turn(database)
            plan = Plan(self._layouts, turn.head, self._places(database, keys))
            planned(plan)
            turn.write(plan, {layout.name: layout for layout in self._layouts})
            database.execute(b"COMMIT")

    def _places(self, database: Database, keys: Iterable[Key]) -> dict[Key, WhereKept]:
        """Where the documents are that acts have to do with."""
        ids: dict[str, set[str]] = defaultdict(set)
        for collection, id in keys:
            ids[collection].add(column_text(id))
        if not ids:
            return {}
        questions = [
            f"SELECT '{name}', id, week, revision FROM {ids_of(name)} WHERE id = ANY(%s)"
            if self._layouts.is_weekly(name)
            else f"SELECT '{name}', id, '{WHOLE}', revision FROM {table_of(name)} WHERE id = ANY(%s)"
            for name in ids
        ]
        rows = database.execute(statement(" UNION ALL ".join(questions)), list(map(list, ids.values())))
        return {(name, text_in_column(id)): WhereKept(part, revision) for name, id, part, revision in rows}


class _Broken(psycopg.OperationalError):
    """The connection ended before anything was to be committed."""


def _check(plan: Plan, batch: Iterable[ActInTransaction]) -> None:
    """Plan what can be done; the others are told why not."""
    for asked in batch:
        asked.error = None
        try:
            plan.add(asked)
        except (Stale, ValueError, TypeError) as error:
            asked.error = error


class _Turn:
    """One transaction that nobody else's is beside, from its first statement on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        cursor = database.execute(_LOCK)
        cursor.nextset()
        row = cursor.fetchone()
        assert row
        self._position, changed, seq, hash, self._number, self._timeline = row
        self._changed = changed + 1
        self.head = Head(seq, hash)
        self._last: tuple[int, str] | None = None

    def outcome(self, database: Database) -> bool | None:
        """Whether it was committed, as another connection is told; None where that is not known, or not yet."""
        query = b"SELECT pg_xact_status(%s::text::xid8), left(pg_walfile_name(pg_current_wal_lsn()), 8)"
        try:
            row = database.execute(query, (self._number,)).fetchone()
        except psycopg.errors.InvalidParameterValue as error:  # killed before it noted that it gave this number
            raise lost_answer() from error
        # A standby that took over counts on from what it had: the number may be another transaction's there.
        if row is None or row[1] != self._timeline:
            return None
        found = {"committed": True, "aborted": False}.get(row[0])
        # After a crash a number that was not noted is given once more: what was committed may be another's.
        return found and self._has_last(database) if found is not None else None

    def _has_last(self, database: Database) -> bool:
        """Whether the last line that was written is in the log; a chain has no two that are the same."""
        if self._last is None:
            raise lost_answer()
        return bool(database.execute(b"SELECT FROM _log WHERE seq = %s AND line = %s", self._last).rowcount)

    def write(self, plan: Plan, layouts: dict[str, Layout]) -> None:
        """Write all of a plan."""
        if plan.lines:
            seq, _, line = plan.lines[-1]
            self._last = (seq, line)
        parts = {(name, plan.places[name, id].part) for name, id in plan.documents}
        new = Counter((name, plan.places[name, id].part) for name, id in plan.new)
        self._make_weeks(new, layouts)
        with self._database.pipeline(), self._database.cursor() as cursor:
            for name, part in sorted(parts):
                keys = [key for key in plan.documents if key[0] == name and plan.places[key].part == part]
                inserted = [key for key in plan.new if key in set(keys)]
                self._insert(cursor, layouts[name], part, plan, inserted)
                self._update(cursor, layouts[name], part, plan, [key for key in keys if key not in plan.new])
            cursor.executemany(
                b"INSERT INTO _parts VALUES (%s, %s, %s, %s) ON CONFLICT (collection, part) DO UPDATE "
                b"SET changed = excluded.changed, documents = _parts.documents + excluded.documents",
                [(name, part, self._changed, new[name, part]) for name, part in sorted(parts)],
            )
            cursor.executemany(
                b"INSERT INTO _log VALUES (%s, %s, %s)",
                [(seq, about and indexed_text(about), line) for seq, about, line in plan.lines],
            )
            if plan.jobs:
                cursor.executemany(ENTER, plan.jobs)
            cursor.execute(
                b"UPDATE _head SET position = %s, changed = %s, seq = %s, hash = %s",
                (self._position, self._changed, plan.head.seq, plan.head.hash),
            )

    def _make_weeks(self, parts: Iterable[tuple[str, str]], layouts: dict[str, Layout]) -> None:
        query = b"SELECT FROM _parts WHERE collection = %s AND part = %s"
        for name, part in sorted(parts):
            if part != WHOLE and not self._database.execute(query, (name, part)).rowcount:
                make_week(self._database, layouts[name], part)

    def _insert(
        self, cursor: psycopg.Cursor[tuple[object, ...]], layout: Layout, part: str, plan: Plan, keys: Sequence[Key]
    ) -> None:
        columns = ["id", *(["week"] if layout.weekly else []), "position", "revision", *content_columns(layout)]
        rows = []
        for key in keys:
            self._position += 1
            revision = plan.places[key].revision
            own = [column_text(key[1]), *([part] if layout.weekly else []), self._position, revision]
            rows.append([*own, *content_of(layout, key[1], *plan.documents[key], revision)])
        places = ", ".join(["%s"] * len(columns))
        table = table_of(layout.name, part)
        if rows:
            cursor.executemany(statement(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"), rows)
        if rows and layout.weekly:
            ids = [(column_text(key[1]), part, plan.places[key].revision) for key in keys]
            cursor.executemany(statement(f"INSERT INTO {ids_of(layout.name)} VALUES (%s, %s, %s)"), ids)

    def _update(
        self, cursor: psycopg.Cursor[tuple[object, ...]], layout: Layout, part: str, plan: Plan, keys: Sequence[Key]
    ) -> None:
        settings = ", ".join(f"{column} = %s" for column in content_columns(layout))
        change = f"UPDATE {table_of(layout.name, part)} SET revision = %s, {settings} WHERE id = %s"
        rows = []
        for key in keys:
            revision = plan.places[key].revision
            rows.append([revision, *content_of(layout, key[1], *plan.documents[key], revision), column_text(key[1])])
        if rows:
            cursor.executemany(statement(change), rows)
        if rows and layout.weekly:
            ids = [(plan.places[key].revision, column_text(key[1])) for key in keys]
            cursor.executemany(statement(f"UPDATE {ids_of(layout.name)} SET revision = %s WHERE id = %s"), ids)
