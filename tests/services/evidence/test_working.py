"""What waits behind the acknowledgements is found again, keeps its order, and what fails holds up nothing else."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from inspect_app.collections.evidence.checks import PHOTO_CHECKS
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.afterwards import Afterwards
from inspect_app.services.evidence import working
from inspect_app.services.evidence.working import CHECKS, backlog, catch_up
from inspect_app.services.inspecting.submitting import submit
from inspect_app.store import jobs, waiting
from inspect_app.store.jobs import Waiting
from inspect_app.store.waiting import WaitingList
from tests.queued import age
from tests.web.builders import signed_in
from tests.world import NOW, World, evidence, failing, new_id, photo, received

ON_FOLDER = pytest.mark.folder("of the list of a folder")


def sent(world: World, content: bytes, id: str = "") -> str:
    received(world.services, content)
    raw = world.submission("public-toilet", photos=[evidence(content, "open")])
    raw["answers"] = failing(raw["answers"], world.checklist("public-toilet"), "open")
    inspector, id = find_user(world.services.store, "inspector"), id or new_id()
    assert inspector
    assert submit(world.services, inspector, id, raw, NOW + timedelta(minutes=20)).kept
    return id


def run(world: World, *arguments: str) -> str:
    done = world.app().test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 0, done.output
    return done.output


def signals(world: World, id: str) -> set[str]:
    kept = PHOTO_CHECKS.get(world.services.store, id)
    assert kept
    return {one.name for one in kept.value.photos[0].signals}


def test_of_photos_that_are_the_same_the_later_one_is_told_so_with_several_threads_at_work(world, monkeypatch):
    with monkeypatch.context() as held:
        held.setattr(world.services.after, "begin", lambda: None)
        pairs = [(sent(world, photo(n, (320, 240))), sent(world, photo(n, (320, 240)))) for n in range(6)]
    catch_up(world.services)
    world.services.after.wait()
    for first, second in pairs:
        assert ("same_bytes" in signals(world, first), "same_bytes" in signals(world, second)) == (False, True)


def test_what_fails_holds_up_nothing_else_and_is_set_aside_in_the_end(world, monkeypatch):
    check, bad = working.check_inspection, new_id()

    def poisoned(services, id, in_turn):
        if id == bad:
            raise ValueError("poison")
        return check(services, id, in_turn)

    monkeypatch.setattr(working, "check_inspection", poisoned)
    sent(world, photo(1, (320, 240)), bad)
    good = sent(world, photo(2, (320, 240)))
    world.services.after.wait()
    assert PHOTO_CHECKS.get(world.services.store, good)
    assert backlog(world.services).photos == 1
    for _ in range(4):
        age(world, 0, due=True)
        world.services.after.wait()
    assert backlog(world.services).set_aside == 1
    assert not world.services.after.waiting.due((CHECKS,), 10)
    desk = signed_in(world, "supervisor").get("/review/desk/").text
    assert "1 张尚未检查" in desk
    assert "已搁置" in desk
    told = run(world, "photos", "retry", "--dry-run")
    assert "检查\t" + bad + "\tValueError: poison" in told
    assert backlog(world.services).set_aside == 1
    monkeypatch.setattr(working, "check_inspection", check)
    assert "已重新排队 1 项" in run(world, "photos", "retry")
    world.services.after.wait()
    assert PHOTO_CHECKS.get(world.services.store, bad)
    assert "已重新排队 0 项" in run(world, "photos", "retry")


@ON_FOLDER
def test_an_older_folder_is_looked_through_once(world, monkeypatch):
    with monkeypatch.context() as held:
        held.setattr(world.services.after, "begin", lambda: None)
        id = sent(world, photo(1, (320, 240)))
    world.services.after.waiting.close()
    for path in (world.data / "waiting").iterdir():
        path.unlink()
    catch_up(world.services)
    world.services.after.wait()
    world.services.after.wait()
    assert PHOTO_CHECKS.get(world.services.store, id)
    assert world.services.after.waiting.is_complete
    monkeypatch.setattr(working, "unchecked_inspections", lambda services: pytest.fail("history was read again"))
    catch_up(world.services)
    world.services.after.wait()


@pytest.mark.parametrize("step", ["add", "begun", "done"])
def test_what_a_killed_process_listed_is_still_listed(tmp_path: Path, monkeypatch, step: str):
    """Killed right behind each step: the list is as that step left it; what was in hand is free after its lease."""
    monkeypatch.setattr(jobs, "LEASE_S", 0.2)
    child = os.fork()
    if child == 0:
        listed = WaitingList(tmp_path)
        listed.add(CHECKS, "earlier", 2)
        listed.add(CHECKS, "one", 3)
        if step != "add":
            (first, _) = listed.due((CHECKS,), 9)
            getattr(listed, step)(first)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    after = WaitingList(tmp_path)
    expected = ["one"] if step == "done" else ["earlier", "one"]
    wait_for(lambda: [one.id for one in after.due((CHECKS,), 9)] == expected)
    assert after.backlog(CHECKS).photos == (3 if step == "done" else 5)


def test_an_inspection_whose_act_was_never_done_holds_no_place_for_ever(world):
    world.services.after.waiting.add(CHECKS, new_id(), 1)
    catch_up(world.services)
    world.services.after.wait()
    age(world, 100, due=True)
    world.services.after.wait()
    assert backlog(world.services).oldest is None


def test_a_file_that_is_no_list_is_made_anew_and_the_history_counts_as_not_looked_through(tmp_path: Path):
    listed = WaitingList(tmp_path)
    listed.add(CHECKS, "one", 1)
    listed.note_complete()
    listed.close()
    (path,) = tmp_path.glob("waiting-*.sqlite")
    path.write_bytes(b"no database at all" * 100)
    again = WaitingList(tmp_path)
    assert again.backlog(CHECKS).photos == 0
    assert not again.is_complete
    again.add(CHECKS, "two", 1)
    assert [one.id for one in again.due((CHECKS,), 9)] == ["two"]
    assert again.backlog(CHECKS).oldest <= datetime.now(UTC)


@ON_FOLDER
@pytest.mark.parametrize("damaged", [False, True])
def test_what_was_listed_before_the_machine_went_down_is_done_after_it(world, monkeypatch, damaged: bool):
    """Also what the history does not tell: comparisons of an inspection that was checked, and what was set aside."""
    compared: list[str] = []
    monkeypatch.setitem(working.KINDS, "comparisons", lambda services, id, in_turn: compared.append(id))
    id, gone = sent(world, photo(1, (320, 240))), new_id()
    world.services.after.wait()
    monkeypatch.setattr(waiting, "_boot", lambda: "an earlier run")
    before = WaitingList(world.data / "waiting")
    before.add("comparisons", id, 1)
    before.add("searches", gone, 1)
    before.begun(aside := Waiting(2, "searches", gone, NOW, 0))
    before.failed(aside, "", for_good=True)
    before.close()
    (path,) = (world.data / "waiting").glob("waiting-an earlier run.sqlite")
    if damaged:
        path.write_bytes(path.read_bytes()[:1024])
    (world.data / "waiting" / "complete").unlink(missing_ok=True)
    catch_up(world.services)
    world.services.after.wait()
    assert compared == ([] if damaged else [id])
    assert [one.id for one in world.services.after.waiting.set_aside()] == ([] if damaged else [gone])
    assert world.services.after.waiting.is_complete
    assert not path.exists()


def test_threads_of_a_process_that_is_no_server_end_when_there_is_nothing_to_do_and_begin_again(tmp_path):
    after = Afterwards(WaitingList(tmp_path / "waiting"), threads=1)
    done: list[int] = []
    for number in range(3):
        before = set(threading.enumerate())
        assert after.offer("a number", partial(done.append, number))
        begun = set(threading.enumerate()) - before
        assert begun
        after.wait()
        wait_for(lambda begun=begun: not begun & set(threading.enumerate()))
    assert done == [0, 1, 2]


def wait_for(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.05)
