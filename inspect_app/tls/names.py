"""What this machine is called on its network: the names that its certificate has to hold."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import ifaddr

from ..network import lan_address

_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Names:
    """Host names in lower case and IP addresses, each once, in a fixed order."""

    hosts: tuple[str, ...]
    addresses: tuple[Address, ...]


class NotAName(ValueError):
    """Neither a host name nor an IP address; the message says which, in Chinese."""


def names_of(texts: Iterable[str]) -> Names:
    """Names from text, for example of an option. Raises ``NotAName``."""
    hosts, addresses = set(), set()
    for text in texts:
        name = text.strip().strip("[]").rstrip(".").lower()
        try:
            addresses.add(ipaddress.ip_address(name))
        except ValueError:
            if not _HOST.fullmatch(name):
                raise NotAName(f"「{text}」不是主机名，也不是IP地址") from None
            hosts.add(name)
    return Names(tuple(sorted(hosts)), tuple(sorted(addresses, key=lambda one: (one.version, int(one)))))


def names_of_this_machine(more: Iterable[str] = ()) -> Names:
    """``localhost``, the host's name with and without ``.local``, every address of every network card, and ``more``."""
    host = socket.gethostname().split(".")[0].lower()
    found = ["localhost", "127.0.0.1", "::1", *more]
    if _HOST.fullmatch(host):
        found += [host, f"{host}.local"]
    if address := lan_address():
        found.append(address)
    for card in ifaddr.get_adapters():
        for one in card.ips:
            text = one.ip if isinstance(one.ip, str) else one.ip[0]
            # Link-local IPv6 addresses need a zone, which no certificate can hold.
            if not ipaddress.ip_address(text).is_link_local:
                found.append(text)
    return names_of(found)
