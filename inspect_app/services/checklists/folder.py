"""The folder of the starting set, which is only ever read, and what the program ever brought in its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...domain.checklists.editions import FileText, Released, digest
from ...settings import PROJECT

RELEASED_FILE = Path(__file__).resolve().parents[2] / "data" / "released-starting-set.json"
"""Every text that the program's ``checklists/`` ever had, by name; docs/develop/released.py writes it."""


@dataclass(frozen=True, slots=True)
class StartingSet:
    """What an office starts with: a folder, the program's or one of the operator's ``own``."""

    folder: Path
    own: bool
    released: Released


def starting_set(folder: Path) -> StartingSet:
    """The folder that the settings name."""
    return StartingSet(folder, folder.resolve() != (PROJECT / "checklists").resolve(), released())


@cache
def released() -> Released:
    """What is the program's own, of today and of earlier versions."""
    table = json.loads(RELEASED_FILE.read_text("utf-8"))
    return Released(_all(table["texts"]), _all(table["versions"]))


def read_texts(folder: Path) -> dict[str, FileText]:
    """The files of a folder by name, without their ending."""
    found = {}
    for path in sorted(folder.glob("*.toml")):
        # Between looking and reading a file may be gone.
        with suppress(FileNotFoundError):
            found[path.stem] = _file_text(path.read_bytes())
    return found


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells one state of the folder's files from the next."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        with suppress(FileNotFoundError):
            stat = path.stat()
            found.append((path.name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _file_text(content: bytes) -> FileText:
    try:
        text = content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return FileText(None, digest(content))
    return FileText(text, digest(content))


def _all(of_names: Mapping[str, Sequence[str]]) -> frozenset[str]:
    return frozenset(entry for entries in of_names.values() for entry in entries)
