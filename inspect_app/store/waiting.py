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
import sqlite3
import threading
import time
from collections.abc import Collection, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..durable import make_folder, replace_file

_log = logging.getLogger(__name__)
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_TABLE = """CREATE TABLE IF NOT EXISTS waiting (
    place INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, photos INTEGER NOT NULL,
    since REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '', UNIQUE (kind, id))"""
_FIRST_WAIT_S, _MOST_TRIES = 30.0, 5
"""Seconds before what failed is tried again, and four times as long each time: five tries in 43 minutes."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work of a ``kind`` on what has this ``id``. ``place`` is another one when it was asked for again."""

    place: int
    kind: str
    id: str
    since: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many photos wait for a kind of work, since when the oldest, and how many things were set aside."""

    photos: int
    oldest: datetime | None
    set_aside: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """Work that failed too often to be tried again by itself, and what the last failure said."""

    kind: str
    id: str
    error: str


class WaitingList:
    """The list of an installation. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._boot = _boot()
        # A file of an earlier run of the machine may have lost its last pages: nothing is built on it.
        self._path, self._mark = folder / f"waiting-{self._boot or 'any'}.sqlite", folder / "complete"
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all that waits is listed: the history was looked through, and nothing can have got lost since."""
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

    def add(self, kind: str, id: str, photos: int = 0) -> int:
        """List work on something, or list it anew behind all others; its place, 0 where it could not be listed."""
        return self._write(
            ("DELETE FROM waiting WHERE kind = ? AND id = ?", (kind, id)),
            ("INSERT INTO waiting (kind, id, photos, since) VALUES (?, ?, ?, ?)", (kind, id, photos, time.time())),
        )

    def add_all(self, kind: str, ids: Sequence[tuple[str, int]]) -> None:
        """List what is not listed yet, with its photos."""
        now = time.time()
        row = "INSERT OR IGNORE INTO waiting (kind, id, photos, since) VALUES (?, ?, ?, ?)"
        self._write(*((row, (kind, id, photos, now)) for id, photos in ids))

    def due(self, kinds: Sequence[str], most: int, but: Collection[int] = ()) -> list[Waiting]:
        """What may be done now, kinds in the order given, each in the order in which it came; without some places."""
        found: list[Waiting] = []
        for kind in kinds:
            rows = self._rows(
                "SELECT place, kind, id, since, tries FROM waiting WHERE kind = ? AND not_before <= ? AND tries < ? "
                "ORDER BY place LIMIT ?",
                (kind, time.time(), _MOST_TRIES, most + len(but)),
            )
            found += [Waiting(p, k, i, datetime.fromtimestamp(s, UTC), t) for p, k, i, s, t in rows if p not in but]
            if len(found) >= most:
                break
        return found[:most]

    def begun(self, work: Waiting) -> None:
        """Count a try before it is made: what kills the process is not tried for ever."""
        wait = time.time() + _FIRST_WAIT_S * 4**work.tries
        self._write(
            ("UPDATE waiting SET tries = ?, not_before = ? WHERE place = ?", (work.tries + 1, wait, work.place))
        )

    def done(self, work: Waiting) -> None:
        """Strike it off, unless it was asked for again meanwhile."""
        self._write(("DELETE FROM waiting WHERE place = ?", (work.place,)))

    def failed(self, work: Waiting, error: str) -> None:
        """Say why: it is tried again later, or is set aside where it failed often enough."""
        self._write(("UPDATE waiting SET error = ? WHERE place = ?", (error[:500], work.place)))

    def take_up(self) -> None:
        """What was under way when the process ended is begun again at once; what often was, in its time."""
        self._write(("UPDATE waiting SET not_before = 0 WHERE tries < 3 AND error = ''", ()))

    def put_off(self, work: Waiting, seconds: float) -> None:
        """It cannot be done yet, which is no failure."""
        self._write(
            (
                "UPDATE waiting SET tries = ?, not_before = ? WHERE place = ?",
                (work.tries, time.time() + seconds, work.place),
            )
        )

    def backlog(self, kind: str) -> Backlog:
        """What waits of a kind."""
        rows = self._rows(
            "SELECT SUM(photos), MIN(since), SUM(tries >= ?) FROM waiting WHERE kind = ?", (_MOST_TRIES, kind)
        )
        for photos, since, aside in rows:
            return Backlog(photos or 0, datetime.fromtimestamp(since, UTC) if since else None, aside or 0)
        return Backlog(0, None, 0)

    def set_aside(self) -> list[SetAside]:
        """What was set aside, of all kinds, the longest listed first."""
        query = "SELECT kind, id, error FROM waiting WHERE tries >= ? ORDER BY place"
        return [SetAside(*row) for row in self._rows(query, (_MOST_TRIES,))]

    def try_again(self) -> list[SetAside]:
        """Have what was set aside tried as if for the first time; what it was."""
        found = self.set_aside()
        self._write(("UPDATE waiting SET tries = 0, not_before = 0, error = '' WHERE tries >= ?", (_MOST_TRIES,)))
        return found

    def close(self) -> None:
        """Give the file back; it is opened again by who still asks."""
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def __del__(self) -> None:
        if self._connection:
            self._connection.close()

    def _earlier(self, pattern: str) -> list[Path]:
        """The files of earlier runs of the machine."""
        found = self._path.parent.glob(pattern)
        return [path for path in found if not path.name.startswith(self._path.name)]

    def _rows(self, query: str, values: Sequence[object]) -> list[Any]:
        try:
            with self._lock, closing(self._database().execute(query, values)) as cursor:
                return cursor.fetchall()
        except (sqlite3.Error, OSError) as error:
            self._doubt(error)
            return []

    def _write(self, *statements: tuple[str, Sequence[object]]) -> int:
        """One transaction; the last row's place, 0 where it failed: then the list is no longer complete, which costs a
        look through the history.
        """
        place = 0
        try:
            with self._lock, self._database() as database:
                for statement, values in statements:
                    place = database.execute(statement, values).lastrowid or 0
        except (sqlite3.Error, OSError) as error:
            self._doubt(error)
            return 0
        return place

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
        except sqlite3.Error:
            database.close()
            raise
        return database


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
