"""Where backups lie: a folder, an object store, or a folder of another machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ..durable import UNFINISHED, keep_once, make_folder, replace_file
from ..object_place import ObjectPlace
from ..photos.objects import Objects
from ..sftp_address import SftpAddress
from .sftp_place import SftpPlace


class BackupPlace(Protocol):
    """Keeps contents by name; names have slashes. Raises ``OSError`` where that fails."""

    def put(self, name: str, content: bytes) -> None:
        """Keep a content in place of what has the name; returns once it is there."""

    def put_new(self, name: str, content: bytes) -> bool:
        """Keep a content, unlike any other, where nothing has the name; False where something has."""

    def get(self, name: str) -> bytes | None:
        """The content; None where there is none."""

    def names(self, folder: str) -> Iterator[str]:
        """All names that begin with ``folder/``."""

    def remove(self, name: str) -> None:
        """Have nothing under the name."""

    def remove_unfinished(self) -> int:
        """Remove what processes that are no more had begun to write; how many. Nobody else writes meanwhile."""


class FolderPlace:
    """A folder of this machine, or one that is mounted there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> None:
        path = self._folder / name
        make_folder(path.parent)
        replace_file(path, content, private=True)

    def put_new(self, name: str, content: bytes) -> bool:
        path = self._folder / name
        make_folder(path.parent)
        return not path.exists() and keep_once(path, content) == content

    def get(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> Iterator[str]:
        for path in (self._folder / folder).rglob("*"):
            # What is being written begins with a dot.
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(self._folder).as_posix()

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    def remove_unfinished(self) -> int:
        left = [path for path in self._folder.rglob(".*") if UNFINISHED.fullmatch(path.name)]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)


class ObjectsPlace:
    """An object store."""

    def __init__(self, place: ObjectPlace) -> None:
        self._objects = Objects(place)

    def put(self, name: str, content: bytes) -> None:
        self._objects.put(name, content)

    def put_new(self, name: str, content: bytes) -> bool:
        return self._objects.put_new(name, content)

    def get(self, name: str) -> bytes | None:
        found = self._objects.get(name)
        return found[0] if found else None

    def names(self, folder: str) -> Iterator[str]:
        return (found.name for found in self._objects.under(folder))

    def remove(self, name: str) -> None:
        self._objects.remove(name)

    def remove_unfinished(self) -> int:
        """There is nothing: an object is there whole, or not at all."""
        return 0


def open_place(where: Path | ObjectPlace | SftpAddress) -> BackupPlace:
    """The place that a setting names."""
    match where:
        case Path():
            return FolderPlace(where)
        case SftpAddress():
            return SftpPlace(where)
        case ObjectPlace():
            return ObjectsPlace(where)
