"""TinyDB's storage extension point as an append-only journal with a snapshot (protocol: docs/develop/store.md)."""

from __future__ import annotations

import copy
import gc
import logging
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import portalocker
from tinydb.storages import Storage

from ..durable import make_folder, sync_folder
from . import StoreDamaged
from .inventory import NOTHING, Size, readable
from .lines import Change, Damaged, Torn, Written, as_kept, as_stored, decode, encode, encode_changes, records
from .rows import DocumentRows

_log = logging.getLogger(__name__)

Tables = dict[str, DocumentRows]
_Raw = dict[str, dict[str, dict[str, Any]]]
"""Documents by table and id, as TinyDB has them."""
_SNAPSHOT = "snapshot.json"
_MANY = 5_000
"""From so many documents on, the collector of garbage is told to leave them alone."""
_SPARE_RECORDS = 256
"""Overwritten records that a journal may hold beside as many as there are documents, before it is compacted."""


class JournalStorage(Storage):
    """Documents of one file set: a folder with ``snapshot.json``, ``journal.<generation>`` and ``lock``.

    The documents are in memory as well; before each use the files' state is compared, and what other processes appended
    is read. ``read`` and ``write`` are TinyDB's; ``exclusive``, ``append`` and ``sync`` are the quick way.
    ``noted`` is what the inventory has of it: a journal that ends before that was cut short, and not by a crash.
    """

    def __init__(self, folder: str | os.PathLike[str], noted: Size = NOTHING) -> None:
        self._folder = Path(folder)
        self._noted = noted
        self._snapshot_path = self._folder / _SNAPSHOT
        make_folder(self._folder)
        sync_folder(self._folder.parent)  # who made the folder may have died before doing so
        # Taken in this order: by one writer at a time, by whoever looks at or changes what is in memory, for syncing.
        self._writers = threading.RLock()
        self._mutex = threading.RLock()
        self._sync_mutex = threading.Lock()
        self._lock_file = self._open_lock()
        self._depth = 0
        self._owner: int | None = None
        self._is_current = False
        """Whether the owner has looked at the files since it shut the others out: nobody changes them any more."""
        self._journal: IO[bytes] | None = None
        self._tables: Tables = {}
        self._failed: OSError | None = None
        # Bytes that this process has seen appended, over all generations; up to where ``sync`` is to make sure of them;
        # and how many are on disk for sure.
        self._seen = self._owed = self._synced = 0
        self._foreign = 0
        with self.exclusive():
            pass

    # TinyDB's interface

    def read(self) -> _Raw:
        """All documents, as a copy that the caller may change: TinyDB's own tables do so before they write."""
        with self.reading() as tables:
            return copy.deepcopy(_raw(tables))

    def write(self, data: _Raw) -> None:
        """Make ``data`` the documents: journals what differs, in one record, durably."""
        with self.exclusive() as tables:
            self.append(_differences(_raw(tables), _as_json(data)))
        self.sync()

    def close(self) -> None:
        with self._mutex, self._sync_mutex:
            if self._journal:
                self._journal.close()
                self._journal = None
            self._lock_file.close()

    # The quick way

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """The documents as they are now, in no other thread's hands while the block runs. Not to be changed."""
        while True:
            with self._mutex:
                if self._refresh():
                    yield self._tables
                    return
            with self.exclusive():  # which takes in what can only be read while nobody writes
                pass

    @contextmanager
    def exclusive(self) -> Iterator[Tables]:
        """As ``reading``, with every other writer in any process shut out; only here ``append`` may be called."""
        with self.reserved(), self._mutex:
            self._refresh()
            yield self._tables

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Every other writer in any process shut out, while readers go on."""
        with self._writers:
            if self._depth == 0:
                if self._lock_file.closed:  # as the journal is, the file is taken again by who still asks
                    self._lock_file = self._open_lock()
                portalocker.lock(self._lock_file, portalocker.LockFlags.EXCLUSIVE)
                self._owner, self._is_current = threading.get_ident(), False
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._owner, self._is_current = None, False
                    portalocker.unlock(self._lock_file)

    def is_as_seen(self) -> bool:
        """Whether no other process has written since the last look. Waits for nobody; when in doubt it is not."""
        if self._is_current:
            return True
        journal = self._journal
        try:
            same_size = journal is not None and os.fstat(journal.fileno()).st_size == self._offset
        except (
            ValueError,
            OSError,
        ):  # closed just now, before its number was asked for or after: another thread compacts
            return False
        return same_size and _identity(self._snapshot_path) == self._snapshot

    @property
    def foreign(self) -> int:
        """A number that counts up before anything that another process wrote is taken in."""
        return self._foreign

    def append(self, changes: Iterable[Written], *, kept_elsewhere: bool = False) -> None:
        """Journal changes as one record and apply them. They are on disk after the next ``sync``.

        What is ``kept_elsewhere``, so that no power cut takes it, ``sync`` does not wait for; ``sync_all`` does.
        """
        assert self._is_mine, "append needs exclusive()"
        listed = list(changes)
        if not listed:
            return
        self.assert_sound()
        assert self._journal
        line = encode_changes(listed)
        self._write_whole(line)
        self._offset += len(line)
        self._seen += len(line)
        if not kept_elsewhere:
            self._owed = self._seen
        self._apply(decode(line))  # as every other process reads it, and out of the caller's hands
        if self._records > 2 * self._live() + _SPARE_RECORDS:
            self._compact()

    def forget_replaced(self) -> None:
        """Compact now, where files hold anything besides the documents of today."""
        assert self._is_mine, "forget_replaced needs exclusive()"
        self.assert_sound()
        if self._records > self._live():
            self._compact()

    def sync(self) -> None:
        """Return once all that this thread has seen is on disk. Threads that wait at the same time share one fsync."""
        self._sync(self._owed)

    def sync_all(self) -> None:
        """As ``sync``, what is kept elsewhere included."""
        self._sync(self._seen)

    @property
    def folder(self) -> Path:
        """Where the file set lies."""
        return self._folder

    def size(self) -> Size:
        """What the files hold, once it is on disk."""
        with self._mutex:
            generation, journal, seen = self._generation, self._offset, self._seen
            snapshot = self._snapshot[2] if self._snapshot else 0
        self._sync(seen)
        return Size(generation, journal, snapshot)

    def _sync(self, wanted: int) -> None:
        if self._synced >= wanted:
            return
        with self._sync_mutex:
            self.assert_sound()
            if self._synced >= wanted:
                return
            seen, journal = self._seen, self._journal
            assert journal
            try:
                os.fsync(journal.fileno())
            except OSError as error:
                # The kernel may have dropped the pages: nothing after this can be promised until the files are reread.
                self._failed = error
                raise
            self._synced = seen

    # Files

    def _path(self, generation: int) -> Path:
        return self._folder / f"journal.{generation}"

    def _refresh(self) -> bool:
        """Take in what other processes did since the last look. False where that needs ``exclusive``."""
        if self._is_current and self._journal is not None:
            return True
        if not self._take_in():
            return False
        if self._is_mine:
            self._is_current = True
        return True

    def _take_in(self) -> bool:
        """As ``_refresh``, by a look at the files."""
        if self._journal is None or _identity(self._snapshot_path) != self._snapshot:
            if self._is_mine:
                self._reload()
            return self._is_mine
        size = os.fstat(self._journal.fileno()).st_size
        if size < self._offset:
            raise StoreDamaged(f"{self._path(self._generation)}：文件变短了，少于已读到的{self._offset}字节，拒绝打开")
        return self._replay() if size > self._offset else True

    @property
    def _is_mine(self) -> bool:
        """Whether this thread has shut out the other writers."""
        return self._owner == threading.get_ident()

    def _reload(self) -> None:
        """Read snapshot and journal from the start, with writers shut out so that neither changes meanwhile."""
        self._foreign += 1
        with self._sync_mutex:
            if self._journal:
                self._journal.close()
                self._journal = None
            self._tables, self._records, self._generation = {}, 0, 0
            self._snapshot = _identity(self._snapshot_path)
            if self._snapshot:
                self._read_snapshot()
            self._assert_complete()
            with readable(self._path(self._generation)):
                self._journal = self._open_journal(self._generation)
            self._offset = 0
            self._synced = self._seen
        self._replay()
        self._remove_other_journals()
        if self._live() >= _MANY:
            # Documents are no garbage: the collector would go through all of them again and again.
            gc.freeze()

    def _read_snapshot(self) -> None:
        path = self._snapshot_path
        try:
            with readable(path), path.open("rb") as file:
                lines = records(file, 0)
                header, _ = next(lines, (None, 0))
                for changes, _ in lines:
                    self._apply(changes)
        except (Torn, Damaged) as error:
            raise StoreDamaged(f"{path}：第{error.offset}字节处的记录已损坏，拒绝打开") from None
        if not isinstance(header, dict):
            raise StoreDamaged(f"{path}：第0字节处缺少文件头，拒绝打开")
        if header["documents"] != self._live():
            raise StoreDamaged(f"{path}：第{path.stat().st_size}字节处提前结束，拒绝打开")
        self._generation = int(header["generation"])

    def _assert_complete(self) -> None:
        """Refuse where the journal after the snapshot is missing, or one stands that only a later snapshot explains.

        No crash leaves that behind; a copy or a deletion of single files does. To go on would lose what is left.
        """
        own = self._path(self._generation)
        # Before it is opened, which would make it.
        self._assert_noted(own, own.stat().st_size if own.exists() else 0)
        if self._generation and not own.exists():
            raise StoreDamaged(f"{own}：文件缺失(第0字节起)，{_SNAPSHOT}之后的记录都在其中，拒绝打开")
        for generation, path in journals(self._folder):
            if generation > self._generation and path.stat().st_size:
                raise StoreDamaged(f"{path}：第0字节起的记录没有对应的{_SNAPSHOT}(缺失或陈旧)，拒绝打开")

    def _open_lock(self) -> IO[bytes]:
        path = self._folder / "lock"
        with readable(path):
            return path.open("a+b")

    def _open_journal(self, generation: int) -> IO[bytes]:
        journal = self._path(generation).open("a+b", buffering=0)
        # Even where it was there: who made it, or renamed a snapshot, may have died before the names were on disk.
        sync_folder(self._folder)
        return journal

    def _replay(self) -> bool:
        """Apply the records after the known offset. What a dead process left half written is cut off under the lock.

        False where that must be looked at again under the lock.
        """
        assert self._journal
        self._foreign += 1
        path = self._path(self._generation)
        try:
            # Not by its name, under which a reader without the lock may find nothing: another process just compacted.
            with readable(path), os.fdopen(self._journal.fileno(), "rb", closefd=False) as file:
                for changes, end in records(file, self._offset):
                    self._apply(changes)
                    self._seen = self._owed = self._seen + end - self._offset
                    self._offset = end
        except Torn as error:
            if self._is_mine:
                self._assert_noted(path, error.offset)
                self._cut(path, error.offset)
        except Damaged as error:
            if not self._is_mine:
                # A reader without the lock may have met a record in the making; with the lock it is whole or wrong.
                return False
            raise StoreDamaged(f"{path}：第{error.offset}字节处的记录已损坏，拒绝打开") from None
        return True

    def _assert_noted(self, path: Path, end: int) -> None:
        """Refuse to take for a torn record, or for what was never there, what was whole and on disk."""
        if self._generation < self._noted.generation:
            raise StoreDamaged(f"{self._snapshot_path}：文件缺失或陈旧，拒绝打开")
        if self._generation == self._noted.generation and end < self._noted.journal:
            raise StoreDamaged(f"{path}：第{end}字节处截断，至少应有{self._noted.journal}字节，拒绝打开")

    def _cut(self, path: Path, offset: int) -> None:
        with path.open("r+b") as file:
            file.seek(offset)
            rest = file.read()
            aside = self._folder / f"torn-{self._generation}-{offset}"
            with suppress(OSError):  # a full disk; what nobody was told of must not keep the store closed
                aside.write_bytes(rest)
            file.truncate(offset)
            os.fsync(file.fileno())
        _log.warning(
            "%s：末尾有一条没有写完的记录（第%d字节起%d字节），从未确认过，已截断，%s",
            path,
            offset,
            len(rest),
            f"另存为 {aside.name}" if aside.exists() else "未能另存",
        )

    def _write_whole(self, line: bytes) -> None:
        assert self._journal
        written = 0
        try:
            while written < len(line):
                written += self._journal.write(line[written:]) or 0
        except OSError:
            # A full disk: take back the part that went in, so that the journal ends with a whole record.
            os.ftruncate(self._journal.fileno(), self._offset)
            raise

    def _compact(self) -> None:
        """Write the documents as a snapshot and begin a new journal. Renaming the snapshot is the moment it counts."""
        generation = self._generation + 1
        with self._sync_mutex:
            try:
                journal = self._open_journal(generation)
                os.ftruncate(journal.fileno(), 0)  # left over from a compaction that did not come to its end
                self._write_snapshot(generation)
            except OSError as error:
                _log.warning("%s：未能压缩(%s)，继续使用原有日志", self._folder, error)
                with suppress(OSError):  # its part would take the room that the journal needs
                    self._partial.unlink(missing_ok=True)
                self._records = self._live()  # try again after as many records more, not at each
                return
            try:
                self._partial.replace(self._snapshot_path)
                sync_folder(self._folder)
            except OSError as error:
                # Whether the new snapshot or the old one would be found after a crash is not known any more.
                self._failed = error
                raise
            if self._journal:
                self._journal.close()
            self._journal, self._generation = journal, generation
            self._snapshot = _identity(self._snapshot_path)
            self._offset, self._records = 0, self._live()
            self._synced = self._seen
        self._remove_other_journals()

    @property
    def _partial(self) -> Path:
        return self._folder / f"{_SNAPSHOT}.partial"

    def _write_snapshot(self, generation: int) -> None:
        write_snapshot(self._partial, generation, self._tables)

    def _remove_other_journals(self) -> None:
        """Journals before the snapshot, and one begun by a compaction that did not come to its end. Under the lock."""
        for generation, path in journals(self._folder):
            if generation != self._generation:
                with suppress(OSError):  # on Windows another process may still have it open; the next one removes it
                    path.unlink()

    # Memory

    def _apply(self, changes: Iterable[Change]) -> None:
        for table, id, document in changes:
            self._records += 1
            rows = self._tables.setdefault(table, DocumentRows())
            if document is not None:
                rows.put(as_stored(id, document))
                continue
            rows.remove(id)
            if not rows:  # as after reopening, where nothing tells of it
                del self._tables[table]

    def _live(self) -> int:
        return sum(map(len, self._tables.values()))

    def assert_sound(self) -> None:
        """Raises ``OSError`` where a failed sync has closed the files for writing."""
        if self._failed:
            raise OSError(f"{self._folder}：写盘失败过({self._failed})，重新启动前不再写入") from self._failed


def journals(folder: Path) -> list[tuple[int, Path]]:
    """The journals of a file set with their generations, the earliest first."""
    found = [(path.suffix[1:], path) for path in folder.glob("journal.*")]
    return sorted((int(number), path) for number, path in found if number.isdecimal())


def write_snapshot(path: Path, generation: int, tables: Tables) -> None:
    """Write documents as the snapshot before the journal of a generation, durably but for its name."""
    with path.open("wb") as file:
        file.write(encode({"generation": generation, "documents": sum(map(len, tables.values()))}))
        for name, table in tables.items():
            for stored in table:
                file.write(encode([(name, stored.id, as_kept(stored.document, stored.revision))]))
        file.flush()
        os.fsync(file.fileno())


def is_empty(folder: Path) -> bool:
    """Whether no document was ever kept in a storage's folder, by the look of its files.

    Journals first: a compaction has its snapshot in place before the journal that it is of goes.
    """
    try:
        return not any(path.stat().st_size for path in folder.glob("journal.*")) and not (folder / _SNAPSHOT).exists()
    except FileNotFoundError:  # compacted just now
        return False


def state_of(folder: Path) -> str:
    """What tells one state of a storage's files from the next, by the look of them: a record makes its file longer, and
    compaction begins new ones.
    """
    files = sorted([folder / _SNAPSHOT, *folder.glob("journal.*")])
    return " ".join(f"{path.name}:{_identity(path)}" for path in files)


def _identity(path: Path) -> tuple[int, int, int] | None:
    """What tells one version of a file from the next; None where there is no file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _raw(tables: Tables) -> _Raw:
    """TinyDB's tables of what is kept. The values in the documents are shared."""
    return {name: raw_table(table) for name, table in tables.items()}


def raw_table(rows: DocumentRows) -> dict[str, dict[str, Any]]:
    """One of TinyDB's tables, as ``_raw``."""
    return {stored.id: as_kept(stored.document, stored.revision) for stored in rows}


def _as_json(data: _Raw) -> _Raw:
    """TinyDB's tables with ids as text, as JSON would have them."""
    return {name: {str(id): dict(document) for id, document in table.items()} for name, table in data.items()}


def _differences(before: _Raw, after: _Raw) -> list[Change]:
    changes: list[Change] = []
    for name in before.keys() | after.keys():
        old, new = before.get(name, {}), after.get(name, {})
        changes += [(name, id, None) for id in old if id not in new]
        changes += [(name, id, document) for id, document in new.items() if old.get(id) != document]
    return changes
