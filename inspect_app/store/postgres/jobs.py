"""The queue in the database: a job is entered by the transaction of the act that asks for it.

A worker takes what nobody took since it looked, by the number of tries. The clock is the database's.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ..jobs import (
    FREED_AT_ONCE,
    LEASE_S,
    MOST_TRIES,
    NOTHING_BEHIND,
    Backlog,
    JobState,
    KindTotal,
    SetAside,
    Waiting,
    again_after,
    lease_for,
)
from ..waiting import HANDED_ON, rows_left
from .connecting import Connections, Database, statement, told
from .texts import column_text, text_in_column

ENTER = b"""INSERT INTO _jobs (kind, id, photos) VALUES (%s, %s, %s) ON CONFLICT (kind, id) DO UPDATE
SET place = nextval('_jobs_place_seq'), photos = excluded.photos, since = now(), tries = 0, not_before = '-infinity',
error = '', holder = ''"""
_NEW = b"INSERT INTO _jobs (kind, id, photos) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_LEFT = b"""INSERT INTO _jobs (kind, id, photos, since, tries, error)
VALUES (%s, %s, %s, to_timestamp(%s), %s, %s) ON CONFLICT DO NOTHING"""
_SOON = b"BEGIN; SET LOCAL synchronous_commit = off"
"""What a crash of the database takes back is done once more."""
_IS_ASIDE = f"(tries >= {MOST_TRIES} AND (holder = '' OR not_before <= now()))"
_STATE = f"""CASE WHEN {_IS_ASIDE} THEN 'set_aside' WHEN holder <> '' AND not_before > now() THEN 'running'
WHEN tries > 0 OR error <> '' THEN 'again' ELSE 'queued' END"""
_FIRST_WAITED_FOR = f"SELECT min(place) FROM _jobs WHERE kind = %s AND error = '' AND tries <= {FREED_AT_ONCE}"
_NO_PLACE = 1 << 62
_IN = "now() + make_interval(secs => %s)"
_LOOKED_THROUGH = "history"
_LOOK_NOTED = b"""INSERT INTO _turns (name, ended_at) VALUES (%s, now()) ON CONFLICT (name)
DO UPDATE SET ended_at = excluded.ended_at"""
_T = TypeVar("_T")


class PostgresJobs:
    """The jobs of a database. Safe for threads, and for processes on any number of machines."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._holder = secrets.token_hex(8)
        self._asked = threading.local()
        self.earlier: Path | None = None
        """The folder of lists that were kept before the database had one."""

    @property
    def is_complete(self) -> bool:
        """What another place handed on lies at one server, which may not be the first that begins here."""
        if self.earlier and (self.earlier / HANDED_ON).exists():
            return False
        return bool(self._rows("SELECT FROM _turns WHERE name = %s", _LOOKED_THROUGH))

    def note_complete(self) -> None:
        with told(), self._connections.one() as database:  # on disk with all before it: a file goes for it
            database.execute(_LOOK_NOTED, (_LOOKED_THROUGH,))
        if self.earlier:
            (self.earlier / HANDED_ON).unlink(missing_ok=True)

    def take_over(self) -> None:
        rows = rows_left(self.earlier) if self.earlier else []
        self._many(_LEFT, [(kind, column_text(id), *more) for kind, id, *more in rows])

    def free_what_the_dead_hold(self) -> None:
        """Nobody here knows which of the other servers are no more."""

    def add(self, kind: str, id: str, photos: int = 0) -> int:
        return int(self._run(f"{ENTER.decode()} RETURNING place", kind, column_text(id), photos)[0][0])

    def add_all(self, kind: str, ids: Sequence[tuple[str, int]]) -> None:
        self._many(_NEW, [(kind, column_text(id), photos) for id, photos in ids])

    @contextmanager
    def entered(self, kind: str, id: str, photos: int) -> Iterator[int]:
        asked = self._asked.__dict__.setdefault("jobs", [])
        asked.append((kind, column_text(id), photos))
        try:
            yield -1
        finally:
            asked.clear()

    def with_the_act(self) -> list[tuple[str, str, int]]:
        """What this thread's act is to enter: kind, id as a column has it, photos."""
        return list(self._asked.__dict__.get("jobs", ()))

    def due(
        self, kinds: Sequence[str], most: int, but: Collection[int] = (), behind: Mapping[str, str] = NOTHING_BEHIND
    ) -> list[Waiting]:
        found: list[Waiting] = []
        for kind in kinds:
            before = f"AND place < coalesce(({_FIRST_WAITED_FOR}), {_NO_PLACE})" if kind in behind else ""
            query = f"""SELECT place, kind, id, since, tries FROM _jobs WHERE kind = %s AND not_before <= now()
            AND tries < {MOST_TRIES} AND place <> ALL(%s) {before} ORDER BY place LIMIT %s"""
            others = [behind[kind]] if before else []
            rows = self._rows(query, kind, list(but), *others, most - len(found))
            found += [Waiting(place, kind, text_in_column(id), since, tries) for place, kind, id, since, tries in rows]
            if len(found) >= most:
                break
        return found

    def begun(self, work: Waiting) -> bool:
        change = f"""UPDATE _jobs SET tries = tries + 1, not_before = {_IN}, holder = %s
        WHERE place = %s AND tries = %s AND not_before <= now() RETURNING place"""
        return bool(self._run(change, lease_for(work.tries), self._holder, work.place, work.tries))

    def alive(self, places: Collection[int]) -> None:
        if places:
            change = f"UPDATE _jobs SET not_before = greatest(not_before, {_IN}) WHERE place = ANY(%s) AND holder = %s"
            self._run(change, LEASE_S, list(places), self._holder)

    def done(self, work: Waiting) -> None:
        self._run("DELETE FROM _jobs WHERE place = %s", work.place)

    def failed(self, work: Waiting, error: str, *, for_good: bool = False) -> None:
        change = f"""UPDATE _jobs SET error = %s, tries = %s, not_before = {_IN}, holder = ''
        WHERE place = %s AND holder = %s"""
        tries = MOST_TRIES if for_good else work.tries + 1
        self._run(change, column_text(error[:500]), tries, again_after(work.tries), work.place, self._holder)

    def put_off(self, work: Waiting, seconds: float, why: str = "") -> None:
        change = f"""UPDATE _jobs SET tries = %s, not_before = {_IN}, holder = '',
        error = coalesce(nullif(%s, ''), error) WHERE place = %s AND holder = %s"""
        self._run(change, work.tries, seconds, column_text(why[:500]), work.place, self._holder)

    def backlog(self, kind: str) -> Backlog:
        query = f"SELECT sum(photos), min(since), count(*) FILTER (WHERE {_IS_ASIDE}) FROM _jobs WHERE kind = %s"
        ((photos, oldest, aside),) = self._rows(query, kind)
        return Backlog(int(photos or 0), oldest, aside)

    def totals(self) -> list[KindTotal]:
        rows = self._rows(f"SELECT kind, {_STATE} AS state, count(*), min(since) FROM _jobs GROUP BY kind, state")
        return [KindTotal(kind, JobState(state), jobs, oldest) for kind, state, jobs, oldest in rows]

    def state(self, kind: str, id: str) -> JobState | None:
        rows = self._rows(f"SELECT {_STATE} FROM _jobs WHERE kind = %s AND id = %s", kind, column_text(id))
        return JobState(rows[0][0]) if rows else None

    def troubled(self, kind: str) -> list[SetAside]:
        rows = self._rows("SELECT kind, id, error FROM _jobs WHERE kind = %s AND error <> '' ORDER BY place", kind)
        return [SetAside(kind, text_in_column(id), text_in_column(error)) for kind, id, error in rows]

    def set_aside(self) -> list[SetAside]:
        rows = self._rows(f"SELECT kind, id, error FROM _jobs WHERE {_IS_ASIDE} ORDER BY place")
        return [SetAside(kind, text_in_column(id), text_in_column(error)) for kind, id, error in rows]

    def try_again(self, kind: str = "", id: str = "") -> list[SetAside]:
        change = f"""UPDATE _jobs SET tries = 0, not_before = '-infinity', error = '', holder = '' FROM
        (SELECT place, error AS told FROM _jobs WHERE {_IS_ASIDE} AND (%s = '' OR (kind, id) = (%s, %s))
        FOR UPDATE) AS found
        WHERE _jobs.place = found.place RETURNING kind, id, told, _jobs.place"""
        rows = sorted(self._run(change, kind, kind, column_text(id)), key=lambda row: row[3])
        return [SetAside(kind, text_in_column(id), text_in_column(told)) for kind, id, told, _ in rows]

    def give_up(self, kind: str, id: str) -> bool:
        change = f"DELETE FROM _jobs WHERE kind = %s AND id = %s AND {_IS_ASIDE} RETURNING place"
        return bool(self._run(change, kind, column_text(id)))

    def close(self) -> None:
        """The connections are the store's."""

    def _rows(self, query: str, *values: object) -> list[Any]:
        return self._connections.read(lambda database: database.execute(statement(query), values).fetchall())

    def _run(self, change: str, *values: object) -> list[Any]:
        """One change; the rows that it returns."""

        def run(database: Database) -> list[Any]:
            cursor = database.execute(statement(change), values)
            return cursor.fetchall() if cursor.description else []

        return self._soon(run)

    def _many(self, change: bytes, rows: Sequence[Sequence[object]]) -> None:
        def run(database: Database) -> None:
            with database.cursor() as cursor:
                cursor.executemany(change, rows)

        if rows:
            self._soon(run)

    def _soon(self, change: Callable[[Database], _T]) -> _T:
        """Done, and on disk soon. Raises ``StoreAway``."""
        with told(), self._connections.one() as database:
            database.execute(_SOON)
            found = change(database)
            database.execute(b"COMMIT")
            return found
