"""Processes killed before any line of the store's code: what they leave is whole, and can be gone on with."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inspect_app.settings import PROJECT
from inspect_app.store import Put, Write
from inspect_app.store.table import JournalDB
from tests.store.folders import ACT, compact, document, filled, is_done, journal_of, kept, opened, put, ready_to_act

FOUR = {f"d{n}": n for n in range(4)}


def crashes(scenario: str, folder: Path, *, states: int, lines: int = 0) -> list[Path]:
    """The folder in each state in which a process that dies before any line leaves it; how many these are at least."""
    target = folder.parent / f"{folder.name}-after"
    target.mkdir()
    command = [sys.executable, "-m", "tests.store.crashing", scenario, str(folder), str(target)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    left = sorted(target.iterdir(), key=lambda path: int(path.name))
    found, of = map(int, done.stdout.split())
    assert len(left) == found >= states
    assert of >= lines
    return left


def assert_goes_on(folder: Path, expected: dict[str, int]) -> None:
    """It takes another document, compacts, and has one journal after that."""
    database = JournalDB(folder)
    put(database, "later", 7)
    compact(database)
    database.close()
    assert kept(folder) == {**expected, "later": 7}
    assert journal_of(folder)


@pytest.mark.parametrize("generation", [0, 1], ids=["the first", "a later"])
def test_a_crash_at_any_line_of_a_compaction_loses_nothing(tmp_path, generation):
    database = filled(tmp_path / "f")
    for _ in range(generation):
        compact(database)
        put(database, "d3", 3)
    database.close()
    steps = set()
    for state in crashes("compacting", tmp_path / "f", states=5, lines=40):
        steps.add(frozenset(path.name for path in state.iterdir()))
        assert kept(state) == FOUR, state.name
        assert_goes_on(state, FOUR)
    assert len(steps) >= 4, "old journal alone; new one begun; snapshot half written; renamed; old journal gone"


def test_a_crash_at_any_line_of_a_write_that_compacts_keeps_it_or_leaves_it_out(tmp_path):
    filled(tmp_path / "f").close()
    for state in crashes("writing_and_compacting", tmp_path / "f", states=13, lines=150):
        found = kept(state)
        assert found in (FOUR, {**FOUR, "1": 8}, {**FOUR, "1": 8, "2": 9}), state.name
        assert_goes_on(state, found)


def test_a_crash_at_any_line_of_a_put_keeps_the_document_whole_or_not_at_all_and_it_can_be_sent_again(tmp_path):
    store = opened(tmp_path / "f")
    store.put_once("inspections", "old", document())
    store.close()
    endings = set()
    for state in crashes("putting", tmp_path / "f", states=2, lines=60):
        store = opened(state)
        found = store.get("inspections", "new")
        assert found is None or (found.revision, found.document) == (1, document(1))
        result, _ = store.put_once("inspections", "new", document(1))
        assert result is (Put.SAME if found else Put.CREATED)
        assert [stored.id for stored in store.find("inspections")] == ["old", "new"]
        endings.add(result)
        store.close()
    assert endings == {Put.SAME, Put.CREATED}


def test_after_a_crash_at_any_line_of_the_very_first_put_the_id_is_free_in_any_week_or_the_document_is_there(tmp_path):
    (tmp_path / "f").mkdir()
    endings = set()
    for state in crashes("putting_first", tmp_path / "f", states=13, lines=80):
        store = opened(state)
        found = store.get("inspections", "new")
        assert store.weeks("inspections") == (["2026-W48"] if found else [])
        result, now = store.put_once("inspections", "new", document(1, "2026-W02"))
        assert result is (Put.CONFLICT if found else Put.CREATED)
        assert store.weeks("inspections") == [now.document["week"]]
        endings.add(result)
        store.close()
    assert endings == {Put.CONFLICT, Put.CREATED}


def test_a_crash_at_any_line_of_an_update_leaves_the_old_revision_or_the_new(tmp_path):
    store = opened(tmp_path / "f")
    store.put_once("inspections", "old", document())
    store.close()
    revisions = set()
    for state in crashes("updating", tmp_path / "f", states=2, lines=60):
        store = opened(state)
        found = store.get("inspections", "old")
        assert found is not None
        assert found.document["n"] == found.revision - 1
        revisions.add(found.revision)
        store.close()
    assert revisions == {1, 2}


def test_a_crash_at_any_line_of_cutting_a_torn_record_off_leaves_it_to_the_next_opening(tmp_path):
    filled(tmp_path / "f", 5).close()
    path = journal_of(tmp_path / "f")
    path.write_bytes(path.read_bytes()[:-4])
    for state in crashes("opening_torn", tmp_path / "f", states=2, lines=60):
        assert kept(state) == FOUR
        assert_goes_on(state, FOUR)


def ready(folder: Path) -> Path:
    store = opened(folder)
    ready_to_act(store)
    store.close()
    return folder


def assert_acts_go_on(folder: Path, *, done: bool) -> None:
    """The act is still what it was when opened again; it can be done where it was not; others can be done after it."""
    store = opened(folder)
    assert is_done(store) is done
    if not done:
        store.act(*ACT)
    store.act([Write("users", "w", {}, 0), Write("inspections", "later", document(), 0)], [{"act": "later", "of": "x"}])
    store.close()
    again = opened(folder)
    assert [stored.id for stored in again.find("inspections")] == ["new", "old", "later"]
    assert [entry["act"] for entry in again.log.entries()] == ["before", "first", "second", "later"]
    assert again.log.verify() == again.log.head()
    again.close()


@pytest.mark.parametrize("scenario", ["acting", "acting_again"])
def test_a_crash_at_any_step_of_an_act_leaves_all_of_it_or_nothing(tmp_path, scenario):
    """To whoever opens the folder then, and to a process that has it open already (see ``crashing.look_at``)."""
    endings, earlier = [], ["c", "o"] if scenario == "acting_again" else []
    for state in crashes(scenario, ready(tmp_path / "f"), states=8):
        store = opened(state)
        assert [stored.id for stored in store.find("counters") + store.find("others")] == earlier
        endings.append(is_done(store))
        store.close()
        assert_acts_go_on(state, done=endings[-1])
    assert endings == sorted(endings), "once kept, it is kept at every later step"
    assert set(endings) == {True, False}


def test_a_crash_at_any_step_of_finishing_an_act_leaves_it_to_the_next_opening(tmp_path, monkeypatch):
    store = opened(ready(tmp_path / "f"))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("inspect_app.store.acts._carry_out", die)
        with pytest.raises(KeyboardInterrupt):
            store.act(*ACT)
    shutil.copytree(tmp_path / "f", tmp_path / "g")
    for state in crashes("finishing", tmp_path / "g", states=8):
        store = opened(state)
        assert is_done(store)
        store.close()
        assert_acts_go_on(state, done=True)
