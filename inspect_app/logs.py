"""What the server writes of its work: readable lines to standard error, and where a file is set one JSON object a line.

The file is rotated by size. Several processes of a machine may write to one: each line is appended by one call of the
system, one process at a time rotates, and the others notice by their next line, the one before which may still go to
the end of the file that was put aside.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

import portalocker

from .settings import LogFile

REQUESTS = "inspect_app.requests"
"""The logger of requests: to the file alone, for people would not see the rest for it."""
request_id: ContextVar[str] = ContextVar("request_id", default="")
"""What tells the lines of one request from those of others."""
_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TOLD = ("route", "method", "status", "ms")
"""What a line on a request has besides."""


def log_readably() -> None:
    """Lines for people on standard error."""
    logging.basicConfig(level=logging.INFO, format=_TEXT)
    # Requests that wait for a thread are nothing to write down.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    logging.getLogger(REQUESTS).propagate = False


def log_into(file: LogFile) -> None:
    """The same, and a line for each request, into a file. Raises ``OSError`` where it cannot be written."""
    handler = RotatedFile(file)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    logging.getLogger(REQUESTS).addHandler(handler)


class JsonLines(logging.Formatter):
    """One JSON object without line breaks for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """Time (UTC), level, ``event`` (the part of the program that says it), and what there is to say."""
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.name.removeprefix("inspect_app."),
            "process": record.process,
        }
        if record.name != REQUESTS:
            told["text"] = record.getMessage()
        if id := request_id.get():
            told["request"] = id
        told |= {name: record.__dict__[name] for name in _TOLD if name in record.__dict__}
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


class RotatedFile(logging.Handler):
    """Appends lines to a file that only its owner reads."""

    def __init__(self, file: LogFile) -> None:
        """Raises ``OSError`` where the file cannot be opened."""
        super().__init__()
        self._file = file
        self._is_torn = self._has_failed = False
        file.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = self._opened()

    def emit(self, record: logging.LogRecord) -> None:
        """Nobody's request fails because its line cannot be written: that is said once on standard error."""
        try:
            self._write(f"{self.format(record)}\n".encode("utf-8", "backslashreplace"))
        except OSError as error:
            if not self._has_failed:
                print(f"{self._file.path}：日志写不进去：{error.strerror or error}", file=sys.stderr, flush=True)
            self._has_failed = True
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Give the file back."""
        with suppress(OSError):
            os.close(self._descriptor)
        super().close()

    def _write(self, line: bytes) -> None:
        if not self._is_current():
            self._reopen()
        # What a full disk took only a part of is a line of its own, which is no JSON.
        line = b"\n" + line if self._is_torn else line
        self._is_torn = os.write(self._descriptor, line) < len(line)
        self._has_failed = False
        if os.fstat(self._descriptor).st_size >= self._file.most_bytes:
            self._rotate()

    def _is_current(self) -> bool:
        """Whether the name still stands for the open file; on Windows an open one cannot be renamed."""
        try:
            return os.path.samestat(self._file.path.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        """Put the file aside, where no other process is just doing that, or can be."""
        path = self._file.path
        with (
            suppress(portalocker.LockException, PermissionError),
            portalocker.Lock(path.with_name(f"{path.name}.lock"), fail_when_locked=True, timeout=0),
        ):
            if not self._is_current():
                return
            os.close(self._descriptor)
            try:
                self._aside(self._file.files).unlink(missing_ok=True)
                for number in range(self._file.files - 1, -1, -1):
                    with suppress(FileNotFoundError):
                        self._aside(number).rename(self._aside(number + 1))
            finally:
                self._descriptor = self._opened()

    def _aside(self, number: int) -> Path:
        """The file's name once it was put aside so many times."""
        path = self._file.path
        return path.with_name(f"{path.name}.{number}") if number else path

    def _reopen(self) -> None:
        with suppress(OSError):
            os.close(self._descriptor)
        self._descriptor = self._opened()

    def _opened(self) -> int:
        return os.open(self._file.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
