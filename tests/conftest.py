"""Worlds to test in: a data folder, a server process, photos. All of it real, made anew for each test that asks."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Playwright, sync_playwright

from inspect_app.services import afterwards, disk
from inspect_app.services.accounts import accounts
from inspect_app.store.postgres import connecting
from tests import forks, routes, stores
from tests.measured import PATIENCE_S
from tests.objects import Weed, running
from tests.ports import free_port
from tests.world import HASHED, World, hashed

PROJECT = Path(__file__).resolve().parent.parent
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("default")
routes.compile_once()
# What set-up makes of scripts depends on the machine; browsers are sent it (tests/browser/conftest.py).
os.environ.setdefault("INSPECT_BUNDLES", "")
# Comparing and searching photos takes more than all the rest; tests of it ask for it (``photo_work``).
os.environ.setdefault("INSPECT_PHOTO_WORK", "")
if sys.platform != "win32":
    import resource

    # Hundreds of worlds wait, open, for the collector; an ordinary account has 1,024 files unless it asks for more.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = 16_384 if most == resource.RLIM_INFINITY else min(most, 16_384)
    resource.setrlimit(resource.RLIMIT_NOFILE, (enough, most))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--store", choices=["folder", "postgres"], default="folder", help="what worlds keep documents in")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--store") == "postgres":
        os.environ[stores.CHOSEN] = "postgres"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take long begin first: a run by several processes is not to end with one that all wait for.

    On a database those are left out that are about files of a folder.
    """
    if stores.on_database():
        for item in items:
            if about_files := item.get_closest_marker("folder"):
                item.add_marker(pytest.mark.skip(reason=about_files.args[0]))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Look through all objects seldom: each test leaves a world, and what thousands of tests are made of stays.

    With Python's own thresholds the collector took a third of the processor time of tests of pages. Once in a million
    objects is once in some forty worlds, which take 200 MB.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 50)


@pytest.fixture(scope="session", autouse=True)
def _ample_disk() -> Iterator[None]:
    """What pages and reminders say in tests does not depend on how full the disk of this machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "_disk_of", lambda folder: disk.Disk(folder, 80 * 1024**3, 100 * 1024**3))
        yield


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Passwords of this process are hashed as those of a world's accounts are, and unknown names refused as fast.

    Servers and commands hash as they do for everybody.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "generate_password_hash", hashed)
        patch.setattr(accounts, "_nobody", lambda: HASHED)
        yield


@pytest.fixture(scope="session", autouse=True)
def _work_that_is_waited_for() -> Iterator[None]:
    """What this process does behind its answers is waited for here, by tests that others would stand in the way of.

    Servers and commands stand back with it as they do for everybody.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(afterwards, "_NICENESS", 0)
        yield


@pytest.fixture(scope="session", autouse=True)
def _patience_with_databases() -> Iterator[None]:
    """In a run on a database nobody is told that it is away because this machine is busy."""
    with pytest.MonkeyPatch.context() as patch:
        if stores.on_database():
            patch.setattr(connecting, "_WAIT_S", PATIENCE_S)
            patch.setitem(connecting._ALIVE, "connect_timeout", int(PATIENCE_S))
        yield


@pytest.fixture(scope="module")
def photo_work() -> Iterator[None]:
    """Worlds and servers made afterwards do all that is done with photos in the background."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("INSPECT_PHOTO_WORK")
        yield


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A data folder with areas, an inspector, a supervisor, an administrator and one site of each type."""
    return World.made_in(tmp_path / "data")


class ServerProcess:
    """A real ``run.py`` on a free port over one data folder; can be killed and started again.

    ``afresh``: a Python of its own from the start, rather than one that has already imported the application.
    """

    def __init__(self, data: Path, *options: str, project: Path = PROJECT, afresh: bool = False) -> None:
        self.data, self.options, self.project = data, options, project
        self.forked = forks.AVAILABLE and project == PROJECT and not afresh
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | forks.Forked | None = None

    def start(self) -> ServerProcess:
        log = (self.data.parent / f"server-{self.port}.log").open("a")
        self._process = self._forked(log) if self.forked else self._afresh(log)
        assert self._process.stdout
        started = time.monotonic()
        for line in self._process.stdout:
            if line.startswith("READY http"):
                return self
            assert time.monotonic() - started < PATIENCE_S, "the server does not start"
        raise AssertionError(f"the server ended before it was ready; see {log.name}")

    def _arguments(self) -> list[str]:
        return ["--host", "127.0.0.1", "--port", str(self.port), "--data", str(self.data), *self.options]

    def _forked(self, log: IO[str]) -> forks.Forked:
        return forks.fork(["run.py", *self._arguments()], self._environment(), log)

    def _afresh(self, log: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "run.py", *self._arguments()],
            cwd=self.project,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**self._environment(), "PYTHONUNBUFFERED": "1"},
        )

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **stores.environment_of(self.data)}

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed by the process."""
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


@pytest.fixture
def serve() -> Iterator[Callable[..., ServerProcess]]:
    """Start servers; all are stopped when the test ends."""
    started: list[ServerProcess] = []

    def start(data: Path, *options: str, project: Path = PROJECT, afresh: bool = False) -> ServerProcess:
        server = ServerProcess(data, *options, project=project, afresh=afresh)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def weed(tmp_path: Path) -> Iterator[Weed]:
    """A real object store."""
    with running(tmp_path / "objects") as weed:
        yield weed


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def run_seed() -> int:
    """A seed for this run, printed where a test fails."""
    return secrets.randbits(32)
