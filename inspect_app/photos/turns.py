"""Pictures that have to be in memory whole are decoded one at a time, and few requests may wait for their turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .raster import Unable

MOST_WAITING = 2
"""Requests that wait while one picture is decoded. The server has eight threads: five are left for everybody else."""
_patient = threading.local()


class Busy(Unable):
    """Too many wait already. Nothing is wrong with the photo, which may be sent again."""


class Turns:
    """One at a time, and no more waiting than there may be; who is patient waits however many there are."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most = most_waiting
        self._one = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the turn. Raises ``Busy`` at once where others wait enough."""
        if not self._one.acquire(blocking=False):
            with self._in_line():
                self._one.acquire()
        try:
            yield
        finally:
            self._one.release()

    @contextmanager
    def _in_line(self) -> Iterator[None]:
        counted = not getattr(_patient, "waits", False)
        with self._counting:
            if counted and self._waiting >= self._most:
                raise Busy("too many pictures wait to be decoded")
            self._waiting += counted
        try:
            yield
        finally:
            with self._counting:
                self._waiting -= counted


@contextmanager
def patiently() -> Iterator[None]:
    """For work that nobody waits for: this thread waits its turn, and takes no request's place in the line."""
    before = getattr(_patient, "waits", False)
    _patient.waits = True
    try:
        yield
    finally:
        _patient.waits = before
