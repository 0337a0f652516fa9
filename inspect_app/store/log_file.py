"""A chained log in one file: appended to by threads and processes, whole after a crash."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import portalocker

from ..durable import make_folder, sync_folder
from . import StoreDamaged
from .chain import START, Chain, Head, chained, head_in, line_of, unchained
from .inventory import LogSize, readable, shorter
from .lines import newline_before

_log = logging.getLogger(__name__)


class ChainedLog(Chain):
    """One log in one file. Safe for threads, and for several processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._sync_lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._size = -1
        self._head = Head(0, START)
        self._failed: OSError | None = None
        # Writes of this process, and how many of them are on disk for sure.
        self._written = self._synced = 0
        self._is_named = False

    @property
    def path(self) -> Path:
        return self._path

    def append(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Add an entry, with ``seq``, ``previous`` and ``hash`` put to it. Returns once it is on disk."""
        return self.append_all([entry])[0]

    def append_all(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add several entries one after another, as ``append`` does, with nobody else's in between."""
        with self.exclusive() as head:
            added = chained(entries, head)
            self.write(added)
        self.sync()
        return added

    def head(self) -> Head:
        """The last whole entry."""
        with self._lock:
            if not self._path.exists():
                return Head(0, START)
            with readable(self._path), self._path.open("rb") as file:
                portalocker.lock(file, portalocker.LockFlags.SHARED)
                end = _last_end(file)
                return self._head_at(file, end)

    def size(self) -> LogSize | None:
        """How long the log is, and its head, once they are on disk. None where it is empty. Raises ``StoreDamaged``."""
        with self._lock:
            if not self._path.exists():
                return None
            # To be written: Windows syncs nothing that is open for reading only.
            with readable(self._path), self._path.open("r+b") as file:
                portalocker.lock(file, portalocker.LockFlags.SHARED)
                os.fsync(file.fileno())
                end = _last_end(file)
                return LogSize(end, self._head_at(file, end).hash) if end else None

    def lacks(self, noted: LogSize) -> str | None:
        """What the log lacks of a size noted earlier, in Chinese, by a look at the entry that was the last then."""
        try:
            if short := shorter(self._path, noted.length):
                return short
            with readable(self._path), self._path.open("rb") as file:
                line = _last_line(file, noted.length)
            same = head_in(line).hash == noted.hash
        except StoreDamaged as error:
            return str(error)
        except (ValueError, KeyError, TypeError):
            same = False
        return None if same else f"{self._path}：第{noted.length}字节之前的记录已不是原来的"

    @contextmanager
    def exclusive(self) -> Iterator[Head]:
        """The head, with every other writer in any process shut out; only here ``write`` may be called."""
        with self._lock:
            make_folder(self._path.parent)
            with self._path.open("ab+", buffering=0) as file:
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE)
                self._head = self._caught_up(file)
                self._file = file
                try:
                    yield self._head
                finally:
                    self._file = None

    def write(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Put chained entries behind the head. They are on disk after the next ``sync``.

        Those that the log holds already are left out: a process that died may have come so far.
        """
        assert self._file, "write needs exclusive()"
        self._assert_sound()
        self._written += 1  # also where all are there: they need not be on disk
        missing: Sequence[Mapping[str, Any]] = [entry for entry in entries if entry["seq"] > self._head.seq]
        if not missing:
            return
        if missing[0]["previous"] != self._head.hash:
            _log.warning("%s：日志比数据旧(可能来自较早的备份)，%d条记录接在现有末尾之后", self._path, len(missing))
            missing = chained(map(unchained, missing), self._head)
        self.write_lines([line_of(entry) for entry in missing])

    def write_lines(self, lines: Sequence[bytes]) -> None:
        """Put lines behind the head, as they are; a copy has those of another log. Inside ``exclusive``."""
        assert self._file, "write needs exclusive()"
        self._assert_sound()
        self._written += 1
        self._size = _write_whole(self._file, b"".join(line.rstrip(b"\n") + b"\n" for line in lines))
        self._head = head_in(lines[-1])

    def sync(self) -> None:
        """Return once all that this process wrote is on disk. Threads that wait at the same time share one fsync."""
        wanted = self._written
        if self._synced >= wanted:
            return
        with self._sync_lock:
            self._assert_sound()
            if self._synced >= wanted:
                return
            written = self._written
            try:
                with self._path.open("ab") as file:
                    os.fsync(file.fileno())
            except OSError as error:
                # The kernel may have dropped the pages: nothing after this can be promised.
                self._failed = error
                raise
            if not self._is_named:  # whoever made the file may have died before its name was on disk
                sync_folder(self._path.parent)
                self._is_named = True
            self._synced = written

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The whole lines with their numbers, from 1 on. Raises ``StoreDamaged``."""
        try:
            with readable(self._path), self._path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if line.endswith(b"\n"):
                        yield number, line
        except FileNotFoundError:
            return

    def _caught_up(self, file: IO[bytes]) -> Head:
        """The head, read again where another process has appended; what a crash left half-written is cut off."""
        size = file.seek(0, os.SEEK_END)
        if size == self._size:
            return self._head
        end = _last_end(file)
        if end < size:
            file.truncate(end)
        self._size = end
        return self._head_at(file, end)

    def _head_at(self, file: IO[bytes], end: int) -> Head:
        try:
            return head_in(_last_line(file, end)) if end else Head(0, START)
        except (ValueError, KeyError, TypeError):
            raise StoreDamaged(f"{self._path}：第{end}字节之前的最后一条已损坏") from None

    def _assert_sound(self) -> None:
        if self._failed:
            raise OSError(f"{self._path}：写盘失败过({self._failed})，重新启动前不再写入") from self._failed


def _write_whole(file: IO[bytes], lines: bytes) -> int:
    """Where the file ends then. An unbuffered file may take less than it is given; on a full disk it takes none."""
    start = file.seek(0, os.SEEK_END)
    rest = memoryview(lines)
    try:
        while rest:
            rest = rest[file.write(rest) or 0 :]
    except OSError:
        file.truncate(start)
        raise
    return start + len(lines)


def _last_end(file: IO[bytes]) -> int:
    """Where the last whole line of a file ends, in bytes."""
    return newline_before(file, file.seek(0, os.SEEK_END)) + 1


def _last_line(file: IO[bytes], end: int) -> bytes:
    start = newline_before(file, end - 1) + 1
    file.seek(start)
    return file.read(end - start)
