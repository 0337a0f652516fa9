"""What waits to be done behind the acknowledgements, durably: one row for each kind of work on each thing.

SQLite of the standard library, in a file of its own: rows come and go thousands of times a day, which a store that
keeps every document for ever is not made for. A row is written before the act that it belongs to and goes when the work
is done, so a process that is killed leaves it. Writing it costs no sync: what a process wrote outlives it, and where
the machine itself went down (another boot than the file was written in), or the file cannot be read, ``is_complete``
says that rows may be missing: then the whole history is looked through once, and what can be read of the earlier file
is taken over.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import portalocker

from ..durable import make_folder, replace_file, sync_folder
from .jobs import (
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

Row = tuple[str, str, int, float, int, str]
"""A job as another list has it: kind, id, photos, since (seconds since 1970), tries and error."""
HANDED_ON = "waiting-moved.sqlite"
"""What a list is called that came from another place."""
_log = logging.getLogger(__name__)
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_TABLE = """CREATE TABLE IF NOT EXISTS waiting (
    place INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, photos INTEGER NOT NULL,
    since REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '', holder TEXT NOT NULL DEFAULT '', UNIQUE (kind, id))"""
_YOUNGER = "ALTER TABLE waiting ADD COLUMN holder TEXT NOT NULL DEFAULT ''"
"""What lists of earlier versions lack: which process has a job in hand."""
_STATES = f"""CASE WHEN tries >= {MOST_TRIES} AND (holder = '' OR not_before <= :now) THEN 'set_aside'
    WHEN holder <> '' AND not_before > :now THEN 'running'
    WHEN tries > 0 OR error <> '' THEN 'again' ELSE 'queued' END"""
_FIRST_WAITED_FOR = f"SELECT min(place) FROM waiting WHERE kind = ? AND error = '' AND tries <= {FREED_AT_ONCE}"
_NO_PLACE = 1 << 62
_IS_ASIDE = f"(tries >= {MOST_TRIES} AND (holder = '' OR not_before <= ?))"
"""With the time. The last try may be under way."""


class WaitingList:
    """The list of an installation. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._boot = _boot()
        # A file of an earlier run of the machine may have lost its last pages: nothing is built on it.
        self._path, self._mark = folder / f"waiting-{self._boot or 'any'}.sqlite", folder / "complete"
        self._holder = secrets.token_hex(8)
        self._alive: IO[bytes] | None = None
        """Locked for as long as this process lasts, once it had a job in hand."""
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @property
    def is_complete(self) -> bool:
        try:
            return bool(self._boot) and self._path.exists() and self._mark.read_text() == self._boot
        except OSError:
            return False

    def note_complete(self) -> None:
        """The history was looked through; what earlier runs of the machine left goes."""
        for path in self._earlier("waiting-*"):
            path.unlink(missing_ok=True)
        if self._boot:
            replace_file(self._mark, self._boot.encode())

    def take_over(self) -> None:
        """List what earlier runs of the machine left, as far as their files are whole; some of it may be done by now.

        The history tells what is unchecked, but neither what else was to be done, nor what was set aside.
        """
        row = "INSERT OR IGNORE INTO waiting (kind, id, photos, since, tries, error) VALUES (?, ?, ?, ?, ?, ?)"
        for path in self._earlier("waiting-*.sqlite"):
            try:
                rows = _rows_of(path)
            except (sqlite3.Error, OSError) as error:
                _log.warning("%s：%s；里面列着的不再接着做", path, error)
                continue
            self._write(*((row, values) for values in rows))

    def free_what_the_dead_hold(self) -> None:
        change = "UPDATE waiting SET not_before = 0, holder = '' WHERE holder = ? AND tries <= ?"
        holders = [one for (one,) in self._rows("SELECT DISTINCT holder FROM waiting WHERE holder <> ''", ())]
        for holder in holders:
            if holder != self._holder and not self._is_alive(holder):
                self._write((change, (holder, FREED_AT_ONCE)))
                self._alive_path(holder).unlink(missing_ok=True)

    def add(self, kind: str, id: str, photos: int = 0) -> int:
        row = "INSERT INTO waiting (kind, id, photos, since) VALUES (?, ?, ?, ?)"
        try:
            with self._lock, self._database() as database:
                database.execute("DELETE FROM waiting WHERE kind = ? AND id = ?", (kind, id))
                return database.execute(row, (kind, id, photos, time.time())).lastrowid or 0
        except (sqlite3.Error, OSError) as error:
            self._doubt(error)
            return 0

    def add_all(self, kind: str, ids: Sequence[tuple[str, int]]) -> None:
        now = time.time()
        row = "INSERT OR IGNORE INTO waiting (kind, id, photos, since) VALUES (?, ?, ?, ?)"
        self._write(*((row, (kind, id, photos, now)) for id, photos in ids))

    def due(
        self, kinds: Sequence[str], most: int, but: Collection[int] = (), behind: Mapping[str, str] = NOTHING_BEHIND
    ) -> list[Waiting]:
        found: list[Waiting] = []
        for kind in kinds:
            before = f"AND place < coalesce(({_FIRST_WAITED_FOR}), {_NO_PLACE})" if kind in behind else ""
            others = [behind[kind]] if before else []
            rows = self._rows(
                "SELECT place, kind, id, since, tries FROM waiting WHERE kind = ? AND not_before <= ? AND tries < ? "
                f"{before} ORDER BY place LIMIT ?",
                (kind, time.time(), MOST_TRIES, *others, most + len(but)),
            )
            found += [Waiting(p, k, i, datetime.fromtimestamp(s, UTC), t) for p, k, i, s, t in rows if p not in but]
            if len(found) >= most:
                break
        return found[:most]

    @contextmanager
    def entered(self, kind: str, id: str, photos: int) -> Iterator[int]:
        yield self.add(kind, id, photos)

    def begun(self, work: Waiting) -> bool:
        now = time.time()
        values = (work.tries + 1, now + lease_for(work.tries), self._holder, work.place, work.tries, now)
        change = (
            "UPDATE waiting SET tries = ?, not_before = ?, holder = ? WHERE place = ? AND tries = ? AND not_before <= ?"
        )
        self._say_alive()
        # Where nothing can be noted it is done all the same: what is done twice has the effect of once.
        return self._write((change, values)) != 0

    def alive(self, places: Collection[int]) -> None:
        change = "UPDATE waiting SET not_before = max(not_before, ?) WHERE place = ? AND holder = ?"
        self._write(*((change, (time.time() + LEASE_S, place, self._holder)) for place in places))

    def done(self, work: Waiting) -> None:
        self._write(("DELETE FROM waiting WHERE place = ?", (work.place,)))

    def failed(self, work: Waiting, error: str, *, for_good: bool = False) -> None:
        tries = MOST_TRIES if for_good else work.tries + 1
        values = (error[:500], tries, time.time() + again_after(work.tries), work.place, self._holder)
        change = "UPDATE waiting SET error = ?, tries = ?, not_before = ?, holder = '' WHERE place = ? AND holder = ?"
        self._write((change, values))

    def put_off(self, work: Waiting, seconds: float, why: str = "") -> None:
        values = (work.tries, time.time() + seconds, why[:500], work.place, self._holder)
        change = """UPDATE waiting SET tries = ?, not_before = ?, error = coalesce(nullif(?, ''), error), holder = ''
            WHERE place = ? AND holder = ?"""
        self._write((change, values))

    def backlog(self, kind: str) -> Backlog:
        query = f"SELECT SUM(photos), MIN(since), SUM({_IS_ASIDE}) FROM waiting WHERE kind = ?"
        for photos, since, aside in self._rows(query, (time.time(), kind)):
            return Backlog(photos or 0, datetime.fromtimestamp(since, UTC) if since else None, aside or 0)
        return Backlog(0, None, 0)

    def totals(self) -> list[KindTotal]:
        query = f"SELECT kind, {_STATES} AS state, COUNT(*), MIN(since) FROM waiting GROUP BY kind, state"
        rows = self._rows(query, {"now": time.time()})
        return [KindTotal(kind, JobState(state), n, datetime.fromtimestamp(at, UTC)) for kind, state, n, at in rows]

    def state(self, kind: str, id: str) -> JobState | None:
        query = f"SELECT {_STATES} FROM waiting WHERE kind = :kind AND id = :id"
        rows = self._rows(query, {"now": time.time(), "kind": kind, "id": id})
        return JobState(rows[0][0]) if rows else None

    def troubled(self, kind: str) -> list[SetAside]:
        query = "SELECT kind, id, error FROM waiting WHERE kind = ? AND error <> '' ORDER BY place"
        return [SetAside(*row) for row in self._rows(query, (kind,))]

    def set_aside(self) -> list[SetAside]:
        query = f"SELECT kind, id, error FROM waiting WHERE {_IS_ASIDE} ORDER BY place"
        return [SetAside(*row) for row in self._rows(query, (time.time(),))]

    def try_again(self, kind: str = "", id: str = "") -> list[SetAside]:
        found = [one for one in self.set_aside() if not kind or (one.kind, one.id) == (kind, id)]
        change = "UPDATE waiting SET tries = 0, not_before = 0, error = '', holder = '' WHERE kind = ? AND id = ?"
        is_kept = self._write(*((f"{change} AND {_IS_ASIDE}", (one.kind, one.id, time.time())) for one in found)) >= 0
        return found if is_kept else []

    def give_up(self, kind: str, id: str) -> bool:
        values = (kind, id, time.time())
        return self._write((f"DELETE FROM waiting WHERE kind = ? AND id = ? AND {_IS_ASIDE}", values)) > 0

    def close(self) -> None:
        """Give the file back; it is opened again by who still asks."""
        with self._lock:
            if self._alive:
                self._alive.close()
                self._alive = None
                self._alive_path(self._holder).unlink(missing_ok=True)
            if self._connection:
                self._connection.close()
                self._connection = None

    def __del__(self) -> None:
        if self._connection:
            self._connection.close()

    def _alive_path(self, holder: str) -> Path:
        return self._path.parent / f"alive-{holder}"

    def _say_alive(self) -> None:
        with self._lock, suppress(OSError, portalocker.LockException):  # else the lease has to run out
            if self._alive is None:
                make_folder(self._path.parent)
                self._alive = self._alive_path(self._holder).open("ab")
                portalocker.lock(self._alive, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)

    def _is_alive(self, holder: str) -> bool:
        try:
            with self._alive_path(holder).open("rb+") as file:
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except FileNotFoundError:
            return False
        except (OSError, portalocker.LockException):
            return True
        return False

    def _earlier(self, pattern: str) -> list[Path]:
        """The files of earlier runs of the machine."""
        found = self._path.parent.glob(pattern)
        return [path for path in found if not path.name.startswith(self._path.name)]

    def _rows(self, query: str, values: Sequence[object] | dict[str, object]) -> list[Any]:
        try:
            with self._lock, closing(self._database().execute(query, values)) as cursor:
                return cursor.fetchall()
        except (sqlite3.Error, OSError) as error:
            self._doubt(error)
            return []

    def _write(self, *statements: tuple[str, Sequence[object]]) -> int:
        """One transaction; how many rows the last statement changed, -1 where it failed.

        Then the list is no longer complete, which costs a look through the history.
        """
        changed = 0
        try:
            with self._lock, self._database() as database:
                for statement, values in statements:
                    changed = database.execute(statement, values).rowcount
        except (sqlite3.Error, OSError) as error:
            self._doubt(error)
            return -1
        return changed

    def _doubt(self, error: Exception) -> None:
        _log.warning("%s：%s；下次启动时从全部测评里重新找", self._path, error)
        with suppress(OSError):
            self._mark.unlink(missing_ok=True)

    def _database(self) -> sqlite3.Connection:
        """The open file; made anew where it is none of ours, and then the history is looked through."""
        if self._connection is None:
            try:
                self._connection = self._connected()
            except sqlite3.DatabaseError as error:
                self._doubt(error)
                for path in self._path.parent.glob(f"{self._path.name}*"):
                    path.unlink(missing_ok=True)
                self._connection = self._connected()
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        make_folder(self._path.parent)
        self._path.touch(mode=0o600)
        database = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"PRAGMA synchronous = {'OFF' if self._boot else 'NORMAL'}")
            with database:
                database.execute(_TABLE)
            if "holder" not in {row[1] for row in database.execute("PRAGMA table_info(waiting)")}:
                _extend(database)
        except sqlite3.Error:
            database.close()
            raise
        return database


def _extend(database: sqlite3.Connection) -> None:
    """Bring a list of an earlier version to today's form. What it had under way is begun again at once."""
    with suppress(sqlite3.OperationalError), database:  # another process was quicker
        database.execute(_YOUNGER)
        database.execute("UPDATE waiting SET not_before = 0 WHERE tries < 3 AND error = ''")


def leave_rows(folder: Path, rows: Sequence[Row]) -> None:
    """Have whoever begins in this folder, or in a database beside it, list these rows and look through the history."""
    make_folder(folder)
    new, mark = folder / "moved.new", folder / "complete"
    write_rows(new, rows)
    mark.unlink(missing_ok=True)
    new.replace(folder / HANDED_ON)
    sync_folder(folder)


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """A list with these rows as a file, which is found as ``HANDED_ON`` in the folder of lists; nothing is synced."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_TABLE)
        row = "INSERT INTO waiting (kind, id, photos, since, tries, error) VALUES (?, ?, ?, ?, ?, ?)"
        database.executemany(row, rows)


def rows_left(folder: Path) -> list[Row]:
    """The rows of all lists of a folder: kind, id, photos, since, tries and error; what cannot be read is told."""
    found = []
    for path in sorted(folder.glob("waiting-*.sqlite")):
        try:
            found += _rows_of(path)
        except (sqlite3.Error, OSError) as error:
            _log.warning("%s：%s；里面列着的不再接着做", path, error)
    return found


def _rows_of(path: Path) -> list[Any]:
    """All rows of another list. Raises ``sqlite3.Error`` where a page of it is damaged."""
    with closing(sqlite3.connect(path, timeout=10)) as database:
        if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
        query = "SELECT kind, id, photos, since, tries, error FROM waiting ORDER BY place"
        return database.execute(query).fetchall()


def _boot() -> str:
    """Which run of the machine this is; empty where the system does not tell: then nothing is taken for complete."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
