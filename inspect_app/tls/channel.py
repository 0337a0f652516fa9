"""TLS in waitress: the same server, limits and threads as over plain HTTP, on encrypted sockets.

Waitress reads requests without blocking and hands whole ones to its threads, so that phones on a bad line hold nobody
up. That stays so here: the handshake is a part of reading, and a peer that stalls in it waits alone.
"""

from __future__ import annotations

import ssl
import threading
import time
from contextlib import suppress
from socket import socket
from typing import Any

from waitress.channel import HTTPChannel

HANDSHAKE_S = 20.0
"""Seconds that a peer has for the handshake: a slow phone needs two or three."""
_WOULD_BLOCK = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


class TlsChannel(HTTPChannel):  # type: ignore[misc]
    """One connection. Reading and writing take turns: a connection of OpenSSL is not for two threads at once."""

    def __init__(self, server: Any, sock: ssl.SSLSocket, addr: Any, adj: Any, map: Any = None) -> None:
        self._turn = threading.Lock()
        self._secured = False
        super().__init__(server, sock, addr, adj, map=map)

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
                self._secured = True
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
        if not self._secured and time.time() - self.creation_time > HANDSHAKE_S:
            self.will_close = True
            return False
        return bool(super().readable())

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


def encrypt(server: Any, context: ssl.SSLContext) -> None:
    """Have a server of waitress that does not run yet speak TLS on all its sockets."""

    def channel(of: Any, plain: socket, addr: Any, adj: Any, map: Any = None) -> TlsChannel | None:
        try:
            # Non-blocking first: the handshake is made as bytes come.
            plain.setblocking(False)
            sock = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        except (OSError, ValueError):  # gone already
            with suppress(OSError):
                plain.close()
            return None
        return TlsChannel(of, sock, addr, adj, map=map)

    for one in (server, *getattr(server, "map", {}).values()):
        if hasattr(one, "channel_class"):
            one.channel_class = channel
