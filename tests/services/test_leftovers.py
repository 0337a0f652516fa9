"""What an interrupted publication leaves behind: named, removed when asked, and never anything that is of a week."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inspect_app import create_app
from inspect_app.durable import remove_older
from inspect_app.photos import open_photo_store
from inspect_app.services import open_services
from inspect_app.services.audit import Entry, keep
from inspect_app.services.checking import check
from inspect_app.services.index.frozen import WeekFile
from inspect_app.services.leftovers import leftovers, sweep_leftovers
from inspect_app.settings import settings_from
from tests.old_folders import copied, environment

TODAY = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with published weeks, all files of it old."""
    place = copied(tmp_path / "folder")
    open_services(settings_from(environment(place))).store.close()
    age(place / "data" / "published", 40)
    return place


def age(folder: Path, days: float) -> None:
    at = (TODAY - timedelta(days=days)).timestamp()
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (at, at))


def files(folder: Path) -> set[Path]:
    return {path for path in (folder / "data" / "published").rglob("*") if path.is_file()}


def interrupted(folder: Path, services, days: float) -> set[Path]:
    """What a publication wrote before it ended: files, the list of their names, and one in part."""
    before = files(folder)
    services.frozen.keep_files(
        [("index.json", WeekFile("application/json", b"{}")), ("a.txt", WeekFile("text/plain", b"a"))]
    )
    whole = next(iter(files(folder) - before))
    whole.with_name(f".{whole.name}.{'0' * 32}").write_bytes(b"{")
    made = files(folder) - before
    for path in made:
        at = (TODAY - timedelta(days=days)).timestamp()
        os.utime(path, (at, at))
    return made


def test_what_is_of_no_publication_is_named_and_swept_and_nothing_else(folder):
    settings = settings_from(environment(folder))
    services, before = open_services(settings), files(folder)
    assert leftovers(services, TODAY).files == ()
    made = interrupted(folder, services, days=2)
    assert len(made) == 4
    run = create_app(settings).test_cli_runner().invoke
    told = run(args=["check", "--no-files"])
    assert told.exit_code == 0
    assert all(str(path) in told.output for path in made)
    assert run(args=["store", "sweep", "--dry-run"]).output.count("可以删除") == 4
    assert files(folder) == before | made
    assert run(args=["store", "sweep"]).output.count("已删除") == 4
    assert files(folder) == before
    assert check(services) == []


def test_a_publication_that_is_under_way_is_left_alone(folder):
    services = open_services(settings_from(environment(folder)))
    made = interrupted(folder, services, days=0.5)
    assert sweep_leftovers(services, TODAY).files == ()
    assert made <= files(folder)


def test_where_a_week_is_damaged_nothing_whole_is_removed_for_nobody_knows_what_it_named(folder):
    services, before = open_services(settings_from(environment(folder))), files(folder)
    made = interrupted(folder, services, days=2)
    max(before, key=lambda path: path.stat().st_size).write_bytes(b"{}")
    swept = sweep_leftovers(services, TODAY)
    assert "被改动" in swept.doubt or "损坏" in swept.doubt
    assert [path.name[0] for path in swept.files] == ["."]
    assert files(folder) == before | made - set(swept.files)


def test_where_publications_are_lost_nothing_whole_is_removed(folder):
    services = open_services(settings_from(environment(folder)))
    services.store.close()
    for path in (folder / "data" / "store" / "publications" / "all").iterdir():
        path.unlink()
    services = open_services(settings_from(environment(folder)))
    before = files(folder)
    swept = sweep_leftovers(services, TODAY)
    assert (swept.files, files(folder)) == ((), before)
    assert "publications" in swept.doubt
    services.store.accept_losses()
    assert sweep_leftovers(services, TODAY).files == (), "the log names them all the same"


def test_a_hash_is_found_behind_any_character(folder):
    services = open_services(settings_from(environment(folder)))
    made = [path.name for path in interrupted(folder, services, days=2) if path.name[0] != "."]
    entry = Entry("week.files_frozen", "2026-W48", after={"见": [f"见{made[0]}", f"f{made[1]}", *made[2:]]})
    keep(services.store, "supervisor", TODAY, [entry], [])
    assert [path.name[0] for path in leftovers(services, TODAY).files] == ["."]


def test_what_is_swept_while_it_is_kept_again_is_there(tmp_path, monkeypatch):
    """Content that a left-over file and a new publication share: sweeping is another process."""
    store, content, name = open_photo_store(tmp_path), b"{}", hashlib.sha256(b"{}").hexdigest()
    store.keep(name, content)
    path = tmp_path / "originals" / name[:2] / name
    touch = os.utime

    def swept_just_before(*given) -> None:
        path.unlink(missing_ok=True)
        touch(*given)

    monkeypatch.setattr(os, "utime", swept_just_before)
    store.keep(name, content)
    assert path.read_bytes() == content


def test_what_is_kept_again_while_it_is_swept_stays(tmp_path, monkeypatch):
    """Photos and left-overs are removed the same way."""
    store, content, name = open_photo_store(tmp_path), b"{}", hashlib.sha256(b"{}").hexdigest()
    store.keep(name, content)
    path, rename = tmp_path / "originals" / name[:2] / name, Path.rename
    age(tmp_path, 40)

    def kept_just_before(self: Path, to: Path) -> Path:
        os.utime(path)
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", kept_just_before)
    assert not remove_older(path, (TODAY - timedelta(days=1)).timestamp())
    assert not store.remove(name, TODAY - timedelta(days=1))
    assert [one.name for one in path.parent.iterdir()] == [name]
