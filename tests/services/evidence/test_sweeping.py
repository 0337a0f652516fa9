"""Photos that nothing names go after a while; what anything names stays."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.receiving import RECORDING, receive
from inspect_app.services.evidence.sweeping import Swept, sweep
from inspect_app.services.inspecting import holding
from inspect_app.services.inspecting.submitting import Taken, submit
from tests.web.inspecting.test_audio import WEBM
from tests.world import NOW, World, evidence, new_id, photo, received, sha256

TODAY = datetime.now(UTC)


def original(world: World, content: bytes, store: str = "photos") -> Path:
    name = sha256(content)
    return world.data / store / "originals" / name[:2] / name


def came(world: World, days_ago: float, *contents: bytes, store: str = "photos") -> None:
    at = (TODAY - timedelta(days=days_ago)).timestamp()
    for content in contents:
        os.utime(original(world, content, store), (at, at))


def test_what_nothing_names_goes_after_thirty_days_and_what_an_inspection_names_never(world):
    named, orphan, recent = photo(1), photo(2), photo(3)
    for content in (named, orphan, recent):
        received(world.services, content)
    raw = world.submission(photos=[evidence(named, "markings")])
    assert submit(world.services, find_user(world.services.store, "inspector"), new_id(), raw, NOW).kept
    came(world, 31, named, orphan)
    came(world, 29, recent)
    expected = Swept(1, len(orphan))
    assert sweep(world.services, TODAY, dry_run=True) == expected
    assert original(world, orphan).exists()
    assert sweep(world.services, TODAY) == expected
    assert not original(world, orphan).exists()
    assert original(world, named).read_bytes() == named
    assert original(world, recent).exists()
    assert sweep(world.services, TODAY) == Swept(0, 0)


def test_what_an_import_names_that_waits_for_the_office_stays(world):
    content = photo(1)
    received(world.services, content)
    inspector = find_user(world.services.store, "inspector")
    raw = world.submission(photos=[evidence(content, "markings")])
    assert holding.hold(world.services, inspector, new_id(), raw, "administrator", "", NOW).taken is Taken.HELD
    came(world, 90, content)
    assert sweep(world.services, TODAY) == Swept(0, 0)
    assert original(world, content).exists()


def test_a_photo_that_is_sent_again_counts_as_come_anew(world):
    content = photo(1)
    received(world.services, content)
    came(world, 90, content)
    assert received(world.services, content).is_new is False
    assert sweep(world.services, TODAY) == Swept(0, 0)


def test_any_document_that_names_it_keeps_it(world):
    """In a list, in a key, inside a text: whatever a later version may write."""
    contents = [photo(number) for number in range(3)]
    for content in contents:
        received(world.services, content)
    came(world, 90, *contents)
    one, two, three = map(sha256, contents)
    document = {"v": 1, "owner": "x", "parts": [{one: 1}, [f"/photos/{two}.jpg"]], "last": three}
    world.services.store.put_once("saved_filters", "somebody", document)
    assert sweep(world.services, TODAY) == Swept(0, 0)


def test_recordings_are_swept_as_well(world):
    assert receive(world.services, RECORDING, WEBM).is_new
    came(world, 31, WEBM, store="audio")
    assert sweep(world.services, TODAY).files == 1
