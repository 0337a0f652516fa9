"""A damaged store made usable again: one changed byte costs nothing, more costs what stood there and is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.store import Broken, Head, Stored, StoreDamaged
from inspect_app.store.lines import encode
from inspect_app.store.repair import EarlierCopy, Repaired, repair
from inspect_app.store.repair.log import LogExamined
from inspect_app.store.repair.pieces import pieces
from tests.store.folders import LAYOUTS, WEEK, document, filled, opened, started

RECORDS = [[["documents", f"d{n}", {"n": n, "text": "街道" * n, "_revision": 1}]] for n in range(5)]
CONTENT = b"".join(map(encode, RECORDS))


@given(at=st.integers(0, len(CONTENT) - 1), change=st.integers(1, 255))
def test_one_byte_that_is_any_other_costs_nothing(at, change):
    spoilt = CONTENT[:at] + bytes([CONTENT[at] ^ change]) + CONTENT[at + 1 :]
    found = list(pieces(spoilt, noted=len(CONTENT)))
    assert [piece.payload for piece in found] == RECORDS
    assert b"".join(piece.raw for piece in found) == spoilt


@given(begin=st.integers(0, len(CONTENT) - 1), rest=st.binary(min_size=2, max_size=80))
def test_of_more_nothing_is_made_up(begin, rest):
    spoilt = CONTENT[:begin] + rest + CONTENT[begin + len(rest) :]
    found = list(pieces(spoilt, noted=len(spoilt)))
    assert all(piece.payload in RECORDS for piece in found if not piece.is_lost)
    assert b"".join(piece.raw for piece in found) == spoilt


def test_a_record_never_written_to_its_end_is_none_and_one_that_was_noted_is_lost():
    torn = CONTENT[:-7]
    assert [piece.payload for piece in pieces(torn)] == RECORDS[:-1]
    assert [piece.is_lost for piece in pieces(torn, noted=len(CONTENT))] == [False] * 4 + [True]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A store's folder with visits, users and a log, and a copy of an hour ago without the last visit beside it."""
    store = opened(tmp_path / "store")
    for n in range(4):
        store.put_once("inspections", f"v{n}", document(n))
        store.put_once("users", f"u{n}", {"state": "active", "n": n})
        store.log.append({"act": "told", "of": f"v{n}", "after": {"n": n, "text": "街道"}})
    store.close()
    shutil.copytree(tmp_path / "store", tmp_path / "copy")
    store = opened(tmp_path / "store")
    store.put_once("inspections", "v4", document(4))
    store.update("users", "u0", {"state": "left", "n": 0}, expected_revision=1)
    store.log.append({"act": "told", "of": "v4", "after": {"n": 4}})
    store.close()
    return tmp_path / "store"


def contents(folder: Path) -> dict[str, list[Stored]]:
    store = opened(folder)
    try:
        assert not store.read_all()
        return {name: sorted(store.find(name), key=lambda one: one.id) for name in ("inspections", "users")}
    finally:
        store.close()


def ids(stored: Iterable[Stored]) -> list[str]:
    return [one.id for one in stored]


def repaired(folder: Path, source: Path | None = None, *, dry_run: bool = False) -> tuple[list[Repaired], LogExamined]:
    copy = EarlierCopy(source, source / "log.jsonl") if source else None
    return repair(folder, LAYOUTS, folder / "log.jsonl", folder.parent / "aside", copy, dry_run=dry_run)


def blotted(path: Path, word: bytes, length: int = 20) -> None:
    """Overwrite some bytes from a word on."""
    content = path.read_bytes()
    at = content.index(word)
    path.write_bytes(content[:at] + b"#" * length + content[at + length :])


def flipped(path: Path, at: int) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_where_nothing_is_damaged_nothing_is_written(whole):
    before = bytes_of(whole)
    sets, log = repaired(whole)
    assert (sets, log.is_sound) == ([], True)
    assert bytes_of(whole) == before


@pytest.mark.parametrize("name", ["inspections/ids", f"inspections/{WEEK}", "users/all"])
def test_a_flipped_bit_of_a_file_set_costs_nothing(whole, name):
    before = contents(whole)
    (journal,) = (whole / name).glob("journal.*")
    spoilt = journal.read_bytes()
    flipped(journal, len(spoilt) // 2)
    damaged = journal.read_bytes()
    (one,), log = repaired(whole)
    assert (one.name, one.mended, one.lost, one.gone, one.older) == (name, 1, (), (), ())
    assert log.is_sound
    assert (whole.parent / "aside" / "store" / name / journal.name).read_bytes() == damaged
    assert contents(whole) == before


def test_what_is_lost_is_named_and_the_rest_is_there(whole):
    before = contents(whole)
    blotted(whole / "inspections" / WEEK / "journal.0", b'"area"')
    blotted(whole / "users" / "all" / "journal.0", b'"left"')
    (visits, users), _ = repaired(whole)
    assert (visits.name, visits.gone, visits.older) == (f"inspections/{WEEK}", ("v0",), ())
    assert (users.name, users.gone, users.older) == ("users/all", (), ("u0",))
    after = contents(whole)
    assert ids(after["inspections"]) == ["v1", "v2", "v3", "v4"]
    assert after["users"][0].document == {"state": "active", "n": 0}
    assert after["users"][1:] == before["users"][1:]


def test_a_copy_gives_what_is_lost_and_takes_nothing_back(whole):
    before = contents(whole)
    blotted(whole / "inspections" / WEEK / "journal.0", b'"area"')
    copy = bytes_of(whole.parent / "copy")
    (visits,), _ = repaired(whole, whole.parent / "copy")
    assert (visits.taken, visits.kept, visits.lost) == (1, 5, ())
    assert contents(whole) == before
    assert bytes_of(whole.parent / "copy") == copy


def test_a_folder_that_is_gone_comes_from_the_copy_but_for_what_came_later(whole):
    shutil.rmtree(whole / "inspections" / WEEK)
    (visits,), _ = repaired(whole, whole.parent / "copy")
    assert visits.lacks
    assert ids(contents(whole)["inspections"]) == ["v0", "v1", "v2", "v3"]


def test_claims_that_are_gone_are_made_anew_of_the_weeks(whole):
    before = contents(whole)
    shutil.rmtree(whole / "inspections" / "ids")
    repaired(whole)
    assert contents(whole) == before
    store = opened(whole)
    assert all(store.get("inspections", one.id) == one for one in before["inspections"])
    store.close()


def test_a_snapshot_whose_head_is_gone_is_read_with_all_that_came_after(tmp_path):
    database = filled(tmp_path / "store" / "users" / "all")
    with database.documents.journal.exclusive():
        database.documents.journal._compact()
    database.close()
    (tmp_path / "store" / "log.jsonl").touch()
    snapshot = tmp_path / "store" / "users" / "all" / "snapshot.json"
    blotted(snapshot, b"generation")
    (users,), _ = repaired(tmp_path / "store")
    assert (users.kept, users.unnamed) == (4, 1)
    assert ids(contents(tmp_path / "store")["users"]) == ["d0", "d1", "d2", "d3"]


def test_acts_that_are_damaged_open_again_and_name_what_they_changed(whole):
    (journal,) = (whole / "_acts").glob("journal.*")
    change = ["inspections", WEEK, "v1", document(9)]
    journal.write_bytes(encode([["acts", "a", {"changes": [change], "entries": []}]]))
    blotted(journal, b'"area"')
    with pytest.raises(StoreDamaged):
        opened(whole)
    (acts,), _ = repaired(whole)
    assert (acts.name, acts.gone) == ("_acts", ("inspections/v1",))
    assert len(contents(whole)["inspections"]) == 5


def test_a_dry_run_says_the_same_and_writes_nothing(whole):
    blotted(whole / "inspections" / WEEK / "journal.0", b'"area"')
    flipped(whole / "log.jsonl", 30)
    before = bytes_of(whole)
    said = repaired(whole, dry_run=True)
    assert bytes_of(whole) == before
    assert repaired(whole) == said


def verified(folder: Path) -> Head | Broken:
    store = opened(folder)
    try:
        return store.log.verify()
    finally:
        store.close()


def test_any_flipped_bit_of_the_log_is_put_right(whole):
    log = whole / "log.jsonl"
    content = log.read_bytes()
    for at in range(0, len(content), 7):
        flipped(log, at)
        sets, found = repaired(whole)
        assert (sets, bool(found.mended)) == ([], True), at
        assert log.read_bytes() == content, at


def test_a_line_of_the_log_that_is_lost_is_taken_from_the_copy_or_left_as_it_is(whole):
    log = whole / "log.jsonl"
    content = log.read_bytes()
    blotted(log, b'"told"')
    damaged = log.read_bytes()
    _, found = repaired(whole)
    assert (found.damaged, log.read_bytes()) == ((1,), damaged)
    assert isinstance(verified(whole), Broken)
    _, found = repaired(whole, whole.parent / "copy")
    assert (found.taken, log.read_bytes()) == ((1,), content)
    assert verified(whole) == Head(5, json.loads(content.splitlines()[-1])["hash"])


def test_an_end_of_the_log_that_is_lost_is_cut_off_and_the_log_goes_on(whole):
    log = whole / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:-1], b"#" * len(lines[-1][:-1]) + b"\n"]))
    _, found = repaired(whole)
    assert len(found.cut) == len(lines[-1])
    assert log.read_bytes() == b"".join(lines[:-1])
    store = opened(whole)
    assert store.log.append({"act": "next", "of": "x"})["seq"] == 5
    store.close()


KILLED = """
import os, sys
from pathlib import Path
from inspect_app.store.repair import repair, file_set
from tests.store.folders import LAYOUTS
step, folder = int(sys.argv[1]), Path(sys.argv[2])
calls = 0
def dying(function):
    def one(*given, **named):
        global calls
        calls += 1
        if calls == step:
            os._exit(9)
        return function(*given, **named)
    return one
for name in ("keep_copy", "write_snapshot", "sync_folder"):
    setattr(file_set, name, dying(getattr(file_set, name)))
repair(folder, LAYOUTS, folder / "log.jsonl", folder.parent / "aside")
"""


def test_a_repair_that_dies_at_any_step_is_done_by_the_next(whole):
    before = contents(whole)
    flipped(whole / "users" / "all" / "journal.0", 40)
    for step in range(1, 30):
        shutil.rmtree(whole.parent / "try", ignore_errors=True)
        shutil.copytree(whole, whole.parent / "try" / "store")
        died = started(KILLED, step, whole.parent / "try" / "store")
        died.communicate()
        repaired(whole.parent / "try" / "store")
        assert contents(whole.parent / "try" / "store") == before
        if died.returncode == 0:
            break
    assert (died.returncode, step > 4) == (0, True)
