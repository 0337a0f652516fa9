"""Connections of waitress, each within its budget."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from ..listening import Listening
from ..tls.channel import Encrypted, wrapped
from .bodies import BodyDecision, OutgoingBuffer, Request
from .budget import Budget, Phase, ServingLimits

_SENTENCE = '{"error": "服务器正在重新启动，没有保存这次提交，请稍后再提交；手机会自动重发", "problems": []}'.encode()
_ENDING = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\nCache-Control: no-store\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(_SENTENCE), _SENTENCE)
)
STAND_BACK_S = 0.02
"""Seconds in which a process that has fewer connections takes a new one, if it is not too busy."""


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection: what it is at, since when, and whether it has been so for too long."""

    parser_class = Request
    is_secured = True
    _deciding = _was_served = _is_turned_away = False
    _stuck_at = _stuck_since = 0.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._began = time.time()
        super().__init__(*arguments, **named)
        self.outbufs = [OutgoingBuffer(self.adj.outbuf_overflow)]

    @property
    def phase(self) -> Phase:
        """What this connection is at."""
        if self.requests or self._deciding or self.total_outbufs_len:
            return Phase.SERVED
        return Phase.IDLE if self.request is None and self._was_served else Phase.BUSY

    @property
    def since(self) -> float:
        """When that began; later by the time for which what came since would have been enough."""
        if self.phase is Phase.IDLE:
            return float(self.last_activity)
        return float(self._began + self._received / self.server.budget.limits.bytes_per_s)

    @property
    def reserved(self) -> int:
        """Bytes of large bodies that are on their way, or with the application."""
        return sum(one.reserved for one in (*self.requests, self.request) if one is not None)

    def give_up(self) -> None:
        """Close in the next round: a descriptor that is free at once could be mistaken for the next connection's."""
        self.will_close = True
        self.server.budget.remove(self.addr[0], self)

    def received(self, data: bytes) -> bool:
        """As waitress; notes when a request begins, and has a large body decided on before more of it is read."""
        if self._is_turned_away:
            return False
        before = self.request
        done = bool(super().received(data))
        request = self.request
        if self.requests:
            self._was_served = True
        if request is not None and request is not before:
            self._began = time.time()
        if request is not None and request.undecided:
            request.undecided = False
            self._deciding = True
            self.server.add_task(BodyDecision(self, request, self.server.budget, self.adj.max_request_body_size))
        return done

    def end_soon(self, *, takes_a_first: bool) -> None:
        """Answer what has begun as the last of this connection; give up one that is between requests.

        ``takes_a_first``: one that was just made may still send its first request.
        """
        for request in (*list(self.requests), self.request):
            if request is not None:
                request.headers["CONNECTION"] = "close"
        if self.phase is Phase.SERVED or self.request is not None:
            return
        if self._was_served or not takes_a_first:
            self.give_up()

    def turn_away(self) -> None:
        """Refuse a request that is not here whole, as the server ends; nothing of it is kept."""
        request = self.request
        if request is None or self.requests or self.total_outbufs_len or not request.headers_finished:
            self.give_up()
            return
        self._is_turned_away = True
        request.leave_body_out()
        self.write_soon(_ENDING)

    def decided(self) -> None:
        """Go on reading."""
        self._deciding = False
        self.server.pull_trigger()

    def readable(self) -> bool:
        return not self._deciding and bool(super().readable())

    def look(self, now: float, limits: ServingLimits) -> None:
        """Give up where a limit is passed; asked about once in a second."""
        if self._is_overdue(now, limits):
            self.give_up()

    def del_channel(self, map: Any = None) -> None:
        super().del_channel(map)
        if self.addr:
            self.server.budget.remove(self.addr[0], self)
        if (unfinished := self.request) is not None:
            unfinished.close()

    def _is_overdue(self, now: float, limits: ServingLimits) -> bool:
        if self.total_outbufs_len:
            return self._is_stuck(now, limits)
        if self.phase is Phase.SERVED:
            return False
        if self.request is None:
            return self._is_silent(now, limits)
        most = limits.time_for(self._received) if self.request.headers_finished else limits.header_s
        return now - self._began > most

    @property
    def _received(self) -> int:
        """Bytes of the body that comes."""
        return 0 if self.request is None else int(self.request.body_bytes_received)

    def _is_silent(self, now: float, limits: ServingLimits) -> bool:
        """Whether no request has begun for long. A handshake that does not end is the same."""
        if self.addr[0] in limits.proxies:
            return False
        return bool(now - self.last_activity > (limits.idle_s if self.is_secured else limits.header_s))

    def _is_stuck(self, now: float, limits: ServingLimits) -> bool:
        """Whether nothing of an answer has been taken for long."""
        if self.last_activity != self._stuck_at:
            self._stuck_at, self._stuck_since = self.last_activity, now
        return now - self._stuck_since > limits.stalled_s


class SecureChannel(Encrypted, Channel):
    """One connection over TLS."""


class Server(TcpWSGIServer):  # type: ignore[misc]
    """A port that is listened at, one of several that share sockets, threads and budget."""

    takes_all = False
    _back_until = 0.0

    def __init__(
        self,
        app: Any,
        sockets: dict[int, Any],
        dispatcher: Any,
        settings: Adjustments,
        budget: Budget,
        listening: Listening,
        at: socket.socket,
    ) -> None:
        """``at`` is a socket that listens, maybe one of several processes."""
        self.budget, self._listening = budget, listening
        where = at.family, at.type, at.proto, at.getsockname()
        super().__init__(app, sockets, _sock=at, dispatcher=dispatcher, adj=settings, sockinfo=where, bind_socket=False)

    @property
    def stands_back(self) -> bool:
        """Whether a connection is left to another process for now; where nobody takes it, this one does."""
        return time.monotonic() < self._back_until

    def readable(self) -> bool:
        self._listening.note(len(self._map))
        return not self.stands_back and bool(super().readable())

    def handle_accept(self) -> None:
        """As waitress, where it is this process's turn, and the budget of the address has room."""
        if not self._back_until and not self.takes_all and self._listening.comes_after(len(self._map)):
            self._back_until = time.monotonic() + STAND_BACK_S
            return
        self._back_until = 0.0
        try:
            accepted = self.accept()
            if accepted is None:
                return
            connection, address = accepted
        except OSError:  # the peer is gone already
            return
        if not self.budget.admit(address[0], time.time()):
            with suppress(OSError):
                connection.close()
            return
        try:
            self.set_socket_options(connection)
            channel = self.channel_class(self, connection, self.fix_addr(address), self.adj, map=self._map)
        except OSError:  # as above
            connection.close()
            return
        if channel is not None:
            self.budget.add(address[0], channel)

    def maintenance(self, now: float) -> None:
        """Look at every connection, about once in a second."""
        for channel in list(self.active_channels.values()):
            channel.look(now, self.budget.limits)


def channel_of(context: ssl.SSLContext | None) -> Callable[..., Channel | None]:
    """What makes connections of a door: encrypted ones with a context."""
    if context is None:
        return Channel

    def secure(server: Any, plain: Any, address: Any, settings: Any, map: Any = None) -> SecureChannel | None:
        sock = wrapped(context, plain)
        return SecureChannel(server, sock, address, settings, map=map) if sock else None

    return secure
