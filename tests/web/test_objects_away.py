"""A server whose photos lie in an object store that goes away and comes back, and moving there and back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from inspect_app.photos.bucket import BucketPhotoStore
from inspect_app.photos.objects import Objects
from inspect_app.services import open_services
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.inspecting.correcting import as_held
from inspect_app.services.inspecting.submitting import submit
from tests.conftest import ServerProcess
from tests.forks import flask
from tests.measured import PATIENCE_S
from tests.objects import Weed, place_from
from tests.stores import environment_of
from tests.web.test_full_disk import Asking
from tests.world import NOW, PASSWORD, World, evidence, headers, new_id, photo, received, sha256

BYTES = photo(5)


@pytest.fixture
def moved(world: World, weed: Weed, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world that was worked with, whose photos were copied into the object store."""
    received(world.services, photo(2))
    world.services.store.close()
    place = weed.environment("inspect", "jingzhou")
    for name, value in {**place, "INSPECT_DATA": str(world.data), **environment_of(world.data)}.items():
        monkeypatch.setenv(name, value)
    return world


def submission(world: World) -> str:
    item = world.checklist("public-toilet").items[0].id
    return json.dumps(world.submission("public-toilet", photos=[evidence(BYTES, item)]))


def test_what_is_away_is_said_nothing_told_is_lost_and_it_all_goes_on_afterwards(
    moved: World, weed: Weed, serve: Callable[..., ServerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECT_OBJECTS_KEEP_MINUTES", "0")
    refused = ServerProcess(moved.data, afresh=True)
    with pytest.raises(AssertionError, match="ended before"):
        refused.start()
    assert "没有本安装的照片" in (moved.data.parent / f"server-{refused.port}.log").read_text()

    copied = flask("objects", "copy", "--to", "bucket", check=False)
    assert (copied.returncode, copied.stderr) == (0, "")
    assert "照片：复制 1 个" in copied.stdout
    server = serve(moved.data, afresh=True)
    office, phone, tokens = Asking(server.port), Asking(server.port), headers(moved.tokens["inspector"])
    assert office.send("/login", "/login", name="supervisor", password=PASSWORD)[0] == 302

    def put_photo() -> tuple[int, bytes]:
        return phone("PUT", f"/api/v1/photos/{sha256(BYTES)}", BYTES, **tokens)

    def put(id: str) -> tuple[int, bytes]:
        content = {"Content-Type": "application/json"}
        return phone("PUT", f"/api/v1/inspections/{id}", sent, **tokens, **content)

    first, second, sent = new_id(), new_id(), submission(moved)
    assert (put_photo()[0], put(first)[0]) == (201, 201)
    original = f"/inspections/{first}/photos/{sha256(BYTES)}/original"
    assert office("GET", original)[1] == BYTES
    weed.kill()
    for status, body in (put_photo(), put(second)):
        assert (status, "没有确认保存" in json.loads(body)["error"]) == (503, True)
    pages = ["/review/desk/", "/index/", f"/inspections/{first}"]
    assert [page for page in pages if office("GET", page)[0] not in (200, 302)] == []
    assert office("GET", original)[0] == 503
    weed.start()
    # It answers before it has looked through what it holds; a phone goes on sending until it is taken.
    until = time.monotonic() + PATIENCE_S
    while put_photo()[0] != 200:
        assert time.monotonic() < until, "the photo is not taken"
    assert (put(second)[0], put(first)[0]) == (201, 200)
    assert office("GET", original)[1] == BYTES
    server.stop()
    assert not list(moved.settings.photos.glob(f"originals/*/{sha256(BYTES)}"))

    back = flask("objects", "copy", "--to", "folder", check=False)
    assert "照片：复制 1 个" in back.stdout
    assert "已有 1 个" in back.stdout
    assert [path.read_bytes() for path in moved.settings.photos.glob(f"originals/*/{sha256(BYTES)}")] == [BYTES]


def test_what_this_machine_still_keeps_is_named_and_shown_while_the_store_is_away_and_put_there_again_if_it_lost_it(
    moved: World, weed: Weed, serve: Callable[..., ServerProcess]
) -> None:
    assert flask("objects", "copy", "--to", "bucket", check=False).returncode == 0
    server, first, second = serve(moved.data), new_id(), new_id()
    office, phone, tokens = Asking(server.port), Asking(server.port), headers(moved.tokens["inspector"])
    assert office.send("/login", "/login", name="supervisor", password=PASSWORD)[0] == 302
    place, sent = weed.place("inspect", INSPECT_OBJECTS="s3://inspect/jingzhou"), submission(moved)
    there = BucketPhotoStore(Objects(place), "photos")

    def put(id: str) -> int:
        return phone("PUT", f"/api/v1/inspections/{id}", sent, **tokens, **{"Content-Type": "application/json"})[0]

    assert phone("PUT", f"/api/v1/photos/{sha256(BYTES)}", BYTES, **tokens)[0] == 201
    assert put(first) == 201
    weed.kill()
    assert phone("PUT", f"/api/v1/photos/{sha256(photo(6))}", photo(6), **tokens)[0] == 503
    assert (put(second), put(first)) == (201, 200)
    assert office("GET", f"/inspections/{first}/photos/{sha256(BYTES)}/original") == (200, BYTES)
    server.kill()
    weed.start()
    Objects(place).remove(f"photos/originals/{sha256(BYTES)[:2]}/{sha256(BYTES)}")
    assert not there.has(sha256(BYTES))
    server.start()
    until = time.monotonic() + PATIENCE_S
    while not there.has(sha256(BYTES)):
        assert time.monotonic() < until, "it is not put there again"
        time.sleep(0.1)
    assert there.whole(sha256(BYTES)) == BYTES


def test_a_photo_that_the_store_acknowledged_and_lost_is_asked_for_and_taken_again(
    moved: World, weed: Weed, serve: Callable[..., ServerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no server has it any more."""
    monkeypatch.setenv("INSPECT_OBJECTS_KEEP_MINUTES", "0")
    assert flask("objects", "copy", "--to", "bucket", check=False).returncode == 0
    phone, tokens = Asking(serve(moved.data).port), headers(moved.tokens["inspector"])
    first, second, sent = new_id(), new_id(), submission(moved)

    def put_photo() -> int:
        return phone("PUT", f"/api/v1/photos/{sha256(BYTES)}", BYTES, **tokens)[0]

    def put(id: str) -> tuple[int, list[str] | None]:
        content = {"Content-Type": "application/json"}
        status, body = phone("PUT", f"/api/v1/inspections/{id}", sent, **tokens, **content)
        return status, json.loads(body).get("missing")

    assert (put_photo(), put(first)[0]) == (201, 201)
    weed.kill()
    weed.lose_contents()
    weed.start()
    assert (put(first), put(second)) == ((422, [sha256(BYTES)]), (422, [sha256(BYTES)]))
    checked = flask("check", check=False)
    assert (checked.returncode, checked.stdout.count(sha256(BYTES))) == (1, 1)
    assert "给不出内容" in checked.stdout
    until = time.monotonic() + PATIENCE_S
    while put_photo() != 201:  # it answers before it has a place for bytes
        assert time.monotonic() < until, "the photo is not taken"
    assert (put(first)[0], put(second)[0]) == (200, 201)


def test_the_receipt_of_a_correction_lists_no_photo_whose_bytes_the_store_has_lost(moved: World, weed: Weed) -> None:
    """It names the object still, and its bytes were compared here before: neither is taken for its being there."""
    assert flask("objects", "copy", "--to", "bucket", check=False).returncode == 0
    place = place_from(weed.environment("inspect", "jingzhou"))
    services, id = open_services(replace(moved.settings, objects=place, objects_keep_minutes=0)), new_id()
    received(services, BYTES)
    inspector = find_user(services.store, "inspector")
    assert inspector
    kept = submit(services, inspector, id, json.loads(submission(moved)), NOW).kept
    assert kept
    assert as_held(services, kept).value.photos == kept.value.photos != ()
    weed.kill()
    weed.lose_contents()
    weed.start()
    assert services.photos.has(sha256(BYTES))
    assert as_held(services, kept).value.photos == ()


def test_the_place_of_another_installation_is_refused(moved: World, weed: Weed) -> None:
    Objects(weed.place("inspect", INSPECT_OBJECTS="s3://inspect/jingzhou")).found("another")
    server = ServerProcess(moved.data, afresh=True)
    with pytest.raises(AssertionError, match="ended before"):
        server.start()
    assert "另一套安装" in (moved.data.parent / f"server-{server.port}.log").read_text()
    assert "另一套安装" in flask("objects", "copy", "--to", "bucket", check=False).stderr


def test_a_damaged_original_is_named_and_the_place_not_taken_into_use(moved: World) -> None:
    [path] = moved.settings.photos.glob("originals/*/*")
    path.write_bytes(b"other")
    copied = flask("objects", "copy", "--to", "bucket", check=False)
    assert copied.returncode == 1
    assert "已损坏" in copied.stderr
    assert "先从备份恢复" in copied.stderr


def test_doctor_says_how_the_object_store_is(moved: World, weed: Weed) -> None:
    assert "能写入、能读出" in flask("doctor", check=False).stdout
    weed.kill()
    assert "连不上对象存储" in flask("doctor", check=False).stdout
