"""File sets to test on, and what is kept in them. Shared by the tests of the store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from inspect_app.settings import PROJECT
from inspect_app.store import Layout
from inspect_app.store.table import JournalDB
from inspect_app.store.tiny import TinyStore, open_store

WEEK = "2026-W48"
LAYOUTS = (
    Layout("inspections", by=("area", "site", "state"), weekly=True),
    Layout("users", by=("state", "units")),
    Layout("sites"),
    Layout("counters"),
)


def opened(folder: Path) -> TinyStore:
    """The store of a folder, with the collections that these tests use."""
    return open_store(folder, LAYOUTS)


def document(n: int = 0, week: str = WEEK, **more: Any) -> dict[str, Any]:
    return {"week": week, "area": "421002001", "site": "s1", "state": "open", "n": n, **more}


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


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A real process that runs ``code`` and can be talked to."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output_of(process: subprocess.Popen[str]) -> list[str]:
    """The lines that a process printed, once it has ended well."""
    printed, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    return printed.splitlines()
