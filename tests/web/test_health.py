"""What watches the server is told whether it lives and whether it can do its work, whatever else does not."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from inspect_app.services.disk import Disk, Room
from inspect_app.services.readiness import Readiness
from inspect_app.store import StoreAway
from tests.measured import PATIENCE_S
from tests.stores import on_database
from tests.web.builders import signed_in
from tests.web.test_full_disk import Asking, limited

if sys.platform == "linux":
    import resource


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are Linux's")
def test_a_server_that_cannot_write_lives_and_is_not_ready_until_it_can(world, serve):
    world.services.store.close()
    server = serve(world.data)
    ask = Asking(server.port)

    def until(wanted: tuple[int, bytes]) -> None:
        since = time.monotonic()
        while (told := ask("GET", "/readyz")) != wanted:
            assert time.monotonic() - since < PATIENCE_S, told
            time.sleep(0.2)

    until((200, b"ready\n"))
    limited(server.pid, 0)
    until((503, b"not ready: originals\n" if on_database() else b"not ready: store, originals\n"))
    assert ask("GET", "/healthz") == (200, b"ok\n")
    limited(server.pid, resource.RLIM_INFINITY)
    until((200, b"ready\n"))
    log = (world.data.parent / f"server-{server.port}.log").read_text("utf-8")
    assert log.count("ready again") == 1
    left = [path for path in world.data.rglob(".probe*") if path.is_file()]
    assert left == []


def test_nobody_is_looked_up_where_the_store_is_away_and_no_reason_is_given_to_strangers(world, monkeypatch):
    app = world.office
    known = signed_in(world, "administrator")
    assert known.get("/account").status_code == 200
    asked = []

    def away(*_: object, **__: object) -> None:
        asked.append(1)
        raise StoreAway("连不上数据库 10.1.2.3")

    for name in ("get", "find", "page", "state", "weeks", "probe", "put_once", "update", "act"):
        monkeypatch.setattr(type(app.extensions["inspect"].store), name, away)
    for client in (known, app.test_client()):
        assert client.get("/healthz").text == "ok\n"
        answer = client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "not ready: store\n")
        assert answer.headers["Retry-After"] == "10"
        assert "Set-Cookie" not in answer.headers
    assert len(asked) == 1, "however many ask, the store is tried once in some seconds"
    assert known.get("/account").status_code == 503


def test_a_full_disk_and_an_object_store_that_is_away_are_told_by_their_names(world, monkeypatch):
    ready = Readiness(world.services)
    assert ready.failing() == {}
    full = Disk(world.data, 0, 100 * 1024**3)
    assert full.room is Room.FULL
    monkeypatch.setattr("inspect_app.services.readiness.disks", lambda _: [full])
    assert ready.failing() == {}, "what was found is good for some seconds"
    later = Readiness(world.services, clock=lambda: 100.0)
    assert set(later.failing()) == {"disk"}
    assert "磁盘已满" in later.failing()["disk"]


def test_one_tries_and_the_others_are_told_what_was_found_before(world, monkeypatch, caplog):
    now, begun, go_on = [0.0], threading.Event(), threading.Event()
    ready = Readiness(world.services, clock=lambda: now[0])
    store = type(world.services.store)
    real = store.probe

    def slow(self: object) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)
        raise StoreAway("weg")

    monkeypatch.setattr(store, "probe", slow)
    first = threading.Thread(target=ready.failing)
    first.start()
    assert begun.wait(PATIENCE_S)
    assert ready.failing() == {"starting": ""}
    go_on.set()
    first.join(PATIENCE_S)
    assert ready.failing() == {"store": "weg"}
    assert [one.message for one in caplog.records if "ready" in one.message] == ["not ready: store: weg"]
    monkeypatch.setattr(store, "probe", real)
    assert ready.failing() == {"store": "weg"}
    now[0] = 5.0
    assert ready.failing() == {}
