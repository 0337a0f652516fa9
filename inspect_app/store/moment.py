"""The files of a store as they are at one moment, while others go on writing: by a second name for each.

Files of the store are appended to, or replaced by others under the same name, never changed within. So a second name
(a hard link) and the length at that moment are a copy that costs nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from .inventory import file_sets, generation_of
from .journal import state_of
from .lines import newline_before

_SNAPSHOT, _LOCK = "snapshot.json", "lock"
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Frozen:
    """A file as it was: where it lay, where its bytes lie now, and how many of them are of that moment."""

    path: Path
    bytes_at: Path
    length: int


Sets = dict[str, tuple[str, list[Frozen]]]
"""The files of each file set, with the state in which it was before they were named."""


def freeze_sets(folder: Path, aside: Path, earlier: Sets | None = None) -> Sets:
    """Give the files of all file sets second names in ``aside``; of those that changed since ``earlier`` anew.

    So a first look may take its time while others write, and a second one, with acts shut out by who calls, is quick.
    What is written to one file set alone may come meanwhile, and be in or not.
    """
    found: Sets = {}
    for name, path in file_sets(folder).items():
        state = state_of(path)
        before = (earlier or {}).get(name)
        if before and before[0] == state:
            found[name] = before
            continue
        found[name] = state, [Frozen(path / _LOCK, path / _LOCK, 0), *_set(path, aside / name)]
    return found


def freeze_file(path: Path, aside: Path) -> Iterator[Frozen]:
    """A file of lines under a second name, if it is there: up to its last whole line; of more nobody was told."""
    aside.parent.mkdir(parents=True, exist_ok=True)
    aside.unlink(missing_ok=True)
    try:
        _second_name(path, aside)
    except FileNotFoundError:
        return
    with aside.open("rb") as file:
        length = newline_before(file, file.seek(0, os.SEEK_END)) + 1
    yield Frozen(path, aside, length)


def _second_name(path: Path, aside: Path) -> None:
    if os.name == "nt":  # which removes no name of a file that a server has open
        shutil.copyfile(path, aside)
        return
    try:
        os.link(path, aside)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without second names
        shutil.copyfile(path, aside)


def _set(path: Path, aside: Path) -> list[Frozen]:
    """A compaction puts a new snapshot in place of the old one and its journal: both are to be of one generation."""
    for _ in range(_TRIES):
        snapshot = list(freeze_file(path / _SNAPSHOT, aside / _SNAPSHOT))
        generation = generation_of(aside)
        if generation is None:  # damaged: as it is
            journals = (freeze_file(found, aside / found.name) for found in path.glob("journal.*"))
            return [*snapshot, *chain.from_iterable(journals)]
        journal = list(freeze_file(path / f"journal.{generation}", aside / f"journal.{generation}"))
        if generation_of(path) == generation:
            return [*snapshot, *journal]
    raise OSError(f"{path}：正在不断压缩，没有取到一致的内容")
