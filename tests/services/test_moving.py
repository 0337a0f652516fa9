"""A whole installation moved: into a database, to another folder, into an object store and back, and worked with."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from inspect_app.collections.evidence.removed import REMOVED
from inspect_app.domain.evidence.removed import Removed
from inspect_app.photos.folder import FolderPhotoStore
from inspect_app.photos.objects import Objects, ObjectsUnfit
from inspect_app.services import open_services
from inspect_app.services.checking import check
from inspect_app.services.evidence.lookalikes import share_own
from inspect_app.services.moving import AlreadyMoved, move, reopen
from inspect_app.services.opening import store_of
from inspect_app.settings import Settings, settings_from
from inspect_app.store import StoreLeft, StoreUnfit
from tests.objects import Weed
from tests.old_folders import application_over, copied, environment, given, settled
from tests.old_folders.answers import Document, Reader
from tests.old_folders.reading import COMPUTED, KEPT
from tests.store.databases import empty_database
from tests.store.folders import python
from tests.test_old_folder import EXPECTED, differences
from tests.world import NOW, World, new_id, photo, received, sha256


def quiet(said: str) -> None:
    """What passes tell is nobody's here."""


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of the installation of a year ago: published weeks, cases, plans, a log, photos."""
    return settings_from(environment(copied(tmp_path / "old")))


def reader(settings: Settings) -> Iterator[Reader]:
    more = {"INSPECT_DATA": str(settings.data), "INSPECT_DATABASE": settings.database, "INSPECT_PHOTO_WORK": ""}
    opened = Reader(application_over(settings.checklists.parent, **more), given())
    yield opened
    settled(opened.app)
    opened.app.extensions["inspect"].store.close()


def differing(settings: Settings, sections: Mapping[str, Callable[[Reader], Document]]) -> list[str]:
    """Where an installation does not say what the folder is known to: public files by their bytes, receipts by keys."""
    asked = [name for name in sections if name != "typeset"]  # of other packages, perhaps
    return [
        said
        for opened in reader(settings)
        for name in asked
        for said in differences(EXPECTED[name], sections[name](opened), name)
    ]


@pytest.mark.slow
def test_an_old_installation_in_a_database_and_in_a_folder_again_says_all_that_it_said(
    settings: Settings, tmp_path: Path
):
    first, last = (
        replace(settings, data=tmp_path / name, photos=tmp_path / name / "photos") for name in ("1st", "2nd")
    )
    first = replace(first, database=empty_database())
    there = move(settings, first, NOW, quiet)
    assert there.still_s is not None
    assert there.head
    assert there.head.seq > 100
    assert there.damaged == ()
    assert not (first.data / "audit" / "log.jsonl").exists()
    back = move(first, last, NOW, quiet)
    assert (back.originals, back.digests, back.head) == (there.originals, there.digests, there.head)
    same = ("audit/log.jsonl", "secret.key", "receipt.key", "published", "photos/originals", "audio/originals")
    for name in same:
        before, after = settings.data / name, last.data / name
        assert (files(after) or after.read_bytes()) == (files(before) or before.read_bytes()), name
    assert not (last.data / "database.txt").exists()
    assert reopen(first)
    assert differing(first, {**KEPT, **COMPUTED}) == []
    assert differing(last, {**KEPT, **COMPUTED}) == []


def test_where_it_was_nobody_starts_any_more_and_where_it_is_all_is_whole(world: World, tmp_path: Path):
    received(world.services, photo(1))
    world.services.store.close()
    here = world.settings
    there = replace(here, data=tmp_path / "there", photos=tmp_path / "there/photos", database=empty_database())
    moved = move(here, there, NOW, quiet)
    assert (moved.originals["photos"], moved.bytes) == (1, len(photo(1)))
    with pytest.raises(StoreUnfit, match=r"（搬到 数据库 postgres"):
        store_of(here)
    with pytest.raises(AlreadyMoved, match="早已搬到"):
        move(here, there, NOW, quiet)
    again = open_services(there)
    assert check(again) == []
    assert again.photos.whole(sha256(photo(1))) == photo(1)
    assert (again.session_key, again.receipts.id) == (world.services.session_key, world.services.receipts.id)
    again.store.close()
    assert reopen(here)
    store_of(here).close()
    elsewhere = replace(here, data=tmp_path / "elsewhere", photos=tmp_path / "elsewhere/photos", database="")
    move(here, elsewhere, NOW, quiet)
    with pytest.raises(StoreUnfit, match="早已搬到"):
        move(here, replace(elsewhere, data=tmp_path / "other", photos=tmp_path / "other/photos"), NOW, quiet)


@pytest.mark.folder("it begins in a folder")
def test_in_its_own_folder_into_a_database_and_out_again_photos_stay_where_they_are(world: World):
    received(world.services, photo(1))
    here, there = world.settings, replace(world.settings, database=empty_database())
    assert move(here, there, NOW, quiet, switch=False).still_s is None
    world.services.store.put_once("users", "later", {"v": 1})
    with pytest.raises(StoreUnfit, match="已有文档"):
        store_of(there)
    moved = move(here, there, NOW, quiet)
    assert moved.originals == {}
    with pytest.raises(StoreLeft, match=r"已于 .* 搬到"):
        world.services.store.put_once("users", "too late", {})
    with pytest.raises(StoreUnfit, match="要设置 INSPECT_DATABASE"):
        store_of(here)
    with closing(store_of(there)) as store:
        assert store.get("users", "later")
    world.services.store.close()
    with pytest.raises(StoreUnfit, match="已有文档"):
        move(there, here, NOW, quiet)
    here.store.rename(here.data / "store-of-before")
    (here.data / "audit" / "log.jsonl").unlink()
    move(there, here, NOW, quiet)
    with closing(store_of(here)) as store:
        assert store.get("users", "later")
    with pytest.raises(StoreUnfit, match="已有文档"):
        store_of(there)
    assert reopen(there)
    with pytest.raises(StoreUnfit, match="要设置 INSPECT_DATABASE"):
        store_of(here)


def test_what_waits_to_be_done_waits_at_the_new_place_wherever_it_is(world: World, tmp_path: Path):
    kinds = ("comparisons", "searches")
    world.services.after.hand_over(10)
    world.services.after.waiting.add("comparisons", "first", 3)
    world.services.after.waiting.note_complete()
    world.services.store.close()
    here = world.settings
    second = replace(here, data=tmp_path / "2nd", photos=tmp_path / "2nd/photos", database=empty_database())
    back = replace(second, database="")
    third = replace(here, data=tmp_path / "3rd", photos=tmp_path / "3rd/photos", database="")
    before, expected = here, [("comparisons", "first")]
    for number, place in enumerate((second, back, third)):
        move(before, place, NOW, quiet)
        services = open_services(place)
        jobs = services.after.waiting
        assert not jobs.is_complete, "the history is looked through as well"
        jobs.take_over()
        jobs.note_complete()
        assert sorted((one.kind, one.id) for one in jobs.due(kinds, 9)) == expected, place
        expected = sorted([*expected, ("searches", f"later {number}")])
        jobs.add("searches", f"later {number}", 1)
        jobs.close()
        services.store.close()
        before = place


def test_photos_that_look_alike_are_known_at_the_new_place_wherever_it_is(world: World, tmp_path: Path):
    world.services.after.hand_over(10)
    world.services.store.close()
    second = replace(world.settings, data=tmp_path / "2nd", photos=tmp_path / "2nd/photos", database=empty_database())
    third = replace(second, database=empty_database(), data=tmp_path / "3rd", photos=tmp_path / "3rd/photos")
    last = replace(world.settings, data=tmp_path / "4th", photos=tmp_path / "4th/photos", database="")
    before, known = world.settings, list[str]()
    for number, place in enumerate((world.settings, second, third, last)):
        if before is not place:
            move(before, place, NOW, quiet)
        services = open_services(place)
        services.after.hand_over(10)
        share_own(services)
        assert [one.sha256 for one in services.similar.near((7,) * 5)] == known, place
        services.similar.add(name := f"{number:064x}", new_id(), (7,) * 5)
        known.append(name)
        assert [one.sha256 for one in sorted(services.similar.near((7,) * 5), key=lambda one: one.place)] == known
        services.store.close()
        before = place


def test_what_goes_by_rule_while_it_is_moved_is_neither_damage_nor_comes_along(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Removed between being listed and being read, and after it was copied with a picture made of it."""
    first, second = sha256(photo(1)), sha256(photo(2))
    for number in (1, 2):
        received(world.services, photo(number))
    world.services.photos.keep_derived("shared", first, photo(3))
    world.services.store.close()
    here = world.settings
    there = replace(here, data=tmp_path / "there", photos=tmp_path / "there/photos", database="")
    real = FolderPhotoStore.whole

    def gone_meanwhile(store: FolderPhotoStore, name: str) -> bytes:
        if name == second:
            store.remove(name, NOW.max.replace(tzinfo=NOW.tzinfo))
        return real(store, name)

    monkeypatch.setattr(FolderPhotoStore, "whole", gone_meanwhile)
    assert move(here, there, NOW, quiet, switch=False).damaged == ()
    monkeypatch.undo()
    assert list(there.photos.glob(f"*/*/{first}*"))
    services = open_services(here)
    REMOVED.keep(services.store, first, Removed("photos", "2024-W01", 1, "照片和录音保存200天", NOW))
    services.photos.remove(first, NOW.max.replace(tzinfo=NOW.tzinfo))
    services.photos.forget_derived(first)
    services.store.close()
    assert move(here, there, NOW, quiet).originals["photos"] == 0
    assert [path.name for path in there.photos.rglob("*") if path.is_file() and path.name[:64] in (first, second)] == []


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from inspect_app.services import moving
from inspect_app.settings import settings_from
from inspect_app.store import folder_copying
from inspect_app.store.postgres import copying
from tests.world import NOW
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
for owner in (folder_copying, copying):
    for name in vars(owner):
        if sys.argv[4] in vars(vars(owner)[name] if isinstance(vars(owner)[name], type) else object):
            setattr(vars(owner)[name], sys.argv[4], die)
at = settings_from({"INSPECT_DATA": sys.argv[1]})
moving.move(*(replace(at, database=one) for one in sys.argv[2:4]), NOW, print)
"""


@pytest.mark.folder("it begins in a folder")
@pytest.mark.parametrize("point", ["leave", "end"])
@pytest.mark.parametrize("direction", [1, -1], ids=["into a database", "out of it"])
def test_killed_as_it_changes_places_in_its_own_folder_neither_is_opened_and_the_next_run_ends_it(
    world: World, tmp_path: Path, point: str, direction: int
):
    world.services.store.close()
    here, there = world.settings, replace(world.settings, database=empty_database())
    if direction == -1:
        move(here, there, NOW, quiet)
        here.store.rename(here.data / "store-of-before")
        (here.data / "audit" / "log.jsonl").unlink()
    first, second = (here, there)[::direction]
    killed = python(KILLED, here.data, first.database, second.database, point)
    assert killed.wait() == -signal.SIGKILL, killed.communicate()
    for one in (first, second):
        with pytest.raises(StoreUnfit):
            store_of(one)
    moved = move(first, second, NOW, quiet)
    assert moved.head
    with closing(store_of(second)) as store:
        assert store.find("users")
        assert store.log.verify() == moved.head
    with pytest.raises(StoreUnfit):
        store_of(first)


def test_a_damaged_original_is_named_and_nothing_is_left_unless_that_is_meant(world: World, tmp_path: Path):
    received(world.services, photo(1))
    world.services.store.close()
    here = world.settings
    path = here.photos / "originals" / sha256(photo(1))[:2] / sha256(photo(1))
    path.write_bytes(photo(1)[:-1])
    there = replace(here, data=tmp_path / "there", photos=tmp_path / "there/photos", database="")
    with pytest.raises(StoreUnfit, match=r"1 个原件已损坏，没有切换.*已损坏"):
        move(here, there, NOW, quiet)
    store_of(here).close()
    path.write_bytes(photo(1))
    assert move(here, there, NOW, quiet).damaged == ()
    assert reopen(here)
    shutil.rmtree(there.data)
    path.write_bytes(b"")
    assert len(move(here, there, NOW, quiet, despite_damage=True).damaged) == 1


def test_photos_go_into_an_object_store_and_back_with_all_else(
    world: World, settings: Settings, tmp_path: Path, weed: Weed
):
    received(world.services, photo(1))
    world.services.store.close()
    here = world.settings
    bucket = replace(here, database=empty_database(), objects=weed.place("city"))
    if here.database:
        bucket = replace(bucket, data=tmp_path / "second", photos=tmp_path / "second/photos")
    moved = move(here, bucket, NOW, quiet)
    assert moved.originals["photos"] == 1
    services = open_services(bucket)
    assert check(services) == []
    assert services.photos.whole(sha256(photo(1))) == photo(1)
    received(services, photo(2))
    services.store.close()
    lost = sha256(photo(2))  # by the object store, after a power cut; this machine keeps it yet
    Objects(weed.place("city")).remove(f"photos/originals/{lost[:2]}/{lost}")
    other = replace(here, data=tmp_path / "third", photos=tmp_path / "third/photos", database="")
    assert move(bucket, other, NOW, quiet).originals["photos"] == 2
    assert check(open_services(other)) == []
    stranger = replace(bucket, data=tmp_path / "fifth", photos=tmp_path / "fifth/photos", database=empty_database())
    with pytest.raises(ObjectsUnfit, match="另一套安装"):
        move(settings, stranger, NOW, quiet)


def test_into_a_folder_with_something_else_or_within_itself_is_refused(world: World, tmp_path: Path):
    world.services.store.close()
    here, full = world.settings, tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("of somebody")
    for data, said in ((full, "已有内容"), (here.data / "within", "里面")):
        with pytest.raises(StoreUnfit, match=said):
            move(here, replace(here, data=data, photos=data / "photos", database=""), NOW, quiet)
    with pytest.raises(StoreUnfit, match=r"同一处|已有文档|没有搬完"):
        move(here, here, NOW, quiet)
    store_of(here).close()
    assert list(full.iterdir()) == [full / "letter.txt"]
