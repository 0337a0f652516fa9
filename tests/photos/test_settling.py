"""What an object store acknowledged and lost is put there again by the machine that took it in."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inspect_app.photos.bucket import BucketPhotoStore
from inspect_app.photos.damage import OriginalDamaged
from inspect_app.photos.objects import Objects, ObjectsAway
from inspect_app.photos.settling import SettlingPhotoStore
from tests.measured import PATIENCE_S
from tests.objects import Weed, running
from tests.world import sha256

CONTENT = b"a photo as it came" * 100
SHA256 = sha256(CONTENT)
NAME = f"photos/originals/{SHA256[:2]}/{SHA256}"
NOW, HOUR = datetime.now(UTC), timedelta(hours=1)


@pytest.fixture
def bucket(weed: Weed, request: pytest.FixtureRequest) -> tuple[Objects, BucketPhotoStore]:
    objects = Objects(weed.place("inspect", INSPECT_OBJECTS=f"s3://inspect/{request.node.name.replace('_', '-')}"))
    return objects, BucketPhotoStore(objects, "photos")


def is_removed(_: str) -> bool:
    return True


def is_kept(_: str) -> bool:
    return False


def originals(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("originals/*/*")]


def test_it_stays_here_until_the_store_has_shown_it_a_good_while_later(bucket, tmp_path):
    _, there = bucket
    store = SettlingPhotoStore(there, tmp_path, HOUR)
    store.keep(SHA256, CONTENT)
    assert (there.whole(SHA256), originals(tmp_path)) == (CONTENT, [SHA256])
    assert store.settle(NOW, is_kept, all_of_them=True)
    assert originals(tmp_path) == [SHA256]
    assert store.settle(NOW + 2 * HOUR, is_kept, all_of_them=False)
    assert (store.whole(SHA256), originals(tmp_path)) == (CONTENT, [])


def test_what_the_store_has_forgotten_is_read_here_and_put_there_again(bucket, tmp_path):
    objects, there = bucket
    store = SettlingPhotoStore(there, tmp_path, HOUR)
    store.keep(SHA256, CONTENT)
    objects.remove(NAME)
    assert (store.is_read_whole(SHA256), store.whole(SHA256)) == (True, CONTENT)
    assert store.settle(NOW, is_kept, all_of_them=False)
    assert not there.has(SHA256)
    assert store.settle(NOW, is_kept, all_of_them=True)
    assert (there.whole(SHA256), originals(tmp_path)) == (CONTENT, [SHA256])


def test_what_is_put_there_again_stays_here_as_if_it_had_just_come(bucket, tmp_path):
    objects, there = bucket
    store = SettlingPhotoStore(there, tmp_path, timedelta())
    SettlingPhotoStore(there, tmp_path, HOUR).keep(SHA256, CONTENT)
    objects.remove(NAME)
    before = datetime.now(UTC)
    assert store.settle(before, is_kept, all_of_them=False)
    assert (there.whole(SHA256), originals(tmp_path)) == (CONTENT, [SHA256])
    assert store.settle(datetime.now(UTC) + timedelta(seconds=2), is_kept, all_of_them=False)
    assert originals(tmp_path) == []


def test_what_a_rule_removed_is_not_put_there_again(bucket, tmp_path):
    objects, there = bucket
    store = SettlingPhotoStore(there, tmp_path, HOUR)
    store.keep(SHA256, CONTENT)
    objects.remove(NAME)
    assert store.settle(NOW + 2 * HOUR, is_removed, all_of_them=True)
    assert (there.has(SHA256), originals(tmp_path)) == (False, [])


def test_a_damaged_copy_is_not_put_there_and_stays_for_who_can_tell(bucket, tmp_path):
    objects, there = bucket
    store = SettlingPhotoStore(there, tmp_path, HOUR)
    store.keep(SHA256, CONTENT)
    (path,) = tmp_path.glob("originals/*/*")
    path.write_bytes(b"other")
    assert store.whole(SHA256) == CONTENT
    objects.remove(NAME)
    store.settle(NOW + 2 * HOUR, is_kept, all_of_them=True)
    assert (there.has(SHA256), path.read_bytes()) == (False, b"other")
    with pytest.raises(OriginalDamaged):
        store.whole(SHA256)


def test_a_store_that_names_what_it_does_not_give_is_waited_for_and_then_given_it_again(tmp_path):
    with running(tmp_path / "objects") as weed:
        there = BucketPhotoStore(Objects(weed.place("inspect")), "photos")
        store = SettlingPhotoStore(there, tmp_path / "settling", HOUR)
        store.keep(SHA256, CONTENT)
        weed.kill()
        with pytest.raises(ObjectsAway):
            store.settle(NOW, is_kept, all_of_them=True)
        weed.lose_contents()
        weed.start()
        assert not store.settle(NOW, is_kept, all_of_them=True)
        until = time.monotonic() + PATIENCE_S
        while not _settled(store, NOW + timedelta(minutes=3)):  # it answers before it has a place for bytes
            assert time.monotonic() < until, "it takes none"
            time.sleep(0.2)
        assert (there.whole(SHA256), originals(tmp_path / "settling")) == (CONTENT, [SHA256])


def _settled(store: SettlingPhotoStore, now: datetime) -> bool:
    try:
        return store.settle(now, is_kept, all_of_them=True)
    except ObjectsAway:
        return False
