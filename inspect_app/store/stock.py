"""What is noted in the inventory and when, and what of a store's files is lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from . import StoreDamaged
from .inventory import NOTHING, SETTLED_S, Inventory, LogSize, Size, file_sets, growth_of, lacking, size_of
from .log_file import ChainedLog
from .table import JournalTable

_log = logging.getLogger(__name__)
_RESTORE = "，请从备份恢复；没有备份时见 flask check"


class Stock:
    """The inventory of a store at work. Safe for threads.

    What is lost is looked for by the sizes of its files, nothing is read for it: when the store is opened, and of each
    file set before it is.
    """

    def __init__(self, folder: Path, log: ChainedLog) -> None:
        self._folder, self._log = folder, log
        self._inventory = Inventory(folder)
        self._mutex = threading.Lock()
        self._settling: dict[str, Size] = {}
        self._since = 0.0
        self._is_lost_itself = self._inventory.was_lost
        self._look()

    def _look(self) -> None:
        noted = self._inventory.sets
        found = {name: self._lacking(name, size) for name, size in noted.items()}
        self._lost = {name: said + _RESTORE for name, said in found.items() if said}
        self._log_lost = self._log.lacks(self._inventory.log) if self._inventory.log else None

    def _lacking(self, name: str, noted: Size) -> str | None:
        try:
            return lacking(self._folder / name, noted)
        except StoreDamaged as error:
            return str(error)

    def damaged(self) -> list[str]:
        """What is known to be lost: a sentence in Chinese for each, which names the file."""
        return [said for said in (self._is_lost_itself, self._log_lost, *self._lost.values()) if said]

    def is_lost(self, name: str) -> bool:
        """Whether a file set lacks what was noted."""
        return name in self._lost

    def names(self) -> list[str]:
        """All file sets that are there."""
        return list(file_sets(self._folder))

    def noted(self, name: str) -> Size:
        """What a file set holds at least. Raises ``StoreDamaged`` where it lacks that, from then on."""
        noted = self._inventory.sets.get(name, NOTHING)
        if name not in self._lost and not noted.is_empty and (said := lacking(self._folder / name, noted)):
            self._lost = {**self._lost, name: said + _RESTORE}
        if name in self._lost:
            raise StoreDamaged(self._lost[name])
        return noted

    def parts(self, collection: str) -> set[str]:
        """The parts of a collection that were noted to hold something."""
        return {
            part for owner, _, part in (name.partition("/") for name in self._inventory.sets) if owner == collection
        }

    def note_what_is_cold(self) -> None:
        """Note what nobody has written to for long; in a folder without an inventory, all there is."""
        noted, is_new = self._inventory.sets, self._inventory.is_new
        paths = {name: path for name, path in file_sets(self._folder).items() if name not in self._lost}
        measures = {name: size_of if is_new else partial(growth_of, noted=noted.get(name)) for name in paths}
        found = {name: _measured(path, measures[name]) for name, path in paths.items()}
        sizes = {name: size for name, size in found.items() if size}
        if is_new or sizes:
            self._write(sizes, self._log_size() if is_new else None)

    def settle(self, tables: Sequence[JournalTable]) -> None:
        """Have what is on disk noted once it is old enough, if it is worth it."""
        with self._mutex:
            now = time.monotonic()
            due = self._settling if now - self._since > SETTLED_S else {}
            if due or not self._settling:
                self._settling, self._since = self._sizes(tables), now
        if self._inventory.outgrown(due):
            self._write(due, None)

    def note(self, tables: Sequence[JournalTable]) -> None:
        """Note at once what tables and the log hold, when the store is left."""
        self._write(self._sizes(tables), self._log_size())

    def accept(self) -> None:
        """Take what there is for all there must be."""
        self._inventory.replace(
            {name: _measured(path, size_of) or NOTHING for name, path in file_sets(self._folder).items()},
            self._whole_log(),
        )
        self._is_lost_itself = None
        self._look()

    def _write(self, sizes: dict[str, Size], log: LogSize | None) -> None:
        try:
            self._inventory.note(sizes, log)
        except OSError as error:  # a full disk: what is noted is too low then, and right
            _log.warning("未能记下库存(%s)", error)

    def _sizes(self, tables: Sequence[JournalTable]) -> dict[str, Size]:
        return {table.journal.folder.relative_to(self._folder).as_posix(): table.journal.size() for table in tables}

    def _log_size(self) -> LogSize | None:
        return None if self._log_lost else self._whole_log()

    def _whole_log(self) -> LogSize | None:
        """How long the log is; None where its end is damaged, which ``check`` tells and whoever writes there."""
        try:
            return self._log.size()
        except StoreDamaged as error:
            _log.error("%s", error)
            return None


def _measured(path: Path, measure: Callable[[Path], Size | None]) -> Size | None:
    """What a file set holds; None where it cannot be read."""
    try:
        return measure(path)
    except StoreDamaged as error:
        _log.error("%s", error)
        return None
