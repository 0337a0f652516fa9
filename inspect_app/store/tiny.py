"""The store on TinyDB: one file set per collection, and per week where a collection grows by the week."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any

from ..durable import locked, make_folder, sync_folder, try_writing
from . import Fields, Given, Layout, Page, Put, Risk, Stale, Stored, StoreDamaged, StoreUnfit, Write
from .acts import FOLDER as ACTS
from .acts import Act, ActLog, Acts, AskedTogether, Change, Key, together
from .batches import Batches
from .chain import Head, chained, head_of
from .inventory import FILE as INVENTORY
from .inventory import file_sets
from .journal import is_empty, state_of
from .layouts import (
    Layouts,
    check_id,
    check_revision,
    check_week,
    check_weekly,
    check_writes,
    compared,
    is_week,
    page_of,
    week_in,
)
from .leaving import Leaving
from .lines import Text
from .log_file import ChainedLog
from .moment import Frozen, freeze_file, freeze_sets
from .rows import DocumentRows
from .stock import Stock
from .table import LOCATOR, WHOLE, JournalDB, JournalTable

_OPEN_WEEKS = 12
"""Weeks kept open at once; more are closed, least recently used first, and read again when asked for."""


def open_store(folder: Path, layouts: Iterable[Layout], *, log: Path | None = None) -> TinyStore:
    """Open the store of a folder, made where it is missing. Raises ``StoreDamaged``.

    The log of acts is the file ``log``, or ``log.jsonl`` in the folder. Acts that a crash interrupted are finished.
    """
    return TinyStore(folder, Layouts(layouts), log or folder / "log.jsonl")


class TinyStore:
    """Documents in TinyDB tables over journals.

    ``<collection>/all`` holds a collection; one that is partitioned has ``<collection>/<week>`` for each week and
    ``<collection>/ids``, which tells the week of an id. An id's entry there is on disk before its document is written,
    so a kept document is always found; an entry without a document (a crash between the two) counts for nothing.
    """

    def __init__(self, folder: Path, layouts: Layouts, log: Path) -> None:
        make_folder(folder)
        sync_folder(folder.parent)
        self._folder = folder
        self._layouts = layouts
        self._mutex = threading.Lock()
        self._open: OrderedDict[Key, JournalDB] = OrderedDict()
        self._file = file = ChainedLog(log)
        self._stock = Stock(folder, file)
        self._acts = Acts(folder / ACTS, self._by_key, file, self._stock.settle)
        self._leaving = Leaving(folder)
        self._log = ActLog(file, self._acts, self._leaving.assert_here)
        self._batches = Batches(self._act_together)
        self._stock.note_what_is_cold()

    @property
    def log(self) -> ActLog:
        return self._log

    def put_once(
        self, collection: str, id: str, document: Mapping[str, Any], *, same_by: str | None = None
    ) -> tuple[Put, Stored]:
        check_id(id)
        if self._layouts.is_weekly(collection):
            return self._put_in_week(collection, id, document, same_by)
        table = self._table(collection, WHOLE)
        with self._writing(table):
            earlier = table.one(id)
            kept = earlier or table.put(id, document, 1)
        table.journal.sync()
        return (compared(earlier, document, same_by) if earlier else Put.CREATED), kept

    def get(self, collection: str, id: str) -> Stored | None:
        self._acts.finish_for_reading()
        table = self._table_of(collection, id)
        found = table.one(id) if table is not None else None
        if table is not None and found is not None:
            table.journal.sync()
        return found

    def update(self, collection: str, id: str, document: Mapping[str, Any], *, expected_revision: int) -> Stored:
        table = self._table_of(collection, id)
        if table is None:
            raise Stale(f"{collection}/{id}")
        with self._writing(table):
            kept = table.one(id)
            if kept is None or kept.revision != expected_revision:
                raise Stale(f"{collection}/{id}")
            if self._layouts.is_weekly(collection):
                check_week(kept, document)
            changed = table.put(id, document, expected_revision + 1)
        table.journal.sync()
        return changed

    def act(
        self, writes: Sequence[Write], entries: Sequence[Mapping[str, Any]] = (), *, given: Sequence[Given] = ()
    ) -> list[Stored]:
        check_writes(self._layouts, writes)
        touched: list[Write | Given] = [*writes, *given]
        keys = self._keys(touched, self._by_key)
        if not entries and not given and len(keys) <= 1:
            return self._act_on_one(keys, writes)
        self._acts.check_sound()
        for key in keys:  # what cannot be read fails here, and nobody else's act
            self._by_key(key)
        asked = AskedTogether(writes, entries, given)
        self._batches.do(asked)
        return asked.kept

    def find(self, collection: str, *, skip: int = 0, **fields: Fields) -> list[Stored]:
        wanted, weeks = self._layouts.wanted(collection, fields)
        found: list[Stored] = []
        # One part at a time, so that no more weeks are in memory than are kept open.
        for part in self._parts(collection, weeks):
            with self._rows(collection, part) as rows:
                found += rows.find(wanted, skip)
        return found

    def page(
        self, collection: str, *, limit: int, after: str | None = None, newest: bool = False, **fields: Fields
    ) -> Page:
        wanted, weeks = self._layouts.wanted(collection, fields)

        def some(part: str, count: int, behind: str | None) -> list[Stored]:
            with self._rows(collection, part) as rows:
                return rows.page(wanted, count, after=behind, newest=newest)

        return page_of(self._parts(collection, weeks), some, limit, after, newest=newest)

    def briefs(self, collection: str, week: str) -> None:
        """None are kept: documents are in memory."""

    def changed_briefs(self, collection: str, seen: Sequence[int], state: str) -> None:
        """Likewise."""

    def weeks(self, collection: str) -> list[str]:
        self._acts.finish_for_reading()
        folder = self._folder / collection
        if not self._layouts.is_weekly(collection):
            return []
        there = {path.name for path in folder.iterdir() if not is_empty(path)} if folder.is_dir() else set()
        # One that is lost is no empty one: whoever asks for it is told.
        return sorted(name for name in there | self._stock.parts(collection) if is_week(name))

    def state(self, collection: str, week: str) -> str:
        check_weekly(self._layouts, collection, week)
        self._acts.finish_for_reading()
        return state_of(self._folder / collection / week)

    def damaged(self) -> list[str]:
        return self._stock.damaged()

    def read_all(self) -> list[str]:
        return [*self.damaged(), *filter(None, map(self._reading_fails, self._stock.names()))]

    def frozen(self, aside: Path, besides: Callable[[], object] = lambda: None) -> list[Frozen]:
        """All files of the store and its log as they are at one moment, no act half in it; second names in ``aside``.

        Acts wait meanwhile, for as long as it takes to look at the size of each file, and for ``besides``, which is
        called before that.
        """
        folder, names = self._folder, aside / "store"
        # Before the sets: it tells the least that they hold.
        inventory = list(freeze_file(folder / INVENTORY, names / INVENTORY))
        sets = freeze_sets(folder, names)
        with self._acts.turn():
            besides()
            log = list(freeze_file(self._file.path, aside / "log"))
            sets = freeze_sets(folder, names, sets)
        return [*inventory, *chain.from_iterable(files for _, files in sets.values()), *log]

    def parts(self) -> dict[Key, str]:
        """The collections and parts that hold something, with what tells one state of each from the next.

        Raises ``StoreUnfit`` where some are of no collection that the store was opened with.
        """
        self._acts.finish_for_reading()
        known, found = {layout.name for layout in self._layouts}, {}
        for name, path in file_sets(self._folder).items():
            collection, _, part = name.partition("/")
            if collection == ACTS or part == LOCATOR or is_empty(path):
                continue
            if collection not in known:
                raise StoreUnfit(f"{path} 是本程序不认识的集合，由更新版本的程序写下：请换用那个版本")
            found[collection, part] = state_of(path)
        return found

    def all_in(self, key: Key) -> list[Stored]:
        """The documents of a part as they are at one moment, in the order first kept."""
        with self._rows(*key) as rows:
            return list(rows)

    def lines(self, after: int) -> Iterator[bytes]:
        """The lines of the log behind so many, without their line breaks."""
        return (line.rstrip(b"\n") for _, line in islice(self._log.lines(), after, None))

    @contextmanager
    def standing_still(self) -> Iterator[Leaving]:
        """Nobody writes meanwhile, in any process; by what is given they never do again. Raises ``StoreUnfit``."""
        with self._leaving.moving():
            # Who had a lock before the mark was there is waited for; who gets one afterwards sees the mark.
            with self._acts.turn():
                pass
            for path in file_sets(self._folder).values():
                with locked(path / "lock"):
                    pass
            with self._file.exclusive():
                pass
            yield self._leaving

    def load(self, key: Key, kept: Sequence[tuple[str, Text]]) -> None:
        """Keep documents as they stand in a line, unchecked; on disk once this returns."""
        collection, part = key
        if self._layouts.is_weekly(collection):
            locator = self._table(collection, LOCATOR)
            with locator.journal.exclusive():
                missing = [id for id, _ in kept if locator.one(id) is None]
                locator.put_all([(id, _claim_of(part, None), 0) for id in missing])
            locator.journal.sync()
        table = self._table(collection, part)
        with table.journal.exclusive():
            table.put_kept(list(kept))
        table.journal.sync()

    def extend(self, lines: Sequence[bytes]) -> None:
        """Put lines that follow the head of the log behind it; on disk once this returns."""
        with self._file.exclusive():
            self._file.write_lines(lines)
        self._file.sync()

    def accept_losses(self) -> None:
        self._stock.accept()

    def probe(self) -> None:
        self._leaving.assert_here()
        try_writing(self._folder)
        self._acts.check_sound()
        self._log.head()

    def risks(self) -> list[Risk]:
        return []

    def forget_replaced(self, collection: str, week: str = "") -> None:
        table = self._table(collection, week or WHOLE)
        with self._writing(table):
            table.journal.forget_replaced()

    def take_stock(self) -> None:
        with self._mutex:
            tables = [database.documents for database in self._open.values()]
        with suppress(OSError):
            self._stock.note(tables)

    def close(self) -> None:
        self.take_stock()
        self._acts.close()
        with self._mutex:
            while self._open:
                self._open.popitem()[1].close()

    @contextmanager
    def _writing(self, *tables: JournalTable) -> Iterator[None]:
        """All other writers shut out of some tables, no act left half done."""
        while True:
            self._acts.check_sound()
            self._acts.finish()
            with ExitStack() as held:
                for table in tables:
                    held.enter_context(table.journal.exclusive())
                # Another process may have died in its act just before this one got the tables.
                if self._acts.are_finished():
                    self._leaving.assert_here()
                    yield
                    return

    @contextmanager
    def _reserved(
        self, touched: Sequence[Write | Given], *, log: bool
    ) -> Iterator[tuple[Mapping[Key, JournalTable], Head | None]]:
        """The tables that an act has to do with and the head of the log, all other writers shut out."""
        while True:
            keys = self._keys(touched, self._by_key)
            with self._acts.reserved(keys, log=log) as (tables, head):
                # Somebody may have claimed an id for another week meanwhile.
                if self._keys(touched, tables.__getitem__) <= keys:
                    yield tables, head
                    return

    def _put_in_week(
        self, collection: str, id: str, document: Mapping[str, Any], same_by: str | None
    ) -> tuple[Put, Stored]:
        week = week_in(document)
        locator = self._table(collection, LOCATOR)
        while True:
            claim = self._claim(collection, locator, id, week)
            locator.journal.sync()
            table = self._table(collection, claim.document["week"])
            # The claim may be taken over by another week while no document stands under it; hold it while writing.
            with self._writing(locator, table):
                if locator.one(id) != claim:
                    continue
                earlier = table.one(id)
                kept = earlier or table.put(id, document, 1)
            table.journal.sync()
            return (compared(earlier, document, same_by) if earlier else Put.CREATED), kept

    def _claim(self, collection: str, locator: JournalTable, id: str, week: str) -> Stored:
        """The entry that tells the week in which this id is kept, or from now on is to be kept."""
        with self._writing(locator):
            claim = locator.one(id)
            if claim and (claim.document["week"] == week or self._table(collection, claim.document["week"]).one(id)):
                return claim
            return locator.put(id, _claim_of(week, claim), 0)

    def _act_on_one(self, keys: Iterable[Key], writes: Sequence[Write]) -> list[Stored]:
        """An act that touches nothing else is one record of its table."""
        kept: list[Stored] = []
        for table in map(self._by_key, keys):
            with self._writing(table):
                for write in writes:
                    check_revision(table.one(write.id), write.collection, write.id, write.expected_revision)
                kept = table.put_all([(write.id, write.document, write.expected_revision + 1) for write in writes])
            table.journal.sync()
        return kept

    def _act_together(self, batch: Sequence[AskedTogether]) -> None:
        """Do acts that have nothing to do with each other in one go; each fails by itself where its check does."""
        touched = [one for asked in batch for one in asked.touched]
        with self._acts.turn(), self._reserved(touched, log=any(asked.entries for asked in batch)) as (tables, head):
            self._leaving.assert_here()
            acts = []
            for asked in batch:
                try:
                    acts.append(self._planned(asked, tables, head))
                except (Stale, ValueError) as error:
                    asked.error = error
                    continue
                head = head_of(acts[-1].entries[-1]) if acts[-1].entries else head
            self._acts.do(tables, together(acts))
            for asked in batch:
                kept = [tables[self._key(write)].one(write.id) for write in asked.writes if not asked.error]
                asked.kept = [stored for stored in kept if stored]

    def _planned(self, asked: AskedTogether, tables: Mapping[Key, JournalTable], head: Head | None) -> Act:
        """What an act is to do, behind a head of the log. Raises ``Stale``, and ``ValueError`` as ``_changes``."""
        for one in asked.given:
            check_revision(self._kept(one, tables), one.collection, one.id, one.revision)
        written = zip(asked.writes, asked.texts, strict=True)
        changes = tuple(change for write, text in written for change in self._changes(write, text, tables))
        return Act(changes, tuple(chained(asked.entries, head)) if head else ())

    def _changes(self, write: Write, text: Text, tables: Mapping[Key, JournalTable]) -> list[Change]:
        """What a write changes. Raises ``Stale``, and ``ValueError`` where it would move a document to another week."""
        kept, key = self._kept(write, tables), self._key(write)
        check_revision(kept, write.collection, write.id, write.expected_revision)
        change = Change(key, write.id, write.document, write.expected_revision + 1, text)
        if not self._layouts.is_weekly(write.collection):
            return [change]
        if kept:
            check_week(kept, write.document)
            return [change]
        locator = (write.collection, LOCATOR)
        claim = tables[locator].one(write.id)
        # Also where it is there: it need not be on disk yet.
        own = claim.document if claim and claim.document["week"] == key[1] else _claim_of(key[1], claim)
        return [Change(locator, write.id, own, 0), change]

    def _kept(self, one: Write | Given, tables: Mapping[Key, JournalTable]) -> Stored | None:
        """The document that is kept by now under the id of a write."""
        if not self._layouts.is_weekly(one.collection):
            return tables[one.collection, WHOLE].one(one.id)
        claim = tables[one.collection, LOCATOR].one(one.id)
        return tables[one.collection, claim.document["week"]].one(one.id) if claim else None

    def _keys(self, touched: Iterable[Write | Given], table: Callable[[Key], JournalTable]) -> set[Key]:
        """The tables that an act has to do with, those included where earlier documents of its ids may stand."""
        keys: set[Key] = set()
        for one in touched:
            if isinstance(one, Write):
                keys.add(self._key(one))
            if not self._layouts.is_weekly(one.collection):
                keys.add((one.collection, WHOLE))
                continue
            locator = (one.collection, LOCATOR)
            claim = table(locator).one(one.id)
            keys |= {locator, (one.collection, claim.document["week"])} if claim else {locator}
        return keys

    def _key(self, write: Write) -> Key:
        """The table that a write's document belongs to."""
        weekly = self._layouts.is_weekly(write.collection)
        return write.collection, week_in(write.document) if weekly else WHOLE

    def _table_of(self, collection: str, id: str) -> JournalTable | None:
        if not self._layouts.is_weekly(collection):
            return self._table(collection, WHOLE)
        claim = self._table(collection, LOCATOR).one(id)
        return self._table(collection, claim.document["week"]) if claim else None

    def _parts(self, collection: str, weeks: frozenset[str] | None) -> Iterable[str]:
        """The file sets that hold a collection's documents, in order; only those of the weeks, where some are named."""
        if not self._layouts.is_weekly(collection):
            return [WHOLE]
        return [week for week in self.weeks(collection) if weeks is None or week in weeks]

    @contextmanager
    def _rows(self, collection: str, part: str) -> Iterator[DocumentRows]:
        self._acts.finish_for_reading()
        with self._table(collection, part).rows() as rows:
            yield rows

    def _by_key(self, key: Key) -> JournalTable:
        return self._table(*key)

    def _table(self, collection: str, part: str) -> JournalTable:
        with self._mutex:
            database = self._open.get((collection, part))
            if database is None:
                noted = self._stock.noted(f"{collection}/{part}")
                make_folder(self._folder / collection)
                sync_folder(self._folder)
                database = self._open[collection, part] = JournalDB(self._folder / collection / part, noted)
                self._close_surplus()
            self._open.move_to_end((collection, part))
            return database.documents

    def _reading_fails(self, name: str) -> str | None:
        """What keeps a file set from being read whole, in Chinese; None where nothing does. It is read anew."""
        if self._stock.is_lost(name):
            return None
        try:
            JournalDB(self._folder / name, self._stock.noted(name)).close()
        except StoreDamaged as error:
            return str(error)
        return None

    def _close_surplus(self) -> None:
        """Let go of the weeks not used for longest. Their files close when the last user is done with them."""
        weeks = [key for key in self._open if is_week(key[1])]
        for key in weeks[:-_OPEN_WEEKS]:
            del self._open[key]


def _claim_of(week: str, earlier: Stored | None) -> dict[str, Any]:
    """An id's claim for a week, in place of another week's."""
    # Counted, so that a week lost and won back is not taken for the entry that is known to be on disk.
    return {"week": week, "turn": earlier.document.get("turn", 0) + 1 if earlier else 0}
