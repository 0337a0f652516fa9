"""Processes of ``run.py`` that need not import the application: forked off one that has.

``python -m tests.forks`` imports the application, opens one on an empty folder, touches no test's data, and forks for
each request a child that does what ``python run.py …`` does from its first line on: a process of its own with its own
descriptors, folder, environment and signals. Linux only (process file descriptors); elsewhere ``fork`` is refused and
the caller starts Python anew.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryDirectory
from typing import IO

from tests.routes import compile_once

PROJECT = Path(__file__).resolve().parent.parent
AVAILABLE = hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")
IMPORTED = ("inspect_app.starting", "inspect_app.commands", "inspect_app.web")
"""What every server imports on its way to its first page, with the modules in these packages."""
_REQUEST_BYTES = 128 * 1024


class Forked:
    """A running child, with the part of ``subprocess.Popen`` that tests use."""

    def __init__(self, pid: int, stdout: IO[str]) -> None:
        self.pid, self.stdout = pid, stdout
        self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """0 once the process has ended, in whatever way."""
        return 0 if self._ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Raises ``subprocess.TimeoutExpired`` where the process still runs after ``timeout`` seconds."""
        if not self._ended(timeout):
            raise subprocess.TimeoutExpired("run.py", timeout or 0)
        return 0

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def _ended(self, timeout: float | None) -> bool:
        # A process file descriptor is readable from the end of its process on.
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(None if timeout is None else timeout * 1000))

    def __del__(self) -> None:
        self.stdout.close()
        os.close(self._descriptor)


def fork(arguments: Sequence[str], environment: Mapping[str, str], stderr: IO[str]) -> Forked:
    """``run.py`` with these arguments in a new process; its output is a pipe."""
    reading, writing = os.pipe()
    try:
        request = json.dumps({"arguments": list(arguments), "environment": dict(environment)}).encode()
        assert len(request) < _REQUEST_BYTES
        parent = _parent()
        socket.send_fds(parent, [request], [writing, stderr.fileno()])
        pid = int(parent.recv(32) or b"0")
        assert pid, "the process that forks servers has ended"
    finally:
        os.close(writing)
    return Forked(pid, os.fdopen(reading))


@cache
def _parent() -> socket.socket:
    """The connection to the process that forks; it ends where the connection does, at the latest with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.forks", str(theirs.fileno())]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INSPECT_")}
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        env={**environment, "PYTHONUNBUFFERED": "1"},
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    return ours


def _serve(requests: socket.socket) -> None:
    """Fork for each request; returns in the children, or where nobody will ask again."""
    while True:
        content, descriptors, *_ = socket.recv_fds(requests, _REQUEST_BYTES, 2)
        _reap()
        if not content:
            sys.exit()
        pid = os.fork()
        if not pid:
            requests.close()
            _become(json.loads(content), *descriptors)
            return
        for descriptor in descriptors:
            os.close(descriptor)
        requests.send(str(pid).encode())


def _open_once() -> None:
    """What opening an application makes for every one alike is remembered: addresses, texts of checklists."""
    from inspect_app import create_app
    from inspect_app.settings import settings_from

    compile_once()
    with TemporaryDirectory() as folder:
        app = create_app(settings_from({"INSPECT_DATA": str(Path(folder) / "data")}))
        app.extensions["inspect"].store.close()


def _reap() -> None:
    """Children that ended are kept until the next request: until then their number names nobody else."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become(request: dict[str, object], stdout: int, stderr: int) -> None:
    for taken, standard in ((stdout, 1), (stderr, 2)):
        os.dup2(taken, standard)
        os.close(taken)
    environment, arguments = request["environment"], request["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["run.py", *arguments]


if __name__ == "__main__":
    # An interrupt at the keyboard is for pytest, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in IMPORTED:
        package = import_module(name)
        for module in walk_packages(getattr(package, "__path__", ()), f"{name}."):
            import_module(module.name)
    _open_once()
    gc.collect()
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_path("run.py", run_name="__main__")
