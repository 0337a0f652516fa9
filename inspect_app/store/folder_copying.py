"""Copying out of a store in a folder, and into one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import portalocker

from ..durable import make_folder, replace_file, sync_folder
from . import Layout, StoreUnfit
from .chain import Head
from .copying import Image, KeptRow, Part, Still
from .journal import is_empty
from .leaving import Leaving
from .lines import Text, text_of
from .tiny import TinyStore, open_store

COPYING = "copying.txt"
"""What stands in a store's folder into which a copy was begun: the identity of its source."""
_MARKS = re.compile(r"copying\.txt|copying\.lock|moving|\..*")


class FolderImage:
    """What the store of a folder holds."""

    def __init__(self, store: TinyStore) -> None:
        self._store = store

    def parts(self) -> Mapping[Part, str]:
        return self._store.parts()

    def rows(self, part: Part) -> Iterator[KeptRow]:
        return (KeptRow(one.id, one.revision, text_of(one.document)) for one in self._store.all_in(part))

    def head(self) -> Head:
        return self._store.log.head()

    def lines(self, after: int) -> Iterator[bytes]:
        return self._store.lines(after)


class _StillFolder(FolderImage):
    def __init__(self, store: TinyStore, leaving: Leaving) -> None:
        super().__init__(store)
        self._leaving = leaving

    def leave(self, target: str, message: str) -> None:
        self._leaving.leave(target, message)


class FolderSource:
    """The store of a folder, copied from. Raises ``StoreDamaged``; ``StoreUnfit`` where it is not whole."""

    def __init__(self, folder: Path, layouts: Iterable[Layout], log: Path) -> None:
        self.name, self.identity = str(folder), identity_of(folder)
        if not folder.is_dir():
            raise StoreUnfit(f"{folder}：没有文档")
        if (folder / COPYING).exists():
            raise StoreUnfit(f"{folder} 是没有搬完的副本，不能从它搬")
        self._leaving = Leaving(folder)
        self._store = open_store(folder, layouts, log=log)
        if lost := self._store.damaged():
            raise StoreUnfit(lost[0])

    @contextmanager
    def reading(self) -> Iterator[Image]:
        yield FolderImage(self._store)

    @contextmanager
    def standing_still(self) -> Iterator[Still]:
        with self._store.standing_still() as leaving:
            yield _StillFolder(self._store, leaving)

    def left_for(self) -> str | None:
        return self._leaving.left_for()

    def reopen(self) -> bool:
        return self._leaving.reopen()

    def close(self) -> None:
        self._store.close()


class FolderTarget(FolderImage):
    """A store in a folder that nothing else uses, copied into. Raises ``StoreUnfit`` where the folder has a store that
    is no copy of this source that was begun.
    """

    def __init__(self, folder: Path, layouts: Iterable[Layout], log: Path, source: str) -> None:
        self.name, self.identity = str(folder), identity_of(folder)
        self._mark, self._lock = folder / COPYING, folder / "copying.lock"
        _begin(folder, log, self._mark, source)
        self._held = self._lock.open("a+b")
        try:
            portalocker.lock(self._held, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.LockException as error:
            self._held.close()
            raise StoreUnfit(f"另一个 store copy 正在写 {folder}") from error
        self._own = open_store(folder, layouts, log=log)
        super().__init__(self._own)

    def known(self, part: Part) -> Mapping[str, int]:
        is_new = is_empty(self._mark.parent.joinpath(*part))
        return {} if is_new else {one.id: one.revision for one in self._own.all_in(part)}

    def put(self, part: Part, rows: Sequence[KeptRow]) -> None:
        self._own.load(part, [(row.id, kept_text(row)) for row in rows])

    def extend(self, lines: Sequence[bytes]) -> None:
        self._own.extend(lines)

    def end(self) -> None:
        self._own.take_stock()
        self._mark.unlink(missing_ok=True)
        sync_folder(self._mark.parent)

    def close(self) -> None:
        self._own.close()
        self._held.close()
        self._lock.unlink(missing_ok=True)


def identity_of(folder: Path) -> str:
    """What tells a folder's store from others."""
    return f"folder {folder.resolve()}"


def kept_text(row: KeptRow) -> Text:
    """A document as it stands in a line of a journal."""
    if not row.revision:
        return Text(row.text)
    comma = b"" if row.text == b"{}" else b","
    return Text(row.text[:-1] + comma + b'"_revision":%d}' % row.revision)


def _begin(folder: Path, log: Path, mark: Path, source: str) -> None:
    if mark.exists():
        if mark.read_text("utf-8").strip() != source:
            raise StoreUnfit(f"{folder} 是另一处没有搬完的副本，请另指一个空目录")
        return
    there = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if any(not _MARKS.fullmatch(name) for name in there) or (log.exists() and log.stat().st_size):
        raise StoreUnfit(f"{folder} 里已有文档，不是没有搬完的副本：请另指一个空目录，或先把它改名")
    make_folder(folder)
    replace_file(mark, f"{source}\n".encode())
