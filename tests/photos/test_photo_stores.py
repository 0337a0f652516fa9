"""What every store of photos keeps to, a folder and a bucket of a real object store."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inspect_app.photos import PhotoStore, open_photo_store
from inspect_app.photos.bucket import BucketPhotoStore
from inspect_app.photos.damage import OriginalDamaged
from inspect_app.photos.held import has_whole
from inspect_app.photos.objects import Objects, ObjectsAway, ObjectsUnfit, ObjectUnreadable
from inspect_app.photos.settling import SettlingPhotoStore
from tests.measured import PATIENCE_S
from tests.objects import Weed, running
from tests.world import photo, sha256

CONTENT = b"a photo as it came, byte for byte \x00\xff" * 100
SHA256 = sha256(CONTENT)
FRESH = timedelta(hours=20)


@dataclass
class Kept:
    """A store, how another process opens it, and what a disk that decays, or time, does to an original in it."""

    store: PhotoStore
    again: Callable[[], PhotoStore]
    spoil: Callable[[str, bytes | None], None]
    age: Callable[[str, timedelta], None]


@pytest.fixture(params=["folder", "bucket", "settling"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "folder":
        return _in_folder(tmp_path)
    bucket = _in_bucket(request.getfixturevalue("weed"), tmp_path.name.replace("_", "-").lower()[:60].strip("-"))
    return bucket if request.param == "bucket" else _here_as_well(bucket, tmp_path)


def _here_as_well(bucket: Kept, folder: Path) -> Kept:
    here = _in_folder(folder)

    def spoil(sha256: str, content: bytes | None) -> None:
        here.spoil(sha256, content)
        bucket.spoil(sha256, content)

    def age(sha256: str, by: timedelta) -> None:
        here.age(sha256, by)
        bucket.age(sha256, by)

    def opened(store: PhotoStore) -> PhotoStore:
        return SettlingPhotoStore(store, folder, timedelta(hours=1))

    return Kept(opened(bucket.store), lambda: opened(bucket.again()), spoil, age)


def _in_folder(folder: Path) -> Kept:
    def path(sha256: str) -> Path:
        return folder / "originals" / sha256[:2] / sha256

    def spoil(sha256: str, content: bytes | None) -> None:
        path(sha256).unlink() if content is None else path(sha256).write_bytes(content)

    def age(sha256: str, by: timedelta) -> None:
        then = (datetime.now(UTC) - by).timestamp()
        os.utime(path(sha256), (then, then))

    return Kept(open_photo_store(folder), lambda: open_photo_store(folder), spoil, age)


def _in_bucket(weed: Weed, bucket: str) -> Kept:
    """An object store tells when an object was put, and nobody can change that: stores that renew sooner stand in for
    objects that are older.
    """
    objects = Objects(weed.place(bucket))
    objects.found("of a test")

    def spoil(sha256: str, content: bytes | None) -> None:
        name = f"photos/originals/{sha256[:2]}/{sha256}"
        objects.remove(name) if content is None else objects.put(name, content)

    store = BucketPhotoStore(objects, "photos")

    def age(_: str, by: timedelta) -> None:
        store._renewed_after -= by
        store._kept_at_least -= by

    return Kept(store, lambda: open_photo_store(Path(), Objects(weed.place(bucket)), "photos"), spoil, age)


def test_an_original_is_kept_byte_for_byte_and_once(kept: Kept) -> None:
    assert (kept.store.has(SHA256), kept.store.is_whole(SHA256), kept.store.is_empty()) == (False, False, True)
    assert kept.store.size(SHA256) is None
    assert kept.store.read(SHA256) is None
    with pytest.raises(OriginalDamaged, match="缺失"):
        kept.store.whole(SHA256)
    assert [kept.store.keep(SHA256, CONTENT), kept.store.keep(SHA256, CONTENT)] == [True, False]
    for store in (kept.store, kept.again()):
        assert (store.has(SHA256), store.is_whole(SHA256), store.is_empty()) == (True, True, False)
        assert (store.read(SHA256), store.whole(SHA256), store.size(SHA256)) == (CONTENT, CONTENT, len(CONTENT))


@pytest.mark.parametrize("spoilt", [b"", CONTENT[:-1], CONTENT.replace(b"a photo", b"A photo"), None])
def test_what_decays_is_told_and_mended_by_who_sends_it_again(kept: Kept, spoilt: bytes | None) -> None:
    kept.store.keep(SHA256, CONTENT)
    kept.spoil(SHA256, spoilt)
    for store in (kept.store, kept.again()):
        assert not store.is_whole(SHA256)
        with pytest.raises(OriginalDamaged, match="缺失" if spoilt is None else "已损坏"):
            store.whole(SHA256)
    assert kept.store.keep(SHA256, CONTENT)
    assert kept.again().whole(SHA256) == CONTENT


def test_what_many_send_at_once_is_there_once(kept: Kept) -> None:
    with ThreadPoolExecutor(8) as threads:
        new = list(threads.map(lambda _: kept.store.keep(SHA256, CONTENT), range(16)))
    assert any(new)
    assert kept.again().whole(SHA256) == CONTENT
    assert list(kept.store.kept_before(datetime.now(UTC) + timedelta(days=1))) == [SHA256]


def test_only_what_came_long_ago_is_removed(kept: Kept) -> None:
    kept.store.keep(SHA256, CONTENT)
    kept.store.keep_derived("thumbnails", SHA256, photo(1))
    now = datetime.now(UTC)
    assert list(kept.store.kept_before(now - FRESH)) == []
    assert not kept.store.remove(SHA256, now - FRESH)
    assert kept.store.has(SHA256)
    kept.age(SHA256, FRESH + timedelta(hours=1))
    assert kept.store.remove(SHA256, now + timedelta(seconds=2))
    assert not kept.store.has(SHA256)
    assert kept.store.derived("thumbnails", SHA256) is None
    assert not kept.store.remove(SHA256, now + timedelta(seconds=2))
    assert kept.store.keep(SHA256, CONTENT)


def test_who_sends_it_again_while_it_is_removed_finds_it_there_afterwards(kept: Kept) -> None:
    """Whoever comes second: when ``keep`` has returned, the original is there, and nobody removes it any more."""
    kept.store.keep(SHA256, CONTENT)
    kept.age(SHA256, FRESH + timedelta(hours=1))
    for _ in range(5):
        before = datetime.now(UTC)
        begin = threading.Barrier(2)

        def remove(before: datetime = before, begin: threading.Barrier = begin) -> None:
            begin.wait()
            kept.store.remove(SHA256, before - timedelta(seconds=1))

        with ThreadPoolExecutor(1) as thread:
            removing = thread.submit(remove)
            begin.wait()
            kept.store.keep(SHA256, CONTENT)
            removing.result()
        assert kept.again().whole(SHA256) == CONTENT


def test_a_derived_picture_is_there_or_made_again(kept: Kept) -> None:
    made = photo(3)
    assert kept.store.derived("reviews", SHA256) is None
    kept.store.keep_derived("reviews", SHA256, made)
    assert kept.again().derived("reviews", SHA256) == made
    kept.store.keep_derived("reviews", SHA256, made[:-1])
    assert kept.store.derived("reviews", SHA256) is None
    assert kept.store.is_empty(), "a derived picture is no original"


def test_an_old_original_that_is_sent_again_counts_as_come_anew(weed: Weed) -> None:
    objects = Objects(weed.place("renewed"))
    store = BucketPhotoStore(objects, "photos", renewed_after=timedelta(0), kept_at_least=timedelta(0))
    name = f"photos/originals/{SHA256[:2]}/{SHA256}"
    store.keep(SHA256, CONTENT)
    first = objects.find(name)
    assert first
    while datetime.now(UTC) - first.put_at < timedelta(seconds=1.5):
        threading.Event().wait(0.1)
    assert not store.keep(SHA256, CONTENT)
    again = objects.find(name)
    assert again
    assert again.put_at > first.put_at
    assert not store.remove(SHA256, again.put_at)
    assert list(objects.under("photos/claims")) == []


class Held(Objects):
    """Removing an original waits until it is let go."""

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.reached, self.go = threading.Event(), threading.Event()

    def remove(self, name: str) -> None:
        if "/originals/" in name:
            self.reached.set()
            assert self.go.wait(20)
        super().remove(name)


def test_who_sends_an_old_original_again_waits_for_the_server_that_is_about_to_remove_it(weed: Weed) -> None:
    held, other = Held(weed.place("removed")), Objects(weed.place("removed"))
    now = timedelta(0)
    removing = BucketPhotoStore(held, "photos", renewed_after=now, kept_at_least=-timedelta(seconds=5))
    keeping = BucketPhotoStore(other, "photos", renewed_after=now, kept_at_least=now)
    keeping.keep(SHA256, CONTENT)
    with ThreadPoolExecutor(2) as threads:
        removed = threads.submit(removing.remove, SHA256, datetime.now(UTC) + timedelta(seconds=2))
        assert held.reached.wait(20)
        kept = threads.submit(keeping.keep, SHA256, CONTENT)
        with pytest.raises(TimeoutError):
            kept.result(0.5)
        held.go.set()
        assert removed.result(20)
        kept.result(20)
    assert keeping.whole(SHA256) == CONTENT


def test_a_claim_of_who_was_killed_is_waited_for_and_taken_over(weed: Weed, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = Objects(weed.place("claims"))
    store = BucketPhotoStore(objects, "photos", renewed_after=timedelta(0))
    store.keep(SHA256, CONTENT)
    objects.put(f"photos/claims/{SHA256}", b"of a server that is no more")
    monkeypatch.setattr("inspect_app.photos.bucket._PATIENCE_S", 0.3)
    with pytest.raises(ObjectsAway, match="另一台服务器"):
        store.keep(SHA256, CONTENT)
    monkeypatch.setattr("inspect_app.photos.bucket._CLAIM_LASTS", timedelta(0))
    monkeypatch.setattr("inspect_app.photos.bucket._PATIENCE_S", 20)
    assert not store.keep(SHA256, CONTENT)
    assert list(objects.under("photos/claims")) == []


def test_a_fast_clock_of_this_machine_does_not_end_the_claim_of_who_is_about_to_remove(
    weed: Weed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the photo that it confirms would be removed a moment later."""

    class Fast(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(hours=2)

    objects = Objects(weed.place("clocks"))
    store = BucketPhotoStore(objects, "photos", renewed_after=timedelta(0))
    store.keep(SHA256, CONTENT)
    objects.put(f"photos/claims/{SHA256}", b"of who removes it just now")
    monkeypatch.setattr("inspect_app.photos.bucket._PATIENCE_S", 0.3)
    monkeypatch.setattr("inspect_app.photos.bucket.datetime", Fast)
    with pytest.raises(ObjectsAway, match="另一台服务器"):
        store.keep(SHA256, CONTENT)
    found = objects.get(f"photos/claims/{SHA256}")
    assert found
    assert found[0] == b"of who removes it just now"
    assert list(objects.under("probes")) == []


def test_a_large_object_is_put_in_one_so_that_its_tag_tells_that_it_came_whole(weed: Weed) -> None:
    objects, content = Objects(weed.place("large")), bytes(range(256)) * 4 * 8192
    objects.put("large", content)
    found = objects.find("large")
    assert found
    assert (found.size, found.tag.strip('"')) == (len(content), hashlib.md5(content, usedforsecurity=False).hexdigest())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"INSPECT_OBJECTS_SECRET": "another"}, "密钥不对"),
        ({"INSPECT_OBJECTS_KEY": "nobody"}, "密钥不对"),
        ({"INSPECT_OBJECTS_ENDPOINT": "http://127.0.0.1:9"}, "连不上"),
    ],
)
def test_a_place_that_cannot_be_used_is_said_in_chinese(weed: Weed, wrong: dict[str, str], said: str) -> None:
    objects = Objects(weed.place("wrong", **wrong))
    with pytest.raises(ObjectsUnfit, match=said):
        objects.probe()
    with pytest.raises(ObjectsAway, match=said):
        BucketPhotoStore(objects, "photos").keep(SHA256, CONTENT)
    assert Objects(weed.place("wrong")).owner() is None


def test_what_was_made_of_one_original_is_forgotten_and_of_no_other(kept: Kept) -> None:
    content = photo(1)
    one, other = sha256(content), sha256(photo(2))
    for kind, name in (("thumbnails", one), ("reviews", f"{one}-look1"), ("shared", f"{one}-x"), ("shared", other)):
        kept.store.keep_derived(kind, name, content)
    kept.store.forget_derived(one)
    assert [kept.store.derived(*made) for made in (("thumbnails", one), ("reviews", f"{one}-look1"))] == [None, None]
    assert kept.store.derived("shared", f"{one}-x") is None
    assert kept.store.derived("shared", other) == content


def test_an_object_whose_bytes_the_store_has_lost_is_told_and_mended_by_who_sends_it_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running(tmp_path_factory.mktemp("objects")) as weed:
        objects = Objects(weed.place("inspect"))
        objects.found("of a test")
        store = BucketPhotoStore(objects, "photos")
        store.keep(SHA256, CONTENT)
        assert (store.is_whole(SHA256), store.is_read_whole(SHA256)) == (True, True)
        weed.kill()
        weed.lose_contents()
        weed.start()
        assert (store.has(SHA256), store.read(SHA256), has_whole(store, SHA256)) == (True, None, False)
        with pytest.raises(ObjectUnreadable):  # not False: who takes what came would go on without it
            store.is_read_whole(SHA256)
        with pytest.raises(OriginalDamaged, match="给不出内容"):
            store.whole(SHA256)
        _when_it_takes_bytes(lambda: store.keep(SHA256, CONTENT))
        assert (store.whole(SHA256), has_whole(store, SHA256)) == (CONTENT, True)


def _when_it_takes_bytes(keep: Callable[[], object]) -> None:
    """It answers before it has a place for bytes."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            keep()
            return
        except ObjectsAway:
            assert time.monotonic() < until, "it takes none"
            time.sleep(0.2)
