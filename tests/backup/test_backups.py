"""Backups made while others write, what damage to them is, and what comes out of them again."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.backup import creating
from inspect_app.backup.data_folder import LEFT_OUT
from inspect_app.backup.keys import KeyWrong, SecretKey
from inspect_app.backup.places import BackupPlace, FolderPlace, ObjectsPlace
from inspect_app.backup.repository import Occupied, Repository, piece_name, sealed
from inspect_app.backup.restoring import NotEmpty, restore
from inspect_app.backup.snapshot import Contents, KeptFile, stamp_of
from inspect_app.backup.verifying import Retention, prune, superfluous, verify
from inspect_app.collections.evidence.removed import REMOVED
from inspect_app.domain.evidence.removed import Removed
from inspect_app.photos.bucket import DERIVED
from inspect_app.services import Services, backing_up, open_services
from inspect_app.services.backing_up import (
    CannotBackUp,
    back_up,
    backup_warning,
    is_due,
    keep_backing_up,
    last_backup,
    repository_of,
)
from inspect_app.services.checking import check
from inspect_app.services.moving import move, reopen
from inspect_app.store.jobs import SetAside
from tests.backup.working import at_work, work
from tests.conftest import PROJECT
from tests.objects import Weed
from tests.world import NOW, World, photo, received, sha256

KEY = SecretKey.new()


@pytest.fixture
def backed(world: World, tmp_path: Path) -> Services:
    """An installation that was worked with, and that knows where its backups go."""
    settings = replace(world.settings, backups=tmp_path / "backups", backups_public_key=KEY.public.text)
    services = replace(world.services, settings=settings)
    work(world, services, photo(1))
    return services


def opened(world: World, folder: Path) -> Services:
    """What was restored: a data folder, also where the records were in a database."""
    return open_services(replace(world.settings, data=folder, photos=folder / "photos", database=""))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_restored_is_what_was_and_works(world: World, backed: Services, tmp_path: Path) -> None:
    id = work(world, backed, photo(2))
    made = back_up(backed, NOW)
    assert made.lost == ()
    repository, target = repository_of(backed.settings), tmp_path / "elsewhere" / "data"
    restored = restore(repository, made.stamp, KEY, target)
    assert (restored.files, restored.bytes, restored.lost) == (made.files, made.bytes, [])
    again = opened(world, target)
    assert check(again) == []
    assert again.store.get("inspections", id) == backed.store.get("inspections", id)
    assert again.photos.whole(sha256(photo(2))) == photo(2)
    assert (again.session_key, again.receipts.id) == (backed.session_key, backed.receipts.id)
    assert not list(backed.settings.data.glob("backup-moment*")), "nothing is left in the data folder"


def test_what_is_there_already_is_not_put_again(backed: Services, world: World) -> None:
    backed.after.wait()
    first = back_up(backed, NOW)
    work(world, backed, photo(3))
    backed.after.wait()
    second = back_up(backed, NOW)
    assert second.files > first.files
    assert second.new_objects < first.new_objects / 2
    third = back_up(backed, NOW)
    assert third.new_objects <= 2, "the contents, and what became of the last backup"
    assert list(verify(repository_of(backed.settings), KEY)) == []


def test_backups_made_under_load_hold_all_that_was_acknowledged_and_no_act_half(
    world: World, backed: Services, tmp_path: Path
) -> None:
    """Every backup opens, its documents, log and photos agree, and all acknowledged before it began is in it."""
    with at_work(world, backed, 3) as done:
        before = []
        for _ in range(4):
            before.append((list(done), back_up(backed, NOW).stamp))
    backed.after.wait()
    assert len(done) > 8, "there was load"
    for number, (acknowledged, stamp) in enumerate(before):
        target = tmp_path / f"restored-{number}"
        assert restore(repository_of(backed.settings), stamp, KEY, target).lost == []
        again = opened(world, target)
        assert check(again) == []
        assert [id for id in acknowledged if again.store.get("inspections", id) is None] == []
        again.store.close()


def test_who_finds_it_learns_nothing_without_the_key(world: World, backed: Services, tmp_path: Path) -> None:
    stamp = back_up(backed, NOW).stamp
    folder = tmp_path / "backups"
    found = contents(folder)
    names = " ".join(found)
    assert sha256(photo(1)) not in names
    told = (b"inspector", sha256(photo(1)).encode(), photo(1)[100:200])
    assert [name for name, content in found.items() if any(one in content for one in told)] == []
    with pytest.raises(KeyWrong, match="打不开"):
        restore(repository_of(backed.settings), stamp, SecretKey.new(), tmp_path / "no")
    assert str(KEY) not in "".join(map(repr, contents(world.data).values()))


def test_any_byte_that_changes_is_named_and_the_rest_comes_out(world: World, backed: Services, tmp_path: Path) -> None:
    stamp = back_up(backed, NOW).stamp
    repository, whole = repository_of(backed.settings), contents(tmp_path / "backups")
    assert list(verify(repository)) == list(verify(repository, KEY)) == []
    for name, content in whole.items():
        path = tmp_path / "backups" / name
        for at in {0, len(content) // 2, len(content) - 1}:
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            assert [said for said in verify(repository) if name.partition("/")[2] in said], (name, at)
        path.write_bytes(content[:-1])
        assert list(verify(repository))
        path.unlink()
        assert list(verify(repository)) or name.endswith(".list")
        path.write_bytes(content)
    original = _object_of(repository, stamp, f"photos/originals/{sha256(photo(1))[:2]}/{sha256(photo(1))}")
    (tmp_path / "backups" / original).write_bytes(b"other")
    restored = restore(repository, stamp, KEY, tmp_path / "restored")
    assert [said for said in restored.lost if sha256(photo(1)) in said and "已损坏" in said]
    assert len(restored.lost) == 1
    assert [said for said in check(opened(world, tmp_path / "restored")) if sha256(photo(1)) in said]


def _object_of(repository: Repository, stamp: str, name: str) -> str:
    found = repository.contents(stamp, KEY)
    [file] = [one for one in found.files if one.name == name]
    return piece_name(found.naming_key, file.pieces[0])


def test_a_damaged_piece_is_made_good_by_the_next_backup_once_it_is_gone(backed: Services, tmp_path: Path) -> None:
    repository = repository_of(backed.settings)
    stamp = back_up(backed, NOW).stamp
    name = _object_of(repository, stamp, "receipt.key")
    (tmp_path / "backups" / name).unlink()
    assert list(verify(repository))
    back_up(backed, NOW)
    latest = repository.stamps()[-1]
    assert latest != stamp
    assert list(verify(repository, KEY)) == []


def test_a_lost_original_is_told_and_all_else_is_kept(world: World, backed: Services, tmp_path: Path) -> None:
    (path,) = backed.settings.photos.glob(f"originals/*/{sha256(photo(1))}")
    path.write_bytes(b"other")
    with pytest.raises(CannotBackUp, match="没有备上"):
        back_up(backed, NOW)
    last = last_backup(backed)
    assert last
    assert last.made_at == NOW
    assert "没有备上" in last.problem
    repository = repository_of(backed.settings)
    restored = restore(repository, repository.stamps()[-1], KEY, tmp_path / "restored")
    assert len(restored.lost) == 1
    assert opened(world, tmp_path / "restored").store.find("users")


def test_one_at_a_time_and_what_a_dead_process_holds_is_taken_over(backed: Services) -> None:
    repository = repository_of(backed.settings)
    with repository.held(), pytest.raises(CannotBackUp, match="正在由"):
        back_up(backed, NOW)
    repository.place.put("lock", b'{"machine":"%s","process":4194305,"since":"%s"}' % _here())
    assert back_up(backed, NOW)
    repository.place.put("lock", b'{"machine":"another","process":1,"since":"%s"}' % _here()[1])
    with pytest.raises(Occupied, match="another"), repository.held():
        pass


def _here() -> tuple[bytes, bytes]:
    return socket.gethostname().encode(), datetime.now(UTC).isoformat().encode()


def test_a_backup_that_was_killed_is_none_and_hinders_none(backed: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it ends: no list, no snapshot; what it put is used or removed."""
    repository = repository_of(backed.settings)

    class Killed(BaseException):
        pass

    def put(place: FolderPlace, name: str, content: bytes, real: object = FolderPlace.put) -> None:
        if name.startswith("snapshots/"):
            raise Killed
        real(place, name, content)  # type: ignore[operator]

    with monkeypatch.context() as patch:
        patch.setattr(FolderPlace, "put", put)
        with pytest.raises(Killed):
            back_up(backed, NOW)
    assert repository.stamps() == []
    back_up(backed, NOW)
    assert list(verify(repository, KEY)) == []


def test_what_is_no_longer_needed_goes_and_nothing_else(backed: Services, world: World, tmp_path: Path) -> None:
    repository = repository_of(backed.settings)
    stamps = []
    for number in range(3):
        work(world, backed, photo(20 + number))
        stamps.append(back_up(backed, NOW).stamp)
    before = len(contents(tmp_path / "backups"))
    gone, pieces = prune(repository, Retention(1, 1, 1))
    assert gone == stamps[:2]
    assert pieces > 0
    assert len(contents(tmp_path / "backups")) == before - pieces - 4, "two lists and two contents"
    assert list(verify(repository, KEY)) == []
    assert restore(repository, stamps[2], KEY, tmp_path / "restored").lost == []
    assert prune(repository, Retention(1, 1, 1)) == ([], 0)


@given(
    hours=st.lists(st.integers(0, 24 * 900), min_size=1, max_size=60, unique=True),
    kept=st.builds(Retention, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
)
def test_the_newest_stays_and_each_period_keeps_its_last(hours: list[int], kept: Retention) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    stamps = sorted(stamp_of(start + timedelta(hours=one)) for one in hours)
    gone = superfluous(stamps, kept)
    left = [one for one in stamps if one not in gone]
    assert left[-1] == stamps[-1]
    assert len(left) <= max(1, kept.days + kept.weeks + kept.months)
    days = sorted({one[:8] for one in stamps})[-kept.days :] if kept.days else []
    assert set(days) <= {one[:8] for one in left}
    assert superfluous(left, kept) == [], "who prunes twice loses nothing more"


def test_it_is_made_once_a_day_at_its_time_and_told_where_it_is_not(backed: Services) -> None:
    zone = backed.settings.timezone
    daily = replace(backed, settings=replace(backed.settings, backups_at=time(2, 30)))
    at = datetime(2026, 11, 29, 2, 29, tzinfo=zone)
    assert not is_due(backed, at)
    assert is_due(daily, at), "there was never one"
    back_up(daily, at)
    assert not is_due(daily, at)
    assert is_due(daily, at + timedelta(minutes=2))
    back_up(daily, at + timedelta(minutes=2))
    assert not is_due(daily, at + timedelta(hours=23))
    assert backup_warning(daily, at + timedelta(hours=23)) == ""
    assert "没有按时做" in backup_warning(daily, at + timedelta(hours=40))
    nowhere = replace(daily, settings=replace(daily.settings, backups=Path(__file__) / "no folder"))
    with pytest.raises(CannotBackUp):
        back_up(nowhere, at + timedelta(hours=30))
    assert "没有做好" in backup_warning(daily, at + timedelta(hours=30))
    assert not is_due(daily, at + timedelta(hours=30, minutes=30))
    assert is_due(daily, at + timedelta(hours=31, minutes=1))


def test_a_server_whose_data_were_moved_puts_no_backup_of_old_before_the_new_ones(
    backed: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily = replace(backed, settings=replace(backed.settings, backups_at=time(2, 30)))
    turns: list[Callable[[datetime], object]] = []
    monkeypatch.setattr(backing_up, "keep_doing_once", lambda turn, name, work, **of: turns.append(work))
    keep_backing_up(daily)
    (in_turn,) = turns
    data = tmp_path / "there"
    move(backed.settings, replace(backed.settings, data=data, photos=data / "photos", database=""), NOW, print)
    in_turn(NOW)
    assert repository_of(backed.settings).stamps() == []
    assert reopen(backed.settings)
    in_turn(NOW)
    assert len(repository_of(backed.settings).stamps()) == 1


def test_two_installations_and_the_data_folder_itself_are_no_places_for_a_backup(
    backed: Services, tmp_path: Path
) -> None:
    inside = replace(backed, settings=replace(backed.settings, backups=backed.settings.data / "backups"))
    with pytest.raises(CannotBackUp, match="在数据目录里面"):
        back_up(inside, NOW)
    back_up(backed, NOW)
    other = World.made_in(tmp_path / "other").services
    places = {"backups": backed.settings.backups, "backups_public_key": KEY.public.text}
    with pytest.raises(CannotBackUp, match="另一套安装"):
        back_up(replace(other, settings=replace(other.settings, **places)), NOW)
    assert len(repository_of(backed.settings).stamps()) == 1


def test_nothing_is_restored_over_what_is_there(backed: Services, tmp_path: Path) -> None:
    stamp = back_up(backed, NOW).stamp
    target = tmp_path / "there"
    target.mkdir()
    (target / "file").touch()
    with pytest.raises(NotEmpty):
        restore(repository_of(backed.settings), stamp, KEY, target)


def test_it_lies_in_an_object_store_as_in_a_folder(world: World, backed: Services, weed: Weed, tmp_path: Path) -> None:
    services = replace(backed, settings=replace(backed.settings, backups=weed.place("backups")))
    made = back_up(services, NOW)
    place: BackupPlace = ObjectsPlace(weed.place("backups"))
    repository = Repository(place)
    assert list(verify(repository, KEY)) == []
    assert restore(repository, made.stamp, KEY, tmp_path / "restored").lost == []
    assert check(opened(world, tmp_path / "restored")) == []
    weed.kill()
    with pytest.raises(CannotBackUp, match="连不上"):
        back_up(services, NOW)


def test_what_is_left_out_can_be_made_again(backed: Services, tmp_path: Path, world: World) -> None:
    for kind in DERIVED:
        backed.photos.keep_derived(kind, sha256(photo(1)), photo(9))
    stamp = back_up(backed, NOW).stamp
    restore(repository_of(backed.settings), stamp, KEY, tmp_path / "restored")
    kept = {name.split("/")[0] for name in contents(tmp_path / "restored")}
    assert kept.isdisjoint(LEFT_OUT - {"store", "waiting"})
    assert not [kind for kind in DERIVED if (tmp_path / "restored" / "photos" / kind).exists()]
    shutil.rmtree(tmp_path / "restored")


def test_what_waits_and_what_was_set_aside_is_found_again(backed: Services, world: World, tmp_path: Path) -> None:
    """The history tells neither: a comparison that waits is of an inspection whose checks are done."""
    backed.after.wait()
    backed.after.hand_over(10)
    jobs = backed.after.waiting
    jobs.add("comparisons", "compared later", 3)
    jobs.add("searches", "hopeless", 1)
    (searched,) = jobs.due(("searches",), 9)
    assert jobs.begun(searched)
    jobs.failed(searched, "no such model", for_good=True)
    stamp = back_up(backed, NOW).stamp
    assert back_up(backed, NOW).new_objects <= 2, "what waits is the same"
    restore(repository_of(backed.settings), stamp, KEY, tmp_path / "restored")
    again = opened(world, tmp_path / "restored").after.waiting
    assert not again.is_complete, "the history is looked through as well"
    again.take_over()
    assert [(one.kind, one.id) for one in again.due(("comparisons",), 9)] == [("comparisons", "compared later")]
    assert again.set_aside() == [SetAside("searches", "hopeless", "no such model")]


def test_what_a_rule_removes_while_a_backup_is_made_is_whole_in_it(
    backed: Services, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its documents are of before, and nothing in them says that the photo went."""
    real = creating.files_of

    def removed_by_then(data: Path, photos: Path, elsewhere: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
        REMOVED.keep(backed.store, sha256(photo(1)), Removed("photos", "2026-W48", 1, "照片和录音保存200天", NOW))
        assert backed.photos.remove(sha256(photo(1)), NOW.max.replace(tzinfo=NOW.tzinfo))
        return real(data, photos, elsewhere)

    monkeypatch.setattr(creating, "files_of", removed_by_then)
    made = back_up(backed, NOW)
    assert made.lost == ()
    restore(repository_of(backed.settings), made.stamp, KEY, tmp_path / "restored")
    again = opened(world, tmp_path / "restored")
    assert check(again) == []
    assert again.photos.whole(sha256(photo(1))) == photo(1)


def test_an_original_that_was_cut_later_is_in_every_later_backup_as_it_came(
    backed: Services, world: World, tmp_path: Path
) -> None:
    back_up(backed, NOW)
    (path,) = backed.settings.photos.glob(f"originals/*/{sha256(photo(1))}")
    path.write_bytes(photo(1)[:-5])
    stamp, repository = back_up(backed, NOW).stamp, repository_of(backed.settings)
    assert list(verify(repository, KEY)) == []
    assert restore(repository, stamp, KEY, tmp_path / "restored").lost == []
    assert opened(world, tmp_path / "restored").photos.whole(sha256(photo(1))) == photo(1)


def test_a_place_that_takes_no_more_ends_the_backup_and_is_not_taken_for_unreadable_files(
    backed: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a full disk does: a small list might still fit, and would stand for all."""
    repository, real, data = repository_of(backed.settings), FolderPlace.put, backed.settings.data

    def put(place: FolderPlace, name: str, content: bytes) -> None:
        if name == piece_name((data / "backup.key").read_bytes(), sha256((data / "receipt.key").read_bytes())):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(place, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(FolderPlace, "put", put)
        with pytest.raises(CannotBackUp, match="写不进备份"):
            back_up(backed, NOW)
    assert repository.stamps() == []
    last = last_backup(backed)
    assert last
    assert last.made_at is None


def test_who_lost_the_repository_to_another_meanwhile_makes_no_snapshot(
    backed: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took it over may have removed the pieces that no list named yet."""
    repository, real = repository_of(backed.settings), FolderPlace.put

    def put(place: FolderPlace, name: str, content: bytes) -> None:
        real(place, name, content)
        if name.endswith(".age"):
            real(place, "lock", b"of another process")

    monkeypatch.setattr(FolderPlace, "put", put)
    with pytest.raises(CannotBackUp, match="接手"):
        back_up(backed, NOW)
    assert repository.stamps() == []
    assert repository.place.get("lock") == b"of another process"


@pytest.mark.parametrize(
    "name", ["../out", "a/../../out", "/out", "C:/out", "C:out", "..\\out", "a\0b", "//server/share/out", ""]
)
def test_a_forged_backup_writes_nothing_outside_the_target(backed: Services, tmp_path: Path, name: str) -> None:
    """Everybody may have the public key; on Windows, too, a name leads nowhere else."""
    repository, content = repository_of(backed.settings), b"evil"
    digest, naming_key = sha256(content), b"\1" * 32
    piece = piece_name(naming_key, digest)
    repository.place.put(piece, sealed(content, KEY.public, pressed=False))
    forged = Contents(NOW, naming_key, (KeptFile(name, 4, 0.0, (digest,)), KeptFile("good", 4, 0.0, (digest,))))
    repository.place.put("snapshots/20260101T000000Z.age", KEY.public.sealed(forged.to_bytes()))
    target = tmp_path / "restored"
    restored = restore(repository, "20260101T000000Z", KEY, target)
    assert [said for said in restored.lost if "文件名有误" in said]
    assert contents(target) == {"good": content}
    assert not list(tmp_path.glob("*out*"))


def test_a_first_backup_that_was_killed_before_it_wrote_anything_is_no_damaged_one(backed: Services) -> None:
    repository = repository_of(backed.settings)
    with repository.held():
        assert list(verify(repository, KEY)) == []
    back_up(backed, NOW)
    repository.place.remove("repository.json")
    assert [said for said in verify(repository, KEY) if "repository.json" in said]


def test_a_backup_killed_at_any_moment_leaves_no_half_one_and_the_next_is_whole(
    backed: Services, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real process, ended without a word, a little later each time."""
    for number in range(30):
        received(backed, photo(500 + number))
    monkeypatch.setenv("INSPECT_DATA", str(backed.settings.data))
    monkeypatch.setenv("INSPECT_BACKUPS", str(tmp_path / "backups"))
    monkeypatch.setenv("INSPECT_BACKUPS_PUBLIC_KEY", KEY.public.text)
    repository = repository_of(backed.settings)
    line = [sys.executable, "-m", "flask", "--app", "inspect_app", "backup", "create"]
    killed = 0
    for pieces in (0, 1, 20, 60):
        with subprocess.Popen(line, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            before = len(list(repository.place.names("blobs")))
            while process.poll() is None:
                if repository.place.get("lock") and len(list(repository.place.names("blobs"))) >= before + pieces:
                    process.kill()
            killed += process.returncode == -signal.SIGKILL
        for stamp in repository.stamps():
            assert repository.contents(stamp, KEY)
        assert list(verify(repository, KEY)) == []
    assert killed, "on a busy machine it may be done before its time has come, but not each time"
    stamp = back_up(backed, NOW).stamp
    assert list(verify(repository, KEY)) == []
    assert restore(repository, stamp, KEY, tmp_path / "restored").lost == []
    assert check(opened(world, tmp_path / "restored")) == []
    assert not list(backed.settings.data.glob("backup-moment*"))


def test_a_first_backup_that_was_killed_goes_on_with_what_it_had_put(
    world: World, backed: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        received(backed, photo(100 + number, (64, 48)))
    backed.after.wait()
    monkeypatch.setattr(creating, "_NOTED_EVERY", 8)
    repository = repository_of(backed.settings)

    class Killed(BaseException):
        pass

    names: list[str] = []

    def put(place: FolderPlace, name: str, content: bytes, real: object = FolderPlace.put) -> None:
        if len(names) == 40:
            raise Killed
        names.append(name)
        real(place, name, content)  # type: ignore[operator]

    with monkeypatch.context() as patch:
        patch.setattr(FolderPlace, "put", put)
        with pytest.raises(Killed):
            back_up(backed, NOW)
    noted = {name for partial in repository.put_aside() for name in repository.listed(partial).objects}
    assert len(noted) > 20
    damaged = min(noted)
    (tmp_path / "backups" / damaged).unlink()
    put_again: list[str] = []

    def count(place: FolderPlace, name: str, content: bytes, real: object = FolderPlace.put) -> None:
        put_again.append(name)
        real(place, name, content)  # type: ignore[operator]

    with monkeypatch.context() as patch:
        patch.setattr(FolderPlace, "put", count)
        made = back_up(backed, NOW)
    assert set(put_again) & noted == {damaged}
    assert repository.put_aside() == []
    assert list(verify(repository, KEY)) == []
    assert restore(repository, made.stamp, KEY, tmp_path / "restored").lost == []
    assert check(opened(world, tmp_path / "restored")) == []


def test_what_a_killed_one_had_begun_to_write_goes_with_the_next_pruning(backed: Services, tmp_path: Path) -> None:
    back_up(backed, NOW)
    whole = contents(tmp_path / "backups")
    begun = tmp_path / "backups" / "blobs" / "ab" / f".cd.{uuid.uuid4().hex}"
    begun.parent.mkdir(exist_ok=True)
    begun.write_bytes(b"half")
    prune(repository_of(backed.settings), Retention())
    assert contents(tmp_path / "backups") == whole


@pytest.mark.folder("it stands between the two in the store of a folder")
def test_two_backups_to_two_places_at_once_are_both_whole(world: World, backed: Services, tmp_path: Path) -> None:
    other = replace(backed, settings=replace(backed.settings, backups=tmp_path / "others"))
    both, real = threading.Barrier(2, timeout=60), backed.store.frozen

    def frozen(self: object, aside: Path, *besides: object) -> object:
        found = real(aside, *besides)
        both.wait()  # both have put their names aside
        return found

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as threads:
        patch.setattr(type(backed.store), "frozen", frozen)
        made = list(threads.map(lambda one: back_up(one, NOW), (backed, other)))
    for services, one in zip((backed, other), made, strict=True):
        assert one.lost == ()
        target = tmp_path / f"restored-{one.stamp}-{services is other}"
        assert restore(repository_of(services.settings), one.stamp, KEY, target).lost == []
        assert check(opened(world, target)) == []
    assert not list(backed.settings.data.glob("backup-moment*"))
