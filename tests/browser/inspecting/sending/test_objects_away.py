"""The object store loses a photo that it acknowledged before the record comes: the phone has it, and sends it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.inspecting.conftest import OpenPhone
from tests.browser.inspecting.sending.conftest import INSPECTION, PHOTO
from tests.browser.phone import arrived, go_on_sending, kept, outbox, photos_of, queue_many, states, wait_until
from tests.conftest import ServerProcess
from tests.faults import BadLine, on, status
from tests.forks import flask
from tests.objects import Weed
from tests.stores import environment_of
from tests.world import World

pytestmark = pytest.mark.browser


def test_a_photo_that_was_acknowledged_and_lost_is_sent_again(
    tmp_path: Path,
    weed: Weed,
    monkeypatch: pytest.MonkeyPatch,
    serve: Callable[..., ServerProcess],
    open_phone: OpenPhone,
    run_seed: int,
) -> None:
    world = World.made_in(tmp_path / "data").founded()
    place = weed.environment("inspect")
    place["INSPECT_OBJECTS_KEEP_MINUTES"] = "0"  # no server has it any more, either
    for name, value in {**place, "INSPECT_DATA": str(world.data), **environment_of(world.data)}.items():
        monkeypatch.setenv(name, value)
    flask("objects", "copy", "--to", "bucket")
    with BadLine(serve(world.data).port, seed=run_seed) as line:
        page = open_phone(line.address)
        page.goto(f"{line.address}/field/outbox")
        (made,) = queue_many(page, world, 1, 2)
        line.rules.append(on("PUT", INSPECTION, status(503)))
        go_on_sending(page, line.address)
        wait_until(page, lambda: line.tries("PUT", INSPECTION).total() > 0, 30, "its photos are acknowledged")
        assert [part["sent"] for part in outbox(page)[0]["media"]] == [True, True]
        weed.kill()
        weed.lose_contents()
        weed.start()
        line.rules.clear()
        wait_until(page, lambda: states(page) == ["confirmed"], 90, "it has its receipt")
        assert all(line.tries("PUT", f"{PHOTO}{sha256}").total() > 1 for sha256 in made.photos)
        assert kept(page, "media") == []
    assert arrived(world) == [made.id]
    assert photos_of(world, made.id) == made.photos
    world.services.store.close()
