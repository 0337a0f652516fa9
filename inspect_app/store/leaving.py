"""That the documents of a folder were moved elsewhere, or are being moved just now: nobody writes there then."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

import portalocker

from ..durable import replace_file, sync_folder
from . import StoreLeft, StoreUnfit

_MOVING, _MOVED = "moving", "moved.txt"
_PATIENCE_S = 2.0
"""Who only looks has the lock for a moment as well."""
_WAIT = "数据正在搬到另一处，没有保存，请稍后再试"


class Leaving:
    """Asked by every writer once it has its locks, so that whoever puts a mark and then waits for each lock once knows
    that nobody writes any more.

    ``moving`` counts for as long as who made it lives and has it locked; ``moved.txt`` until it is removed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._moving, self._moved = folder / _MOVING, folder / _MOVED

    def assert_here(self) -> None:
        """Raises ``StoreLeft`` where nothing may be written any more, or just now."""
        if self._moved.exists():
            raise StoreLeft(self.message())
        if self._moving.exists() and self._is_moving():
            raise StoreLeft(_WAIT)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Writers are told to wait, until this ends. Raises ``StoreUnfit`` where another one is at it."""
        with ExitStack() as held:
            until = time.monotonic() + _PATIENCE_S
            while not self._locked(file := held.enter_context(self._moving.open("a+b"))):
                if time.monotonic() > until:
                    raise StoreUnfit("另一个 store copy 正在搬这里的数据")
                time.sleep(0.01)
            try:
                yield
            finally:
                with suppress(PermissionError):  # Windows removes nothing that is open; without the lock it is no mark
                    self._moving.unlink(missing_ok=True)
                portalocker.unlock(file)

    def leave(self, target: str, message: str) -> None:
        """Put the mark that lasts, durably: its first line is for everybody, the second is where to."""
        replace_file(self._moved, f"{message}\n{target}\n".encode())

    def left_for(self) -> str | None:
        """The identity of the place that was moved to; None where nothing was."""
        with suppress(FileNotFoundError):
            return "\n".join(self._moved.read_text("utf-8").splitlines()[1:2])
        return None

    def message(self) -> str:
        """Where to the documents were moved, in Chinese."""
        with suppress(OSError):
            return self._moved.read_text("utf-8").partition("\n")[0]
        return "数据已搬到别处，没有保存"

    def reopen(self) -> bool:
        """Take the mark away; whether there was one."""
        there = self._moved.exists()
        self._moved.unlink(missing_ok=True)
        sync_folder(self._folder)
        return there

    def _locked(self, file: IO[bytes]) -> bool:
        """Whether a file is locked now, and is still the one that has the name."""
        with suppress(portalocker.LockException, FileNotFoundError):
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
            return os.fstat(file.fileno()).st_ino == self._moving.stat().st_ino
        return False

    def _is_moving(self) -> bool:
        with suppress(FileNotFoundError), self._moving.open("r+b") as file:
            try:
                portalocker.lock(file, portalocker.LockFlags.SHARED | portalocker.LockFlags.NON_BLOCKING)
            except portalocker.LockException:
                return True
            portalocker.unlock(file)
        return False
