"""The bad line does what it says, or what is proved with it is worth nothing."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.faults import Answer, BadLine, Fault, changed, half, html, lose, on, redirect, status
from tests.measured import allowed_s, clock_s

BODY = bytes(range(256)) * 80


class Echo(BaseHTTPRequestHandler):
    """Answers with what it got, and remembers it."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, int]]

    def do_PUT(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        content = self.rfile.read(length)
        if len(content) < length:
            return
        self.seen.append((self.command, self.path, len(content)))
        told = json.dumps({"path": self.path, "bytes": len(content), "same": content == BODY}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_PUT

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture
def seen() -> list[tuple[str, str, int]]:
    return []


@pytest.fixture
def line(seen: list[tuple[str, str, int]]) -> Iterator[BadLine]:
    handler = type("Here", (Echo,), {"seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    with BadLine(server.server_port, seed=5) as line:
        yield line
    server.shutdown()
    server.server_close()


def connection(line: BadLine) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", line.port, timeout=10)


def put(line: BadLine, path: str = "/a", body: bytes = BODY) -> Answer | None:
    """One PUT over a connection of its own; None where no (whole) answer came."""
    client = connection(line)
    try:
        client.request("PUT", path, body)
        told = client.getresponse()
        return Answer(told.status, told.read(), tuple(told.getheaders()))
    except (OSError, http.client.HTTPException):
        return None
    finally:
        client.close()


def test_many_requests_pass_unchanged_over_one_connection(line: BadLine, seen):
    client = connection(line)
    for number in range(5):
        client.request("PUT", f"/{number}", BODY)
        told = client.getresponse()
        assert (told.status, json.loads(told.read())) == (201, {"path": f"/{number}", "bytes": len(BODY), "same": True})
        first = client.sock
        assert first is not None, "the connection was not kept"
    assert [path for _, path, _ in seen] == ["/0", "/1", "/2", "/3", "/4"]
    heads = sum(exchange.request.head_bytes for exchange in line.exchanges)
    assert line.sent_bytes == 5 * len(BODY) + heads
    assert line.tries("PUT", "/[12]") == {"/1": 1, "/2": 1}


@pytest.mark.parametrize("at", [0, 7, 4000, len(BODY)])
def test_a_request_cut_at_a_byte_never_reaches_the_server_whole(line: BadLine, seen, at: int):
    line.rules.append(on("PUT", "/a", Fault(cut_at=at), times=1))
    assert put(line) is None
    assert line.sent_bytes == at
    assert seen == []
    assert put(line) is not None
    assert line.tries("PUT", "/a") == {"/a": 2}
    assert line.tries("PUT", "/a", answered=True) == {"/a": 1}


def test_the_share_of_requests_cut_is_the_share_asked_for_and_the_same_with_the_same_seed(line: BadLine, seen):
    line.cut_share = 0.3
    came = [put(line, f"/{number}") is not None for number in range(100)]
    assert 55 <= sum(came) <= 85
    assert len(seen) == sum(came)
    with BadLine(line.server_port, seed=5, cut_share=0.3) as again:
        assert [put(again, f"/{number}") is not None for number in range(100)] == came
        assert again.sent_bytes == line.sent_bytes


def test_a_lost_answer_is_lost_after_the_server_had_the_request(line: BadLine, seen):
    line.rules.append(on("PUT", "/a", lose(), times=1))
    assert put(line) is None
    assert seen == [("PUT", "/a", len(BODY))]
    assert put(line) is not None


def test_half_an_answer_is_no_whole_answer(line: BadLine, seen):
    line.rules.append(on("PUT", "/a", half()))
    assert put(line) is None
    assert len(seen) == 1


def test_answers_in_the_servers_place(line: BadLine, seen):
    line.rules += [
        on("PUT", "/503", status(503, Retry_After="7")),
        on("PUT", "/portal", html()),
        on("PUT", "/away", redirect("http://portal.example/login")),
    ]
    trouble, portal, away = put(line, "/503"), put(line, "/portal"), put(line, "/away")
    assert trouble
    assert (trouble.status, trouble.json["error"]) == (503, "试验用的503")
    assert ("Retry-After", "7") in trouble.headers
    assert portal
    assert (portal.status, b"<!doctype html>" in portal.body) == (200, True)
    assert away
    assert (away.status, ("Location", "http://portal.example/login") in away.headers) == (302, True)
    assert seen == []


def test_a_changed_answer_is_the_servers_with_one_thing_different(line: BadLine, seen):
    line.rules.append(on("PUT", "/a", changed(lambda told: {**told, "bytes": -1}), after=1, times=1))
    told = [answer.json["bytes"] for _ in range(3) if (answer := put(line))]
    assert told == [len(BODY), -1, len(BODY)]
    assert len(seen) == 3


@pytest.mark.alone
def test_the_line_is_as_slow_as_it_is_told(line: BadLine):
    """20,480 bytes at 400 kbit/s are 0.41 s; a connection and a request at 100 ms a round trip 0.2 s."""
    quiet = clock_s(lambda: put(line))
    line.slow(up_kbit_s=400, latency_s=0.1)
    answers: list[Answer | None] = []
    assert 0.6 <= clock_s(lambda: answers.append(put(line))) < allowed_s(1.5, quiet)
    assert all(answers)


def test_network_off_breaks_what_is_under_way_and_on_answers_at_the_same_address(line: BadLine, seen):
    held = threading.Event()
    line.rules.append(on("PUT", "/held", Fault(hold=held)))
    answers: list[Answer | None] = []
    waiting = threading.Thread(target=lambda: answers.append(put(line, "/held")))
    waiting.start()
    time.sleep(0.2)
    address = line.address
    line.network_off()
    waiting.join(5)
    assert answers == [None]
    assert put(line) is None
    held.set()
    line.network_on()
    assert line.address == address
    assert put(line) is not None
