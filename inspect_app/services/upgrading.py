"""Bringing an old data folder forward: every document of an earlier version is written anew in today's.

1. What a batch of documents was is appended to a backup and synced. 2. Each document is replaced by compare-and-set.
3. When none is left, the folder's form says so. A kill anywhere leaves documents of both versions, which all can be
read; the next run goes on with those that are left. A running server may go on writing meanwhile.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..collections import ALL, Collection
from ..durable import make_folder, sync_folder
from ..store import Stale, Store, Stored
from .audit import Entry, keep
from .forms import note_upgraded
from .witness import WITNESSED

UPGRADER = "升级"
"""Who the log names for documents that an upgrade wrote anew."""
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Outdated:
    """How many documents of a collection are of earlier versions."""

    collection: str
    documents: int


def outdated(store: Store) -> list[Outdated]:
    """What an upgrade would write anew; nothing is changed."""
    found = [Outdated(collection.name, sum(1 for _ in collection.outdated(store))) for collection in ALL]
    return [one for one in found if one.documents]


def upgrade(store: Store, backups: Path, now: datetime) -> tuple[list[Outdated], Path | None]:
    """Write every outdated document anew; what was done, and the backup of what they were (None where none was).

    ``backups`` is the folder of backups, made where it is missing. A line of one is a document as JSON, with its
    collection, id and revision. Raises ``TooNew`` where a document was written by a later version of the program.
    """
    done: list[Outdated] = []
    backup = backups / f"{now.astimezone(UTC):%Y%m%dT%H%M%S}Z.jsonl"
    for collection in ALL:
        count = sum(_upgraded(store, collection, some, backup, now) for some in _batches(collection.outdated(store)))
        done += [Outdated(collection.name, count)] if count else []
    note_upgraded(store)
    return done, backup if done else None


def _upgraded(store: Store, collection: Collection[Any], some: list[Stored], backup: Path, now: datetime) -> int:
    _append(backup, (_line(collection.name, stored) for stored in some))
    for stored in some:
        _replace(store, collection, stored, now)
    return len(some)


def _replace(store: Store, collection: Collection[Any], stored: Stored, now: datetime) -> None:
    """Write one document anew, in the log where it knows what it was. Whoever was quicker wrote today's version."""
    kept = collection.kept(stored)
    try:
        if collection.name in WITNESSED:
            write = collection.writing(kept.id, kept.value, kept.revision)
            keep(store, UPGRADER, now, [Entry("store.upgraded", f"store/{collection.name}/{kept.id}")], [write])
        else:
            collection.update(store, kept, kept.value)
    except Stale:
        return


def _line(collection: str, stored: Stored) -> str:
    said = {"collection": collection, "id": stored.id, "revision": stored.revision, "document": stored.document}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _append(path: Path, lines: Iterable[str]) -> None:
    make_folder(path.parent)
    path.touch(0o600)
    with path.open("ab") as file:
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _batches(documents: Iterator[Stored]) -> Iterator[list[Stored]]:
    # Gathered first: a collection is not changed while it is looked through.
    found = list(documents)
    return (found[start : start + _BATCH] for start in range(0, len(found), _BATCH))
