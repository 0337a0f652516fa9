"""Ports that a server listens at: whether they can be had, and their sockets, own ones or those of another process.

Of several processes that accept from the same sockets the system wakes all, and the quickest of them takes most: of
eight connections one of two got eight, and browsers keep them. So who has more than another one lets that one go first.
"""

from __future__ import annotations

import errno
import mmap
import os
import socket
import struct
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from .network import in_url

PORT, HTTPS_PORT = "--port", "--https-port"
"""The options of ``run.py`` that choose a port."""
BACKLOG = 1024
"""Connections that wait to be accepted."""
_NUMBER, _ABSENT = struct.Struct("=I"), 2**32 - 1
_EVERYWHERE_6 = "::"
"""Also everything that speaks the older protocol: whoever writes it means all of this machine."""
_WHY = {
    errno.EADDRINUSE: "端口已被别的程序占用，请停止那个程序，或换一个 {option}",
    errno.EACCES: "系统不许普通账号用这个端口（1024 以下的要系统权限），请换一个 {option}，或放在代理后面",
    errno.EADDRNOTAVAIL: "本机没有这个地址，请改正 --host",
    errno.EAFNOSUPPORT: "本机没有启用这种地址（IPv6），请改正 --host",
}


class PortTaken(Exception):
    """The address cannot be listened on; the message says so in Chinese."""


class Listening(Protocol):
    """Where the sockets of doors come from. ``option`` is the one that chose the port, for the message."""

    def refuse_taken(self, host: str, port: int, option: str = PORT) -> None:
        """Raises ``PortTaken`` where a port cannot be listened at."""

    def is_free(self, host: str, port: int) -> bool:
        """Whether a port can be listened at: another server may have it."""

    def sockets(self, host: str, port: int, option: str) -> list[socket.socket]:
        """What listens at all addresses of a host. Raises ``PortTaken``."""

    def note(self, connections: int) -> None:
        """How many connections this process has, for the others."""

    def comes_after(self, connections: int) -> bool:
        """Whether another process has fewer, and a new one should be its."""


class ConnectionCounts:
    """How many connections each of several processes has, in memory that they share: a file of so many numbers.

    Each is written by its process alone; the parent writes where one has ended. Safe without a lock, as a number that
    is read a moment too early is as good.
    """

    def __init__(self, descriptor: int, processes: int) -> None:
        self._memory = mmap.mmap(descriptor, processes * _NUMBER.size)

    @staticmethod
    def made(processes: int) -> int:
        """The descriptor of a new file in which nobody has any yet. Raises ``OSError``."""
        descriptor = _unnamed_file()
        # Written, and not only made longer: where a full disk has no room, that is found here.
        os.write(descriptor, _NUMBER.pack(_ABSENT) * processes)
        return descriptor

    def set(self, number: int, connections: int) -> None:
        """``number`` counts from 0."""
        _NUMBER.pack_into(self._memory, number * _NUMBER.size, min(connections, _ABSENT - 1))

    def clear(self, number: int) -> None:
        """It takes none."""
        _NUMBER.pack_into(self._memory, number * _NUMBER.size, _ABSENT)

    def least(self) -> int:
        """Of all that take any."""
        return min(int(connections) for (connections,) in _NUMBER.iter_unpack(self._memory[:]))


class Own:
    """Sockets that this process binds."""

    def refuse_taken(self, host: str, port: int, option: str = PORT) -> None:
        for family, address in _addresses(host, port):
            try:
                _bound(family, address).close()
            except OSError as error:
                raise PortTaken(_why(host, port, option, error)) from error

    def is_free(self, host: str, port: int) -> bool:
        try:
            self.refuse_taken(host, port)
        except PortTaken:
            return False
        return True

    def sockets(self, host: str, port: int, option: str) -> list[socket.socket]:
        made: list[socket.socket] = []
        try:
            for family, address in _addresses(host, port):
                made.append(_bound(family, address))
        except OSError as error:
            for one in made:
                one.close()
            raise PortTaken(_why(host, port, option, error)) from error
        return made

    def note(self, connections: int) -> None:
        """There is nobody else."""

    def comes_after(self, connections: int) -> bool:
        return False


class Handed:
    """Sockets that another process bound, and shares with this one and others; a port without any is not free."""

    def __init__(self, by_port: Mapping[int, Sequence[socket.socket]], numbers: ConnectionCounts, number: int) -> None:
        """``number`` is this process's among them, from 0."""
        self._by_port, self._numbers, self._number = by_port, numbers, number

    def refuse_taken(self, host: str, port: int, option: str = PORT) -> None:
        if not self.is_free(host, port):
            raise PortTaken(f"无法在 {in_url(host)}:{port} 上监听：启动时没有打开它（{option}），请重新启动")

    def is_free(self, host: str, port: int) -> bool:
        return port in self._by_port

    def sockets(self, host: str, port: int, option: str) -> list[socket.socket]:
        self.refuse_taken(host, port, option)
        return list(self._by_port[port])

    def note(self, connections: int) -> None:
        self._numbers.set(self._number, connections)

    def comes_after(self, connections: int) -> bool:
        return connections > self._numbers.least()


def _unnamed_file() -> int:
    """In memory where the system has such, else in the folder of temporary files."""
    if sys.platform == "linux":
        with suppress(OSError):  # not allowed
            return os.memfd_create("connections")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _bound(family: socket.AddressFamily, address: Any) -> socket.socket:
    made = socket.socket(family)
    try:
        if sys.platform != "win32":  # there it would let two servers have one port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, Any]]:
    """Where to listen for a host, each once. Raises ``PortTaken`` where there is no such host."""
    hosts = (host, "0.0.0.0") if host == _EVERYWHERE_6 else (host,)
    try:
        found = [one for host in hosts for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise PortTaken(f"找不到主机「{host}」，请改正 --host，例如 0.0.0.0 或本机的 IP 地址") from error
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _why(host: str, port: int, option: str, error: OSError) -> str:
    why = _WHY.get(error.errno or 0, f"{error.strerror}，请换一个 {{option}}")
    return f"无法在 {in_url(host)}:{port} 上监听：{why.format(option=option)}"
