"""Serving the application to browsers, within a budget for each of them."""

from __future__ import annotations

import ctypes
import errno
import select
import socket
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

from ..network import in_url
from .budget import Budget, ServingLimits
from .channel import Server, channel_of
from .doors import plain_door, through_proxy
from .ending import Ending, run_until

__all__ = [
    "Door",
    "PortTaken",
    "ServingLimits",
    "give_large_blocks_back",
    "is_free",
    "plain_door",
    "refuse_taken",
    "serve",
    "through_proxy",
]

_M_MMAP_THRESHOLD, _LARGE_BLOCK = -3, 4 * 1024 * 1024
"""glibc's number of the setting (malloc.h), and the bytes from which on a block is large."""
_SELECTABLE = 400
_OWN_DESCRIPTORS = 1024
"""Files that the application may have open beside its connections."""


class PortTaken(Exception):
    """The address cannot be listened on; the message says so in Chinese."""


_EVERYWHERE_6 = "::"
"""Also everything that speaks the older protocol: whoever writes it means all of this machine."""
_WHY = {
    errno.EADDRINUSE: "端口已被别的程序占用，请停止那个程序，或换一个 {option}",
    errno.EACCES: "系统不许普通账号用这个端口（1024 以下的要系统权限），请换一个 {option}，或放在代理后面",
    errno.EADDRNOTAVAIL: "本机没有这个地址，请改正 --host",
    errno.EAFNOSUPPORT: "本机没有启用这种地址（IPv6），请改正 --host",
}


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
) -> None:
    """Serve until the process is told to stop and what has begun is finished (``ending.py``).

    ``ready`` is called once requests are accepted.

    Waitress: pure Python, the same on Windows, one process that leaves nothing behind when it is killed. A received
    body stays in memory up to 1 MiB and is read in large pieces, because nearly every body is a photo. Raises
    ``PortTaken`` where a door cannot be opened.
    """
    give_large_blocks_back()
    limits = _possible(limits or ServingLimits())
    _raise_descriptor_limit(limits.connections + _OWN_DESCRIPTORS)
    serving = _Serving(Budget(limits, app.extensions.get("takes_body", lambda *_: True)))
    servers = [server for door in doors for server in _opened(app, door, serving)]
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


def refuse_taken(host: str, port: int, option: str = "--port") -> None:
    """Raises ``PortTaken`` where a port cannot be listened at; ``option`` is the one that chose it."""
    for family, address in _addresses(host, port):
        try:
            _try(family, address)
        except OSError as error:
            raise PortTaken(_why(host, port, option, error)) from error


def is_free(host: str, port: int) -> bool:
    """Whether a port can be listened at: another server may have it."""
    try:
        refuse_taken(host, port)
    except PortTaken:
        return False
    return True


def _try(family: socket.AddressFamily, address: Any) -> None:
    with socket.socket(family) as tried:
        if sys.platform != "win32":  # there it would let two servers have one port
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        tried.bind(address)
        tried.listen(1)


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, Any]]:
    """Where to listen for a host, each once. Raises ``PortTaken`` where there is no such host."""
    hosts = (host, "0.0.0.0") if host == _EVERYWHERE_6 else (host,)
    try:
        found = [one for host in hosts for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise PortTaken(f"找不到主机「{host}」，请改正 --host，例如 0.0.0.0 或本机的 IP 地址") from error
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _opened(app: Flask, door: Door, serving: _Serving) -> list[Server]:
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
    try:
        shared = serving.sockets, serving.dispatcher, settings, serving.budget
        made = [
            Server(door.app, *shared, (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, address))
            for family, address in _addresses(door.host, door.port)
        ]
    except OSError as error:
        raise PortTaken(_why(door.host, door.port, "--https-port" if door.tls else "--port", error)) from error
    for server in made:
        server.channel_class = channel_of(door.tls)
    return made


def _why(host: str, port: int, option: str, error: OSError) -> str:
    why = _WHY.get(error.errno or 0, f"{error.strerror}，请换一个 {{option}}")
    return f"无法在 {in_url(host)}:{port} 上监听：{why.format(option=option)}"


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
