"""What every queue and every schedule does, whatever keeps it. A new kind is one more line in ``KINDS``."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from inspect_app.collections import TooNew
from inspect_app.photos.objects import ObjectsAway
from inspect_app.services import afterwards
from inspect_app.services.afterwards import Afterwards, NotYet
from inspect_app.store import Write, jobs
from inspect_app.store.jobs import MOST_TRIES, Jobs, JobState, Waiting
from inspect_app.store.postgres import open_database
from inspect_app.store.turns import FileTurns, Schedule
from inspect_app.store.waiting import WaitingList, leave_rows
from tests.measured import PATIENCE_S
from tests.store.databases import empty_database
from tests.store.folders import LAYOUTS, document, python


@dataclass
class Queue:
    """A queue that is opened as often as one likes, as by so many processes."""

    opened: Callable[[], tuple[Jobs, Schedule]]
    sql: Callable[[str], None]

    def now_due(self) -> None:
        """As after the pauses between tries."""
        self.sql("UPDATE {jobs} SET not_before = {long_ago}")


def folder_queue(folder: Path) -> Queue:
    def sql(change: str) -> None:
        (path,) = (folder / "waiting").glob("waiting-*.sqlite")
        with sqlite3.connect(path) as database:
            database.execute(change.format(jobs="waiting", long_ago="0"))

    return Queue(lambda: (WaitingList(folder / "waiting"), FileTurns(folder / "schedule")), sql)


def database_queue(_: Path) -> Queue:
    address = empty_database()

    def opened() -> tuple[Jobs, Schedule]:
        store = open_database(address, LAYOUTS)
        return store.jobs, store.turns

    def sql(change: str) -> None:
        with psycopg.connect(address) as database:
            database.execute(change.format(jobs="_jobs", long_ago="'-infinity'").encode())

    return Queue(opened, sql)


KINDS = {"files": folder_queue, "postgres": database_queue}


@pytest.fixture(params=KINDS)
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    return KINDS[request.param](tmp_path)


def ids(found: list[Waiting]) -> list[str]:
    return [one.id for one in found]


def states(listed: Jobs) -> dict[str, JobState]:
    return {one.kind: one.state for one in listed.totals()}


def wait_for(there: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < until
        time.sleep(0.02)


def in_a_process(work: Callable[[], object]) -> int:
    """Run something in another process, and give its number."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def killed(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_kinds_come_by_their_rank_and_what_is_asked_for_again_comes_last(queue):
    listed, _ = queue.opened()
    listed.add_all("late", [("l", 1)])
    listed.add_all("soon", [("a", 2), ("b\0", 3), ("c", 0)])
    listed.add_all("soon", [("a", 9)])
    listed.add("soon", "a", 4)
    assert ids(listed.due(("soon", "late"), 9)) == ["b\0", "c", "a", "l"]
    assert ids(listed.due(("soon", "late"), 2)) == ["b\0", "c"]
    first = listed.due(("soon",), 1)[0]
    assert ids(listed.due(("soon",), 9, [first.place])) == ["c", "a"]
    assert listed.backlog("soon").photos == 7
    assert listed.backlog("nothing").oldest is None


def test_what_stands_behind_another_kind_waits_for_all_of_it_that_came_before_wherever_it_is_done(queue):
    """But not for what failed: nothing is held up by one that is poisoned."""
    (one, _), (other, _) = queue.opened(), queue.opened()

    def due() -> list[str]:
        return ids(other.due(("compare", "search"), 9, behind={"compare": "check"}))

    one.add_all("check", [("a", 1), ("b", 1)])
    one.add_all("compare", [("a", 1)])
    one.add_all("search", [("s", 1)])
    one.add_all("check", [("c", 1)])
    first, second, _ = one.due(("check",), 9)
    assert due() == ["s"]
    assert one.begun(first)
    assert one.begun(second)
    assert due() == ["s"], "what is in hand is not done"
    one.done(first)
    assert due() == ["s"]
    one.failed(second, "poison")
    assert due() == ["a", "s"], "what came later is not waited for"
    one.add("check", "a", 1)
    one.add("compare", "z", 1)
    assert due() == ["a", "s"], "nor what is asked for anew, but by who came after that"


def test_of_two_who_take_the_same_job_one_has_it_until_it_is_struck_off(queue):
    (one, _), (other, _) = queue.opened(), queue.opened()
    one.add("checks", "a", 1)
    (work,) = one.due(("checks",), 9)
    assert [one.begun(work), other.begun(work)] == [True, False]
    assert other.due(("checks",), 9) == []
    assert states(other) == {"checks": JobState.RUNNING}
    assert other.state("checks", "a") is JobState.RUNNING
    one.done(work)
    assert one.totals() == []
    assert other.state("checks", "a") is None


def test_what_was_asked_for_again_while_it_was_done_is_done_again(queue):
    listed, _ = queue.opened()
    listed.add("checks", "a", 1)
    (work,) = listed.due(("checks",), 9)
    listed.begun(work)
    listed.add("checks", "a", 1)
    listed.done(work)
    listed.failed(work, "too late to tell")
    assert [(one.id, one.tries) for one in listed.due(("checks",), 9)] == [("a", 0)]


def test_a_killed_workers_job_is_taken_by_another_when_no_sign_of_life_came_for_a_while(queue, monkeypatch):
    monkeypatch.setattr(jobs, "LEASE_S", 0.5)
    listed, _ = queue.opened()
    listed.add("checks", "a", 1)

    def take() -> None:
        mine, _ = queue.opened()
        assert mine.begun(mine.due(("checks",), 9)[0])
        os.kill(os.getpid(), signal.SIGKILL)

    os.waitpid(in_a_process(take), 0)
    wait_for(lambda: bool(listed.due(("checks",), 9)))
    (work,) = listed.due(("checks",), 9)
    assert work.tries == 1
    assert listed.begun(work)


def test_who_is_alive_keeps_a_job_beyond_its_lease(queue):
    (one, _), (other, _) = queue.opened(), queue.opened()
    one.add("checks", "a", 1)
    (work,) = one.due(("checks",), 9)
    one.begun(work)
    queue.now_due()
    one.alive([work.place])
    assert other.due(("checks",), 9) == []
    queue.now_due()
    other.alive([work.place])
    assert ids(other.due(("checks",), 9)) == ["a"]


@pytest.mark.parametrize("told", [True, False])
def test_what_fails_or_kills_five_times_is_set_aside_until_somebody_decides(queue, told: bool):
    listed, _ = queue.opened()
    listed.add("checks", "bad\0", 1)
    for _ in range(5):
        (work,) = listed.due(("checks",), 9)
        listed.begun(work)
        if told:
            listed.failed(work, "poison\0")
            assert listed.due(("checks",), 9) == []
        queue.now_due()
    assert listed.due(("checks",), 9) == []
    assert states(listed) == {"checks": JobState.SET_ASIDE}
    assert [(one.id, one.error) for one in listed.set_aside()] == [("bad\0", "poison\0" if told else "")]
    assert listed.backlog("checks").set_aside == 1
    assert listed.try_again("checks", "another") == []
    assert [one.id for one in listed.try_again("checks", "bad\0")] == ["bad\0"]
    (work,) = listed.due(("checks",), 9)
    assert not listed.give_up("checks", "bad\0")
    listed.begun(work)
    listed.failed(work, "beyond its time", for_good=True)
    assert [listed.give_up("checks", "bad\0"), listed.give_up("checks", "bad\0")] == [True, False]
    assert listed.totals() == []


def test_what_cannot_be_done_yet_has_not_failed(queue):
    listed, _ = queue.opened()
    listed.add("checks", "a", 1)
    (work,) = listed.due(("checks",), 9)
    listed.begun(work)
    listed.put_off(work, 1000, "nobody answers\0")
    assert [(one.id, one.error) for one in listed.troubled("checks")] == [("a", "nobody answers\0")]
    assert (states(listed), listed.set_aside()) == ({"checks": JobState.AGAIN}, [])
    assert listed.due(("checks",), 9) == []
    queue.now_due()
    assert listed.due(("checks",), 9)[0].tries == 0


def test_whether_the_history_was_looked_through_is_kept(queue):
    listed, _ = queue.opened()
    listed.add("checks", "a", 1)
    assert not listed.is_complete
    listed.note_complete()
    assert queue.opened()[0].is_complete


def test_two_processes_do_each_job_once(queue, tmp_path: Path):
    listed, _ = queue.opened()
    listed.add_all("checks", [(f"job-{n}", 1) for n in range(60)])

    def work() -> None:
        mine, _ = queue.opened()
        after = Afterwards(mine, threads=2)
        after.work(("checks",), lambda one, turn: os.close(os.open(tmp_path / one.id, os.O_CREAT | os.O_EXCL)))
        after.begin()
        after.wait()

    for child in [in_a_process(work) for _ in range(2)]:
        os.waitpid(child, 0)
    assert listed.totals() == []
    assert len(list(tmp_path.glob("job-*"))) == 60


def test_a_job_that_hangs_holds_up_no_other_and_is_set_aside_with_its_reason(queue):
    """Each thread hangs once: others take their places, those that come after in the same line included."""
    listed, _ = queue.opened()
    over, done = threading.Event(), []
    after = Afterwards(listed, threads=1, limit_s=0.4)

    def perform(one: Waiting, turn) -> None:
        if one.id.startswith("hangs"):
            over.wait(PATIENCE_S)
        turn.wait()
        done.append(one.id)

    listed.add_all("checks", [("hangs-1", 1), ("hangs-2", 1), ("good", 1)])
    after.work(("checks",), perform)
    after.begin()
    try:
        wait_for(lambda: len(listed.set_aside()) == 2 and done == ["good"])
        assert {one.error for one in listed.set_aside()} == {"超过 0 分钟没有做完"}
    finally:
        over.set()


def test_a_scheduled_job_is_run_by_one_at_a_time_and_not_before_its_time(queue):
    (_, one), (_, other) = queue.opened(), queue.opened()
    with one.turn("reminding", 60) as mine:
        assert mine
        with other.turn("reminding") as too, other.turn("sweeping") as else_:
            assert (too, else_) == (False, True)
        assert [(ran.name, ran.is_running) for ran in other.ran()] == [("reminding", True), ("sweeping", False)]
    for asked, expected in ((60, False), (0, True)):
        with other.turn("reminding", asked) as again:
            assert again is expected
    with pytest.raises(ValueError, match="broken"), one.turn("reminding") as mine:
        raise ValueError("broken")
    (told, _) = other.ran()
    assert (told.error, told.is_running, told.ended_at is not None) == ("ValueError: broken", False, True)


def test_the_turn_of_a_killed_server_is_anothers(queue, monkeypatch, tmp_path: Path):
    monkeypatch.setattr("inspect_app.store.postgres.turns._LEASE_S", 0.5)

    def run() -> None:
        _, turns = queue.opened()
        with turns.turn("backup", 3600) as mine:
            (tmp_path / f"begun-{mine}").touch()
            time.sleep(PATIENCE_S)

    child = in_a_process(run)
    wait_for((tmp_path / "begun-True").exists)
    _, other = queue.opened()
    with other.turn("backup") as mine:
        assert not mine
    killed(child)

    def taken() -> bool:
        with other.turn("backup", 3600) as mine:
            return mine

    wait_for(taken)


@pytest.mark.parametrize("away", [TooNew("by a later version"), ObjectsAway("no answer")], ids=["newer", "objects"])
def test_what_a_newer_release_wrote_or_an_object_store_does_not_give_is_no_failure(queue, monkeypatch, away: Exception):
    listed, _ = queue.opened()
    monkeypatch.setattr(afterwards, "_AWAY_S", 0.0)
    monkeypatch.setattr(afterwards, "_LOOK_EVERY_S", 0.05)
    asked, done = [], []

    def perform(one: Waiting, turn) -> None:
        asked.append(one.tries)
        if len(asked) < MOST_TRIES + 2:
            raise away
        done.append(one.id)

    after = Afterwards(listed, threads=1)
    after.stay()
    listed.add("checks", "a", 1)
    after.work(("checks",), perform)
    after.begin()
    wait_for(lambda: listed.totals() == [])
    assert (done, set(asked)) == (["a"], {0})
    after.hand_over(PATIENCE_S)


def test_a_job_whose_act_another_process_has_under_way_is_done_soon_after(queue, monkeypatch):
    """Who was too early comes again by itself: who listed it sees it put off, and would look much later."""
    listed, _ = queue.opened()
    monkeypatch.setattr(afterwards, "_LOOK_AGAIN_S", 0.1)
    monkeypatch.setattr(afterwards, "_LOOK_EVERY_S", 3600.0)
    done: list[str] = []

    def perform(one: Waiting, turn) -> None:
        done.append(one.id)
        if len(done) < 3:
            raise NotYet

    after = Afterwards(listed, threads=1)
    after.stay()
    listed.add("checks", "a", 1)
    after.work(("checks", "comparisons"), perform, {"comparisons": "checks"})
    after.begin()
    wait_for(lambda: listed.totals() == [])
    assert done == ["a"] * 3
    after.hand_over(PATIENCE_S)


REFUSED = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '{code}'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON _jobs FOR EACH ROW EXECUTE FUNCTION refuse()
"""


@pytest.mark.parametrize("code", ["disk_full", "insufficient_privilege", "data_corrupted"])
def test_where_a_database_takes_no_notes_threads_live_and_go_on_once_it_does(monkeypatch, caplog, code: str):
    queue = database_queue(Path())
    listed, _ = queue.opened()
    monkeypatch.setattr(afterwards, "_LOOK_EVERY_S", 0.05)
    after, done = Afterwards(listed, threads=1), []
    after.stay()
    listed.add("checks", "a", 1)
    queue.sql(REFUSED.format(code=code))
    after.work(("checks",), lambda one, turn: done.append(one.id))
    after.begin()
    wait_for(lambda: caplog.text.count("is put off") >= 2)
    assert done == []
    queue.sql("DROP TRIGGER refuse ON _jobs")
    wait_for(lambda: listed.totals() == [])
    assert done == ["a"]
    after.hand_over(PATIENCE_S)


def test_in_a_database_a_job_is_entered_by_the_act_that_asks_for_it_or_not_at_all():
    store = open_database(empty_database(), LAYOUTS)
    with store.jobs.entered("checks", "a", 3):
        assert store.jobs.totals() == []
        store.act([Write("users", "u", {"state": "active"}, 0)])
        assert [one.id for one in store.jobs.due(("checks",), 9)] == ["a"]
    store.act([Write("users", "v", {"state": "active"}, 0)])
    with pytest.raises(Exception, match="users/u"), store.jobs.entered("checks", "b", 3):
        store.act([Write("users", "u", {"state": "blocked"}, 0)])
    store.put_once("inspections", "i", document())
    assert [one.id for one in store.jobs.due(("checks",), 9)] == ["a"]
    store.close()


def test_a_list_of_an_earlier_version_is_worked_on_and_can_be_taken_over_by_a_database(tmp_path: Path):
    """Written before jobs had holders, within one run of the machine."""
    listed = WaitingList(tmp_path)
    listed.add("checks", "a", 2)
    listed.close()
    (path,) = tmp_path.glob("waiting-*.sqlite")
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE waiting DROP COLUMN holder")
        database.execute("UPDATE waiting SET tries = 1, not_before = 9e12")
    store = open_database(empty_database(), LAYOUTS)
    store.jobs.earlier = tmp_path
    store.jobs.take_over()
    for queue in (WaitingList(tmp_path), store.jobs):
        (work,) = queue.due(("checks",), 9)
        assert (work.id, work.tries, queue.begun(work)) == ("a", 1, True)
    store.close()


def test_what_another_place_handed_on_to_one_server_is_listed_though_another_began_first(tmp_path: Path):
    address = empty_database()
    first, second = (open_database(address, LAYOUTS) for _ in range(2))
    first.jobs.earlier, second.jobs.earlier = tmp_path / "first", tmp_path / "second"
    leave_rows(second.jobs.earlier, [("comparisons", "a", 3, 0.0, 0, "")])
    first.jobs.note_complete()
    assert (first.jobs.is_complete, second.jobs.is_complete) == (True, False)
    second.jobs.take_over()
    second.jobs.note_complete()
    assert second.jobs.is_complete
    assert [one.id for one in first.jobs.due(("comparisons",), 9)] == ["a"]
    first.close()
    second.close()


HOLDER = """
import sys
from pathlib import Path
from inspect_app.store.waiting import WaitingList
queue = WaitingList(Path(sys.argv[1]))
(first, _) = queue.due(("checks",), 9)
assert queue.begun(first)
print("begun", flush=True)
sys.stdin.read()
"""


def test_in_a_folder_what_a_dead_process_held_is_begun_at_once_and_in_its_turn(tmp_path: Path):
    queue = WaitingList(tmp_path)
    queue.add_all("checks", [("first", 1), ("second", 1)])
    process = python(HOLDER, tmp_path)
    assert process.stdout
    assert process.stdout.readline() == "begun\n"
    queue.free_what_the_dead_hold()
    assert [one.id for one in queue.due(("checks",), 9)] == ["second"]
    process.kill()
    process.wait()
    queue.free_what_the_dead_hold()
    assert [(one.id, one.tries) for one in queue.due(("checks",), 9)] == [("first", 1), ("second", 0)]
    assert not list(tmp_path.glob("alive-*"))
