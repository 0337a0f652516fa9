"""Every kind of file of a data folder removed, emptied, cut or flipped, one at a time: found, named, the rest usable.

The table is made from what a folder of November 2026 holds: a kind of file that comes up is in it by itself.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspect_app import create_app
from inspect_app.collections import ALL, LAYOUTS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.services import open_services
from inspect_app.services.checking import check
from inspect_app.settings import settings_from
from inspect_app.store import StoreDamaged
from inspect_app.store.tiny import open_store
from tests.old_folders import FOLDER, application_over, copied, environment, given
from tests.unreadable import make_unreadable
from tests.world import headers

DATA = FOLDER / "data"
NOT_KEPT = re.compile(r"lock$|drafts/|templates/|thumbnails/|reviews/|shared/|public/|similar.bin|\.key$|/torn-")
"""Locks, drafts of imports, pictures and hashes that can be made again; keys, which are looked at by themselves."""
NEEDED_TO_START = ("store/library/", "store/checklists/")
"""Without them there is no checklist, and so nothing to start: the sentence says which file."""
DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "removed": lambda content: None,
    "emptied": lambda content: b"",
    "cut": lambda content: content[: len(content) * 6 // 10],
    "flipped": lambda content: content[: len(content) // 2] + b"\x01" + content[len(content) // 2 + 1 :],
}


def kind_of(path: str) -> str:
    """What files of one kind have in common: those of a collection, and originals."""
    return re.sub(r"\d{4}-W\d\d|[0-9a-f]{2}/[0-9a-f]{64}", "*", path)


def files() -> list[str]:
    """One file of each kind, the largest."""
    found = [path for path in DATA.rglob("*") if path.is_file() and path.stat().st_size]
    names = {path.relative_to(DATA).as_posix(): path.stat().st_size for path in found}
    kept = sorted((size, name) for name, size in names.items() if not NOT_KEPT.search(name))
    return [*sorted({kind_of(name): name for _, name in kept}.values()), "store/inventory.json"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of an earlier version that was opened once, and left."""
    place = copied(tmp_path_factory.mktemp("old") / "folder")
    services = open_services(settings_from(environment(place)))
    assert services.store.damaged() == []
    assert check(services) == []
    services.store.close()
    return place


@pytest.fixture(params=DAMAGES)
def damage(request: pytest.FixtureRequest) -> Callable[[bytes], bytes | None]:
    return DAMAGES[request.param]


@pytest.fixture
def damaged(folder: Path, name: str, damage: Callable[[bytes], bytes | None]) -> Iterator[Path]:
    path = folder / "data" / name
    noted = folder / "data" / "store" / "inventory.json"
    whole, inventory = path.read_bytes(), noted.read_bytes()
    spoilt = damage(whole)
    path.unlink() if spoilt is None else path.write_bytes(spoilt)
    yield path
    path.write_bytes(whole)
    noted.write_bytes(inventory)


@pytest.mark.parametrize("name", files())
def test_what_happens_to_a_file_is_found_and_named_and_costs_no_other(folder, name, damaged):
    settings = settings_from(environment(folder))
    store = open_store(settings.store, LAYOUTS, log=settings.data / "audit" / "log.jsonl")
    at_start = "\n".join(store.damaged())
    store.close()
    if name.startswith(NEEDED_TO_START):
        with pytest.raises(StoreDamaged, match=re.escape(str(damaged.parent))):
            open_services(settings)
        return
    services = open_services(settings)
    try:
        said = at_start or "\n".join(check(services))
        assert damaged.name in said, said
        assert not name.startswith("store/") or str(damaged.parent) in said
        unreadable = {collection.name for collection in ALL if not readable(services.store, collection.name)}
        assert unreadable <= {name.split("/")[1]}
    finally:
        services.store.close()


def readable(store, collection: str) -> bool:
    try:
        store.find(collection)
    except StoreDamaged:
        return False
    return True


@pytest.fixture
def week_lost(tmp_path: Path) -> tuple[Path, Path]:
    """A folder, and the one week's journal in it that is gone, snapshot and all."""
    place = copied(tmp_path / "folder")
    open_services(settings_from(environment(place))).store.close()
    week = place / "data" / "store" / "inspections" / "2026-W47"
    shutil.rmtree(week)
    return place, week


def test_a_lost_week_costs_its_own_pages_and_no_others(week_lost):
    place, _ = week_lost
    app = application_over(place)
    store = app.extensions["inspect"].store
    lost, other = (next(one.id for one in ids(store) if one.document["week"] == of) for of in ("2026-W47", "2026-W46"))
    token = given()["tokens"]["supervisor"]
    client = app.test_client()

    def get(path: str):
        return client.get(path, headers=headers(token))

    answer = get(f"/inspections/{lost}")
    assert answer.status_code == 503
    assert "store/inspections/2026-W47/journal.0：文件缺失" in answer.text
    assert str(place) not in answer.text
    assert get(f"/inspections/{other}").status_code == 200
    assert client.get("/login").status_code == 200


def test_the_command_names_what_is_lost_until_it_is_accepted(week_lost):
    place, week = week_lost
    settings = settings_from(environment(place))
    run = create_app(settings).test_cli_runner().invoke
    found = run(args=["check"])
    assert found.exit_code == 1
    assert str(week / "journal.0") in found.output
    assert run(args=["check", "--accept"]).exit_code == 0
    again = create_app(settings).test_cli_runner().invoke(args=["check"])
    assert again.exit_code == 1, "the log tells of what was in it all the same"
    assert str(week) not in again.output
    assert "日志中有，数据中没有" in again.output


def test_what_cannot_be_read_after_accepting_is_told(week_lost):
    place, week = week_lost
    settings = settings_from(environment(place))
    journal, log = place / "data" / "store" / "sites" / "all" / "journal.0", place / "data" / "audit" / "log.jsonl"
    for path in (journal, log):
        content = path.read_bytes()
        path.write_bytes(content[:20] + b"\x01" + content[21:])
    found = create_app(settings).test_cli_runner().invoke(args=["check", "--accept"])
    assert (found.exit_code, found.exception.__class__) == (1, SystemExit)
    assert "仍有 2 处损坏" in found.output
    assert f"{journal}：第0字节处的记录已损坏" in found.output
    assert "audit/log.jsonl：第1条有问题" in found.output
    assert str(week) not in found.output


def test_a_lost_week_hides_no_damaged_original_of_another(tmp_path):
    place = copied(tmp_path / "folder")
    services = open_services(settings_from(environment(place)))
    first, *others = INSPECTIONS.weeks(services.store)
    kept = next(kept for week in others for kept in INSPECTIONS.find(services.store, week=week) if kept.value.photos)
    services.store.close()
    shutil.rmtree(place / "data" / "store" / "inspections" / first)
    (sha256,) = {one.sha256 for one in kept.value.photos[:1]}
    (place / "data" / "photos" / "originals" / sha256[:2] / sha256).unlink()
    services = open_services(settings_from(environment(place)))
    said = "\n".join(check(services))
    services.store.close()
    assert f"{first}/journal.0：文件缺失" in said
    assert f"{sha256}」缺失，请从备份恢复（{kept.id}）" in said


def test_the_command_names_files_that_cannot_be_read(tmp_path, monkeypatch):
    data = copied(tmp_path / "folder") / "data"
    settings = settings_from(environment(tmp_path / "folder"))
    open_services(settings).store.close()
    original = next((data / "photos" / "originals").rglob("*/*"))
    closed = [data / "audit" / "log.jsonl", data / "store" / "sites" / "all" / "journal.0", original]
    make_unreadable(monkeypatch, *closed)
    found = create_app(settings).test_cli_runner().invoke(args=["check"])
    assert (found.exit_code, found.exception.__class__) == (1, SystemExit)
    assert all(path.name in found.output for path in closed), found.output


def test_a_journal_that_was_cut_is_no_torn_one_while_a_torn_one_is_cut_off(tmp_path):
    """The bytes up to what was noted are damage where they lack; those behind are what a crash leaves."""
    place = copied(tmp_path / "folder")
    settings = settings_from(environment(place))
    open_services(settings).store.close()
    journal = settings.store / "sites" / "all" / "journal.0"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b"1c291ca3 500 [[")
    services = open_services(settings)
    assert (services.store.damaged(), check(services)) == ([], [])
    services.store.close()
    assert journal.read_bytes() == whole
    journal.write_bytes(whole[:-5])
    services = open_services(settings)
    with pytest.raises(StoreDamaged, match=r"journal\.0：只有"):
        services.store.find("sites")
    assert journal.read_bytes() == whole[:-5], "the evidence is left as it is"


def ids(store):
    """The inspections' locator, which is whole though a week is lost."""
    with store._rows("inspections", "ids") as rows:
        return list(rows)
