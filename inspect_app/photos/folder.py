"""Photos in a folder: ``originals/ab/<sha256>`` and ``thumbnails/ab/<sha256>.jpg``."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path


class FolderPhotoStore:
    """A photo store on a local disk.

    An original is written under a name of its own, synced, renamed into place, and its folder synced: whoever sees the
    final name sees the whole content, also after a power cut. 256 sub-folders keep each one small at a million photos.
    """

    def __init__(self, folder: Path) -> None:
        self._originals = folder / "originals"
        self._thumbnails = folder / "thumbnails"
        _make(self._originals)
        _make(self._thumbnails)

    def has(self, sha256: str) -> bool:
        return self._original(sha256).exists()

    def keep(self, sha256: str, content: bytes) -> bool:
        path = self._original(sha256)
        if path.exists():
            # Another request may have renamed it a moment ago and not have synced the folder yet.
            _sync_folder(path.parent)
            return False
        _make(path.parent)
        _write(path, content, durable=True)
        _sync_folder(path.parent)
        return True

    def read(self, sha256: str) -> bytes | None:
        return _read(self._original(sha256))

    def size(self, sha256: str) -> int | None:
        try:
            return self._original(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def thumbnail(self, sha256: str) -> bytes | None:
        return _read(self._thumbnail(sha256))

    def keep_thumbnail(self, sha256: str, content: bytes) -> None:
        path = self._thumbnail(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content, durable=False)

    def _original(self, sha256: str) -> Path:
        return self._originals / sha256[:2] / sha256

    def _thumbnail(self, sha256: str) -> Path:
        return self._thumbnails / sha256[:2] / f"{sha256}.jpg"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _make(folder: Path) -> None:
    """Make a folder and sync each parent that got a new entry."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _write(path: Path, content: bytes, *, durable: bool) -> None:
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with partial.open("xb", buffering=0) as file:
            view = memoryview(content)
            while view:
                view = view[file.write(view) :]
            if durable:
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no way to sync a folder; NTFS journals the rename.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
