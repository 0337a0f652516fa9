"""Where this machine is found on its network."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable

_OF_PROXIES = ("X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_FORWARDED_HOST")
_PREFIX = re.compile(r"(/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")


def is_this_machine_only(host: str) -> bool:
    """Whether a host name or address leads nowhere but to the machine that uses it."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def in_url(host: str) -> str:
    """A host name or address as it stands in a URL: IPv6 in brackets (RFC 3986, 3.2.2), its zone as in RFC 6874."""
    return f"[{host.replace('%', '%25', 1)}]" if ":" in host else host


def is_prefix(path: str) -> bool:
    """Whether a path may be the one under which a proxy has this site: plain segments, no slash at its end."""
    return _PREFIX.fullmatch(path) is not None


def without_prefix(path: str, prefix: str) -> str:
    """The path within this site; a proxy may have taken the prefix off already."""
    return path[len(prefix) :] or "/" if prefix and (path == prefix or path.startswith(f"{prefix}/")) else path


def prefix_of(header: Callable[[str], str | None], prefix: str) -> str:
    """The path under which the browser has this site: ``prefix``, that of our own address; empty for who asks directly.

    ``header`` gives a header of the request by its name as in ``X_FORWARDED_FOR``. That there is a proxy, any header
    of its kind tells. ``X-Forwarded-Prefix`` tells it where it is our own path, each proxy's part joined; another is of
    no account: proxies that do not know the header pass on a client's.
    """
    told = "".join(one.strip().rstrip("/") for one in (header("X_FORWARDED_PREFIX") or "").split(","))
    by_proxy = told == prefix or any(header(name) is not None for name in _OF_PROXIES)
    return prefix if by_proxy else ""


def lan_address() -> str | None:
    """This machine's IPv4 address on its local network, or None. Nothing is sent."""
    address = _routed(socket.AF_INET, "192.0.2.1")
    return address if address and not address.startswith("127.") else _by_name()


def lan_address_6() -> str | None:
    """This machine's IPv6 address on its network, or None; none that needs a zone, which no browser takes."""
    address = _routed(socket.AF_INET6, "2001:db8::1")
    return address if address and address != "::1" and "%" not in address else None


def _routed(family: socket.AddressFamily, towards: str) -> str | None:
    """Which of its addresses this machine sends from. The other end is one kept for documentation."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            # "Connecting" a UDP socket only picks the route.
            probe.connect((towards, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return None


def _by_name() -> str | None:
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        return None
    addresses = [str(entry[4][0]) for entry in found]
    return next((address for address in addresses if not address.startswith("127.")), None)
