"""File sets to test on, and what is kept in them. Shared by the tests of the store."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inspect_app.settings import PROJECT
from inspect_app.store import Head, Layout, Stale, Store, Write
from inspect_app.store.table import JournalDB
from inspect_app.store.tiny import TinyStore, open_store

WEEK = "2026-W48"
LAYOUTS = (
    Layout("inspections", by=("area", "site", "state"), weekly=True),
    Layout("users", by=("state", "units")),
    Layout("sites"),
    Layout("counters"),
    Layout("others"),
)


def opened(folder: Path) -> TinyStore:
    """The store of a folder, with the collections that these tests use."""
    return open_store(folder, LAYOUTS)


def document(n: int = 0, week: str = WEEK, **more: Any) -> dict[str, Any]:
    return {"week": week, "area": "421002001", "site": "s1", "state": "open", "n": n, **more}


def ready_to_act(store: Store) -> None:
    """Keep what ``ACT`` changes."""
    store.put_once("inspections", "old", document())
    store.put_once("users", "u", {"state": "active"})
    store.log.append({"act": "before", "of": "x"})


ACT = (
    [
        Write("users", "u", {"state": "blocked"}, 1),
        Write("inspections", "old", document(1), 1),
        Write("inspections", "new", document(2, "2026-W47"), 0),
        Write("sites", "s", {"n": 3}, 0),
    ],
    [{"act": "first", "of": "old"}, {"act": "second", "of": "s"}],
)
"""An act of three collections, two weeks and two entries."""


def is_done(store: Store) -> bool:
    """Whether ``ACT`` took effect. It did so whole, or not at all."""
    assert isinstance(store.log.verify(), Head)
    entries = [entry["act"] for entry in store.log.entries()]
    documents = {one.id: (one.revision, one.document) for name in ("users", "sites") for one in store.find(name)}
    visits = {one.id: (one.revision, one.document) for one in store.find("inspections")}
    for name, id in (("users", "u"), ("inspections", "old"), ("inspections", "new"), ("sites", "s")):
        found = store.get(name, id)
        assert (found and (found.revision, found.document)) == {**documents, **visits}.get(id)
    if documents["u"][0] == 1:
        assert entries == ["before"]
        assert documents == {"u": (1, {"state": "active"})}
        assert visits == {"old": (1, document())}
        return False
    assert entries == ["before", "first", "second"]
    assert documents == {"u": (2, {"state": "blocked"}), "s": (1, {"n": 3})}
    assert visits == {"old": (2, document(1)), "new": (1, document(2, "2026-W47"))}
    return True


def transfer(store: Store, source: tuple[str, str], target: tuple[str, str], amount: int) -> None:
    """Move so much from one document to another, whatever others do meanwhile."""
    while True:
        one, other = store.get(*source), store.get(*target)
        assert one is not None
        assert other is not None
        writes = [
            Write(*source, {**one.document, "n": one.document["n"] - amount}, one.revision),
            Write(*target, {**other.document, "n": other.document["n"] + amount}, other.revision),
        ]
        try:
            store.act(writes, [{"act": "transfer", "of": source[1], "after": {"n": amount}}])
            return
        except Stale:
            continue


def died(folder: Path) -> None:
    """Have a store that was closed look as if its process had died: nothing was noted at the end of it."""
    (folder / "inventory.json").unlink()


def put(database: JournalDB, id: str, n: int, **more: Any) -> None:
    """Keep ``{"n": n}`` durably."""
    with database.documents.journal.exclusive():
        database.documents.put(id, {"n": n, **more})
    database.documents.journal.sync()


def compact(database: JournalDB) -> None:
    with database.documents.journal.exclusive():
        database.documents.journal._compact()


def filled(folder: Path, count: int = 4) -> JournalDB:
    """A file set with documents ``d0`` … ``{"n": 0, …}`` …"""
    database = JournalDB(folder)
    for number in range(count):
        put(database, f"d{number}", number, text="街道")
    return database


def kept(folder: Path) -> dict[str, int]:
    """``n`` by id, from a file set opened afresh."""
    database = JournalDB(folder)
    try:
        return {document.doc_id: document["n"] for document in database.documents}
    finally:
        database.close()


def journal_of(folder: Path) -> Path:
    (path,) = folder.glob("journal.*")
    return path


_STARTED: list[subprocess.Popen[str]] = []
"""Processes of the test that runs; conftest.py ends what is left of them."""


def started(code: str, *arguments: object, **pipes: Any) -> subprocess.Popen[str]:
    """A real process that runs ``code``. It does not outlive its test, however that ends."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process: subprocess.Popen[str] = subprocess.Popen(command, cwd=PROJECT, text=True, **pipes)
    _STARTED.append(process)
    return process


def writing_twice(count: int) -> str:
    """Code for processes with a ``store`` and a number of their ``own``, that write in four threads: so many documents
    of their own, as many that each writes alike, and as many ids of which each wants another week.
    """
    return f"""
from concurrent.futures import ThreadPoolExecutor
def put(id, week, n):
    return str(store.put_once("inspections", id, {{"week": f"2026-W{{40 + week % 3}}", "n": n}})[0])
def work(n):
    return " ".join([put(f"{{own}}-{{n}}", n, n), put(f"same-{{n}}", n, n), put(f"other-week-{{n}}", n + own, n)])
with ThreadPoolExecutor(4) as pool:
    print("\\n".join(pool.map(work, range({count}))))
"""


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A real process that runs ``code`` and can be talked to."""
    return started(code, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def released_together(processes: Sequence[subprocess.Popen[str]]) -> list[list[str]]:
    """The lines that each process printed. Each says ``open`` first and waits for a line, which all get at once."""
    for one in processes:
        assert one.stdout
        assert one.stdout.readline() == "open\n", output_of(one)
    for one in processes:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    return [output_of(one) for one in processes]


def end_started() -> None:
    """Kill what still runs of the processes that were started."""
    while _STARTED:
        process = _STARTED.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


def output_of(process: subprocess.Popen[str]) -> list[str]:
    """The lines that a process printed, once it has ended well."""
    printed, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    return printed.splitlines()
