"""TLS in waitress: the same server, limits and threads as over plain HTTP, on encrypted sockets.

Waitress reads requests without blocking and hands whole ones to its threads, so that phones on a bad line hold nobody
up. That stays so here: the handshake is a part of reading, and a peer that stalls in it waits alone.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from socket import socket
from typing import Any

HANDSHAKE_S = 20.0
"""Seconds that a peer has for the handshake: a slow phone needs two or three."""
_WOULD_BLOCK = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Encrypted:
    """What a connection of waitress does differently over TLS; stands before its class.

    Reading and writing take turns: a connection of OpenSSL is not for two threads at once.
    """

    is_secured: bool
    socket: ssl.SSLSocket
    adj: Any
    last_activity: float
    creation_time: float
    will_close: bool
    received: Callable[[bytes], bool]
    handle_close: Callable[[], None]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._turn = threading.Lock()
        self.is_secured = False
        super().__init__(*arguments, **named)

    def handle_read(self) -> None:
        """Take what has arrived, up to the server's piece size; a handshake that goes on has nothing to take yet."""
        pieces: list[bytes] = []
        ended = False
        try:
            while not ended and sum(map(len, pieces)) < self.adj.recv_bytes:
                with self._turn:
                    piece = self.socket.recv(self.adj.recv_bytes)
                pieces.append(piece)
                ended = not piece
                self.is_secured = True
        except _WOULD_BLOCK:
            pass
        except OSError:  # what a broken line or a peer that speaks no TLS gives; ssl.SSLError is one
            ended = True
        if data := b"".join(pieces):
            self.last_activity = time.time()
            self.received(data)
        if ended:
            self.handle_close()

    def readable(self) -> bool:
        """Asked before each wait for what happens next: the place to give a peer up that never ends its handshake."""
        if not self.is_secured and time.time() - self.creation_time > HANDSHAKE_S:
            self.will_close = True
            return False
        return bool(super().readable())  # type: ignore[misc]

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what there is room for; 0 where there is none now, or the peer is gone."""
        try:
            with self._turn:
                return int(self.socket.send(data))
        except _WOULD_BLOCK:
            return 0
        except OSError:
            if do_close:
                self.handle_close()
            return 0


def wrapped(context: ssl.SSLContext, plain: socket) -> ssl.SSLSocket | None:
    """A socket that speaks TLS from its first byte; None where its peer is gone already."""
    try:
        # Non-blocking first: the handshake is made as bytes come.
        plain.setblocking(False)
        return context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
    except (OSError, ValueError):
        with suppress(OSError):
            plain.close()
        return None
