"""Dies at each line of the store's code in turn.

    python -m tests.store.crashing SCENARIO FOLDER TARGET

runs the scenario on a copy of FOLDER, and notes before which lines of ``inspect_app/store`` something else is found in
the folder than before the line before: a dead process leaves nothing but its files. It is then run again for each of
these, on a copy ``TARGET/LINE`` and in a process of its own, which is SIGKILLed there. How many there are is printed,
and of how many lines.

Beside a scenario of acts the runner has each copy's store open all the while, as another server has, and looks at it
when the process is dead.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from inspect_app.store import Stale, Write, acts, journal
from inspect_app.store.table import JournalDB
from inspect_app.store.tiny import TinyStore
from tests.store.folders import ACT, compact, document, is_done, opened

Scenario = Callable[[Path], Callable[[], object]]


def compacting(folder: Path) -> Callable[[], object]:
    database = JournalDB(folder)
    return lambda: compact(database)


def writing_and_compacting(folder: Path) -> Callable[[], object]:
    """Two operations in a row that both compact."""
    journal._SPARE_RECORDS = -1000
    database = JournalDB(folder)
    return lambda: [database.insert({"n": n}) for n in (8, 9)]


def putting(folder: Path) -> Callable[[], object]:
    store = opened(folder)
    store.get("inspections", "old")
    return lambda: store.put_once("inspections", "new", document(1))


def putting_first(folder: Path) -> Callable[[], object]:
    """The first document of all, folders and files included."""
    return lambda: opened(folder).put_once("inspections", "new", document(1))


def updating(folder: Path) -> Callable[[], object]:
    store = opened(folder)
    return lambda: store.update("inspections", "old", document(1), expected_revision=1)


def acting(folder: Path) -> Callable[[], object]:
    store = opened(folder)
    return lambda: store.act(*ACT)


def acting_again(folder: Path) -> Callable[[], object]:
    """The journal of acts forgets an earlier act, and is compacted."""
    store = opened(folder)
    store.act([Write("counters", "c", {}, 0), Write("others", "o", {}, 0)])
    journal._SPARE_RECORDS, acts._MANY = -1000, 1
    return lambda: store.act(*ACT)


def finishing(folder: Path) -> Callable[[], object]:
    """Opening a store whose last act was written down, and no more."""
    return lambda: opened(folder)


def opening_torn(folder: Path) -> Callable[[], object]:
    return lambda: JournalDB(folder)


SCENARIOS = {
    act.__name__: act
    for act in (
        compacting,
        writing_and_compacting,
        putting,
        putting_first,
        updating,
        acting,
        acting_again,
        finishing,
        opening_torn,
    )
}


ACTS = {"acting", "acting_again", "finishing"}


def at_each_line(call: Callable[[int], object]) -> None:
    """Have a function called with 1, 2 … before each line of the store that this process executes."""
    line = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal line
        if "inspect_app/store/" not in frame.f_code.co_filename:
            return None
        if event == "line":
            line += 1
            call(line)
        return trace

    sys.settrace(trace)


def die_at(line: int) -> None:
    """Have this process killed before it executes so many lines of the store."""
    at_each_line(lambda now: os.kill(os.getpid(), signal.SIGKILL) if now == line else None)


def lines_that_matter(scenario: Scenario, folder: Path) -> tuple[list[int], int]:
    """The lines before which a scenario leaves something else in the folder than before the line before, and of how
    many. Found by a process of its own, which has seen as little before as those that die later.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(_looked(scenario, folder)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as found:
        lines, of = json.load(found)
    os.waitpid(child, 0)
    return lines, of


def _looked(scenario: Scenario, folder: Path) -> tuple[list[int], int]:
    act, lines, last, of = scenario(folder), list[int](), "", 0

    def look(line: int) -> None:
        nonlocal last, of
        of = line
        now = str(sorted((str(path), *_seen(path)) for path in folder.rglob("*")))
        if now != last:
            lines.append(line)
            last = now

    at_each_line(look)
    act()
    sys.settrace(None)
    return lines, of


def _seen(path: Path) -> tuple[int, bytes]:
    return path.lstat().st_ino, path.read_bytes() if path.is_file() else b""


def look_at(live: TinyStore, turn: int) -> None:
    """What another process finds once the one that acted is dead: all of its act or nothing, whatever it asks first."""
    if turn % 3 == 1:
        try:
            live.update("users", "u", {"state": "left"}, expected_revision=1)
        except Stale:
            assert is_done(live)
        else:
            assert [stored.revision for stored in live.find("inspections")] == [1]
            assert not live.find("sites")
            assert live.log.head().seq == 1
    elif turn % 3 == 2:
        live.log.append({"act": "later", "of": "x"})
        done = live.get("sites", "s") is not None
        acts = [entry["act"] for entry in live.log.entries()]
        assert acts == ["before", *(["first", "second"] if done else []), "later"]
        assert live.log.verify() == live.log.head()
    else:
        is_done(live)


def died(scenario: Scenario, folder: Path, line: int) -> bool:
    child = os.fork()
    if child == 0:
        act = scenario(folder)
        die_at(line)
        act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0, f"{scenario.__name__} failed by itself"
    return False


def main(name: str, folder: str, target: str) -> None:
    scenario = SCENARIOS[name]
    lines, of = lines_that_matter(scenario, shutil.copytree(folder, Path(target).parent / "whole"))
    if name in ACTS:
        die_acting(scenario, Path(folder), Path(target), lines)
    else:
        for line in lines:
            assert died(scenario, shutil.copytree(folder, Path(target) / str(line)), line)
    print(len(lines), of)


def die_acting(scenario: Scenario, folder: Path, target: Path, lines: list[int]) -> None:
    for turn, line in enumerate(lines, start=1):
        copy, beside = (shutil.copytree(folder, path) for path in (target / str(turn), target.parent / f"live{turn}"))
        live = opened(beside) if scenario is not finishing else None
        for each in (copy, beside):
            assert died(scenario, each, line)
        if live:
            look_at(live, turn)
            live.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
