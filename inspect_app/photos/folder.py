"""Photos in a folder: ``originals/ab/<sha256>``, and what is made of them as ``thumbnails/ab/<name>.jpg`` and so on."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ..domain.evidence.photo import is_sha256
from ..durable import is_full, is_unreadable, make_folder, remove_older, replace_file, sync_folder
from .compared import ComparedOriginals, Version
from .damage import OriginalDamaged
from .jpeg import came_whole

_log = logging.getLogger(__name__)


class FolderPhotoStore:
    """A photo store on a local disk.

    An original is written under a name of its own, synced, renamed into place, and its folder synced: whoever sees the
    final name sees the whole content, also after a power cut. 256 sub-folders keep each one small at a million photos.
    """

    def __init__(self, folder: Path) -> None:
        self._originals = folder / "originals"
        self._folder = folder
        self._compared = ComparedOriginals()
        make_folder(self._originals)

    def has(self, sha256: str) -> bool:
        return _is_there(self._original(sha256))

    def is_whole(self, sha256: str) -> bool:
        version = _version(self._original(sha256))
        return version is not None and (self._compared.has(sha256, version) or self._compare(sha256) is not None)

    def is_read_whole(self, sha256: str) -> bool:
        return self.is_whole(sha256)

    def keep(self, sha256: str, content: bytes) -> bool:
        path = self._original(sha256)
        was_there, kept = _is_there(path), self.read(sha256)
        if kept == content and _touch(path):
            # Another request may have renamed it a moment ago and not have synced the folder yet.
            sync_folder(path.parent)
        else:
            make_folder(path.parent)
            replace_file(path, content)
            if was_there and kept != content:
                _log.warning("%s：文件损坏（%s），已由重新收到的%d字节修复", path, _told(kept), len(content))
        self._compared.note(sha256, _version(path))
        return kept != content

    def read(self, sha256: str) -> bytes | None:
        return _read(self._original(sha256))

    def whole(self, sha256: str) -> bytes:
        content = self._compare(sha256)
        if content is None:
            path = self._original(sha256)
            name = path.relative_to(self._folder.parent).as_posix()
            raise OriginalDamaged(f"文件「{name}」{'已损坏' if _is_there(path) else '缺失'}，请从备份恢复")
        return content

    def size(self, sha256: str) -> int | None:
        try:
            return self._original(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def is_empty(self) -> bool:
        return not any(is_sha256(path.name) for path in self._originals.glob("*/*"))

    def kept_before(self, instant: datetime) -> Iterator[str]:
        for folder in sorted(self._originals.iterdir()):
            with os.scandir(folder) as entries:
                yield from [one.name for one in entries if is_sha256(one.name) and _is_before(one, instant)]

    def remove(self, sha256: str, before: datetime) -> bool:
        path = self._original(sha256)
        removed = remove_older(path, before.timestamp())
        if removed:
            self._derived("thumbnails", sha256).unlink(missing_ok=True)
        return removed

    def forget_derived(self, sha256: str) -> None:
        for path in self._folder.glob(f"*/{sha256[:2]}/{sha256}*.jpg"):
            path.unlink(missing_ok=True)

    def derived(self, kind: str, name: str) -> bytes | None:
        made = _read(self._derived(kind, name))
        # What was not synced may be empty or cut after a crash; it is made again.
        return made if came_whole(made) else None

    def keep_derived(self, kind: str, name: str, content: bytes) -> None:
        path = self._derived(kind, name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, content, synced=False)
        except OSError as error:
            if not is_full(error):
                raise
            _log.warning("%s：磁盘已满，没有保存", path)

    def _compare(self, sha256: str) -> bytes | None:
        """The original where its file has the hash that names it."""
        # Before it is read: what changes meanwhile is compared again the next time.
        version, content = _version(self._original(sha256)), self.read(sha256)
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            return None
        self._compared.note(sha256, version)
        return content

    def _original(self, sha256: str) -> Path:
        return self._originals / sha256[:2] / sha256

    def _derived(self, kind: str, name: str) -> Path:
        return self._folder / kind / name[:2] / f"{name}.jpg"


def _is_before(entry: os.DirEntry[str], instant: datetime) -> bool:
    try:
        return entry.stat().st_mtime < instant.timestamp()
    except FileNotFoundError:  # another process removed it
        return False


def _version(path: Path) -> Version | None:
    """What any change of a file changes; None where there is none."""
    found = _stat(path)
    if found is None:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_there(path: Path) -> bool:
    """Whether there is something under a name, be it to be read or not."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        _assert_unreadable(error)
    return True


def _touch(path: Path) -> bool:
    """Have a file count as come anew, so that whoever names it soon finds it; False where it was removed meanwhile."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError as error:
        _assert_unreadable(error)
        return None


def _read(path: Path) -> bytes | None:
    """The content of a file; None where it is gone, or the disk or a right that lacks keeps it from being read."""
    try:
        return path.read_bytes()
    except OSError as error:
        _assert_unreadable(error)
        return None


def _assert_unreadable(error: OSError) -> None:
    """Raise what tells nothing of the file: too many are open, no memory is left."""
    if not isinstance(error, FileNotFoundError) and not is_unreadable(error):
        raise error


def _told(content: bytes | None) -> str:
    return "读不出来" if content is None else f"{len(content)}字节"
