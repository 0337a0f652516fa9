"""Serving the application to browsers."""

from __future__ import annotations

import ctypes
import ssl
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask
from waitress.server import create_server

from .tls.channel import encrypt

_M_MMAP_THRESHOLD, _LARGE_BLOCK = -3, 4 * 1024 * 1024
"""glibc's number of the setting (malloc.h), and the bytes from which on a block is large."""


_CONNECTIONS = 1000
"""A browser holds up to six open: more than 160 phones at once. Beyond select()'s 1024 descriptors, hence poll()."""


class PortTaken(Exception):
    """The address cannot be listened on; the message says so in Chinese."""


def serve(
    app: Flask, host: str, port: int, threads: int, ready: Callable[[], None], tls: ssl.SSLContext | None = None
) -> None:
    """Serve until the process is told to stop; ``ready`` is called once requests are accepted.

    Waitress: pure Python, the same on Windows, one process that leaves nothing behind when it is killed. A received
    body stays in memory up to 1 MiB and is read in large pieces, because nearly every body is a photo. With ``tls`` the
    port speaks HTTPS only.
    """
    settings = app.extensions["inspect"].settings
    give_large_blocks_back()
    try:
        server = create_server(
            app,
            host=host,
            port=port,
            threads=threads,
            ident="",
            recv_bytes=256 * 1024,
            inbuf_overflow=1024 * 1024,
            max_request_body_size=settings.max_request_bytes,
            channel_timeout=120,
            connection_limit=_CONNECTIONS,
            asyncore_use_poll=True,
            url_scheme="https" if tls else "http",
            **_proxy(settings.trusted_proxy),
        )
    except OSError as error:
        raise _taken(host, port, error) from error
    if tls:
        encrypt(server, tls)
    ready()
    server.run()


def give_large_blocks_back(larger_than: int = _LARGE_BLOCK) -> None:
    """Have photos and pictures leave the process when they are freed.

    Left to itself, glibc keeps blocks of up to 32 MB for next time, and for each thread apart: after a few large photos
    the process holds 200 MB more that nobody uses. It costs the worker up to 20 ms for a photo of 12 million pixels.
    """
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):  # another C library
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, larger_than)


def serve_beside(app: Any, host: str, port: int) -> None:
    """Serve a small WSGI application on another port, in a thread that ends with the process."""
    try:
        server = create_server(app, host=host, port=port, threads=2, ident="", max_request_body_size=64 * 1024)
    except OSError as error:
        raise _taken(host, port, error) from error
    threading.Thread(target=server.run, name=f"port {port}", daemon=True).start()


def _taken(host: str, port: int, error: OSError) -> PortTaken:
    return PortTaken(f"无法在 {host}:{port} 上监听({error.strerror})；端口可能已被占用，请换一个 --port")


def _proxy(trusted: str) -> dict[str, object]:
    """What a reverse proxy in front may tell of the browser: its address and that it came by HTTPS."""
    if not trusted:
        return {}
    return {
        "trusted_proxy": trusted,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
        "clear_untrusted_proxy_headers": True,
    }
