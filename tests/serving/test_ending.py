"""A server that is told to end cuts nobody off: what has begun is finished, or refused so that the phone keeps it."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable

import pytest

from inspect_app.photos import open_photo_store
from inspect_app.services.afterwards import Afterwards
from inspect_app.store.waiting import WaitingList
from tests.measured import PATIENCE_S
from tests.ports import free_port
from tests.stores import environment_of
from tests.test_run import Run
from tests.test_starting import said_until_ready, started
from tests.world import World, headers, photo, sha256

IMPATIENT = "import inspect_app.serving.ending as ending; ending.FINISH_S = 0.3\n"


def put_head(content: bytes, token: dict[str, str]) -> bytes:
    named = "".join(f"{name}: {value}\r\n" for name, value in token.items())
    address = f"/api/v1/photos/{sha256(content)}"
    return f"PUT {address} HTTP/1.1\r\nHost: x\r\n{named}Content-Length: {len(content)}\r\n\r\n".encode()


def answered(line: socket.socket) -> tuple[int, str | None, bytes]:
    """Status, ``Connection`` and body of the answer."""
    answer = http.client.HTTPResponse(line)
    answer.begin()
    return answer.status, answer.getheader("Connection"), answer.read()


def until(is_so: Callable[[], bool]) -> None:
    since = time.monotonic()
    while not is_so():
        assert time.monotonic() - since < PATIENCE_S
        time.sleep(0.02)


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    except OSError:  # accepted by the system, and cut off as the door closed
        return False
    return False


@pytest.fixture
def phone(world: World) -> dict[str, str]:
    return headers(world.tokens["inspector"])


def test_a_slow_upload_is_finished_nobody_else_is_let_in_and_the_exit_code_is_0(world, phone):
    world.services.store.close()
    content = photo(5)
    run = Run(world.data, "--host", "127.0.0.1", **environment_of(world.data))
    idle = http.client.HTTPConnection("127.0.0.1", run.port, timeout=PATIENCE_S)
    idle.request("GET", "/healthz")
    assert idle.getresponse().read() == b"ok\n"
    with socket.create_connection(("127.0.0.1", run.port), PATIENCE_S) as slow:
        slow.sendall(put_head(content, phone) + content[:1000])
        idle.request("GET", "/readyz")  # the one before is being received by now
        assert idle.getresponse().read() == b"ready\n"
        run.process.send_signal(signal.SIGTERM)
        assert idle.sock
        assert idle.sock.recv(1) == b"", "who is between requests is let go"
        until(lambda: refuses(run.port))
        assert run.process.poll() is None
        slow.sendall(content[1000:])
        status, connection, _ = answered(slow)
        assert (status, connection) == (201, "close")
    assert run.process.wait(PATIENCE_S) == 0
    assert open_photo_store(world.settings.photos).is_whole(sha256(content))


def test_an_upload_that_does_not_end_is_refused_and_the_process_ends(world, phone, monkeypatch):
    for name, value in environment_of(world.data).items():
        monkeypatch.setenv(name, value)
    world.services.store.close()
    content = photo(6)
    with started(IMPATIENT, "--port", str(free_port()), data=world.data) as process:
        port = int(said_until_ready(process).rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as slow:
            slow.sendall(put_head(content, phone) + content[:1000])
            process.send_signal(signal.SIGTERM)
            status, connection, body = answered(slow)
        assert (status, connection) == (503, "close")
        assert "手机会自动重发" in json.loads(body)["error"]
        assert process.wait(PATIENCE_S) == 0


def test_all_requests_that_were_sent_before_are_answered_whole(world, phone):
    world.services.store.close()
    run = Run(world.data, "--host", "127.0.0.1", **environment_of(world.data))
    asked, wrong, done = threading.Event(), [], []

    def send(seed: int) -> None:
        for number in range(1000):
            content = photo(seed) + bytes([seed, number % 250, number // 250])
            line = http.client.HTTPConnection("127.0.0.1", run.port, timeout=PATIENCE_S)
            sent_before = False
            try:
                line.request("PUT", f"/api/v1/photos/{sha256(content)}", content, phone)
                sent_before = not asked.is_set()
                done.append(line.getresponse().status)
            except (OSError, http.client.HTTPException) as error:
                if sent_before:
                    wrong.append(error)
                return
            finally:
                line.close()

    threads = [threading.Thread(target=send, args=(seed,)) for seed in range(20, 26)]
    for one in threads:
        one.start()
    until(lambda: len(done) > 20)
    asked.set()
    run.process.send_signal(signal.SIGTERM)
    for one in threads:
        one.join(PATIENCE_S)
    assert wrong == []
    assert set(done) == {201}
    assert run.process.wait(PATIENCE_S) == 0


def test_a_second_signal_ends_it_at_once(world, phone):
    world.services.store.close()
    run = Run(world.data, "--host", "127.0.0.1", **environment_of(world.data))
    with socket.create_connection(("127.0.0.1", run.port), PATIENCE_S) as slow:
        slow.sendall(put_head(photo(7), phone)[:-2])
        run.process.send_signal(signal.SIGTERM)
        until(lambda: refuses(run.port))
        with pytest.raises(subprocess.TimeoutExpired):
            run.process.wait(0.5)
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(PATIENCE_S) == 0


def test_work_in_hand_is_done_and_the_rest_is_left_to_the_next_process(tmp_path):
    begun, go_on, done = threading.Event(), threading.Event(), []

    def perform(work: object, _: object) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)
        done.append(work)

    waiting = WaitingList(tmp_path)
    waiting.add_all("checks", [("a", 1), ("b", 1), ("c", 1)])
    after = Afterwards(waiting, threads=1)
    after.work(("checks",), perform)
    after.begin()
    assert begun.wait(PATIENCE_S)
    assert not after.hand_over(0.01), "it is not done yet"
    go_on.set()
    assert after.hand_over(PATIENCE_S)
    assert [one.id for one in done] == ["a"]
    assert [one.id for one in waiting.due(("checks",), 9)] == ["b", "c"]
