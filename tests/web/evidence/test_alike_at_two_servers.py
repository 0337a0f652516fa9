"""Two servers with a data folder each and one database: a photo that was sent to one is known at the other."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from inspect_app.collections.evidence.checks import PHOTO_CHECKS
from tests.conftest import ServerProcess
from tests.measured import PATIENCE_S
from tests.ports import free_port
from tests.store.databases import empty_database
from tests.stores import environment_of, have_database
from tests.test_starting import said_until_ready, started
from tests.world import World, evidence, failing, headers, new_id, photo, sha256

pytestmark = pytest.mark.slow
KILLED = """
import os, signal
from inspect_app.photos.similar import SimilarPhotos
real = SimilarPhotos.add_all
def add_all(self, photos):
    {first}
    os.kill(os.getpid(), signal.SIGKILL)
SimilarPhotos.add_all = add_all
"""
STEPS = {"before its hash is known": "pass", "when its hash is known": "real(self, photos)"}


def put(port: int, path: str, body: bytes, auth: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("PUT", path, body, auth)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def submission(world: World, content: bytes) -> bytes:
    raw: dict[str, Any] = world.submission("public-toilet", photos=[evidence(content, "open")])
    raw["answers"] = failing(raw["answers"], world.checklist("public-toilet"), "open")
    return json.dumps(raw).encode()


def until(is_so: Callable[[], bool]) -> None:
    since = time.monotonic()
    while not is_so():
        assert time.monotonic() - since < PATIENCE_S
        time.sleep(0.05)


def told(world: World, id: str) -> list[str] | None:
    """Of which earlier photos it is told that they look the same; None where it is not checked."""
    kept = PHOTO_CHECKS.get(world.services.store, id)
    if kept is None:
        return None
    signals = [signal for photo in kept.value.photos for signal in photo.signals if signal.name == "near_duplicate"]
    return [sha256 for signal in signals for sha256, _ in signal.numbers["photos"]]


@pytest.mark.parametrize("step", STEPS)
def test_the_later_photo_is_told_also_where_the_server_of_the_earlier_one_is_killed(
    tmp_path: Path, serve: Callable[..., ServerProcess], monkeypatch: pytest.MonkeyPatch, step: str
):
    address = empty_database()
    world = World.in_database(tmp_path / "one" / "data", address)
    world.services.after.hand_over(0)
    there, auth = tmp_path / "two" / "data", headers(world.tokens["inspector"])
    (there / "photos").mkdir(parents=True)
    world.services.keys.open_for_servers()
    for key in world.data.glob("*.key"):
        shutil.copy(key, there)
    (world.data / "photos" / "originals").mkdir(parents=True, exist_ok=True)
    (there / "photos" / "originals").symlink_to(world.data / "photos" / "originals")  # a share
    have_database(there, address)
    contents = [photo(5) + bytes([number]) for number in range(3)]
    first, second, third = (new_id() for _ in contents)
    other = serve(there)
    for content in contents:
        assert put(other.port, f"/api/v1/photos/{sha256(content)}", content, auth) == 201
    for name, value in environment_of(world.data).items():
        monkeypatch.setenv(name, value)
    body = submission(world, contents[0])
    with started(KILLED.format(first=STEPS[step]), "--port", str(free_port()), data=world.data) as process:
        port = int(said_until_ready(process).rpartition(":")[2])
        with suppress(OSError, http.client.HTTPException):  # it may be killed before it answers
            put(port, f"/api/v1/inspections/{first}", body, auth)
        assert process.wait(PATIENCE_S) == -signal.SIGKILL
    assert told(world, first) is None
    assert put(other.port, f"/api/v1/inspections/{second}", submission(world, contents[1]), auth) == 201
    until(lambda: told(world, second) is not None)
    with psycopg.connect(address) as database:  # as after the lease of who was killed
        database.execute(b"UPDATE _jobs SET not_before = '-infinity' WHERE tries = 1")
    assert put(other.port, f"/api/v1/inspections/{third}", submission(world, contents[2]), auth) == 201
    expected = [[], contents[:1], contents[:2]]
    for id, earlier in zip((first, second, third), expected, strict=True):
        until(lambda id=id, earlier=earlier: sorted(told(world, id) or []) == sorted(map(sha256, earlier)))
    other.kill()
    again = serve(there)
    fourth, content = new_id(), photo(5) + b"fourth"
    assert put(again.port, f"/api/v1/photos/{sha256(content)}", content, auth) == 201
    assert put(again.port, f"/api/v1/inspections/{fourth}", submission(world, content), auth) == 201
    until(lambda: sorted(told(world, fourth) or []) == sorted(map(sha256, contents)))
    world.services.store.close()
