"""A file set of which something is damaged or gone: what is still in it, and how that is made a sound one.

The damaged files are copied aside, then a snapshot of what was saved takes their place under a new generation. Its
rename is the moment it counts, as in a compaction: a crash before it leaves the damaged files, after it a whole set.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ... import durable
from ...durable import make_folder, sync_folder
from ..inventory import NOTHING, Size, generation_of, lacking
from ..journal import Tables, journals, write_snapshot
from ..lines import as_stored
from ..rows import DocumentRows
from .pieces import Piece, pieces

_SNAPSHOT = "snapshot.json"
_NAMED = re.compile(rb'\["(?:documents|acts)","((?:[^"\\]|\\.)+)",')
_NAMED_IN_ACT = re.compile(rb'\["([a-z_]+)","(?:all|ids|\d{4}-W\d\d)","((?:[^"\\]|\\.)+)",')


@dataclass(frozen=True, slots=True)
class Lost:
    """A stretch of a file that cannot be read, in bytes, and the ids that can still be made out in it."""

    file: str
    offset: int
    length: int
    ids: tuple[str, ...]


@dataclass(slots=True)
class Examined:
    """What is in a file set: its documents, and what is wrong with it."""

    tables: Tables = field(default_factory=dict)
    mended: int = 0
    """Records of which one byte was put right."""
    taken: int = 0
    """Records that the same file of the copy still has."""
    lost: list[Lost] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    """Files that are gone, cut short or older than they must be, in Chinese."""
    older: set[str] = field(default_factory=set)
    """Ids named in what is lost and not again after it: what there is of them may be an earlier revision."""

    @property
    def is_sound(self) -> bool:
        return not (self.mended or self.taken or self.lost or self.lacks)

    def apply(self, file: str, piece: Piece) -> None:
        """Take in a piece of a journal, or of a snapshot behind its first line."""
        self.mended += piece.is_mended
        self.taken += piece.is_taken
        if piece.is_lost:
            ids = _ids_in(piece.raw)
            self.lost.append(Lost(file, piece.offset, len(piece.raw), ids))
            self.older.update(ids)
            return
        for table, id, document in piece.payload:
            self.older.discard(id)
            rows = self.tables.setdefault(table, DocumentRows())
            if document is not None:
                rows.put(as_stored(id, document))
            elif id in rows:
                rows.remove(id)


def examined(folder: Path, noted: Size = NOTHING, copy: Path | None = None) -> Examined:
    """What is in the files of a set, whatever is wrong with them, with what an earlier ``copy`` of it has in the same
    places. Nothing is changed.
    """
    found = Examined()
    if said := lacking(folder, noted):
        found.lacks.append(said)
    generation = _read_snapshot(folder, found, copy)
    for number, path in journals(folder):
        # What is before the snapshot is in it; of one that does not say what it is before, all is taken, in order.
        if generation is not None and number < generation:
            continue
        if generation is not None and number > generation and path.stat().st_size:
            found.lacks.append(f"{path}：没有对应的{_SNAPSHOT}(缺失或陈旧)")
        for piece in _read(path, noted.journal if number == noted.generation else 0, copy):
            found.apply(path.name, piece)
    if generation and not (folder / f"journal.{generation}").exists() and not found.lacks:
        found.lacks.append(f"{folder / f'journal.{generation}'}：文件缺失")
    return found


def _read(path: Path, noted: int, copy: Path | None) -> Iterator[Piece]:
    """The pieces of a file, those that are lost as they stand in the same places of the copy's, where it has them."""
    content = path.read_bytes()
    same = copy / path.name if copy else None
    theirs = same.read_bytes() if same and same.exists() else b""
    if path.name == _SNAPSHOT and _first_line(theirs) != _first_line(content):  # of another generation
        theirs = b""
    for piece in pieces(content, noted=noted):
        instead = _instead(piece, theirs) if piece.is_lost else []
        yield from instead or [piece]


def _instead(lost: Piece, theirs: bytes) -> list[Piece]:
    """What the copy has where a piece is lost: whole records of the same length together; else nothing."""
    end = lost.offset + len(lost.raw)
    found = list(pieces(theirs[lost.offset : end], noted=end))
    if sum(len(one.raw) for one in found) != len(lost.raw) or any(one.is_lost or one.is_mended for one in found):
        return []
    return [replace(one, offset=lost.offset + one.offset, is_taken=True) for one in found]


def _first_line(content: bytes) -> bytes:
    return content.partition(b"\n")[0]


def _read_snapshot(folder: Path, found: Examined, copy: Path | None) -> int | None:
    """Take in a set's snapshot. The generation that it is before; None where that cannot be read."""
    path = folder / _SNAPSHOT
    if not path.exists():
        return 0
    read = list(_read(path, path.stat().st_size, copy))
    head = read[0].payload if read else None
    for piece in read[1:] if isinstance(head, dict) else read:
        found.apply(_SNAPSHOT, piece)
    if not isinstance(head, dict):
        return None
    found.mended += read[0].is_mended
    documents = sum(map(len, found.tables.values()))
    if documents != head["documents"] and not found.lost:
        found.lacks.append(f"{path}：应有{head['documents']}份文档，只有{documents}份")
    return int(head["generation"])


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """A set in no other process's hands. Its folder is made where it is gone."""
    make_folder(folder)
    with durable.locked(folder / "lock"):
        yield


def rewrite(folder: Path, tables: Tables, noted: Size, aside: Path) -> None:
    """Have a set hold these documents and nothing else, its files copied to ``aside`` first. In ``locked``."""
    _keep_aside(folder, aside)
    earlier = [number for number, _ in journals(folder)]
    generation = max([noted.generation, generation_of(folder) or 0, *earlier]) + 1
    (folder / f"journal.{generation}").write_bytes(b"")
    partial = folder / f"{_SNAPSHOT}.partial"
    write_snapshot(partial, generation, tables)
    sync_folder(folder)
    partial.replace(folder / _SNAPSHOT)
    sync_folder(folder)
    for number, path in journals(folder):
        if number != generation:
            with suppress(OSError):  # on Windows another process may still have it open; who opens the set removes it
                path.unlink()


def _keep_aside(folder: Path, aside: Path) -> None:
    make_folder(aside)
    for path in [*folder.glob("journal.*"), folder / _SNAPSHOT]:
        if path.exists():
            keep_copy(path, aside / path.name)


def keep_copy(path: Path, aside: Path) -> None:
    """Copy a file durably, for looking at."""
    shutil.copy2(path, aside)
    with aside.open("r+b") as file:
        os.fsync(file.fileno())
    sync_folder(aside.parent)


def _ids_in(raw: bytes) -> tuple[str, ...]:
    """The ids that can be made out in what is left of a record; in one of acts, those of the documents changed."""
    changed = [f"{collection}/{id}" for collection, id in _pairs(raw)]
    return tuple(dict.fromkeys(changed or [id.decode("utf-8", "replace") for id in _NAMED.findall(raw)]))


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    return [(collection.decode(), id.decode("utf-8", "replace")) for collection, id in _NAMED_IN_ACT.findall(raw)]
