"""What a parent and a member say to each other: one JSON object a line, over a pair of sockets.

The parent says ``Begin``, then ``ItsTurn`` when the member may open the installation, and ``AllSeen`` whenever one
changes; the member says ``Serves``. Either notices the other's end by the end of what it reads.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

_AT_ONCE = getattr(socket, "MSG_DONTWAIT", 0)
"""Not by a timeout of the socket, which would be one of the thread that reads as well."""


@dataclass(frozen=True, slots=True)
class Begin:
    """What a member is: its number from 0, of how many, the descriptors of sockets by port and of ``ConnectionCounts``.

    ``founds`` where it fills a new installation; ``counts`` is the folder in which requests are counted, or empty.
    """

    number: int
    processes: int
    ports: Mapping[int, Sequence[int]]
    connections: int
    founds: bool
    counts: str


@dataclass(frozen=True, slots=True)
class ItsTurn:
    """The member may open the installation."""


@dataclass(frozen=True, slots=True)
class ProcessSeen:
    """A member as the parent sees it: whether it serves, and how often it was started again."""

    serves: bool
    restarts: int


@dataclass(frozen=True, slots=True)
class AllSeen:
    """All members, in their order."""

    processes: Sequence[ProcessSeen]


@dataclass(frozen=True, slots=True)
class Serves:
    """The member takes requests at this address."""

    here: str


Said = Begin | ItsTurn | AllSeen | Serves


def _begin(told: dict[str, Any]) -> Begin:
    return Begin(**{**told, "ports": {int(port): found for port, found in told["ports"].items()}})


def _all_seen(told: dict[str, Any]) -> AllSeen:
    return AllSeen(tuple(ProcessSeen(**one) for one in told["processes"]))


_READ: Mapping[str, Callable[[dict[str, Any]], Said]] = {
    "Begin": _begin,
    "ItsTurn": lambda told: ItsTurn(),
    "AllSeen": _all_seen,
    "Serves": lambda told: Serves(**told),
}


class Link:
    """One end. Not safe for threads, but that one may read while another one says."""

    def __init__(self, sock: socket.socket) -> None:
        sock.set_inheritable(False)
        self._sock, self._rest = sock, b""

    def fileno(self) -> int:
        """For selectors."""
        return self._sock.fileno()

    def say(self, said: Said) -> None:
        """Who has ended hears nothing any more; who stands still is let go once thousands of words wait for it."""
        line = json.dumps({"is": type(said).__name__, **asdict(said)}).encode() + b"\n"
        try:
            is_said = self._sock.send(line, _AT_ONCE) == len(line)
        except OSError:
            is_said = False
        if not is_said:
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)

    def heard(self) -> Iterator[Said]:
        """All that is said, until the end."""
        while (found := self.read()) is not None:
            yield from found

    def read(self) -> list[Said] | None:
        """What one reading brings, waited for; None at the end."""
        try:
            data = self._sock.recv(64 * 1024)
        except OSError:
            return None
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [_said(line) for line in lines]

    def close(self) -> None:
        self._sock.close()


def _said(line: bytes) -> Said:
    told = json.loads(line)
    return _READ[told.pop("is")](told)
