"""Clients that take more than their part, against real servers and real sockets."""

from __future__ import annotations

import http.client
import io
import json
import os
import selectors
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from http.client import HTTPMessage

import pytest
import waitress.buffers
from PIL import Image

from inspect_app.domain.accounts.device import End
from inspect_app.domain.accounts.token import TokenScope
from inspect_app.services.accounts.accounts import set_password
from inspect_app.services.accounts.devices import end_device
from inspect_app.services.accounts.tokens import add_token
from inspect_app.serving import Door, ServingLimits, serve
from tests.measured import PATIENCE_S, allowed_s, clock_s
from tests.ports import free_port
from tests.test_run import Run
from tests.web.builders import hidden
from tests.world import PASSWORD, headers, new_id, photo, sha256

MIB = 1024 * 1024
UNFINISHED = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"


@pytest.fixture
def served(world) -> Callable[..., int]:
    """A server in this process with limits of its own; the number of its port."""

    def start(**limits) -> int:
        port, ready = free_port(), threading.Event()
        app = world.app()
        run = lambda: serve(app, [Door("127.0.0.1", port, app)], 4, ready.set, limits=ServingLimits(**limits))  # noqa: E731
        threading.Thread(target=run, daemon=True).start()
        assert ready.wait(20)
        return port

    return start


def ask(port: int, method: str, path: str, body: object = None, tls: bool = False, **named: str):
    """One request on a connection of its own: status, headers, body."""
    unverified = ssl._create_unverified_context()
    kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    more = {"context": unverified} if tls else {}
    with closing(kind("127.0.0.1", port, timeout=20, **more)) as connection:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in named.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def answer_s(port: int, tls: bool = False) -> float:
    """How long a page took that was there."""
    told: list[int] = []
    took = clock_s(lambda: told.append(ask(port, "GET", "/login", tls=tls)[0]))
    assert told == [200]
    return took


def quiet_s(port: int, tls: bool = False) -> float:
    """How long a page takes while nobody else asks. The first one opens what all need."""
    answer_s(port, tls)
    return max(answer_s(port, tls) for _ in range(2))


def session_of(given: HTTPMessage) -> str:
    """The session's cookie of an answer, as a request sends it; there are others beside it."""
    (cookie,) = [one for one in given.get_all("Set-Cookie", []) if one.startswith("session=")]
    return cookie.split(";")[0]


def open_lines(port: int, count: int, first: bytes) -> Iterator[socket.socket]:
    for _ in range(count):
        line = socket.create_connection(("127.0.0.1", port), 20)
        with suppress(OSError):  # closed again already
            line.sendall(first)
        yield line


def still_open(lines: list[socket.socket]) -> int:
    waiting = selectors.DefaultSelector()
    for line in lines:
        waiting.register(line, selectors.EVENT_READ)
    return len(lines) - len(waiting.select(0))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit to raise")
def test_a_thousand_connections_from_one_address_keep_nobody_out(tmp_path):
    """Half of them over TLS, all with a request that never ends: the review's attack was 998 of them."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, before[1]), before[1]))
    secure = free_port()
    run = Run(tmp_path / "data", "--https-port", str(secure), afresh=True)  # with that limit
    lines: list[socket.socket] = []
    try:
        hello = bytes.fromhex("1603010200010001fc0303")
        quiet = max(quiet_s(run.port), quiet_s(secure, tls=True))
        lines += open_lines(run.port, 500, UNFINISHED)
        lines += open_lines(secure, 500, hello)
        assert len(lines) == 1000
        for port, tls in ((run.port, False), (secure, True)) * 3:
            assert answer_s(port, tls) <= allowed_s(2, quiet)
        assert still_open(lines) <= 110
    finally:
        for line in lines:
            line.close()
        run.stop()
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(
    ("first", "more"),
    [(b"GET /login HTTP/1.1\r\n", b"X"), (UNFINISHED, b"x"), (b"", b"")],
    ids=["header", "body", "nothing"],
)
def test_a_request_that_comes_in_drops_ends_at_its_deadline(served, first, more):
    port = served(header_s=1, body_grace_s=1, bytes_per_s=4096, idle_s=1)
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(first)
        line.settimeout(0.2)
        started = time.monotonic()
        while time.monotonic() - started < PATIENCE_S:
            try:
                if not line.recv(100):
                    break
            except TimeoutError:
                with suppress(OSError):
                    line.sendall(more)
            except ConnectionError:
                break
        assert 0.9 < time.monotonic() - started < PATIENCE_S


@pytest.mark.parametrize(
    "head",
    [
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 0",
        b"POST /login HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked",
        b"GET /login HTTP/1.1\r\nHost: x\r\nHost: y",
    ],
    ids=["length and chunks", "chunks and length", "chunks of 1.0", "two hosts"],
)
def test_no_request_hides_in_another_that_proxies_read_otherwise(served, head):
    """Such a request ends its connection: what follows it is nobody's request."""
    hidden_one = b"GET /login HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served()), 10) as line:
        line.sendall(head + b"\r\n\r\n0\r\n\r\n" + hidden_one)
        answers = b"".join(iter(lambda: line.recv(65_536), b""))
    assert answers.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
    assert answers.count(b"HTTP/1.") == 1


def test_a_body_that_comes_steadily_is_taken_whatever_time_it_needs(served):
    port = served(body_grace_s=1, bytes_per_s=4096)
    body = b"x" * 32_768
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 32768\r\n\r\n")
        for start in range(0, len(body), 4096):
            line.sendall(body[start : start + 4096])
            time.sleep(0.3)
        assert line.recv(100).startswith(b"HTTP/1.1 400")


def test_an_office_behind_one_address_goes_on_while_it_has_more_connections_than_its_part(served):
    """Each of thirty browsers keeps a connection; an idle one that was closed is opened again, as browsers do."""
    port = served(per_address=10)
    browsers = [http.client.HTTPConnection("127.0.0.1", port, timeout=10) for _ in range(30)]
    opened_again = 0
    for _ in range(3):
        for browser in browsers:
            try:
                browser.request("GET", "/login")
                answer = browser.getresponse()
            except (ConnectionError, http.client.RemoteDisconnected):
                browser.close()
                opened_again += 1
                browser.request("GET", "/login")
                answer = browser.getresponse()
            assert answer.status == 200
            answer.read()
    assert opened_again > 20
    for browser in browsers:
        browser.close()


@pytest.fixture
def on_disk(monkeypatch) -> list[int]:
    """Bodies that the server began to put on disk."""
    begun: list[int] = []
    real = waitress.buffers.TempfileBasedBuffer.newfile
    monkeypatch.setattr(waitress.buffers.TempfileBasedBuffer, "newfile", lambda buffer: begun.append(1) or real(buffer))
    return begun


def test_strangers_bring_no_large_body_and_are_told_so(served, on_disk):
    port = served()
    content = os.urandom(3 * MIB)
    status, _, body = ask(port, "PUT", f"/api/v1/photos/{sha256(content)}", content)
    assert (status, json.loads(body)["error"]) == (401, "请先登录")
    assert ask(port, "POST", "/login", content)[0] == 413
    assert ask(port, "POST", "/field/sites/zebra-crossing-1", content)[0] == 302
    pieces = (content[at : at + 65536] for at in range(0, len(content), 65536))
    assert ask(port, "POST", "/login", pieces)[0] == 413, "of unknown length"
    assert ask(port, "GET", "/nowhere", content)[0] == 404
    assert on_disk == []


def test_who_is_signed_in_brings_large_bodies_where_files_are_taken_only(served, world, on_disk):
    port = served()
    content = photo(3, (2400, 1800), quality=95)
    content = content[:2] + b"\xff\xfe\xff\xff" + os.urandom(65533) + content[2:]
    assert len(content) > MIB
    token = headers(world.tokens["inspector"])
    status, _, _ = ask(port, "PUT", f"/api/v1/photos/{sha256(content)}", content, **token)
    assert status == 201
    assert on_disk
    on_disk.clear()
    admin = headers(world.tokens["administrator"])
    status, _, body = ask(port, "POST", "/admin/tokens", content, **admin, Content_Type="application/json")
    assert (status, "内容过大" in json.loads(body)["error"]) == (413, True)
    assert ask(port, "PUT", f"/api/v1/photos/{sha256(content)}", content, Authorization="Bearer x")[0] == 401
    unit = headers(world.tokens["leader"])
    assert ask(port, "PUT", f"/api/v1/photos/{sha256(content)}", content, **unit)[0] == 403
    assert on_disk == []


def test_a_session_that_was_ended_brings_no_large_body(served, world, on_disk):
    port = served()
    status, given, page = ask(port, "GET", "/login")
    cookie = session_of(given)
    form = f"name=inspector&password={PASSWORD}&csrf_token={hidden(page.decode(), 'csrf_token')}"
    kind = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    status, given, _ = ask(port, "POST", "/login", form, **kind)
    assert status == 302
    cookie = session_of(given)
    _, given, told = ask(port, "GET", "/api/v1/session", Cookie=cookie)
    cookie, token = session_of(given), json.loads(told)["csrf"]
    content = os.urandom(2 * MIB)
    send = lambda: ask(port, "PUT", f"/api/v1/photos/{sha256(content)}", content, Cookie=cookie, X_CSRFToken=token)  # noqa: E731
    assert send()[0] == 422, "no photo, but received"
    assert on_disk
    on_disk.clear()
    (device,) = [one.id for one in world.services.store.find("devices")]
    end_device(world.services.store, device, End.REVOKED, datetime.now(UTC))
    assert send()[0] == 401
    assert on_disk == []


def test_a_session_that_was_ended_brings_a_whole_form_which_waits_for_its_owner(served, world):
    port = served()
    _, given, page = ask(port, "GET", "/login")
    form = f"name=inspector&password={PASSWORD}&csrf_token={hidden(page.decode(), 'csrf_token')}"
    kind = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": session_of(given)}
    cookie = session_of(ask(port, "POST", "/login", form, **kind)[1])
    _, given, page = ask(port, "GET", "/field/adhoc", Cookie=cookie)
    cookie, token = session_of(given), hidden(page.decode(), "csrf_token")
    set_password(world.services.store, "inspector", "given-password-7", datetime.now(UTC))
    output = io.BytesIO()
    Image.effect_noise((2000, 1500), 90).save(output, "JPEG", quality=95)
    content = output.getvalue()
    assert len(content) > MIB
    parts = [("csrf_token", "", token.encode()), ("id", "", new_id().encode())]
    parts.append(("answers.photos", '; filename="IMG_0001.jpg"', content))
    body = b"".join(
        f'--xyz\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"
        for name, more, value in parts
    )
    multipart = "multipart/form-data; boundary=xyz"
    answer = ask(port, "POST", "/field/adhoc", body + b"--xyz--\r\n", Cookie=cookie, Content_Type=multipart)
    assert answer[0] == 303
    assert answer[1]["Location"] == "/login?next=/field/unsent"
    kept = [path.read_bytes() for path in (world.data / "unsent").iterdir()]
    assert content in kept
    answer = ask(port, "POST", "/field/adhoc", body + b"--xyz--\r\n", Content_Type=multipart)
    assert answer[1]["Location"] == "/login", "a stranger's goes nowhere"


def test_a_token_for_reading_brings_no_large_body(served, world, on_disk):
    token = add_token(world.services.store, "inspector", datetime.now(UTC), scope=TokenScope.READ)
    content = os.urandom(2 * MIB)
    assert ask(served(), "PUT", f"/api/v1/photos/{sha256(content)}", content, **headers(token))[0] == 403
    assert on_disk == []


def test_who_has_to_change_the_password_first_brings_no_large_body(served, world, on_disk):
    set_password(world.services.store, "inspector", "given-password-7", datetime.now(UTC), must_change=True)
    port = served()
    _, given, page = ask(port, "GET", "/login")
    form = f"name=inspector&password=given-password-7&csrf_token={hidden(page.decode(), 'csrf_token')}"
    kind = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": session_of(given)}
    _, given, _ = ask(port, "POST", "/login", form, **kind)
    status, given, page = ask(port, "GET", "/account/password", Cookie=session_of(given))
    assert status == 200
    token, cookie = hidden(page.decode(), "csrf_token"), session_of(given)
    content = os.urandom(2 * MIB)
    status, _, told = ask(port, "PUT", f"/api/v1/photos/{sha256(content)}", content, Cookie=cookie, X_CSRFToken=token)
    assert (status, "修改初始密码" in json.loads(told)["error"]) == (403, True)
    assert on_disk == []


def test_where_there_is_no_room_for_more_a_client_is_told_to_come_again(served, world, on_disk):
    port = served(receiving_bytes=MIB)
    content = os.urandom(2 * MIB)
    answer = ask(port, "PUT", f"/api/v1/photos/{sha256(content)}", content, **headers(world.tokens["inspector"]))
    assert answer[0] == 503
    assert int(answer[1]["Retry-After"]) > 0
    assert on_disk == []


def test_two_dozen_large_pictures_keep_nobody_waiting(served, world):
    """As in the review: each takes its time to decode, whole, and there are more of them than threads."""
    port = served()
    pictures = []
    for number in range(24):
        output = io.BytesIO()
        Image.new("L", (7700 - number, 7700), number).save(output, "PNG", compress_level=1)
        pictures.append(output.getvalue())
    token, answers = headers(world.tokens["unit"]), []
    quiet = quiet_s(port)

    def send(content: bytes) -> None:
        answers.append(ask(port, "PUT", f"/api/v1/photos/{sha256(content)}", content, **token))

    senders = [threading.Thread(target=send, args=(one,)) for one in pictures]
    for sender in senders:
        sender.start()
    waited = []
    while any(sender.is_alive() for sender in senders):
        waited.append(answer_s(port))
    assert max(waited) <= allowed_s(2, quiet)
    statuses = [status for status, _, _ in answers]
    assert set(statuses) == {201, 503}
    later = [given for status, given, _ in answers if status == 503]
    assert all(int(given["Retry-After"]) > 0 for given in later)
    assert all(not json.loads(body)["error"].isascii() for status, _, body in answers if status == 503)
    again = pictures[0]
    assert ask(port, "PUT", f"/api/v1/photos/{sha256(again)}", again, **token)[0] in (200, 201)
