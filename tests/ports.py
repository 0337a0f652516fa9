"""Ports that tests listen on."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket

# Below the ports that systems hand to clients, where another's connection could take a port between its choice and its
# use; each process of pytest-xdist counts in a range of its own, and each run begins somewhere else in it.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
RANGE = range(11_000 + 1000 * (WORKER % 20), 12_000 + 1000 * (WORKER % 20))
PORTS = itertools.islice(itertools.cycle(RANGE), os.getpid() * 37 % len(RANGE), None)


def free_port() -> int:
    """A port nobody listens on, and no other test will be given soon."""
    for port in PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")
