"""Ending a server without cutting anybody off: what has begun is finished, or refused so that a phone keeps it.

When a signal asks for it, no door takes connections any more, idle ones close, and each answer is the last of its
connection. What is on its way has ``FINISH_S`` seconds; a body that is not here by then is answered 503, and a phone
sends it again. A second signal ends the process at once.
"""

from __future__ import annotations

import logging
import selectors
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from waitress import wasyncore

from .channel import STAND_BACK_S, Channel, Server

_log = logging.getLogger(__name__)
FINISH_S = 30.0
"""Seconds for what has begun: most photos on a slow line (300 KB at 20 KB/s take 15)."""
_FIRST_REQUEST_S, _REFUSAL_S = 1.0, 2.0
"""Seconds for the first request of a connection that was just made, and for a refusal on its way."""
_BACKLOG = 2000
"""Rounds at most, in each of which a door takes one connection: waitress has 1024 wait."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Ending:
    """Whether the server is to end. Asked for by signals, or by ``ask`` from any thread."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = servers
        self.is_asked = False

    def ask(self) -> None:
        """End soon; the loop that waits is woken."""
        self.is_asked = True
        self._servers[0].pull_trigger()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take signals meanwhile, which only the main thread can. The second one is nobody's any more."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.getsignal(one) for one in _SIGNALS}

        def asked(*_: object) -> None:
            for one in _SIGNALS:
                signal.signal(one, lambda *_: sys.exit(0))
            self.ask()

        for one in _SIGNALS:
            signal.signal(one, asked)
        try:
            yield
        finally:
            if not self.is_asked:
                for one, handler in before.items():
                    signal.signal(one, handler)


def run_until(ending: Ending, servers: Sequence[Server], sockets: dict[int, Any]) -> None:
    """Serve until that is asked for, then finish what has begun. ``KeyboardInterrupt`` and ``SystemExit`` pass."""
    while not ending.is_asked:
        _round(sockets, STAND_BACK_S if any(server.stands_back for server in servers) else 1.0)
    _take_in(servers, sockets)
    for server in servers:
        wasyncore.dispatcher.close(server)
    began = time.monotonic()
    while (left := _open(servers)) and time.monotonic() < began + FINISH_S:
        is_early = time.monotonic() < began + _FIRST_REQUEST_S
        _round(sockets, 0.1)  # before: what has come by now is read
        for channel in left:
            channel.end_soon(takes_a_first=is_early)
        _look(servers)
    if left:
        _turn_away(left, servers, sockets)


def _take_in(servers: Sequence[Server], sockets: dict[int, Any]) -> None:
    """What came before the end was asked for has begun: connections that nobody has accepted yet, and requests."""
    for server in servers:
        server.takes_all = True
    with selectors.DefaultSelector() as doors:
        for server in servers:
            doors.register(server.socket, selectors.EVENT_READ)
        for _ in range(_BACKLOG):
            if not doors.select(0):
                return
            _round(sockets, 0.0)


def _turn_away(left: Sequence[Channel], servers: Sequence[Server], sockets: dict[int, Any]) -> None:
    """Refuse what is not here yet, and wait until the refusals are."""
    _log.warning("%d connections did not finish in time; phones send again", len(left))
    for channel in left:
        channel.turn_away()
    until = time.monotonic() + _REFUSAL_S
    while _open(servers) and time.monotonic() < until:
        _round(sockets, 0.1)


def _open(servers: Sequence[Server]) -> list[Channel]:
    return [channel for server in servers for channel in list(server.active_channels.values())]


def _look(servers: Sequence[Server]) -> None:
    """What a closed door does no more: its connections keep to their limits."""
    now = time.time()
    for server in servers:
        server.maintenance(now)


def _round(sockets: dict[int, Any], timeout_s: float) -> None:
    wasyncore.loop(timeout=timeout_s, map=sockets, use_poll=True, count=1)
