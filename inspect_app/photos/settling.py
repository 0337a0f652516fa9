"""Originals of an object store that are kept on this machine as well, until the object store has shown them later on.

An object store may answer before its disk has written: SeaweedFS does, and where its ``fsync`` is set, index and names
are still not written; a power cut then takes what was acknowledged (docs/develop/photos.md). No answer tells that a
disk has written. Time does: a system writes what it holds within a minute. So what came is on this machine's disk
before it is acknowledged, and leaves it when the object store gives its bytes a good while later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path

from . import PhotoStore
from .damage import OriginalDamaged
from .folder import FolderPhotoStore
from .laid_over import LaidOverPhotoStore
from .objects import ObjectUnreadable

_log = logging.getLogger(__name__)
_ALL = datetime.max.replace(tzinfo=UTC)
_FOUND_WITHIN = timedelta(minutes=2)
_LATE = timedelta(hours=1)


class _Found(Enum):
    """What became of an original in the object store."""

    SETTLED = auto()
    NOT_YET = auto()
    PUT_AGAIN = auto()
    NOWHERE = auto()


class SettlingPhotoStore(LaidOverPhotoStore):
    """A photo store over that of an object store, and a folder for what came within ``keep``.

    What is in the folder is read from there. Without ``keep`` nothing more is put into it. Raises ``ObjectsAway`` where
    the object store is asked and does not answer. Several processes may use one folder.
    """

    def __init__(self, store: PhotoStore, folder: Path, keep: timedelta) -> None:
        super().__init__(store)
        self._here = FolderPhotoStore(folder)
        self._keep = keep
        self._unreadable: dict[str, datetime] = {}

    def settle(self, now: datetime, removed: Callable[[str], bool], *, all_of_them: bool) -> bool:
        """Have the object store show what came longer than ``keep`` ago, and let go of that here.

        What it lacks is put there again, and waits anew; with ``all_of_them`` it is asked for the others as well.
        ``removed`` says what a rule removed. Gives whether all that was asked for is there now.
        """
        before, not_yet = now - self._keep, False
        settled = set(self._here.kept_before(before))
        for sha256 in list(self._here.kept_before(_ALL)) if all_of_them else settled:
            found = self._looked_for(sha256, now, removed)
            not_yet |= found is _Found.NOT_YET
            if found is _Found.SETTLED and sha256 in settled:
                self._here.remove(sha256, before)
        return not not_yet

    def late(self, now: datetime) -> int:
        """How many the object store has not shown for so long that it must have been asked in vain."""
        return sum(1 for _ in self._here.kept_before(now - 2 * self._keep - _LATE))

    def has(self, sha256: str) -> bool:
        return self._here.has(sha256) or self._store.has(sha256)

    def is_whole(self, sha256: str) -> bool:
        return self._here.is_whole(sha256) or self._store.is_whole(sha256)

    def is_read_whole(self, sha256: str) -> bool:
        return self._here.is_read_whole(sha256) or self._store.is_read_whole(sha256)

    def keep(self, sha256: str, content: bytes) -> bool:
        is_new = self._store.keep(sha256, content)
        if self._keep:  # also what was there: it may have come a moment ago to a machine that is gone
            self._here.keep(sha256, content)
        return is_new

    def read(self, sha256: str) -> bytes | None:
        return self._here.read(sha256) or self._store.read(sha256)

    def whole(self, sha256: str) -> bytes:
        try:
            return self._here.whole(sha256)
        except OriginalDamaged:
            return self._store.whole(sha256)

    def size(self, sha256: str) -> int | None:
        size = self._here.size(sha256)
        return self._store.size(sha256) if size is None else size

    def remove(self, sha256: str, before: datetime) -> bool:
        is_removed = self._store.remove(sha256, before)
        if is_removed:
            self._here.remove(sha256, before)
        return is_removed

    def _looked_for(self, sha256: str, now: datetime, removed: Callable[[str], bool]) -> _Found:
        try:
            is_whole = self._store.is_read_whole(sha256)
        except ObjectUnreadable:
            # An engine that has just come back names what it has not found yet.
            if now - self._unreadable.setdefault(sha256, now) < _FOUND_WITHIN:
                return _Found.NOT_YET
            is_whole = False
        self._unreadable.pop(sha256, None)
        return _Found.SETTLED if is_whole or removed(sha256) else self._put_again(sha256)

    def _put_again(self, sha256: str) -> _Found:
        try:
            content = self._here.whole(sha256)
        except OriginalDamaged:  # this disk has damaged it, or another process let go of it just now
            return _Found.NOWHERE
        _log.warning("%s：对象存储丢了已签收的原件，由本机留存的重新存入", sha256)
        self._store.keep(sha256, content)
        self._here.keep(sha256, content)  # it waits anew
        return _Found.PUT_AGAIN
