"""What a store's files held when last noted, so that a file that is gone or was cut short is no empty or torn one.

``inventory.json`` has, for each file set, the generation of its journal, the size of its snapshot, and a number of
bytes of the journal that were on disk; of the log a number of bytes and the head there. All is the least that must
be there: what is noted late, or by two processes at once, is noted too low and never wrong. While the folder may be
being copied, what is noted must be older than a copy takes (``SETTLED_S``): its files are copied one after the other.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..durable import is_unreadable, replace_file
from . import StoreDamaged
from .lines import Damaged, Torn, decode, encode, is_whole, newline_before, records

FILE = "inventory.json"
SETTLED_S = 1800.0
"""How long a copy of the folder may take, in seconds, while the server is at work."""
_SNAPSHOT = "snapshot.json"


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """What a file set holds at least: bytes of its journal of a generation, and of the snapshot before it."""

    generation: int
    journal: int
    snapshot: int

    @property
    def is_empty(self) -> bool:
        return self == NOTHING

    def outgrows(self, noted: Size | None) -> bool:
        """Whether to note it while it grows: so seldom that it costs nothing, so often that little goes."""
        if noted is None or self.generation > noted.generation:
            return not self.is_empty
        return self.generation == noted.generation and self.journal * 4 > noted.journal * 5


NOTHING = Size(0, 0, 0)


@dataclass(frozen=True, slots=True)
class LogSize:
    """Bytes of a log, and the hash of its entry that ends there."""

    length: int
    hash: str


class Inventory:
    """The inventory of the store in a folder. Safe for threads; processes may lose a note to each other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE
        self._mutex = threading.Lock()
        self.is_damaged = False
        self.sets, self.log = self._read()

    @property
    def is_new(self) -> bool:
        """Whether nothing is noted here: programs before knew of no inventory, or it is lost."""
        return not self._path.exists() or self.is_damaged

    @property
    def was_lost(self) -> str | None:
        """That there was an inventory once and is none, in Chinese."""
        if not self.is_new or not self._mark.exists():
            return None
        return f"{self._path}：{'已损坏' if self.is_damaged else '文件缺失'}，不知道是否还缺别的文件"

    @property
    def _mark(self) -> Path:
        return self._folder / "_acts" / "inventoried"

    def outgrown(self, found: Mapping[str, Size]) -> bool:
        """Whether any of these sizes is worth to be noted."""
        return any(size.outgrows(self.sets.get(name)) for name, size in found.items())

    def note(self, found: Mapping[str, Size], log: LogSize | None) -> None:
        """Have sizes noted, durably; what was noted before and is more stays."""
        with self._mutex:
            sets, earlier = self._read()
            sets |= {name: max(size, sets.get(name, size)) for name, size in found.items() if not size.is_empty}
            log = max((one for one in (earlier, log) if one), key=lambda one: one.length, default=None)
            if (sets, log) != (self.sets, self.log) or self.is_new:
                self._write(sets, log)

    def replace(self, found: Mapping[str, Size], log: LogSize | None) -> None:
        """Take what there is for all that must be there."""
        with self._mutex:
            self._write({name: size for name, size in found.items() if not size.is_empty}, log)

    def _write(self, sets: dict[str, Size], log: LogSize | None) -> None:
        listed = {name: [size.generation, size.journal, size.snapshot] for name, size in sorted(sets.items())}
        replace_file(self._path, encode({"sets": listed, "log": [log.length, log.hash] if log else None}))
        self._mark.touch()
        self.sets, self.log, self.is_damaged = sets, log, False

    def _read(self) -> tuple[dict[str, Size], LogSize | None]:
        try:
            with self._path.open("rb") as file:
                found: Any = next((payload for payload, _ in records(file, 0)), None)
            sets = {name: Size(*size) for name, size in found["sets"].items()}
            return sets, LogSize(*found["log"]) if found["log"] else None
        except FileNotFoundError:
            return {}, None
        except (Torn, Damaged, TypeError, KeyError, ValueError):
            self.is_damaged = True
            return {}, None
        except OSError as error:
            if not is_unreadable(error):
                raise
            self.is_damaged = True
            return {}, None


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Have a file of the store be a damaged one where the disk, or a right that lacks, keeps it from being read."""
    try:
        yield
    except OSError as error:
        if not is_unreadable(error):
            raise
        raise StoreDamaged(f"{path}：读不出来（{error.strerror}）") from error


def file_sets(folder: Path) -> dict[str, Path]:
    """The file sets in a store's folder by name, ``users/all`` or ``_acts``."""
    return {path.parent.relative_to(folder).as_posix(): path.parent for path in sorted(folder.rglob("lock"))}


def size_of(folder: Path) -> Size:
    """What the files of a set hold in whole records, made sure to be on disk. Nothing where they do not say.

    Raises ``StoreDamaged`` where one cannot be read, as what follows does.
    """
    generation = generation_of(folder)
    if generation is None:
        return NOTHING
    journal, snapshot = folder / f"journal.{generation}", folder / _SNAPSHOT
    for path in (journal, snapshot):
        _sync(path)
    return Size(generation, _whole_bytes(journal), _bytes(snapshot))


def growth_of(folder: Path, noted: Size | None) -> Size | None:
    """As ``size_of``, where nobody wrote to the files for long and they look as if they held more than was noted."""
    generation = generation_of(folder)
    if generation is None:
        return None
    journal = folder / f"journal.{generation}"
    seen = Size(generation, _bytes(journal), _bytes(folder / _SNAPSHOT))
    return size_of(folder) if seen > (noted or NOTHING) and _is_settled(journal) else None


def lacking(folder: Path, noted: Size) -> str | None:
    """What a file set lacks of what was noted, in Chinese, by the size of its files; None where it lacks nothing.

    Another process may compact it between two looks: what seems to be lacking then is looked for again.
    """
    while True:
        generation = generation_of(folder)
        said = _lacking(folder, generation, noted)
        if said is None or generation_of(folder) == generation:
            return said


def _lacking(folder: Path, generation: int | None, noted: Size) -> str | None:
    """As ``lacking``, of a file set of a generation."""
    snapshot = folder / _SNAPSHOT
    if generation is None:
        return f"{snapshot}：文件头已损坏"
    journal = folder / f"journal.{generation}"
    if generation < noted.generation:
        return f"{snapshot}：文件{'陈旧' if snapshot.exists() else '缺失'}"
    if not journal.exists():
        return f"{journal}：文件缺失"
    if generation > noted.generation:
        return None
    least = ((snapshot, noted.snapshot), (journal, noted.journal))
    return next((said for path, size in least if (said := shorter(path, size))), None)


def shorter(path: Path, least: int) -> str | None:
    """That a file is shorter than it must be, in Chinese."""
    size = _bytes(path)
    return f"{path}：只有{size}字节，至少应有{least}字节" if size < least else None


def generation_of(folder: Path) -> int | None:
    """The generation that a file set is of; None where its snapshot does not say."""
    snapshot = folder / _SNAPSHOT
    try:
        with readable(snapshot), snapshot.open("rb") as file:
            return int(decode(file.readline())["generation"])
    except FileNotFoundError:
        return 0
    except (ValueError, TypeError, KeyError, IndexError):
        return None


def _is_settled(path: Path) -> bool:
    with suppress(FileNotFoundError), readable(path):
        return time.time() - path.stat().st_mtime > SETTLED_S
    return False


def _bytes(path: Path) -> int:
    with suppress(FileNotFoundError), readable(path):
        return path.stat().st_size
    return 0


def _sync(path: Path) -> None:
    # To be written: Windows syncs nothing that is open for reading only.
    with suppress(FileNotFoundError), readable(path), path.open("r+b") as file:
        os.fsync(file.fileno())


def _whole_bytes(journal: Path) -> int:
    """Where the last whole record of a journal ends; a crash may have left a broken one behind it."""
    with suppress(FileNotFoundError), readable(journal), journal.open("rb") as file:
        end = newline_before(file, _bytes(journal)) + 1
        while end > 0:
            start = newline_before(file, end - 1) + 1
            file.seek(start)
            if is_whole(file.read(end - start)):
                return end
            end = start
    return 0
