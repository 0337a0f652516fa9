"""Files that survive a power cut: the one place that syncs folders and replaces files."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import portalocker

_log = logging.getLogger(__name__)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG} if os.name == "posix" else {errno.ENOSPC, errno.EFBIG})
"""No space on the disk, none left of an account's share (quota), or no more allowed to a file (``ulimit -f``)."""
_NOT_OFFERED = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF, errno.EISDIR})
"""How file systems say that folders cannot be synced: network disks (CIFS), folders shared with a virtual machine,
some of FUSE. An error of the disk itself is none of these."""
_OF_A_FILE = ("EIO", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "ELOOP", "EBADMSG", "ESTALE", "EUCLEAN")
_UNREADABLE = frozenset(getattr(errno, name) for name in _OF_A_FILE if hasattr(errno, name))
"""How a system says that a file cannot be read; too many open files, or no memory, say nothing of any file."""
_unsynced: set[int] = set()
"""Devices of which that is known, so that it is said once."""
UNSYNCED = (
    "所在的磁盘（如网络共享、虚拟机共享目录）不能把目录写实：平常照样可用，"
    "但停电或死机时，刚签收的照片和记录可能丢失。请改放在本机磁盘（如 ext4、xfs）"
)
"""What that means for whoever runs this, in Chinese, behind the folder's name."""


UNFINISHED = re.compile(r"\..+\.[0-9a-f]{32}")
"""How a file is called while it is written, beside the name that it is for; who is killed leaves it."""


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, and sync each folder that got a new entry."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk. Windows has no such call; NTFS journals them.

    A file system that offers none is said once in the log, and does without.
    """
    if os.name == "nt":
        return
    try:
        _sync(folder)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise
        _note_unsynced(folder, error)


def is_unsynced(folder: Path) -> bool:
    """Whether a folder's file system has refused to sync folders."""
    return folder.stat().st_dev in _unsynced


def is_full(error: BaseException) -> bool:
    """Whether there was no room for what was written, be it the cause of a cause."""
    return any(isinstance(one, OSError) and one.errno in _FULL for one in _causes(error))


def is_unreadable(error: OSError) -> bool:
    """Whether the file itself cannot be read, by what the disk or the rights in the folder are."""
    return error.errno in _UNREADABLE


def try_writing(folder: Path) -> None:
    """Write, sync, read back and remove a few bytes in a folder. Raises ``OSError`` where one of that fails."""
    with _written_beside(folder / "probe", b"1", synced=True, private=True) as partial:
        if partial.read_bytes() != b"1":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(folder))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _note_unsynced(folder: Path, error: OSError) -> None:
    device = folder.stat().st_dev
    if device not in _unsynced:
        _unsynced.add(device)
        _log.warning("%s %s（%s）", folder, UNSYNCED, error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def keep_once(path: Path, content: bytes) -> bytes:
    """Keep a secret under a name that has none yet; what is kept there, which another process may have been first with.

    The file is readable by its owner only, from its first byte on, and never there in part.
    """
    with _written_beside(path, content, synced=True, private=True) as partial, contextlib.suppress(FileExistsError):
        partial.rename(path) if os.name == "nt" else os.link(partial, path)
    sync_folder(path.parent)
    return path.read_bytes()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else on this machine is in here by the same file meanwhile, on whatever thread of whatever process.

    The file is made where there is none, readable by its owner only, and stays.
    """
    with open(path, "ab", opener=_open_private) as lock:
        portalocker.lock(lock, portalocker.LockFlags.EXCLUSIVE)
        try:
            yield
        finally:
            portalocker.unlock(lock)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def replace_file(path: Path, content: bytes, *, synced: bool = True, private: bool = False) -> None:
    """Put content under a name: whoever looks finds the old content or the new one, never a part.

    With ``synced`` the new content is on disk, name included, once this returns. A ``private`` file is readable by its
    owner only, from its first byte on.
    """
    with _written_beside(path, content, synced=synced, private=private) as partial:
        partial.replace(path)
    if synced:
        sync_folder(path.parent)


def remove_older(path: Path, before: float) -> bool:
    """Remove a file that was last changed before a time (seconds since 1970); whether it was removed.

    What another process touches meanwhile stays: it is out of the way first, and whoever finds none there writes it.
    """
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_mtime < before:
            path.rename(aside)
            if aside.stat().st_mtime < before:
                aside.unlink()
                return True
            aside.replace(path)
    return False


@contextlib.contextmanager
def _written_beside(path: Path, content: bytes, *, synced: bool, private: bool) -> Iterator[Path]:
    """Content under a name of its own in the same folder, which is gone afterwards unless it was renamed."""
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with open(partial, "xb", buffering=0, opener=_open_private if private else None) as file:
            view = memoryview(content)
            while view:
                view = view[file.write(view) :]
            if synced:
                os.fsync(file.fileno())
        yield partial
    finally:
        partial.unlink(missing_ok=True)
