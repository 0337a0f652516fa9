"""All of a store copied into another kind of store and back: bit for bit, while others write, killed at any point."""

from __future__ import annotations

import signal
from contextlib import closing
from pathlib import Path

import pytest

from inspect_app.store import Store, StoreLeft, StoreUnfit, Write
from inspect_app.store.copying import Copy, CopySource, CopyTarget
from inspect_app.store.folder_copying import FolderSource, FolderTarget
from inspect_app.store.postgres import copying as database_copying
from inspect_app.store.postgres import open_database
from inspect_app.store.postgres.copying import DatabaseSource, DatabaseTarget
from inspect_app.store.tiny import open_store
from tests.store.databases import empty_database
from tests.store.folders import LAYOUTS, document, output_of, python
from tests.store.test_postgres import sql

DIRECTIONS = ("folder to database", "database to folder", "folder to folder", "database to database")
Place = Path | str
"""A folder, or the address of a database."""


def source_at(place: Place) -> CopySource:
    if isinstance(place, str):
        return DatabaseSource(place, LAYOUTS)
    return FolderSource(place / "store", LAYOUTS, place / "log.jsonl")


def target_at(place: Place, source: str) -> CopyTarget:
    if isinstance(place, str):
        return DatabaseTarget(place, LAYOUTS, source)
    return FolderTarget(place / "store", LAYOUTS, place / "log.jsonl", source)


def store_at(place: Place) -> Store:
    if isinstance(place, str):
        return open_database(place, LAYOUTS)
    return open_store(place / "store", LAYOUTS, log=place / "log.jsonl")


@pytest.fixture
def places(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Place, Place]:
    """Where from and where to."""
    kinds = request.param.split(" to ")
    first, second = (
        (tmp_path / f"place-{n}" if kind == "folder" else empty_database()) for n, kind in enumerate(kinds)
    )
    return first, second


def fill(place: Place, count: int = 60) -> None:
    """Documents of every kind: by week and not, changed and not, with what JSON and databases take apart."""
    with closing(store_at(place)) as store:
        for n in range(count):
            odd = {"text": "街\0道 \x01\u2028", "float": 1e16, "tiny": -0.0, "none": None, "list": [[], {}, "a" * 900]}
            id = f"v{count - n}" if n % 7 else f"v\0{n}"
            store.act(
                [Write("inspections", id, document(n, f"2026-W{40 + n % 3}", **odd), 0)],
                [{"act": "kept", "of": id, "note": "街\0道"}],
            )
        for n in range(0, count, 5):
            id = f"v{count - n}" if n % 7 else f"v\0{n}"
            kept = store.get("inspections", id)
            assert kept
            store.act([Write("inspections", id, {**kept.document, "state": "done"}, 1)], [{"act": "done", "of": id}])
        store.put_once("users", "u", {"units": ["a", "b"], "state": "x"})
        store.put_once("sites", "empty", {})
        store.log.append({"act": "end"})


def told(place: Place) -> object:
    """All that a store says, in order, and the bytes of its log."""
    with closing(source_at(place)) as source, source.reading() as image:
        rows = {part: list(image.rows(part)) for part in sorted(image.parts())}
        return rows, list(image.lines(0))


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def moved(first: Place, second: Place, *, switch: bool = True) -> Copy:
    """A whole copy, as services make it."""
    with closing(source_at(first)) as source, closing(target_at(second, source.identity)) as target:
        copy = Copy(target)
        with source.reading() as image:
            copy.catch_up(image)
        if switch:
            with source.standing_still() as still:
                copy.catch_up(still)
                copy.assert_whole(still)
                still.leave(f"{target.identity} | {target.name}", "搬走了")
            target.end()
        return copy


@pytest.mark.parametrize("places", DIRECTIONS, indirect=True)
def test_what_comes_out_is_what_went_in_and_is_worked_with_as_before(places: tuple[Place, Place]):
    first, second = places
    fill(first)
    before = told(first)
    copy = moved(first, second)
    assert told(second) == before
    assert sum(one.documents for one in copy.digests.values()) == 62
    with closing(store_at(second)) as store:
        assert store.read_all() == store.damaged() == []
        assert store.log.verify() == store.log.head() == copy.head
        assert len(store.find("inspections", area="421002001", state="done")) == 12
        assert [one.id for one in store.find("users", units="b")] == ["u"]
        assert [one.document["n"] for one in store.find("inspections", week="2026-W41")] == list(range(1, 60, 3))
        kept = store.get("inspections", "v\0" + "0")
        assert kept
        assert store.update("inspections", kept.id, kept.document, expected_revision=kept.revision).revision == 3
        assert store.put_once("inspections", kept.id, document(week="2026-W50"))[0].value == "conflict"
        assert store.log.append({"act": "after"})["seq"] == copy.head.seq + 1


def test_a_folder_into_a_database_and_back_says_the_same_and_its_log_has_the_same_bytes(tmp_path: Path):
    first, database, last = tmp_path / "first", empty_database(), tmp_path / "last"
    fill(first)
    moved(first, database)
    moved(database, last)
    assert told(last) == told(first)
    assert (last / "log.jsonl").read_bytes() == (first / "log.jsonl").read_bytes()


@pytest.mark.parametrize("places", ["folder to database"], indirect=True)
def test_the_source_is_not_written_to(places: tuple[Path, Place]):
    first, second = places
    fill(first)
    with closing(store_at(first)):
        pass
    before = files_of(first)
    moved(first, second, switch=False)
    assert files_of(first) == before


@pytest.mark.parametrize("places", DIRECTIONS[:2], indirect=True)
def test_who_was_left_keeps_nothing_more_and_says_so_until_it_is_reopened(places: tuple[Place, Place]):
    first, second = places
    fill(first, 5)
    with closing(store_at(first)) as store:
        moved(first, second)
        for write in (
            lambda: store.put_once("users", "late", {}),
            lambda: store.put_once("inspections", "late", document()),
            lambda: store.update("users", "u", {}, expected_revision=1),
            lambda: store.act([Write("users", "late", {}, 0)], [{"act": "late"}]),
            lambda: store.act([Write("sites", "late", {}, 0)]),
            lambda: store.log.append({"act": "late"}),
            store.probe,
        ):
            with pytest.raises(StoreLeft, match=r"^搬走了$"):
                write()
        assert store.get("users", "u"), "what is there can be read"
        with closing(source_at(first)) as source:
            assert (source.left_for() or "").startswith(("postgresql ", "folder "))
            assert source.reopen()
            assert not source.reopen()
        store.probe()
        store.put_once("users", "late", {})
    assert told(first) != told(second)


@pytest.mark.parametrize("places", DIRECTIONS[:2], indirect=True)
def test_a_last_pass_that_fails_lets_writers_go_on(places: tuple[Place, Place]):
    first, _ = places
    fill(first, 5)
    with closing(store_at(first)) as store, closing(source_at(first)) as source:
        with pytest.raises(ZeroDivisionError), source.standing_still():
            raise ZeroDivisionError
        store.put_once("users", "next", {})
        assert source.left_for() is None


@pytest.mark.parametrize("places", DIRECTIONS[:2], indirect=True)
def test_a_place_that_holds_something_else_is_refused_and_left_as_it_is(places: tuple[Place, Place]):
    first, second = places
    fill(first, 5)
    fill(second, 3)
    before = told(second)
    with pytest.raises(StoreUnfit, match="已有文档"):
        moved(first, second)
    assert told(second) == before
    assert told(first) != before


@pytest.mark.parametrize("places", DIRECTIONS[:2], indirect=True)
def test_a_half_copy_is_neither_opened_nor_anothers_nor_two_processes_at_once(
    places: tuple[Place, Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database_copying, "_PATIENCE_MS", 100)
    first, second = places
    fill(first, 5)
    moved(first, second, switch=False)
    other = tmp_path / "other"
    fill(other, 2)
    with pytest.raises(StoreUnfit, match="另一处没有搬完的副本"):
        moved(other, second)
    with pytest.raises(StoreUnfit, match="没有搬完的副本"):
        source_at(second)
    if isinstance(second, str):
        with pytest.raises(StoreUnfit, match="没有搬完的副本"):
            open_database(second, LAYOUTS)
    with closing(source_at(first)) as source:
        held = target_at(second, source.identity)
        with pytest.raises(StoreUnfit, match="另一个 store copy"):
            target_at(second, source.identity)
        held.close()


def test_a_log_that_is_broken_or_another_is_told_of_and_nothing_is_left(tmp_path: Path):
    first = tmp_path / "first"
    fill(first, 5)
    log = first / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:3], lines[3].replace(b"kept", b"lost"), *lines[4:]]))
    with pytest.raises(StoreUnfit, match="第4条"):
        moved(first, empty_database())
    with closing(source_at(first)) as source:
        assert source.left_for() is None


def test_a_byte_that_changed_on_the_way_is_found_before_anything_is_left(tmp_path: Path):
    first, database = tmp_path / "first", empty_database()
    fill(first, 5)
    moved(first, database, switch=False)
    sql(database, 'UPDATE users SET document = \'{"state": "y"}\'')
    with pytest.raises(StoreUnfit, match="users/all：搬过去的与原来的不同"):
        moved(first, database)
    with closing(source_at(first)) as source:
        assert source.left_for() is None


def test_an_account_that_owns_only_its_own_place_can_be_moved_from_and_to(tmp_path: Path):
    """As docs/operate/database.md has it made: no superuser."""
    first, second = empty_database(), empty_database()
    names = [place.rpartition("%3D")[2] for place in (first, second)]
    owner = f"owner_{names[0]}"
    sql(first, f"CREATE ROLE {owner} LOGIN")
    for name in names:
        sql(first, f"ALTER SCHEMA {name} OWNER TO {owner}")
    first, second = (place.replace("postgres@", f"{owner}@") for place in (first, second))
    fill(first, 5)
    moved(first, second)
    assert told(second) == told(first)
    with closing(source_at(first)) as source:
        assert source.reopen()


# Killed

KILLED = """
import os, signal, sys
from contextlib import closing
from inspect_app.store import copying
from tests.store import test_copying as ours
copying._ROWS, copying._LINES = 7, 11
first, second = (ours.Path(one) if one.startswith("/") else one for one in sys.argv[1:3])
wanted = sys.argv[3]
calls = iter(range(int(sys.argv[4]), -1, -1))
def dying(owner, name):
    real = getattr(owner, name)
    def call(*args):
        if next(calls) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args)
    setattr(owner, name, call)
from inspect_app.store import folder_copying, table
from inspect_app.store.postgres import copying as database_copying, writing
owners = {
    "put": (folder_copying.FolderTarget, database_copying.DatabaseTarget),
    "extend": (folder_copying.FolderTarget, database_copying.DatabaseTarget),
    "end": (folder_copying.FolderTarget, database_copying.DatabaseTarget),
    "leave": (folder_copying._StillFolder, database_copying._StillDatabase),
    "write": (writing._Turn,),
    "put_kept": (table.JournalTable,),
    "assert_whole": (copying.Copy,),
}
for owner in owners[wanted]:
    dying(owner, wanted)
ours.moved(first, second)
"""
BEFORE = [("put", 0), ("put", 2)]
AFTER = [("extend", 1), ("assert_whole", 0), ("leave", 0), ("end", 0)]
WITHIN = {"folder to database": [("write", 3), ("write", 0)], "database to folder": [("put_kept", 2), ("put_kept", 0)]}
"""The calls of what is killed, by name, and how many of them are let through; within a batch by the kind of target."""


@pytest.mark.parametrize(("places", "within"), WITHIN.items(), indirect=["places"])
def test_killed_at_any_point_it_goes_on_and_comes_out_the_same(
    places: tuple[Place, Place], within: list[tuple[str, int]]
):
    """Killed at one point after another of what is left to do; at no moment could both places be written to."""
    first, second = places
    fill(first)
    before = told(first)
    for point, number in [*BEFORE, *within, *AFTER]:
        process = python(KILLED, first, second, point, number)
        assert process.wait() == -signal.SIGKILL, (point, process.communicate())
        with closing(source_at(first)) as source:
            is_left = source.left_for() is not None
            assert is_left == (point == "end")
        with pytest.raises(StoreUnfit, match="没有搬完"):
            source_at(second)
        if not is_left:
            with closing(store_at(first)) as store:
                store.log.append({"act": f"between {point} {number}"})
    after = told(first)
    assert after != before
    moved(first, second)
    assert told(second) == after
    with closing(store_at(second)) as store:
        assert store.read_all() == []
        assert store.log.verify() == store.log.head()


# Under load

LOAD = """
import sys, time
from contextlib import closing
from inspect_app.store import StoreAway, StoreLeft, Write
from tests.store import test_copying as ours
from tests.store.folders import document
place = ours.Path(sys.argv[1]) if sys.argv[1].startswith("/") else sys.argv[1]
own, n = sys.argv[2], 0
with closing(ours.store_at(place)) as store:
    while True:
        id = f"{own}-{n}"
        try:
            store.act([Write("inspections", id, document(n, f"2026-W{40 + n % 3}"), 0), Write("sites", id, {}, 0)],
                      [{"act": "kept", "of": id}])
            store.put_once("users", id, {})
        except StoreLeft as error:
            if str(error) == "搬走了":
                print("left", flush=True)
                break
            time.sleep(0.01)
            continue
        except StoreAway:
            time.sleep(0.01)
            continue
        print(id, flush=True)
        n += 1
"""


@pytest.mark.parametrize("places", DIRECTIONS[:2], indirect=True)
def test_all_that_was_acknowledged_until_it_was_left_is_there_and_nothing_afterwards(places: tuple[Place, Place]):
    first, second = places
    fill(first, 5)
    writers = [python(LOAD, first, number) for number in range(2)]
    acknowledged: list[str] = []
    for writer in writers:  # both are at work
        assert writer.stdout
        acknowledged += [writer.stdout.readline().strip() for _ in range(5)]
    moved(first, second)
    for writer in writers:
        acknowledged += output_of(writer)
    ends = [line for line in acknowledged if line == "left"]
    assert len(ends) == 2
    promised = set(acknowledged) - {"left"}
    assert told(first) == told(second)
    with closing(store_at(second)) as store:
        assert promised <= {one.id for one in store.find("users")}
        visits = {one.id for one in store.find("inspections")}
        assert {one.id for one in store.find("sites")} - {"empty"} == {id for id in visits if "-" in id}
        assert promised <= visits
        assert store.log.verify() == store.log.head()
