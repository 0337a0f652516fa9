"""A database that takes questions and answers none, as one whose machine stands still: who waits for it is let go.

Its own limits of time are kept by the server, which does nothing then, while its system goes on confirming what it is
sent. So where a connection is out for long, another one is tried; only where that comes to nothing either, all that
are out are cut. A statement that takes its time while others are answered is left to the server's limits.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any
from weakref import WeakSet

import psycopg

_LONG_S = 8.0
_LOOK_S = 1.0
Connection = psycopg.Connection[Any]


class Out:
    """A connection that somebody has, or waits for, and since when."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.connection: Connection | None = None

    def cut(self) -> None:
        """Whoever waits for an answer by it is told that it ended."""
        with suppress(OSError, psycopg.Error):
            if self.connection and not self.connection.closed:
                with socket.fromfd(self.connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as same:
                    same.shutdown(socket.SHUT_RDWR)


class Watch:
    """The connections of a store that are out.

    ``answers`` says whether the database takes a new one, in a few seconds; ``let_go`` forgets those that nobody has.
    """

    def __init__(self, answers: Callable[[], bool], let_go: Callable[[], None]) -> None:
        self._answers, self._let_go = answers, let_go
        self._mutex = threading.Lock()
        self._out: set[Out] = set()
        self._asked = 0.0

    @contextmanager
    def over(self) -> Iterator[Out]:
        """Around the whole use of a connection, its return included."""
        out = Out()
        with self._mutex:
            self._out.add(out)
        _watches().add(self)
        try:
            yield out
        finally:
            with self._mutex:
                self._out.discard(out)

    def look(self) -> None:
        """Cut those that are out where one is for long, and the database answers nobody."""
        now = time.monotonic()
        with self._mutex:
            longest = now - min((one.since for one in self._out if one.connection), default=now)
        if longest < _LONG_S or now - self._asked < _LONG_S:
            return
        self._asked = now
        if self._answers():
            return
        self._asked = 0.0
        with self._mutex:
            for one in self._out:
                one.cut()
        self._let_go()


@cache
def _watches() -> WeakSet[Watch]:
    """Those of this process, which one thread looks at."""
    watches: WeakSet[Watch] = WeakSet()
    threading.Thread(target=_look_for_ever, args=(watches,), name="database watch", daemon=True).start()
    return watches


def _look_for_ever(watches: WeakSet[Watch]) -> None:
    while True:
        time.sleep(_LOOK_S)
        for watch in list(watches):
            watch.look()
