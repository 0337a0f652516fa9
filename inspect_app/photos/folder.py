"""Photos in a folder: ``originals/ab/<sha256>``, and what is made of them as ``thumbnails/ab/<name>.jpg`` and so on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ..domain.evidence.photo import is_sha256
from ..durable import make_folder, replace_file, sync_folder


class FolderPhotoStore:
    """A photo store on a local disk.

    An original is written under a name of its own, synced, renamed into place, and its folder synced: whoever sees the
    final name sees the whole content, also after a power cut. 256 sub-folders keep each one small at a million photos.
    """

    def __init__(self, folder: Path) -> None:
        self._originals = folder / "originals"
        self._folder = folder
        make_folder(self._originals)

    def has(self, sha256: str) -> bool:
        return self._original(sha256).exists()

    def keep(self, sha256: str, content: bytes) -> bool:
        path = self._original(sha256)
        if path.exists():
            # It counts as come anew: whoever names it soon finds it.
            with suppress(FileNotFoundError):
                os.utime(path)
            # Another request may have renamed it a moment ago and not have synced the folder yet.
            sync_folder(path.parent)
            return False
        make_folder(path.parent)
        replace_file(path, content)
        return True

    def read(self, sha256: str) -> bytes | None:
        return _read(self._original(sha256))

    def size(self, sha256: str) -> int | None:
        try:
            return self._original(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def kept_before(self, instant: datetime) -> Iterator[str]:
        for folder in sorted(self._originals.iterdir()):
            with os.scandir(folder) as entries:
                yield from [one.name for one in entries if is_sha256(one.name) and _is_before(one, instant)]

    def remove(self, sha256: str, before: datetime) -> bool:
        path = self._original(sha256)
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
                self._derived("thumbnails", sha256).unlink(missing_ok=True)
                return True
        return False

    def derived(self, kind: str, name: str) -> bytes | None:
        return _read(self._derived(kind, name))

    def keep_derived(self, kind: str, name: str, content: bytes) -> None:
        path = self._derived(kind, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content, synced=False)

    def _original(self, sha256: str) -> Path:
        return self._originals / sha256[:2] / sha256

    def _derived(self, kind: str, name: str) -> Path:
        return self._folder / kind / name[:2] / f"{name}.jpg"


def _is_before(entry: os.DirEntry[str], instant: datetime) -> bool:
    return entry.stat().st_mtime < instant.timestamp()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
