"""What servers hold for each other: in the database of all, out of the data folder of one, and at another place."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from inspect_app.backup.keys import SecretKey
from inspect_app.backup.restoring import restore
from inspect_app.collections import LAYOUTS
from inspect_app.services import Services, keys, open_services, shelf_files, uploads
from inspect_app.services.backing_up import back_up, is_due, last_backup, repository_of
from inspect_app.services.cases.unsent_notices import note_unsent, unsent_notices
from inspect_app.services.inspecting import unsent
from inspect_app.services.keys import RECEIPTS, SEALS, SESSIONS, SHARED, KeyLost, Keys
from inspect_app.services.moving import move
from inspect_app.services.shelf_files import put_in, take_over, things_in
from inspect_app.settings import Settings
from inspect_app.store import StoreLeft, StoreUnfit
from inspect_app.store.postgres import open_database
from inspect_app.store.postgres.shelf import shelved_in
from inspect_app.store.shelf import Shelved
from tests.conftest import ServerProcess
from tests.store.databases import empty_database
from tests.store.folders import python
from tests.world import NOW, World, new_id, photo, sha256

SECRET = "s" * 43
KEY = SecretKey.new()


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A server of a database."""
    return World.in_database(tmp_path / "first", empty_database())


def other_server(world: World) -> Services:
    """Another server of its database, with a data folder of its own."""
    data = world.data.with_name("second")
    data.mkdir()
    for name in ("secret.key", "receipt.key"):
        (data / name).write_bytes((world.data / name).read_bytes())
    return open_services(replace(world.settings, data=data, photos=data / "photos"))


def form(number: int, account: str = "inspector") -> unsent.Sent:
    return unsent.Sent(account, "public-toilet-1", (("id", new_id()), ("note", f"第{number}份")))


def kept(services: Services, number: int, now: datetime = NOW) -> str:
    """What is wrong with a form with a photo, empty where it is kept."""
    content = photo(number)
    problem = unsent.keep(services, SECRET, form(number), [("p", "a.jpg", content)], len(content), now)
    return problem.code if problem else ""


def waiting(services: Services, now: datetime = NOW) -> list[tuple[str, list[str]]]:
    """The notes of the forms that wait, with the hashes of their photos as they come."""
    found = unsent.of_browser(services, SECRET, now)
    return [(dict(one.sent.fields)["note"], [sha256(c) for _, c in unsent.contents(services, one)]) for one in found]


def test_forms_at_either_server_are_found_at_both_by_their_browser_alone_and_gone_when_sent_or_old(world: World):
    here, there = world.services, other_server(world)
    assert kept(here, 1) == ""
    assert kept(there, 2, NOW + timedelta(minutes=1)) == ""
    for services in (here, there):
        assert waiting(services) == [("第1份", [sha256(photo(1))]), ("第2份", [sha256(photo(2))])]
        assert unsent.of_browser(services, "t" * 43, NOW) == []
    unsent.drop(there, unsent.of_browser(there, SECRET, NOW)[0])
    assert [note for note, _ in waiting(here)] == ["第2份"]
    unsent.sweep(here, NOW + unsent.KEPT_FOR)
    assert [note for note, _ in waiting(there)] == ["第2份"]
    unsent.sweep(here, NOW + unsent.KEPT_FOR + timedelta(minutes=2))
    assert list(shelved_in(world.settings.database)) == []
    assert not (world.data / unsent.FOLDER).exists()


def test_however_many_forms_come_at_once_at_two_servers_an_account_has_three(world: World):
    servers, together = (world.services, other_server(world)), Barrier(8)

    def sent(number: int) -> str:
        together.wait()
        return kept(servers[number % 2], number)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(sent, range(8)))
    assert sorted(said) == [""] * unsent.MOST_OF_ACCOUNT + ["unsent.too_many"] * (8 - unsent.MOST_OF_ACCOUNT)
    assert len(waiting(servers[0])) == unsent.MOST_OF_ACCOUNT


def test_a_table_that_one_server_showed_is_taken_over_at_the_other(world: World):
    here, there = world.services, other_server(world)
    for kind in (uploads.SITES, uploads.OUTLINES):
        name = uploads.keep(here, kind, b"code,name\n")
        assert uploads.read(there, kind, name) == b"code,name\n"
        uploads.drop(there, kind, name)
        assert uploads.read(here, kind, name) is None
        assert uploads.read(here, kind, "../secret.key") is None
        assert not (world.data / kind).exists()


def test_messages_that_nobody_took_are_told_by_every_server(world: World):
    here, there = world.services, other_server(world)
    note_unsent(here, ["no route"], NOW)
    assert (unsent_notices(there).since, unsent_notices(there).problem) == (NOW, "no route")
    note_unsent(there, ["no route", "no route"], NOW + timedelta(hours=1))
    assert (unsent_notices(here).since, unsent_notices(here).messages) == (NOW, 2)
    note_unsent(there, [], NOW)
    assert unsent_notices(here).messages == 0


def test_servers_make_one_daily_backup_between_them_into_one_repository(world: World, tmp_path: Path):
    shared = {"backups": tmp_path / "backups", "backups_public_key": KEY.public.text, "backups_at": time(2, 30)}
    here, there = (
        replace(one, settings=replace(one.settings, **shared)) for one in (world.services, other_server(world))
    )
    back_up(here, NOW)
    last = last_backup(there)
    assert last
    assert (last.made_at, last.host) == (NOW, os.uname().nodename)
    assert not is_due(there, NOW + timedelta(hours=1))
    made = back_up(there, NOW + timedelta(days=1))
    assert made.new_objects < made.files, "what the first put is known by the names that the first gave"
    assert last_backup(here) == last_backup(there) != last
    named_by = [(one.settings.data / "backup.key").read_bytes() for one in (here, there)]
    assert named_by[0] == named_by[1]


def test_keys_in_a_folder_of_their_own_are_backed_up_and_restored(world: World, tmp_path: Path):
    mounted = tmp_path / "keys"
    mounted.mkdir()
    for name in ("secret.key", "receipt.key"):
        (world.data / name).rename(mounted / name)
    there = replace(world.settings, keys=mounted, backups=tmp_path / "backups", backups_public_key=KEY.public.text)
    services = open_services(there)
    assert services.session_key == world.services.session_key
    made = back_up(services, NOW)
    restore(repository_of(there), made.stamp, KEY, tmp_path / "restored")
    for name in ("secret.key", "receipt.key"):
        assert (tmp_path / "restored" / name).read_bytes() == (mounted / name).read_bytes()
        assert not (world.data / name).exists()


def test_of_two_servers_that_are_founded_at_the_same_time_all_keys_are_those_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    places = []
    with closing(open_database(empty_database(), LAYOUTS)) as store:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            places.append(Keys(tmp_path / name, store, among_servers=True))

        def slow() -> bytes:
            places[1].opened(RECEIPTS)
            return made()

        made = RECEIPTS.new
        assert made
        with monkeypatch.context() as patch:
            patch.setattr(keys, "RECEIPTS", replace(RECEIPTS, new=slow))
            with pytest.raises(KeyLost, match="不是原来的那一把"):
                places[0].opened(keys.RECEIPTS)
        for file in (SESSIONS, SEALS):
            with pytest.raises(KeyLost, match=r"receipt\.key"):
                places[0].opened(file)
        with pytest.raises(KeyLost, match="没有启动，也没有生成新的"):
            places[0].open_for_servers()
        assert list((tmp_path / "one").iterdir()) == []
        places[1].open_for_servers()
    assert {path.name for path in (tmp_path / "two").iterdir()} == {file.name for file in SHARED}


def left_by_an_earlier_release(world: World) -> dict[tuple[str, str], Shelved]:
    """What a server of a database had in its data folder before servers shared it."""
    earlier = replace(world.services, shelf=None)
    now = datetime.now(UTC)
    assert [kept(earlier, number, now) for number in (1, 2)] == ["", ""]
    uploads.keep(earlier, uploads.SITES, b"code,name\n")
    note_unsent(earlier, ["no route"], now)
    (world.data / "backup.key").write_bytes(b"n" * 32)
    (world.data / unsent.FOLDER / ("0" * 32 + "." + sha256(b""))).write_bytes(b"of a form that never came whole")
    return {(one.kind, one.name): one for one in things_in(world.data)}


TAKING_OVER = """
import os, signal, sys
from pathlib import Path
from inspect_app.services import open_services, shelf_files
from inspect_app.settings import settings_from
from inspect_app.store.postgres.shelf import PostgresShelf
at = int(sys.argv[2])
def counted(inner):
    def step(*given, **named):
        global at
        at -= 1
        if at == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return inner(*given, **named)
    return step
services = open_services(settings_from({"INSPECT_DATA": sys.argv[1], "INSPECT_DATABASE": sys.argv[3]}))
for owner, name in ((PostgresShelf, "put_newer"), (PostgresShelf, "put_once"), (Path, "unlink")):
    setattr(owner, name, counted(getattr(owner, name)))
shelf_files.shutil.rmtree = counted(shelf_files.shutil.rmtree)
shelf_files.take_over(services.settings.data, services.shelf)
"""
"""Killed before its so many-eth step; 0 for never."""


@pytest.mark.parametrize("step", [1, 2, 3, 8, 11, 12])
def test_what_an_earlier_release_left_in_the_folder_is_taken_over_wherever_that_is_killed(world: World, step: int):
    before = left_by_an_earlier_release(world)
    killed = python(TAKING_OVER, world.data, step, world.settings.database)
    assert killed.wait() == -signal.SIGKILL, killed.communicate()
    take_over(world.data, world.services.shelf)
    after = {(one.kind, one.name): one for one in shelved_in(world.settings.database)}
    assert {key: (one.content, one.parts, one.owner) for key, one in after.items()} == {
        key: (one.content, one.parts, one.owner) for key, one in before.items()
    }
    assert [one.name for one in things_in(world.data)] == ["backup.key"]
    assert not (world.data / unsent.FOLDER).exists()
    assert [note for note, _ in waiting(world.services, datetime.now(UTC))] == ["第1份", "第2份"]
    assert kept(world.services, 3, datetime.now(UTC)) == ""
    assert kept(world.services, 4, datetime.now(UTC)) == "unsent.too_many"


def test_a_form_that_the_disk_does_not_give_stays_and_keeps_nothing_else_from_being_taken_over(
    world: World, caplog: pytest.LogCaptureFixture
):
    left_by_an_earlier_release(world)
    folder = world.data / unsent.FOLDER
    (folder / "unreadable.json").mkdir()
    take_over(world.data, world.services.shelf)
    assert len(waiting(world.services, datetime.now(UTC))) == 2
    assert [path.name for path in folder.glob("*.json")] == ["unreadable.json"]
    assert "unreadable.json：读不出来" in caplog.text
    assert not (world.data / uploads.SITES).exists()


@pytest.mark.slow
def test_a_server_takes_over_at_its_start(world: World, serve: Callable[..., ServerProcess]):
    left_by_an_earlier_release(world)
    world.founded()
    serve(world.data)
    assert len(waiting(world.services, datetime.now(UTC))) == 2
    assert not (world.data / unsent.FOLDER).exists()


def test_forms_that_wait_come_along_into_a_database_and_out_of_it(world: World, tmp_path: Path):
    now = datetime.now(UTC)

    def at(name: str, database: str = "") -> Settings:
        return replace(world.settings, data=tmp_path / name, photos=tmp_path / name / "photos", database=database)

    assert kept(world.services, 1, now) == ""
    place, here = world.settings, world.services
    for number, there in enumerate((at("second"), at("third", empty_database()), at("4th", empty_database())), start=2):
        move(place, there, NOW, lambda said: None)
        with pytest.raises(StoreLeft):
            kept(here, 9, now)
        here.store.close()
        place, here = there, open_services(there)
        if here.shelf:
            take_over(there.data, here.shelf)
        assert [note for note, _ in waiting(here, now)] == [f"第{one}份" for one in range(1, number)]
        assert [len(photos) for _, photos in waiting(here, now)] == [1] * (number - 1)
        assert (number == 4) or kept(here, number, now + timedelta(seconds=number)) == ""


def test_a_move_that_ended_before_forms_were_handed_on_is_ended_by_the_next_run(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    now = datetime.now(UTC)
    assert kept(world.services, 1, now) == ""
    there = replace(world.settings, data=tmp_path / "there", photos=tmp_path / "there/photos", database="")
    with monkeypatch.context() as patch:
        patch.setattr(shelf_files.os, "utime", _fails)
        with pytest.raises(OSError, match="full"):
            move(world.settings, there, NOW, lambda said: None)
    with pytest.raises(StoreUnfit, match="没有搬完"):
        open_services(there)
    move(world.settings, there, NOW, lambda said: None)
    assert waiting(open_services(there), now) == [("第1份", [sha256(photo(1))])]


def _fails(*_: object) -> None:
    raise OSError("full")


def test_of_two_of_a_name_the_newer_stays(tmp_path: Path):
    old, new = (Shelved("notes", "backup.json", NOW + timedelta(days=day), b"%d" % day) for day in (1, 2))
    for first, then in ((old, new), (new, old)):
        put_in(tmp_path, first)
        put_in(tmp_path, then)
        assert (tmp_path / "backup.json").read_bytes() == b"2"
