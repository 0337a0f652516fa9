"""A process that serves: all of a server, or one of several under a parent."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ..listening import ConnectionCounts, Handed, Listening, Own
from .link import AllSeen, Begin, ItsTurn, Link, ProcessSeen, Serves

_log = logging.getLogger(__name__)
_END_S = 60.0
"""Seconds in which a member has ended whose parent is gone: 32 for requests, 15 for photos in hand."""


class Member(Protocol):
    """What a process that serves knows of the server that it is, or is one of."""

    @property
    def listening(self) -> Listening:
        """Where its doors' sockets come from."""

    @property
    def founds(self) -> bool:
        """Whether it fills a new installation, and tells people of it: the one process, or the first of them."""

    @property
    def seen(self) -> Sequence[ProcessSeen]:
        """All processes of the server, as the parent saw them last; none where there is no parent."""

    def wait_for_turn(self) -> None:
        """Return when it may open the installation."""

    def serves(self, here: str) -> None:
        """Say that it takes requests at this address."""


class Alone:
    """The one process of a server."""

    listening: Listening = Own()
    founds = True
    seen: Sequence[ProcessSeen] = ()

    def wait_for_turn(self) -> None:
        """It is always its turn."""

    def serves(self, here: str) -> None:
        print(f"READY {here}", flush=True)


class OneOfSeveral:
    """A member of a parent that waits at the other end of a socket. When that ends, the process is told to."""

    def __init__(self, descriptor: int) -> None:
        """``descriptor`` is that of the socket. Ends the process where nobody is there."""
        self._link = Link(socket.socket(fileno=descriptor))
        self._heard = self._link.heard()
        begin = next(self._heard, None)
        if not isinstance(begin, Begin):
            raise SystemExit(1)
        self.founds, self._counts = begin.founds, begin.counts
        ports = {port: [_handed(one) for one in descriptors] for port, descriptors in begin.ports.items()}
        connections = ConnectionCounts(begin.connections, begin.processes)
        os.close(begin.connections)  # the memory stays
        self.listening: Listening = Handed(ports, connections, begin.number)
        self.seen: Sequence[ProcessSeen] = ()
        self._turn = threading.Event()
        threading.Thread(target=self._listen, name="parent", daemon=True).start()

    def wait_for_turn(self) -> None:
        self._turn.wait()

    def serves(self, here: str) -> None:
        sys.stdout.flush()  # what was said of the doors comes before the parent's READY
        self._link.say(Serves(here))

    def _listen(self) -> None:
        for said in self._heard:
            if isinstance(said, ItsTurn):
                self._turn.set()
            elif isinstance(said, AllSeen):
                self.seen = said.processes
        _log.warning("the parent process has ended; so does this one")
        os.kill(os.getpid(), signal.SIGTERM)
        if self._counts:
            shutil.rmtree(Path(self._counts), ignore_errors=True)
        time.sleep(_END_S)
        os._exit(1)


def _handed(descriptor: int) -> socket.socket:
    made = socket.socket(fileno=descriptor)
    made.set_inheritable(False)
    return made
