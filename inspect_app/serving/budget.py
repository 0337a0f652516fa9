"""What one client may have of the server: connections, time, and room for what it sends."""

from __future__ import annotations

import ipaddress
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Protocol

_log = logging.getLogger(__name__)
SMALL_BODY = 1024 * 1024
"""Bytes of a body that anybody may send to any address; more only where files are taken, from who is signed in."""
_SAY_EVERY_S = 60.0
Takes = Callable[[str, str, Mapping[str, str]], bool]
"""Whether a large body is worth receiving: method, path, headers (named as in ``COOKIE``, ``AUTHORIZATION``)."""


def client_of(address: str) -> str:
    """Whom an address stands for: one of IPv6 for its network of 64 bits (RFC 4291), all of which one client has."""
    if ":" not in address:
        return address
    found = ipaddress.IPv6Address(address.partition("%")[0])
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))


class Phase(IntEnum):
    """What a connection is at, in the order in which connections are given up. Who is being served never is.

    ``IDLE`` is one between requests; ``BUSY`` one that is in its handshake, its first silence, or a request.
    """

    IDLE = 0
    BUSY = 1
    SERVED = 2


@dataclass(frozen=True, slots=True)
class ServingLimits:
    """``connections`` in all and ``per_address``; an office behind one address has 160 phones, most of them idle.

    Seconds: ``idle_s`` between requests, ``header_s`` for a request's beginning and a handshake, ``body_grace_s`` for
    its body and, at ``bytes_per_s`` (half of what a phone gives up at), more for a large one; ``longest_s`` for any,
    ``stalled_s`` for who takes nothing of an answer. ``receiving_bytes`` are those of all large bodies at a time.
    ``proxies`` speak for many: for them neither connections nor idle time are counted.
    """

    connections: int = 1000
    per_address: int = 100
    idle_s: float = 15.0
    header_s: float = 20.0
    body_grace_s: float = 60.0
    bytes_per_s: float = 4096.0
    longest_s: float = 1800.0
    stalled_s: float = 60.0
    receiving_bytes: int = 1024 * 1024 * 1024
    proxies: frozenset[str] = frozenset()

    def shared_by(self, processes: int, largest: int) -> ServingLimits:
        """The part of one of so many processes that serve at the same ports, among which connections spread.

        Together they have what one alone would have; of bytes a little more, where a part would have no room for the
        ``largest`` body that may come.
        """
        return replace(
            self,
            connections=_part(self.connections, processes),
            per_address=_part(self.per_address, processes),
            receiving_bytes=min(self.receiving_bytes, max(largest, _part(self.receiving_bytes, processes))),
        )

    def time_for(self, received: int) -> float:
        """Seconds that a request may have taken once so many bytes of its body are here."""
        return min(self.longest_s, self.body_grace_s + received / self.bytes_per_s)


def _part(total: int, processes: int) -> int:
    return -(-total // processes)


class Connection(Protocol):
    """What the budget knows of a connection.

    ``since`` is when its phase began, later by what it has sent meanwhile: who is slow is as good as older.
    ``reserved`` are the bytes of large bodies that it announced.
    """

    @property
    def phase(self) -> Phase: ...
    @property
    def since(self) -> float: ...
    @property
    def reserved(self) -> int: ...
    def give_up(self) -> None: ...


@dataclass(slots=True)
class Budget:
    """All connections by address. Safe for threads: one accepts, others find that a peer is gone."""

    limits: ServingLimits
    takes: Takes
    _open: dict[str, set[Connection]] = field(default_factory=lambda: defaultdict(set))
    _said: dict[str, float] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def admit(self, address: str, now: float) -> bool:
        """Whether a connection from an address may begin: if need be, another one ends for it."""
        with self._lock:
            own = self._open.get(client_of(address), set())
            if address not in self.limits.proxies and len(own) >= self.limits.per_address:
                self._say(address, len(own), now)
                return self._one_less(own)
            if sum(map(len, self._open.values())) >= self.limits.connections:
                fullest = max(self._open, key=lambda one: len(self._open[one]))
                self._say(fullest, len(self._open[fullest]), now)
                return self._one_less(self._open[fullest])
            return True

    def add(self, address: str, connection: Connection) -> None:
        with self._lock:
            self._open[client_of(address)].add(connection)

    def remove(self, address: str, connection: Connection) -> None:
        """Nothing happens where it is removed already."""
        client = client_of(address)
        with self._lock:
            own = self._open.get(client, set())
            own.discard(connection)
            if not own:
                self._open.pop(client, None)

    def has_room(self, more: int) -> bool:
        """Whether so many bytes can be received beside all that is announced."""
        with self._lock:
            everybody = [one for own in self._open.values() for one in own]
        return sum(one.reserved for one in everybody) + more <= self.limits.receiving_bytes

    def _one_less(self, connections: Iterable[Connection]) -> bool:
        """Give up the one that is missed least: idle before busy, then who has shown least for its time."""
        worst = min(connections, key=lambda one: (one.phase, one.since))
        if worst.phase is Phase.SERVED:
            return False
        worst.give_up()
        return True

    def _say(self, address: str, count: int, now: float) -> None:
        if now - self._said.get(address, float("-inf")) < _SAY_EVERY_S:
            return
        if len(self._said) > self.limits.connections:
            self._said.clear()
        self._said[address] = now
        _log.warning("%s holds %d connections: the longest idle ones are closed for new ones", address, count)
