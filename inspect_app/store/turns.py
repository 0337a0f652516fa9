"""Who does what comes back by the clock: one process of an installation, also where one is killed in the midst.

The lock of a file is let go of by the system when its process ends, however it ends, and costs no room on a full disk.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import portalocker

from ..durable import make_folder, replace_file

SLACK = 0.9
"""Servers look now and then, none to the second: what is nearly due is due."""
_ASK_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True)
class Ran:
    """Scheduled work: when it last ended (UTC), None where it never did, on which machine, and what went wrong."""

    name: str
    ended_at: datetime | None
    host: str
    error: str
    is_running: bool = False


class Schedule(Protocol):
    """Turns at scheduled work. Safe for threads and processes; on a database, of any number of machines."""

    def turn(self, name: str, every_s: float = 0.0) -> AbstractContextManager[bool]:
        """Whether the block is to be run, because nobody else is at it, nor ended it so lately."""

    def ran(self) -> list[Ran]:
        """What became of all that was ever run, by name."""


def is_over(elapsed_s: float, every_s: float) -> bool:
    """Whether the next turn has come; a clock that was set back keeps nobody waiting."""
    return elapsed_s < 0 or elapsed_s >= every_s * SLACK


@contextmanager
def in_turn(turns: Schedule, name: str, most_s: float) -> Iterator[bool]:
    """Wait for a turn that others have; whether it came in ``most_s`` seconds. Raises ``StoreAway``."""
    until = time.monotonic() + most_s
    while True:
        with turns.turn(name) as mine:
            if mine or time.monotonic() >= until:
                yield mine
                return
        time.sleep(_ASK_AGAIN_S)


class FileTurns:
    """Turns of the processes of one machine, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def turn(self, name: str, every_s: float = 0.0) -> Iterator[bool]:
        make_folder(self._folder)
        path = self._folder / f"{name}.lock"
        lock = portalocker.Lock(path, "a", fail_when_locked=True, timeout=0)
        try:
            lock.acquire()
        except portalocker.LockException:
            yield False
            return
        try:
            ended = self._path(name)
            if ended.exists() and not is_over(time.time() - ended.stat().st_mtime, every_s):
                yield False
                return
            yield from self._run(name)
        finally:
            lock.release()

    def ran(self) -> list[Ran]:
        found = sorted(path.stem for path in self._folder.glob("*.lock"))
        return [self._told(name) for name in found]

    def _run(self, name: str) -> Iterator[bool]:
        error = ""
        try:
            yield True
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"[:500]
            raise
        finally:
            self._note(name, error)

    def _note(self, name: str, error: str) -> None:
        told = {"host": socket.gethostname(), "error": error}
        with suppress(OSError):  # a full disk: what is there already is written over below
            replace_file(self._path(name), json.dumps(told, ensure_ascii=False).encode())
        with suppress(OSError):
            os.utime(self._path(name))

    def _told(self, name: str) -> Ran:
        path, is_running = self._path(name), self._is_taken(name)
        try:
            told, at = json.loads(path.read_bytes()), datetime.fromtimestamp(path.stat().st_mtime, UTC)
            return Ran(name, at, str(told["host"]), str(told["error"]), is_running)
        except (OSError, ValueError, KeyError, TypeError):
            return Ran(name, None, "", "", is_running)

    def _is_taken(self, name: str) -> bool:
        try:
            with portalocker.Lock(self._folder / f"{name}.lock", "a", fail_when_locked=True, timeout=0):
                return False
        except portalocker.LockException:
            return True

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
