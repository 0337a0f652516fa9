"""Which ways lead to the server, and so which ports it listens at: by the options of ``run.py`` and a named proxy."""

from __future__ import annotations

import argparse
from enum import Enum, auto

from .listening import HTTPS_PORT, PORT, Listening
from .network import is_this_machine_only
from .options import OptionWrong

DEFAULT_HTTPS_PORT = 8443
EVERYWHERE = ("0.0.0.0", "::")


class WayIn(Enum):
    """How browsers come in: HTTP for this machine and HTTPS for others (``BOTH``), or something that was asked for.

    ``HERE_ONLY`` is what is left of ``BOTH`` where another program has the usual port of HTTPS.
    """

    BOTH = auto()
    HERE_ONLY = auto()
    HTTPS_ONLY = auto()
    EVERYBODY_PLAIN = auto()
    BEHIND_PROXY = auto()


def way_of(chosen: argparse.Namespace, trusted_proxy: str, listening: Listening) -> WayIn:
    if chosen.https:
        return WayIn.HTTPS_ONLY
    if chosen.plain_http:
        return WayIn.EVERYBODY_PLAIN
    if trusted_proxy or (is_this_machine_only(chosen.host) and chosen.host not in EVERYWHERE):
        return WayIn.BEHIND_PROXY
    if chosen.https_port is None and not listening.is_free(chosen.host, DEFAULT_HTTPS_PORT):
        return WayIn.HERE_ONLY
    return WayIn.BOTH


def https_port_of(chosen: argparse.Namespace) -> int:
    return int(chosen.https_port or DEFAULT_HTTPS_PORT)


def ports_of(chosen: argparse.Namespace, way: WayIn) -> dict[int, str]:
    """The ports of a way, each with the option that chooses it. Raises ``OptionWrong`` where two are the same."""
    if way not in (WayIn.BOTH, WayIn.HTTPS_ONLY):
        return {int(chosen.port): PORT}
    if chosen.port == https_port_of(chosen):
        raise OptionWrong(f"{PORT}：{chosen.port} 是 HTTPS 的端口，请换一个，或用 {HTTPS_PORT} 另选 HTTPS 的")
    return {int(chosen.port): PORT, https_port_of(chosen): HTTPS_PORT}
