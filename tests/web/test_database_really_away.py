"""A server whose database is stopped, killed, stands still or is only read, while phones send: real processes."""

from __future__ import annotations

import http.client
import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from pathlib import Path

import psycopg
import pytest

from inspect_app.services import open_services
from tests.conftest import ServerProcess
from tests.measured import PATIENCE_S
from tests.store.databases import Server, empty_database
from tests.test_durability import Phone
from tests.web.test_full_disk import Asking
from tests.world import PASSWORD, WEEK, World, headers, new_id

PHONES, AT_ONCE, BEFORE = 40, 4, 8
BOUND_S = 30
"""Within which every request is answered, if nothing else keeps this machine busy."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    server = Server().start()
    yield server
    server.remove()


@pytest.fixture
def city(database: Server, tmp_path: Path) -> World:
    world = World.in_database(tmp_path / "data", empty_database(database))
    world.services.store.close()
    return world


def asked(port: int, path: str, *, method: str = "GET", body: bytes = b"", **more: str) -> tuple[int, Message, str]:
    """Status, header and body of an answer that came in time."""
    since = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request(method, path, body, more)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    assert time.monotonic() - since < max(BOUND_S, PATIENCE_S / 2)
    return answer.status, answer.headers, text


def assert_told(port: int, world: World) -> None:
    """Who sends is told that nothing was kept and when to try again, who reads that there is nothing to be read."""
    body = json.dumps(world.submission()).encode()
    kind = {"Content-Type": "application/json", **headers(world.tokens["inspector"])}
    sent = asked(port, f"/api/v1/inspections/{new_id()}", method="PUT", body=body, **kind)
    assert (sent[0], sent[1]["Retry-After"]) == (503, "10")
    assert "没有保存这次提交的内容" in json.loads(sent[2])["error"]
    for path in ("/login", f"/index/{WEEK}"):
        status, header, page = asked(port, path)
        assert (status, header["Retry-After"], "请稍后再打开" in page) == (503, "10", True), path
    assert asked(port, "/no/such/page")[0] == 404


def static_file(port: int) -> str:
    """The address of a file that every page needs."""
    page = asked(port, "/login")[2]
    return next(part for part in page.split('"') if part.startswith("/static/"))


def once_each(world: World, phones: list[Phone]) -> None:
    services = open_services(world.settings)
    expected = Counter({phone.id: 1 for phone in phones})
    assert Counter(one.id for one in services.store.find("inspections", week=WEEK)) == expected
    acts = [entry["of"] for entry in services.audit.entries() if entry["act"] == "inspection.submitted"]
    assert Counter(acts) == expected
    assert all(services.photos.read(one) for phone in phones for one in phone.acknowledged if one != phone.id)
    services.store.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL], ids=["fast", "immediate", "kill"])
def test_what_phones_send_while_it_is_away_is_there_once_after_it_is_back(
    database: Server, city: World, serve: Callable[..., ServerProcess], how: signal.Signals
) -> None:
    server, enough = serve(city.data), threading.Event()
    phones = [Phone(city, number) for number in range(PHONES)]
    needed = static_file(server.port)

    def send(phone: Phone) -> None:
        until = time.monotonic() + PATIENCE_S
        while not phone.done:
            assert time.monotonic() < until, phone.statuses
            phone.send(server.port)
            if sum(one.done for one in phones) >= BEFORE:
                enough.set()
            time.sleep(0 if phone.done else 0.2)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        sending = [pool.submit(send, phone) for phone in phones]
        assert enough.wait(PATIENCE_S)
        try:
            database.stop(how)
            assert_told(server.port, city)
            assert asked(server.port, needed)[0] == 200
        finally:
            database.start()
        for one in sending:
            one.result()
    statuses = Counter(status for phone in phones for status in phone.statuses)
    assert set(statuses) <= {200, 201, 503}
    assert statuses[503]
    once_each(city, phones)


def test_a_database_that_stands_still_is_told_in_time_and_what_was_sent_is_there_once(
    database: Server, city: World, serve: Callable[..., ServerProcess]
) -> None:
    server = serve(city.data)
    phones, needed = [Phone(city, number) for number in range(3)], static_file(server.port)
    phones[0].send(server.port)
    database.freeze()
    try:
        assert_told(server.port, city)
        assert asked(server.port, needed)[0] == 200
    finally:
        database.thaw()
    until = time.monotonic() + PATIENCE_S
    while not all(phone.done for phone in phones):
        assert time.monotonic() < until
        for phone in phones:
            phone.send(server.port)
    once_each(city, phones)


def test_of_a_database_that_is_only_read_all_is_read_and_nothing_taken(
    database: Server, city: World, serve: Callable[..., ServerProcess]
) -> None:
    server, phone = serve(city.data), Phone(city, 0)
    office = Asking(server.port)
    assert office.send("/login", "/login", name="supervisor", password=PASSWORD)[0] == 302
    phone.send(server.port)
    kind = {"Content-Type": "application/json", **headers(city.tokens["inspector"])}
    with psycopg.connect(database.url("postgres"), autocommit=True) as by_hand:
        by_hand.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
        try:
            by_hand.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' "
                "AND pid <> pg_backend_pid()"
            )
            pages = ["/review/desk/", f"/inspections/{phone.id}", "/cases/", "/account"]
            assert {page: office("GET", page)[0] for page in pages} == dict.fromkeys(pages, 200)
            body = json.dumps(city.submission()).encode()
            sent = asked(server.port, f"/api/v1/inspections/{new_id()}", method="PUT", body=body, **kind)
            assert (sent[0], sent[1]["Retry-After"]) == (503, "10")
            held = asked(server.port, f"/api/v1/inspections/{phone.id}", **headers(city.tokens["inspector"]))
            assert held[0] == 200
        finally:
            by_hand.execute("SET default_transaction_read_only = off")
            by_hand.execute("ALTER DATABASE postgres RESET default_transaction_read_only")
            by_hand.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' "
                "AND pid <> pg_backend_pid()"
            )
    other = Phone(city, 1)
    other.send(server.port)
    assert other.done
    once_each(city, [phone, other])
