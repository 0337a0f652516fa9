"""PostgreSQL for tests: a server of their own, begun when the first asks for it, and an empty place for each.

It listens on a socket in a folder that nobody else reads. As root it runs as another account: it refuses root.
"""

from __future__ import annotations

import atexit
import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import psycopg

from tests.measured import PATIENCE_S

_DEBIAN = Path("/usr/lib/postgresql")
_numbers = itertools.count(1)
_PARENT_IS_DEAD = 1
"""``PR_SET_PDEATHSIG`` of ``prctl``."""


def _environment() -> dict[str, str]:
    """With PostgreSQL's programs in the PATH, out of which Debian keeps them: those of the newest version."""
    found = sorted(_DEBIAN.glob("*/bin"), key=lambda path: int(path.parts[-2]))
    return {**os.environ, "PATH": os.pathsep.join([*map(str, reversed(found)), os.environ["PATH"]])}


class Server:
    """A server over a folder of its own. It can be killed and started again.

    The folder is in memory, or in ``at``; ``options`` are settings of it beside or in place of those of tests.
    """

    def __init__(self, at: Path | None = None, options: Mapping[str, str] | None = None) -> None:
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir=at or (memory if memory.is_dir() else None)))
        self._options = options or {}
        self._account = _account()
        self._process: subprocess.Popen[bytes] | None = None
        if self._account:
            shutil.chown(self.folder, self._account)
        done = subprocess.run(
            ["initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            cwd=self.folder,
            user=self._account,
            env=_environment(),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> Server:
        """Start it, and return once it takes questions."""
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "max_connections": "600"}
        options |= {"autovacuum": "off", "shared_buffers": "32MB", "max_wal_size": "256MB", **self._options}
        # Its folder is in memory: it writes as on a disk, which takes no time there.
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        since = time.monotonic()
        while True:
            with (self.folder / "log").open("ab") as log:
                self._process = subprocess.Popen(
                    ["postgres", "-D", "data", *settings],
                    cwd=self.folder,
                    user=self._account,
                    env=_environment(),
                    stdout=log,
                    stderr=log,
                    preexec_fn=_die_with_parent,
                )
            while self._process.poll() is None:
                try:
                    psycopg.connect(self.url("postgres")).close()
                    return self
                except psycopg.OperationalError:
                    time.sleep(0.02)
            # What is left of one that was killed may hold its memory for a moment.
            assert time.monotonic() - since < PATIENCE_S, (self.folder / "log").read_text()
            time.sleep(0.1)

    @property
    def pid(self) -> int:
        """The process that all others of it are children of."""
        assert self._process
        return self._process.pid

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it, and all who are connected: in order, or as a power cut would (``SIGKILL``)."""
        if self._process and self._process.poll() is None:
            own = _children(self._process.pid) if how is signal.SIGKILL else []
            for pid in (self._process.pid, *own):
                with suppress(ProcessLookupError):  # one of its own ended just now
                    os.kill(pid, how)
            self._process.wait()

    def freeze(self) -> None:
        """Stand still: connections are taken by the system, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process
        for pid in (self._process.pid, *_children(self._process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def url(self, database: str, **more: str) -> str:
        """The address of a database."""
        words = "".join(f"&{name}={value}" for name, value in more.items())
        return f"postgresql://postgres@/{database}?host={self.folder}{words}"

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def server() -> Server:
    """The server that the tests of this process share."""
    made = Server().start()
    atexit.register(made.remove)
    return made


def empty_database(of: Server | None = None) -> str:
    """The address of a place for one store: a schema of its own, which is made in no time, in one database."""
    name = f"test{next(_numbers)}"
    used = of or server()
    with psycopg.connect(used.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    return used.url("postgres", options=f"-csearch_path%3D{name}")


def _account() -> str | None:
    """Whom the server runs as where tests are run by root."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in found.read_text().split()] if found.exists() else []


def _die_with_parent() -> None:
    """Whoever kills the tests leaves no server behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_IS_DEAD, signal.SIGQUIT)
