"""Acts over several tables and the log: written down whole before any of it is done, so that whoever comes next can
finish what a process that died has begun (docs/store.md has the protocol)."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..durable import is_full
from . import Given, Stored, StoreDamaged, Write
from .batches import Job
from .chain import Chain, Head, chained
from .journal import JournalStorage
from .lines import Text, as_kept, as_stored, list_of, text_of
from .log_file import ChainedLog
from .table import LOCATOR, JournalTable

_log = logging.getLogger(__name__)
FOLDER, TABLE = "_acts", "acts"
"""The file set that acts are in until they are finished everywhere, in a store's folder, and its table."""
_MANY = 32
"""Batches of acts that may be here before they are made sure of where they belong: a sync of each table and the log."""

Key = tuple[str, str]
"""Collection and part: the file set of a table."""


@dataclass(frozen=True, slots=True)
class Change:
    """A document as it is from an act on; revision 0 is that of a claim, which has none.

    ``text`` is how it stands in a line, where that is known.
    """

    key: Key
    id: str
    document: Mapping[str, Any]
    revision: int
    text: Text | None = None

    @property
    def kept(self) -> dict[str, Any] | Text:
        """What a line has of it."""
        return self.text or as_kept(self.document, self.revision)


@dataclass(frozen=True, slots=True)
class Act:
    """What is kept whole or not at all: changes of tables, and chained entries of the log."""

    changes: tuple[Change, ...]
    entries: tuple[Mapping[str, Any], ...]


def together(acts: Sequence[Act]) -> Act:
    """Acts as one, in order."""
    changes = tuple(change for act in acts for change in act.changes)
    return Act(changes, tuple(entry for act in acts for entry in act.entries))


class AskedTogether(Job):
    """An act as somebody asks for it. Raises ``TypeError`` or ``ValueError`` where it holds what is no JSON.

    It is written out by who asks, before any lock is taken.
    """

    def __init__(self, writes: Sequence[Write], entries: Sequence[Mapping[str, Any]], given: Sequence[Given]) -> None:
        super().__init__()
        self.writes, self.entries, self.given = writes, entries, given
        self.texts = [text_of(as_kept(write.document, write.expected_revision + 1)) for write in writes]
        text_of([*entries, *(write.id for write in writes)])
        self.kept: list[Stored] = []
        self._written = {(write.collection, write.id) for write in writes}

    @property
    def touched(self) -> list[Write | Given]:
        """All that it has to do with."""
        return [*self.writes, *self.given]

    def goes_with(self, earlier: Sequence[Job]) -> bool:
        """Whether none of those before changes what this one looks at: it is checked before they are done."""
        own = {(one.collection, one.id) for one in self.touched}
        return all(own.isdisjoint(asked._written) for asked in earlier if isinstance(asked, AskedTogether))


class Acts:
    """The acts of a store that may not be finished everywhere, in a journal of their own.

    Acts that are asked for at the same time are done in one batch, which is an act itself: one record here, one sync.
    It holds the lock of this journal and of every table that it touches from its check to its end. So there is at most
    one unfinished batch, the last; and who has the lock of a table, and then finds nothing unfinished here, may write
    there.
    """

    def __init__(
        self,
        folder: Path,
        table: Callable[[Key], JournalTable],
        log: ChainedLog,
        synced: Callable[[Sequence[JournalTable]], None] = lambda _: None,
    ) -> None:
        """``table`` raises ``StoreDamaged`` where one cannot be read; ``synced`` is told of what is all on disk."""
        self._journal = JournalStorage(folder)
        self._table = table
        self._synced = synced
        self._log = log
        self._doing = threading.Lock()
        self._unfinished = False
        self._looked_at = -1
        self._finished: set[str] = set()
        self._stuck: set[str] = set()
        """Acts that could not be forgotten the last time."""
        self._begin()

    def are_finished(self) -> bool:
        """Whether all acts that were ever written down are done, as far as can be told without waiting."""
        # In this order: what another thread takes in meanwhile counts ``foreign`` up first.
        return self._journal.is_as_seen() and not self._unfinished and self._looked_at == self._journal.foreign

    def finish(self) -> None:
        """Return once every act written down before is done, by others or else by this thread."""
        if self.are_finished():
            return
        with self._doing:  # mostly it is being done by another thread right now
            pass
        if not self.are_finished():
            with self.turn():
                pass

    def finish_for_reading(self) -> None:
        """As ``finish``; on a disk that takes nothing more, what is there can be read all the same."""
        try:
            self.finish()
        except OSError as error:
            _log.warning("有一次操作还没有全部写入(%s)", error)

    def check_sound(self) -> None:
        """Raises ``OSError`` where it is not known whether an act is kept, so that nothing may be built on it."""
        self._journal.assert_sound()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Everybody else's acts shut out, and those before done. Only here ``do`` may be called."""
        with self._journal.reserved():
            pending = self._pending()
            seen = self._journal.foreign
            self._finished &= {stored.id for stored in pending}
            for stored in pending:
                if stored.id not in self._finished:
                    self._finish(stored)
            self._looked_at, self._unfinished = seen, False
            if sum(stored.id not in self._stuck for stored in pending) >= _MANY:
                self._forget()
            yield

    @contextmanager
    def reserved(self, keys: Iterable[Key], *, log: bool) -> Iterator[tuple[dict[Key, JournalTable], Head | None]]:
        """Every other writer shut out of some tables and, where asked for, of the log, whose head is given."""
        # One order for all who take several locks, so that none waits for the other: a collection's claims first.
        order = sorted(set(keys), key=lambda key: (key[0], key[1] != LOCATOR, key[1]))
        tables = {key: self._table(key) for key in order}
        with ExitStack() as held:
            for table in tables.values():
                held.enter_context(table.journal.reserved())
            head = held.enter_context(self._log.exclusive()) if log else None
            yield tables, head

    def do(self, tables: Mapping[Key, JournalTable], act: Act) -> None:
        """Keep a batch of acts, in the midst of ``turn`` and of ``reserved`` for all that it touches.

        Once it is on disk here it is kept, whatever happens; where it belongs it need not be on disk before it is
        forgotten here.
        """
        if not act.changes and not act.entries:
            return
        name = uuid.uuid4().hex
        with self._journal.exclusive():
            self._journal.append([(TABLE, name, _written(act))])
        self._journal.sync()
        with self._doing:
            self._unfinished = True
            _carry_out(tables, self._log, act)
            self._finished.add(name)
            self._unfinished = False

    def close(self) -> None:
        """Give the files back."""
        self._journal.close()

    def _begin(self) -> None:
        """Finish and forget what others left. On a full disk that waits, and what is there can be read all the same."""
        try:
            with self.turn():
                self._forget()
        except OSError as error:
            if not is_full(error):
                raise
            _log.warning("磁盘已满：以前的操作先不整理(%s)", error)

    def _pending(self) -> list[Stored]:
        with self._journal.reading() as tables:
            return list(tables.get(TABLE, ()))

    def _finish(self, stored: Stored) -> None:
        act = _read(stored.document)
        readable = self._readable(_keys_of(act))
        with self.reserved(readable, log=bool(act.entries)) as (tables, _):
            _carry_out(tables, self._log, act)
        self._finished.add(stored.id)

    def _forget(self) -> None:
        """Have all acts, whoever did them, on disk where they belong; they need no other witness then.

        Those with a part in a table that cannot be read stay, for when it is mended.
        """
        pending = {stored.id: _keys_of(_read(stored.document)) for stored in self._pending()}
        tables = self._readable({key for keys in pending.values() for key in keys})
        for table in tables.values():
            table.journal.sync_all()
        self._log.sync()
        done = [id for id, keys in pending.items() if keys <= tables.keys()]
        with self._journal.exclusive():
            self._journal.append([(TABLE, id, None) for id in done])
        self._stuck = pending.keys() - set(done)
        self._synced(list(tables.values()))

    def _readable(self, keys: Iterable[Key]) -> dict[Key, JournalTable]:
        """The tables of keys, without those that are damaged."""
        tables = {}
        for key in keys:
            try:
                tables[key] = self._table(key)
            except StoreDamaged as error:
                _log.error("%s", error)
        return tables


class ActLog(Chain):
    """The log of a store: entries come alone, or with an act."""

    def __init__(self, file: ChainedLog, acts: Acts, assert_here: Callable[[], None]) -> None:
        """``assert_here`` raises ``StoreLeft``."""
        self._file, self._acts, self._assert_here = file, acts, assert_here

    def append(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Add an entry, with ``seq``, ``previous`` and ``hash`` put to it. Returns once it is on disk."""
        return self.append_all([entry])[0]

    def append_all(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add several entries one after another, as ``append`` does, with nobody else's in between."""
        while True:
            self._acts.check_sound()
            self._acts.finish()
            with self._file.exclusive() as head:
                # Another process may have died in its act just before this one got the file.
                if self._acts.are_finished():
                    self._assert_here()
                    added = chained(entries, head)
                    self._file.write(added)
                    break
        self._file.sync()
        return added

    def head(self) -> Head:
        """The last entry."""
        self._acts.finish_for_reading()
        return self._file.head()

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The whole lines with their numbers, from 1 on."""
        self._acts.finish_for_reading()
        return self._file.lines()


def _carry_out(tables: Mapping[Key, JournalTable], log: ChainedLog, act: Act) -> None:
    """Do what is not done yet of an act, each table's part in one record."""
    for key, table in tables.items():
        with table.journal.exclusive():
            changes = [change for change in act.changes if change.key == key]
            missing = [change for change in changes if not _is_done(table.one(change.id), change)]
            table.put_kept([(change.id, change.kept) for change in missing], kept_elsewhere=True)
    if act.entries:
        log.write(act.entries)


def _is_done(kept: Stored | None, change: Change) -> bool:
    """Revisions only count up, and a claim stays as it is once its document is kept."""
    if kept is None:
        return False
    return kept.revision >= change.revision if change.revision else kept.document == change.document


def _keys_of(act: Act) -> set[Key]:
    """The file sets that an act changes."""
    return {change.key for change in act.changes}


def _written(act: Act) -> Text:
    changes = list_of(list_of([*change.key, change.id, change.kept]) for change in act.changes)
    return Text(b'{"changes":%s,"entries":%s}' % (changes, list_of(act.entries)))


def _read(document: Mapping[str, Any]) -> Act:
    return Act(tuple(map(_change, document["changes"])), tuple(document["entries"]))


def _change(raw: Sequence[Any]) -> Change:
    collection, part, id, kept = raw
    stored = as_stored(id, dict(kept))
    return Change((collection, part), id, stored.document, stored.revision)
