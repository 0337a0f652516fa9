"""Serving the application to browsers, within a budget for each of them."""

from __future__ import annotations

import ctypes
import select
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from ..listening import HTTPS_PORT, PORT, Listening, Own
from .budget import Budget, ServingLimits
from .channel import Server, channel_of
from .doors import plain_door, through_proxy
from .ending import Ending, run_until

__all__ = [
    "Door",
    "ServingLimits",
    "give_large_blocks_back",
    "plain_door",
    "serve",
    "through_proxy",
]

_M_MMAP_THRESHOLD, _LARGE_BLOCK = -3, 4 * 1024 * 1024
"""glibc's number of the setting (malloc.h), and the bytes from which on a block is large."""
_SELECTABLE = 400
_OWN_DESCRIPTORS = 1024
"""Files that the application may have open beside its connections."""


@dataclass(frozen=True, slots=True)
class Door:
    """A port and what stands behind it; with ``tls`` it speaks HTTPS only. Port 0 is any that is free."""

    host: str
    port: int
    app: WSGIApplication
    tls: ssl.SSLContext | None = None


@dataclass(slots=True)
class _Serving:
    """What all doors share: the sockets that are waited for, the threads, and the budget."""

    budget: Budget
    dispatcher: Any = field(default_factory=ThreadedTaskDispatcher)
    sockets: dict[int, Any] = field(default_factory=dict)


def serve(
    app: Flask,
    doors: Sequence[Door],
    threads: int,
    ready: Callable[[], None],
    *,
    limits: ServingLimits | None = None,
    listening: Listening | None = None,
) -> None:
    """Serve until the process is told to stop and what has begun is finished (``ending.py``).

    ``ready`` is called once requests are accepted; ``listening`` is where sockets come from that are not its own.

    Waitress: pure Python, the same on Windows, one process that leaves nothing behind when it is killed. A received
    body stays in memory up to 1 MiB and is read in large pieces, because nearly every body is a photo. Raises
    ``PortTaken`` where a door cannot be opened.
    """
    give_large_blocks_back()
    limits = _possible(limits or ServingLimits())
    _raise_descriptor_limit(limits.connections + _OWN_DESCRIPTORS)
    serving = _Serving(Budget(limits, app.extensions.get("takes_body", lambda *_: True)))
    servers = [server for door in doors for server in _opened(app, door, serving, listening or Own())]
    serving.dispatcher.set_thread_count(threads)
    ending = Ending(servers)
    try:
        with ending.on_signals():
            ready()
            run_until(ending, servers, serving.sockets)
    finally:
        serving.dispatcher.shutdown()


def give_large_blocks_back(larger_than: int = _LARGE_BLOCK) -> None:
    """Have photos and pictures leave the process when they are freed.

    Left to itself, glibc keeps blocks of up to 32 MB for next time, and for each thread apart: after a few large photos
    the process holds 200 MB more that nobody uses. It costs the worker up to 20 ms for a photo of 12 million pixels.
    """
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):  # another C library
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, larger_than)


def _opened(app: Flask, door: Door, serving: _Serving, listening: Listening) -> list[Server]:
    """A door that is listened at, with the sockets, threads and budget of the others."""
    limits = serving.budget.limits
    settings = Adjustments(
        ident="",
        # What a proxy tells is looked at, and taken from all others, behind the door (doors.py).
        clear_untrusted_proxy_headers=False,
        recv_bytes=256 * 1024,
        inbuf_overflow=1024 * 1024,
        max_request_body_size=app.extensions["inspect"].settings.max_request_bytes,
        # The budget closes connections; these only must not come before it.
        connection_limit=2 * limits.connections + 100,
        channel_timeout=24 * 3600,
        cleanup_interval=1,
        asyncore_loop_timeout=1,
        # Beyond select()'s 1024 descriptors.
        asyncore_use_poll=True,
        url_scheme="https" if door.tls else "http",
    )
    shared = serving.sockets, serving.dispatcher, settings, serving.budget
    option = HTTPS_PORT if door.tls else PORT
    made = [Server(door.app, *shared, listening, at) for at in listening.sockets(door.host, door.port, option)]
    for server in made:
        server.channel_class = channel_of(door.tls)
    return made


def _possible(limits: ServingLimits) -> ServingLimits:
    """No more connections than the system can wait for: without poll(), as on Windows, select() takes 512 sockets."""
    return limits if hasattr(select, "poll") else replace(limits, connections=min(limits.connections, _SELECTABLE))


def _raise_descriptor_limit(wanted: int) -> None:
    """As many open files as there may be connections: many systems begin with 1024."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
