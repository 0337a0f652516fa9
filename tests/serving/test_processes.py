"""``--processes``: several processes are one server, for whoever asks, signals, kills or starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from inspect_app.listening import Own
from inspect_app.photos import open_photo_store
from tests.browsing import Browser
from tests.conftest import PROJECT
from tests.measured import PATIENCE_S
from tests.ports import free_port
from tests.serving.test_ending import answered, put_head, until
from tests.stores import environment_of
from tests.test_run import Run, ended
from tests.world import World, headers, photo, sha256

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
TOKEN = "metrics-of-all-processes-1"
Start = Callable[..., Run]


def members(run: Run) -> list[int]:
    """The processes that serve, in the order in which they were started; none once the parent is gone."""
    try:
        found = Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(word) for word in found.split()]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")


@pytest.fixture
def start(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start the world's server as two processes; no process of it outlives the test."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    world.services.store.close()
    started: list[tuple[Run, list[int]]] = []

    def begin(*options: str) -> Run:
        settings = {**environment_of(world.data), "INSPECT_METRICS_TOKEN": TOKEN}
        settings["PYTHONUNBUFFERED"] = ""  # into a pipe, as people have it
        run = Run(world.data, "--host", "127.0.0.1", "--processes", "2", *options, afresh=True, **settings)
        started.append((run, members(run)))
        return run

    yield begin
    for run, first in started:
        for pid in (run.process.pid, *first, *members(run)):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)


def counted(run: Run, browser: Browser) -> float:
    """How often the desk's list of cases was asked for, by the metrics of whichever process answers."""
    told = browser.get("/metrics", Authorization=f"Bearer {TOKEN}")
    wanted = 'inspect_requests_total{method="GET",route="cases.show",status="2xx"}'
    return sum(float(line.rpartition(" ")[2]) for line in told.splitlines() if line.startswith(wanted))


def test_two_processes_are_one_server_and_one_that_is_killed_is_replaced(start):
    run = start("--https-port", str(free_port()))  # which this way in has no use for
    assert run.printed.count("READY http") == 1
    assert run.printed.count("本机打开：") == 1
    first = Browser(run.port)
    first.sign_in("administrator")
    office = [Browser(run.port, first.cookies) for _ in range(8)]
    for browser in office:
        assert "整改件" in browser.get("/cases/")
    assert [counted(run, browser) for browser in office] == [8.0] * 8, "whoever is asked tells of all"
    killed, other = members(run)
    os.kill(killed, signal.SIGKILL)
    until(lambda: not is_alive(killed))
    left = [browser for browser in office if not browser.is_cut_off()]
    assert 2 <= len(left) <= 6, "connections are shared evenly"
    assert "administrator" in left[0].get("/admin/status"), "the session is good at the other process"
    until(lambda: "2 个进程都在服务；从启动到现在，有进程意外结束、重新启动了 1 次" in left[0].get("/admin/status"))
    assert other in members(run)
    assert killed not in members(run)
    assert counted(run, left[0]) == 8.0, "what the dead one counted stays counted"
    assert run.stop() == 0


def test_an_upload_at_either_process_is_finished_when_they_are_told_to_end(start, world):
    run = start()
    contents, phone = [photo(seed) for seed in range(4)], headers(world.tokens["inspector"])
    slow = [socket.create_connection(("127.0.0.1", run.port), PATIENCE_S) for _ in contents]
    for line, content in zip(slow, contents, strict=True):
        line.sendall(put_head(content, phone) + content[:1000])
    assert Browser(run.port).get("/readyz") == "ready\n"
    run.process.send_signal(signal.SIGTERM)
    until(lambda: Own().is_free("127.0.0.1", run.port))
    for line, content in zip(slow, contents, strict=True):
        line.sendall(content[1000:])
        assert answered(line)[:2] == (201, "close")
        line.close()
    assert run.process.wait(PATIENCE_S) == 0
    kept = open_photo_store(world.settings.photos)
    assert all(kept.is_whole(sha256(content)) for content in contents)


def test_no_process_is_left_when_the_parent_is_killed_and_what_has_begun_is_finished(start, world, tmp_path):
    run = start()
    serving, content = members(run), photo(9)
    assert len(serving) == 2
    with socket.create_connection(("127.0.0.1", run.port), PATIENCE_S) as slow:
        slow.sendall(put_head(content, headers(world.tokens["inspector"])) + content[:1000])
        assert Browser(run.port).get("/readyz") == "ready\n"
        run.process.send_signal(signal.SIGKILL)
        until(lambda: Own().is_free("127.0.0.1", run.port))
        slow.sendall(content[1000:])
        assert answered(slow)[0] == 201
    until(lambda: not any(is_alive(pid) for pid in serving))
    assert [*(tmp_path / "temporary").iterdir()] == [], "nor the folder of their counts"


def test_one_that_is_killed_before_it_serves_ends_the_start_with_a_word_on_it(tmp_path):
    (tmp_path / "toy.py").write_text("import os\nos.kill(os.getpid(), 9)")
    done = led(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "ended (signal 9) before it served" in done.stderr


def test_who_is_told_to_end_before_it_listens_to_signals_ends_as_told(tmp_path):
    """A toy that has no handler for the signal, as python itself while it begins."""
    (tmp_path / "toy.py").write_text("import os, time\nos.kill(os.getppid(), 15)\ntime.sleep(600)")
    assert led(tmp_path).returncode == 0


def test_what_keeps_the_first_from_beginning_ends_the_start_in_one_sentence(tmp_path):
    taken = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken))
        other.listen(1)
        told = ended("--processes", "2", "--host", "127.0.0.1", "--port", str(taken), data=tmp_path / "data")
    assert (told.returncode, told.stderr.count("端口已被别的程序占用")) == (1, 1)
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").write_text("a file")
    told = ended("--processes", "3", "--host", "127.0.0.1", "--port", str(free_port()), data=tmp_path / "data")
    assert told.returncode == 1
    assert told.stderr.count("应为目录") == 1, told.stderr
    assert "Traceback" not in told.stderr


def test_without_the_key_of_sessions_they_do_not_begin(world, monkeypatch):
    """Each would make up one of its own, by which nobody is signed in at the others."""
    world.services.store.close()
    for name, value in environment_of(world.data).items():
        monkeypatch.setenv(name, value)
    (world.data / "secret.key").unlink()
    told = ended("--processes", "2", "--host", "127.0.0.1", "--port", str(free_port()), data=world.data)
    assert told.returncode == 1
    assert "secret.key" in told.stderr
    assert "READY" not in told.stdout


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--processes", "0"], 2, "--processes：应为 1 到 64"),
        (["--processes", "65"], 2, "--processes：应为 1 到 64"),
        (["--processes", "2", "--debug"], 2, "--debug"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_a_sentence(options, code, sentence, tmp_path):
    told = ended(*options, "--port", str(free_port()), data=tmp_path / "data")
    assert told.returncode == code
    assert sentence in told.stderr
    assert not (tmp_path / "data").exists()


TOY = """
import json, os, socket, sys, time
link = socket.socket(fileno=int(sys.argv[-1]))
said = link.makefile("rb")
def heard(is_so):
    while not is_so(json.loads(said.readline())):
        pass
number = json.loads(said.readline())["number"] + 1
heard(lambda one: one["is"] == "ItsTurn")
def tries(number):
    path = f"{sys.argv[1]}/{number}"
    return open(path).readlines() if os.path.exists(path) else []
with open(f"{sys.argv[1]}/{number}", "a") as file:
    file.write(f"{time.monotonic()}\\n")
if number == 2 and len(tries(2)) > 1:
    sys.exit(7)
link.sendall(b'{"is": "Serves", "here": "http://toy"}\\n')
if number == 2:
    heard(lambda one: one["is"] == "AllSeen" and all(member["serves"] for member in one["processes"]))
    sys.exit(0)
while len(tries(2)) < 4:
    time.sleep(0.01)
sys.exit(5)
"""
LEAD = (
    "import socket, sys\nfrom inspect_app.processes.parent import supervise\n"
    "sys.exit(supervise([sys.executable, *sys.argv[1:]], 2, {1: [socket.socket()]}, False))"
)


def led(folder: Path) -> subprocess.CompletedProcess[str]:
    """A parent of two toys, once it has ended."""
    command = [sys.executable, "-c", LEAD, str(folder / "toy.py"), str(folder)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE_S)


def test_one_that_cannot_begin_is_tried_again_after_longer_and_longer_until_none_serves(tmp_path):
    """A toy: the second member ends as soon as it serves, then cannot begin; the first one ends after its fourth try.

    The first one begins again, ends as well, and so on, until a try of the second one finds nobody that serves.
    """
    (tmp_path / "toy.py").write_text(TOY)
    done = led(tmp_path)
    assert done.stdout == "READY http://toy\n", done.stderr
    assert done.returncode == 7, done.stderr
    tries = [float(line) for line in (tmp_path / "2").read_text().splitlines()]
    waits = [after - before for before, after in pairwise(tries)]
    assert waits[1] >= 1.0
    assert waits[2] >= 2.0
