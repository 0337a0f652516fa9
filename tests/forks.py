"""Processes of ``run.py`` and of ``flask`` that need not import the application: forked off one that has.

``python -m tests.forks`` imports the application, opens one on an empty folder, touches no test's data, and forks for
each request a child that does what ``python run.py …`` or ``python -m flask …`` does from its first line on: a process
of its own with its own descriptors, folder, environment and signals. Linux only (process file descriptors); elsewhere
``fork`` is refused, the caller starts Python anew, and so does ``run``.
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
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, NoReturn

from tests import stores
from tests.measured import PATIENCE_S
from tests.routes import compile_once

PROJECT = Path(__file__).resolve().parent.parent
AVAILABLE = hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")
IMPORTED = ("inspect_app.starting", "inspect_app.commands", "inspect_app.web", "inspect_app.charts")
"""What every server imports on its way to its first page, with the modules in these packages."""
_REQUEST_BYTES = 128 * 1024


class Forked:
    """A running child, with the part of ``subprocess.Popen`` that tests use; ``code`` is a pipe that says its end."""

    def __init__(self, pid: int, stdout: IO[str], code: IO[str]) -> None:
        self.pid, self.stdout, self._code = pid, stdout, code
        self._descriptor = os.pidfd_open(pid)
        self._returned: int | None = None

    def poll(self) -> int | None:
        """The exit code once the process has ended; -9 where it did not come to say one."""
        return self._exit_code() if self._ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Raises ``subprocess.TimeoutExpired`` where the process still runs after ``timeout`` seconds."""
        if not self._ended(timeout):
            raise subprocess.TimeoutExpired("run.py", timeout or 0)
        return self._exit_code()

    def _exit_code(self) -> int:
        if self._returned is None:
            self._returned = int(self._code.read() or -signal.SIGKILL)
        return self._returned

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
        self._code.close()
        os.close(self._descriptor)


def fork(arguments: Sequence[str], environment: Mapping[str, str], stderr: IO[str]) -> Forked:
    """``run.py`` or ``-m flask`` with what follows, in a new process; its output is a pipe."""
    reading, writing = os.pipe()
    code, saying = os.pipe()
    try:
        request = json.dumps({"arguments": list(arguments), "environment": dict(environment)}).encode()
        assert len(request) < _REQUEST_BYTES
        parent = _parent()
        socket.send_fds(parent, [request], [writing, stderr.fileno(), saying])
        pid = int(parent.recv(32) or b"0")
        assert pid, "the process that forks servers has ended"
    finally:
        os.close(writing)
        os.close(saying)
    return Forked(pid, os.fdopen(reading), os.fdopen(code))


def run(
    arguments: Sequence[str], environment: Mapping[str, str] = os.environ, *, check: bool = False
) -> subprocess.CompletedProcess[str]:
    """``python`` with these arguments in the project's folder, once it has ended; ``check`` that it ended well."""
    if AVAILABLE:
        done = _forked_and_ended(arguments, environment)
    else:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    if check:
        done.check_returncode()
    return done


def flask(*arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command of the tool: ``flask --app inspect_app …``."""
    told = {**os.environ, **environment}
    told = {**stores.environment_of(told.get("INSPECT_DATA", "")), **told}
    return run(["-m", "flask", "--app", "inspect_app", *arguments], told, check=check)


def _forked_and_ended(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    with TemporaryFile("w+", encoding="utf-8") as stderr:
        child = fork(arguments, environment, stderr)
        stdout = child.stdout.read()
        returned = child.wait(PATIENCE_S)
        stderr.seek(0)
        return subprocess.CompletedProcess(list(arguments), returned, stdout, stderr.read())


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


def _serve(requests: socket.socket) -> int:
    """Fork for each request; returns in the children, with the pipe into which to say how they ended."""
    while True:
        content, descriptors, *_ = socket.recv_fds(requests, _REQUEST_BYTES, 3)
        _reap()
        if not content:
            sys.exit()
        pid = os.fork()
        if not pid:
            requests.close()
            return _become(json.loads(content), *descriptors)
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


def _become(request: dict[str, object], stdout: int, stderr: int, code: int) -> int:
    for taken, standard in ((stdout, 1), (stderr, 2)):
        os.dup2(taken, standard)
        os.close(taken)
    environment, arguments = request["environment"], request["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = arguments
    return code


def _run() -> None:
    """What ``python`` does with these arguments."""
    if sys.argv[0] == "-m":
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


def _run_and_say(code: int) -> None:
    """Ends as Python does, and says the exit code: nobody but the process that forked this one could ask for it."""
    said = 1
    try:
        _run()
        said = 0
    except SystemExit as ended:
        said = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if not isinstance(ended.code, int | None):
            raise
    finally:
        os.write(code, str(said).encode())
    _end(said)


def _end(code: int) -> NoReturn:
    """What Python does at its end, but for taking its modules apart.

    That writes to every page of memory which this process shares with the one that forked it, and takes longer than
    most commands do. An end by an error or by a text is left to Python, which tells of it.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as Python does before it runs exit handlers
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


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
    _run_and_say(_serve(socket.socket(fileno=int(sys.argv[1]))))
