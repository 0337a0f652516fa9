"""Dies at each line of the store's code in turn.

    python -m tests.store.crashing SCENARIO FOLDER TARGET

copies FOLDER to ``TARGET/1``, ``TARGET/2`` …, runs the scenario on each copy in a process of its own, and SIGKILLs it
just before the first, the second … line of ``inspect_app/store`` that it executes, until one comes to its end. A copy
that a process finished is not counted; the number of the others is printed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from inspect_app.store import journal
from inspect_app.store.table import JournalDB
from tests.store.folders import compact, document, opened


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


def opening_torn(folder: Path) -> Callable[[], object]:
    return lambda: JournalDB(folder)


SCENARIOS = {
    act.__name__: act for act in (compacting, writing_and_compacting, putting, putting_first, updating, opening_torn)
}


def die_at(line: int) -> None:
    """Have this process killed before it executes so many lines of the store."""
    left = line

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if "inspect_app/store/" not in frame.f_code.co_filename:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def died(scenario: Callable[[Path], Callable[[], object]], folder: Path, line: int) -> bool:
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
    line = 1
    while True:
        copy = Path(target) / str(line)
        shutil.copytree(folder, copy)
        if not died(SCENARIOS[name], copy, line):
            shutil.rmtree(copy)
            break
        line += 1
    print(line - 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
