"""The files of a published week are frozen with it, whole or not at all, and are what is handed out ever after."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.photos import open_photo_store
from inspect_app.services import open_services
from inspect_app.services.checking import check
from inspect_app.services.index import publishing
from inspect_app.services.index.frozen import FilesMaker, FrozenDamaged, FrozenWeeks, WeekFile
from inspect_app.services.index.publishing import publish, published
from inspect_app.services.index.week_files import freeze_files, freeze_in_turn, frozen_file, weeks_without_files
from inspect_app.services.reconciling import Compared, Difference, compare
from inspect_app.store import Head, Stale
from inspect_app.store.turns import Ran, Schedule
from tests.store.folders import python, released_together
from tests.store.power import Disk
from tests.stores import copy_documents, database_of, on_database
from tests.web.evidence.test_desk import visit
from tests.world import NOW, WEEK, World, sha256

LATER = NOW + timedelta(days=1)
NAMES = ("bulletin.pdf", "index.xlsx")


def maker(program: str) -> FilesMaker:
    """What makes the files in a version of the program: they say by which, of which revision and where."""

    def files(week, zone):
        said = f"{program} {week.head.week} {week.head.revision} {week.head.digest} {zone}"
        yield from ((name, WeekFile("text/plain", f"{name} {said}".encode())) for name in NAMES)

    return files


def broken(week, zone):
    """As ``maker``, in a program that cannot make the second file."""
    yield "bulletin.pdf", WeekFile("text/plain", b"%PDF-")
    raise OSError("no font")


@pytest.fixture
def office(tmp_path) -> World:
    """A visit, and nothing published."""
    world = World.in_memory(tmp_path)
    visit(world, 0)
    return world


def content(world: World, number: int | None, name: str = "bulletin.pdf") -> str:
    found = frozen_file(world.services, WEEK, number, name)
    assert found
    return found.content.decode()


def path_of(world: World, sha: str) -> Path:
    return world.data / "published" / "originals" / sha[:2] / sha


def test_what_was_frozen_stays_through_corrections_by_another_program(office):
    assert publish(office.services, "supervisor", WEEK, "", LATER, files=maker("A")) == 1
    digest = published(office.services, WEEK).head.digest
    first = content(office, 1)
    assert first == f"bulletin.pdf A {WEEK} 1 {digest} Asia/Shanghai"
    visit(office, 1)
    assert publish(office.services, "supervisor", WEEK, "补录", LATER, files=maker("B")) == 2
    assert content(office, 1) == first
    assert content(office, 2).startswith(f"bulletin.pdf B {WEEK} 2")
    assert content(office, None) == content(office, 2)
    assert frozen_file(office.services, WEEK, 1, "nothing.pdf") is None
    assert frozen_file(office.services, WEEK, 3, "bulletin.pdf") is None
    noted = [entry["after"]["files"] for entry in office.services.audit.entries() if entry["of"] == WEEK]
    assert noted == [one.files for one in PUBLICATIONS.get(office.services.store, WEEK).value.revisions]
    assert isinstance(compare(office.services), Compared)


def test_a_week_whose_files_cannot_be_made_is_not_published(office):
    with pytest.raises(OSError, match="no font"):
        publish(office.services, "supervisor", WEEK, "", LATER, files=broken)
    assert published(office.services, WEEK) is None
    assert "week.published" not in {entry["act"] for entry in office.services.audit.entries()}
    assert publish(office.services, "supervisor", WEEK, "", LATER, files=maker("A")) == 1


def test_a_power_cut_at_any_moment_leaves_no_week_published_without_its_files(tmp_path, monkeypatch):
    """At each sync of the publication of a correction: the first revision as it was, the second whole or not there.

    A database, which has a disk of its own, is by then as far as it comes before the next sync.
    """
    root = tmp_path / "disk"
    world = World.made_in(root / "data")
    visit(world, 0)
    assert publish(world.services, "supervisor", WEEK, "", LATER, files=maker("A")) == 1
    disk, databases = Disk(root), Moments(world, tmp_path)

    def sync(descriptor: int) -> None:
        databases.note()
        disk.fsync(descriptor)

    monkeypatch.setattr("os.fsync", sync)
    synced(root)
    start = len(disk.cuts)
    assert publish(world.services, "supervisor", WEEK, "更正", LATER, files=maker("A")) == 2
    databases.note()
    world.services.store.close()
    cuts = [*disk.cuts[start - 1 :], disk.cut()]
    kept_in = [*databases.noted[start - 1 : len(disk.cuts)], databases.noted[-1]]
    monkeypatch.undo()
    found = []
    for number, (cut, database) in enumerate(zip(cuts, kept_in, strict=True)):
        place = cut.restore(tmp_path / f"after{number}")
        settings = replace(world.settings, data=place / "data", photos=place / "data" / "photos", database=database)
        services = open_services(settings)
        found.append(len(PUBLICATIONS.get(services.store, WEEK).value.revisions))
        for revision in range(1, found[-1] + 1):
            assert all(frozen_file(services, WEEK, revision, name) for name in NAMES)
        assert check(services, files=False) == []
        services.store.close()
    disk.close()
    assert found == sorted(found)
    assert set(found) == {1, 2}
    assert found.count(1) > 2 * len(NAMES), "each file is synced, and its folder, before the week is published"


class Moments:
    """The database of a world as it was at one moment after another: copies, made where the log has grown meanwhile."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world, self._folder = world, folder
        self._copies: dict[Head, str] = {}
        self.noted: list[str] = []

    def note(self) -> None:
        """Note its address now, or none where documents are files."""
        self.noted.append(self._copied() if on_database() else "")

    def _copied(self) -> str:
        head = self._world.services.store.log.head()
        if head not in self._copies:
            target = self._folder / f"database{len(self._copies)}"
            copy_documents(self._world.data, target)
            self._copies[head] = database_of(target)
        return self._copies[head]


class Watched:
    """The turns of a server that say when it asks for one that another has."""

    def __init__(self, turns: Schedule) -> None:
        self._turns, self.waits = turns, Event()

    @contextmanager
    def turn(self, name: str, every_s: float = 0.0) -> Iterator[bool]:
        with self._turns.turn(name, every_s) as mine:
            if not mine:
                self.waits.set()
            yield mine

    def ran(self) -> list[Ran]:
        return self._turns.ran()


@pytest.mark.parametrize("reason", ["", "更正"])
def test_of_two_clicks_at_two_servers_the_second_makes_no_files_and_no_entry_in_the_log(tmp_path, reason):
    world = World.made_in(tmp_path / "data")
    visit(world, 0)
    office, elsewhere = world.services, open_services(world.settings)
    if reason:
        assert publish(office, "supervisor", WEEK, "", LATER) == 1
    turns, made = Watched(elsewhere.turns), []
    there = replace(elsewhere, turns=turns)

    def click() -> object:
        return publish(there, "supervisor", WEEK, reason, LATER, files=second_files)

    def second_files(week, zone):
        made.append(week.head.revision)
        yield from maker("B")(week, zone)

    def first_files(week, zone):
        clicks.append(pool.submit(click))
        assert turns.waits.wait(60)
        yield from maker("A")(week, zone)

    clicks: list[Future] = []
    with ThreadPoolExecutor(1) as pool:
        done = publish(office, "supervisor", WEEK, reason, LATER, files=first_files)
        after = office.audit.head()
        assert done == (2 if reason else 1)
        if reason:
            with pytest.raises(Stale):
                clicks[0].result(60)
        else:
            assert [one.code for one in clicks[0].result(60)] == ["index.published_meanwhile"]
    assert made == []
    assert office.audit.head() == after
    elsewhere.store.close()


_PUBLISHER = """
import sys
from datetime import datetime
from inspect_app.services import open_services
from inspect_app.services.index.frozen import WeekFile
from inspect_app.services.index.publishing import publish
from inspect_app.settings import settings_from
data, database, week, now = sys.argv[1:]
services = open_services(settings_from({"INSPECT_DATA": data, "INSPECT_DATABASE": database}))
def files(week, zone):
    print("made", flush=True)
    yield "bulletin.pdf", WeekFile("text/plain", b"x")
print("open", flush=True)
sys.stdin.readline()
done = publish(services, "supervisor", week, "", datetime.fromisoformat(now), files=files)
print(done if isinstance(done, int) else done[0].code, flush=True)
"""


def test_of_processes_that_publish_at_the_same_moment_one_does_and_makes_files(tmp_path):
    world = World.made_in(tmp_path / "data")
    visit(world, 0)
    told = (world.data, world.settings.database or "", WEEK, LATER.isoformat())
    clicking = [python(_PUBLISHER, *told) for _ in range(2)]
    first, second = sorted(released_together(clicking))
    assert first in (["index.published_meanwhile"], ["index.correction_reason_wanted"])
    assert second == ["made", "1"]


def test_who_waits_too_long_for_another_server_is_told_so_and_publishes_nothing(office, monkeypatch):
    monkeypatch.setattr(publishing, "_PATIENCE_S", 0.0)
    with office.services.turns.turn(publishing.TURN) as mine:
        assert mine
        done = publish(office.services, "supervisor", WEEK, "", LATER, files=maker("A"))
    assert [one.code for one in done] == ["index.publishing_now"]
    assert published(office.services, WEEK) is None
    assert publish(office.services, "supervisor", WEEK, "", LATER, files=maker("A")) == 1


def synced(root: Path) -> None:
    """All that was there before is on disk."""
    for path in [*root.rglob("*"), root]:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "removed": lambda content: None,
    "emptied": lambda content: b"",
    "cut": lambda content: content[:9],
    "flipped": lambda content: b"\x01" + content[1:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_file_is_not_handed_out_and_named_and_costs_no_other(office, damage):
    publish(office.services, "supervisor", WEEK, "", LATER, files=maker("A"))
    other, sha = content(office, 1, "index.xlsx"), sha256(content(office, 1).encode())
    spoil(path_of(office, sha), damage)
    with pytest.raises(FrozenDamaged, match=f"bulletin.pdf.*published/originals/{sha[:2]}/{sha}"):
        content(office, 1)
    assert content(office, 1, "index.xlsx") == other
    (said,) = check(office.services)
    assert f"{WEEK} 第1版" in said
    assert "bulletin.pdf" in said
    assert sha in said
    compared = compare(office.services, files=False)
    assert isinstance(compared, Difference)
    assert "bulletin.pdf" in compared.reason


def test_every_damaged_file_is_named(office):
    publish(office.services, "supervisor", WEEK, "", LATER, files=maker("A"))
    for name in NAMES:
        spoil(path_of(office, sha256(content(office, 1, name).encode())), DAMAGES["removed"])
    assert [name for said in check(office.services) for name in NAMES if name in said] == list(NAMES)


def test_a_damaged_list_of_files_is_told_as_such(office):
    publish(office.services, "supervisor", WEEK, "", LATER, files=maker("A"))
    listed = PUBLICATIONS.get(office.services.store, WEEK).value.revisions[0].files
    spoil(path_of(office, listed), DAMAGES["flipped"])
    afresh = replace(office.services, frozen=FrozenWeeks(open_photo_store(office.data / "published")))
    with pytest.raises(FrozenDamaged, match=listed):
        frozen_file(afresh, WEEK, 1, "bulletin.pdf")
    assert listed in check(afresh)[0]


def spoil(path: Path, damage: Callable[[bytes], bytes | None]) -> None:
    spoilt = damage(path.read_bytes())
    path.unlink() if spoilt is None else path.write_bytes(spoilt)


def test_what_an_earlier_version_published_is_frozen_once_as_it_is_made_then(office):
    publish(office.services, "supervisor", WEEK, "", LATER)
    visit(office, 1)
    publish(office.services, "supervisor", WEEK, "补录", LATER, files=maker("A"))
    second, frozen_at = content(office, 2), LATER + timedelta(days=30)
    assert frozen_file(office.services, WEEK, 1, "bulletin.pdf") is None
    assert weeks_without_files(office.services) == [WEEK]
    assert freeze_files(office.services, WEEK, maker("B"), frozen_at) == 1
    assert content(office, 1).startswith(f"bulletin.pdf B {WEEK} 1")
    assert content(office, 2) == second
    revisions = PUBLICATIONS.get(office.services.store, WEEK).value.revisions
    assert [one.files_at for one in revisions] == [frozen_at, LATER]
    assert weeks_without_files(office.services) == []
    assert freeze_files(office.services, WEEK, maker("C"), frozen_at) == 0
    assert content(office, 1).startswith("bulletin.pdf B")
    acts = [entry["act"] for entry in office.services.audit.entries()]
    assert acts.count("week.files_frozen") == 1
    assert isinstance(compare(office.services), Compared)


def test_a_server_that_starts_has_everything_frozen_behind_its_answers(office, monkeypatch):
    publish(office.services, "supervisor", WEEK, "", LATER)
    for damaged in (["users/all/journal.0：文件缺失"], []):
        monkeypatch.setattr(office.services.store, "damaged", lambda damaged=damaged: damaged)
        freeze_in_turn(office.services, maker("A"), lambda: LATER)
        office.services.after.wait()
        assert bool(frozen_file(office.services, WEEK, 1, "bulletin.pdf")) is not bool(damaged)


def test_nothing_is_frozen_of_damaged_figures(office):
    publish(office.services, "supervisor", WEEK, "", LATER)
    digest = published(office.services, WEEK).head.digest
    spoil(path_of(office, digest), DAMAGES["flipped"])
    afresh = replace(office.services, frozen=FrozenWeeks(open_photo_store(office.data / "published")))
    assert freeze_files(afresh, WEEK, maker("A"), LATER) == 0
    assert weeks_without_files(afresh) == [WEEK]


def test_a_correction_that_comes_while_files_are_made_is_not_undone(office):
    publish(office.services, "supervisor", WEEK, "", LATER)

    def slowly(week, zone):
        yield from maker("B")(week, zone)
        assert publish(office.services, "supervisor", WEEK, "更正", LATER, files=maker("A")) == 2

    assert freeze_files(office.services, WEEK, slowly, LATER) == 0
    assert [bool(one.files) for one in PUBLICATIONS.get(office.services.store, WEEK).value.revisions] == [False, True]
    assert freeze_files(office.services, WEEK, maker("B"), LATER) == 1
    assert content(office, 2).startswith("bulletin.pdf A")
