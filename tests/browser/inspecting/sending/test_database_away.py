"""The database goes away while a phone sends: the phone keeps what has no receipt, and all of it arrives afterwards."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.inspecting.conftest import OpenPhone
from tests.browser.phone import arrived, go_on_sending, kept, outbox, photos_of, queue_many, states, wait_until
from tests.conftest import ServerProcess
from tests.faults import BadLine
from tests.store.databases import Server, empty_database
from tests.world import World

pytestmark = pytest.mark.browser
COUNT = 6


@pytest.fixture
def database() -> Iterator[Server]:
    server = Server().start()
    yield server
    server.remove()


def test_what_has_no_receipt_stays_on_the_phone_and_arrives_once(
    database: Server, tmp_path: Path, serve: Callable[..., ServerProcess], open_phone: OpenPhone, run_seed: int
) -> None:
    world = World.in_database(tmp_path / "data", empty_database(database)).founded()
    with BadLine(serve(world.data).port, seed=run_seed) as line:
        page = open_phone(line.address)
        page.goto(f"{line.address}/field/outbox")
        made = queue_many(page, world, COUNT, 1)
        line.slow(latency_s=0.3)
        go_on_sending(page, line.address)
        wait_until(page, lambda: 201 in statuses(line), 30, "it has begun")
        database.stop(signal.SIGKILL)
        try:
            wait_until(page, lambda: 503 in statuses(line), 30, "it is told that the database is away")
            assert len(outbox(page)) == COUNT
            assert states(page).count("confirmed") < COUNT
        finally:
            database.start()
        wait_until(page, lambda: set(states(page)) == {"confirmed"}, 90, "all have their receipts")
        assert kept(page, "media") == []
        assert {one for one in statuses(line) if one is not None} <= {200, 201, 503}
    assert sorted(arrived(world)) == sorted(one.id for one in made)
    assert all(photos_of(world, one.id) for one in made)
    world.services.store.close()


def statuses(line: BadLine) -> list[int | None]:
    """What the phone was told of all that it sent."""
    return [one.status for one in line.exchanges if one.method == "PUT"]
