"""Two servers of one installation behind a proxy: a folder each, one database, one object store."""

from __future__ import annotations

import http.client
import itertools
import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inspect_app.domain.weeks import week_of
from tests.browsing import Browser
from tests.conftest import ServerProcess
from tests.forks import flask
from tests.measured import PATIENCE_S
from tests.objects import Weed
from tests.store.databases import empty_database
from tests.stores import have_database
from tests.world import World, evidence, headers, new_id, photo, sha256

KEYS = ("secret.key", "receipt.key", "plan.key")
ITEM = "markings"


class Proxy:
    """Takes connections, and has each go to the next server in turn that takes it."""

    def __init__(self, ports: list[int]) -> None:
        self._next = itertools.cycle(range(len(ports)))
        self._ports = ports
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._door.accept()
                if (onward := self._onward()) is None:
                    line.close()
                    continue
                for one, other in ((line, onward), (onward, line)):
                    threading.Thread(target=_pump, args=(one, other), daemon=True).start()

    def _onward(self) -> socket.socket | None:
        first = next(self._next)
        for offset in range(len(self._ports)):
            with suppress(OSError):
                return socket.create_connection(("127.0.0.1", self._ports[(first + offset) % len(self._ports)]), 5)
        return None

    def close(self) -> None:
        self._door.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        source.settimeout(None)
        while data := source.recv(64 * 1024):
            target.sendall(data)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


class Phone:
    """Sends over a connection for each request, again and again until it has an answer that is none of a server's own
    failure, as the outbox does."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self.tries = 0

    def put(self, path: str, body: bytes) -> tuple[int, dict[str, object]]:
        while True:
            self.tries += 1
            assert self.tries < 500
            line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
            try:
                line.request("PUT", path, body, headers(self._token))
                answer = line.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException):
                continue
            finally:
                line.close()
            if answer.status < 500:
                return answer.status, json.loads(content)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_database(tmp_path / "one", empty_database())


@pytest.fixture
def both(
    world: World, weed: Weed, tmp_path: Path, serve: Callable[..., ServerProcess], monkeypatch: pytest.MonkeyPatch
) -> tuple[ServerProcess, ServerProcess]:
    """Of the second machine's folder nothing is there but the keys."""
    for name, value in weed.environment("inspect").items():
        monkeypatch.setenv(name, value)
    other = tmp_path / "two"
    other.mkdir()
    have_database(other, world.settings.database)
    flask("objects", "copy", "--to", "bucket", INSPECT_DATA=str(world.data))
    first = serve(world.data)
    for key in KEYS:
        if (world.data / key).exists():
            shutil.copy(world.data / key, other)
    return first, serve(other)


@pytest.fixture
def proxy(both: tuple[ServerProcess, ServerProcess]) -> Iterator[Proxy]:
    made = Proxy([server.port for server in both])
    yield made
    made.close()


def visit(world: World, number: int, started: datetime) -> tuple[str, bytes, list[bytes]]:
    """A failed item with three photos: the visit's id, its body, and the photos."""
    contents = [photo(10 * number + offset) for offset in range(3)]
    shown = [{**evidence(content, ITEM), "captured_at": started.isoformat()} for content in contents]
    told = {**world.submission(started=started, photos=shown)}
    told["answers"] = {**told["answers"], ITEM: {"value": "fail"}}
    return new_id(), json.dumps(told).encode(), contents


def sent(phone: Phone, wanted: tuple[str, bytes, list[bytes]]) -> dict[str, object]:
    id, body, contents = wanted
    for content in contents:
        assert phone.put(f"/api/v1/photos/{sha256(content)}", content)[0] in (200, 201)
    status, told = phone.put(f"/api/v1/inspections/{id}", body)
    assert status in (200, 201), told
    return told


def test_two_servers_behind_a_proxy_are_one_installation_also_when_one_is_killed(world, both, proxy):
    first, second = both
    started = datetime.now(UTC) - timedelta(hours=2)
    week = week_of(started, world.settings.timezone)
    phone = Phone(proxy.port, world.tokens["inspector"])

    wanted = visit(world, 1, started)
    receipt = sent(phone, wanted)["receipt"]
    for server in both:
        again = Phone(server.port, world.tokens["inspector"]).put(f"/api/v1/inspections/{wanted[0]}", wanted[1])
        assert again[0] == 200
        assert again[1]["receipt"] == receipt, "receipts are alike, whichever server gives them"

    here = Browser(first.port)
    here.sign_in("supervisor")
    there = Browser(second.port, here.cookies)
    listed = f"/review/desk/photos.json?week={week}"
    for browser in (here, there):
        found = json.loads(browser.get(listed))
        assert (found["total"], found["open"]) == (3, 1), "a session is good at both"
    assert there.get(found["photos"][0]["picture"])
    decided = {"inspection": wanted[0], "item": ITEM, "decision": "confirmed", "reason": "", "seen": None}
    there.post("/review/desk/decisions", {"decisions": [decided]}, page="/review/photos")
    assert json.loads(here.get(listed))["open"] == 0, "a decision at one is seen at the other at once"
    token_of_there = Browser(first.port, there.cookies)
    told = json.loads(token_of_there.post("/review/desk/presence", {"at": wanted[0]}, page="/review/photos"))
    assert "others" in told, "a form of one server is good at the other"

    visits = [visit(world, number, started + timedelta(minutes=number)) for number in range(2, 12)]
    acknowledged = []

    def send_all() -> None:
        for one in visits:
            acknowledged.append(sent(phone, one)["receipt"])

    sending = threading.Thread(target=send_all)
    sending.start()
    while len(acknowledged) < 3:
        assert sending.is_alive()
    first.kill()
    sending.join(PATIENCE_S)
    assert len(acknowledged) == len(visits), "the phone goes on at the other one"
    found = json.loads(there.get(listed))
    assert found["total"] == 3 * len(visits)
    kept = [one["inspection"] for one in found["photos"]]
    assert {id: kept.count(id) for id, _, _ in visits} == {id: 3 for id, _, _ in visits}, "none lost, none doubled"
