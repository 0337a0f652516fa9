"""Where the records of photos are kept in the order in which they came: one after another, only ever added to.

What stands in it stays where it is, and whoever was shown a record is shown all before it: so it is enough to remember
how far one has read.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ..durable import locked, make_folder

Place = tuple[int, bytes]
"""How far a trail was read, and what stood there last, by which it is known again."""
START: Place = (0, b"")


class Trail(Protocol):
    """Records of one length. Safe for threads and processes."""

    def append(self, records: bytes) -> None:
        """Add records. Returns once they are on disk, and whoever asks for what came since is given them.

        Raises ``OSError``, or what a database does; some may have been added then, and adding them again does no harm.
        """

    def since(self, place: Place) -> Iterator[tuple[bytes, Place, bool]]:
        """What came after a place, piece by piece, each with the place behind it; nothing where nothing did.

        True stands beside a piece where the trail is another one than was read before: it is told from its start.
        """


class FileTrail:
    """A file of the data folder, shared by the processes of one machine."""

    def __init__(self, path: Path, record_bytes: int) -> None:
        self._path, self._length = path, record_bytes

    def append(self, records: bytes) -> None:
        make_folder(self._path.parent)
        # What is torn is cut off while nobody else adds behind it.
        with locked(self._path.with_suffix(".lock")), self._path.open("ab", buffering=0) as file:
            # Whoever was killed in the midst of writing left a piece of a record, of which nobody was told.
            end = file.tell() // self._length * self._length
            if end < file.tell():
                file.truncate(end)
            if file.write(records) < len(records):  # whole ones stay: somebody may have read them by now
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
            os.fsync(file.fileno())

    def since(self, place: Place) -> Iterator[tuple[bytes, Place, bool]]:
        read = place[0]
        try:
            size = self._path.stat().st_size // self._length * self._length
            if size == read:
                return
            with self._path.open("rb") as file:
                file.seek(read if size > read else 0)
                content = file.read(size - file.tell())
        except FileNotFoundError:
            size, content = 0, b""
        if size != read:
            yield content, (size, b""), size < read
