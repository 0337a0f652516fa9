"""Which addresses messages may go to.

A webhook's address comes from whoever fills in a unit's form: it must not make the server ask what only the server can
reach: itself, the machines around it, a cloud's own services.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import urllib.request
from collections.abc import Iterable, Sequence
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from typing import IO, Any

from .errors import NotSent

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotAllowed(OSError):
    """An address that no message may go to."""


def networks_from(text: str) -> tuple[Network, ...]:
    """Networks from a text, separated by spaces or commas. Raises ``ValueError`` naming the one that is none."""
    return tuple(ipaddress.ip_network(one) for one in text.replace(",", " ").split())


def may_reach(address: str, allowed: Iterable[Network] = ()) -> bool:
    """Whether an IP address is one of the public internet, or in a network that the operator allows.

    An IPv6 address that stands for one of IPv4 is judged as that (mapped, 6to4, Teredo, NAT64).
    """
    meant = _meant(ipaddress.ip_address(address.partition("%")[0]))
    if any(meant.version == network.version and meant in network for network in allowed):
        return True
    return meant.is_global and not meant.is_multicast


def opener(allowed: Sequence[Network]) -> urllib.request.OpenerDirector:
    """What opens web addresses and nothing else, and follows no redirect. Raises ``NotAllowed`` and ``NotSent``."""
    made = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _NoRedirects(),
        _Http(allowed),
        _Https(allowed),
    ):
        made.add_handler(handler)
    return made


def _meant(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def _connected(to: tuple[str, int], timeout: Any, allowed: Sequence[Network]) -> socket.socket:
    """A connection to a host: to the very address that was judged, as a second look-up may give another one."""
    host, port = to
    error: OSError = NotAllowed(f"{host} 不在允许的网络内")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if not may_reach(str(address[0]), allowed):
            continue
        found = socket.socket(family, kind, protocol)
        try:
            found.settimeout(timeout)
            found.connect(address)
            return found
        except OSError as failed:
            found.close()
            error = failed
    raise error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        raise NotSent(f"群机器人要转到别的地址（{code}），没有跟去")


class _Http(urllib.request.HTTPHandler):
    def __init__(self, allowed: Sequence[Network]) -> None:
        super().__init__()
        self._allowed = allowed

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_guarded(HTTPConnection, self._allowed, req), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, allowed: Sequence[Network]) -> None:
        super().__init__()
        self._allowed, self._tls = allowed, ssl.create_default_context()

    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_guarded(HTTPSConnection, self._allowed, req), req, context=self._tls)


def _guarded(kind: type[HTTPConnection], allowed: Sequence[Network], request: urllib.request.Request) -> Any:
    """Connections of a kind that reach what they may. A proxy that the operator named is his to choose."""
    if request.has_proxy() or getattr(request, "_tunnel_host", None):
        return kind

    def make(*arguments: Any, **named: Any) -> HTTPConnection:
        made: Any = kind(*arguments, **named)
        made._create_connection = lambda to, timeout, *_: _connected(to, timeout, allowed)
        return made  # type: ignore[no-any-return]

    return make
