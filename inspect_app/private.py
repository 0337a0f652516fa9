"""Data folders are for the account that runs the server: nobody else on the machine reads in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

UMASK = 0o077
_ROOT = 0
HAS_MODES = os.name == "posix"
"""Windows gives a folder the rights of the one around it; in a user's own folder those are the user's."""


class NotPrivate(Exception):
    """A folder that others can read, and that cannot be closed; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing a folder did: how many files and folders were open, and whether the disk keeps modes at all."""

    changed: int
    kept: bool


def be_private() -> None:
    """Have all that this process makes from now on readable by its own account alone."""
    os.umask(UMASK)


def close_folder(folder: Path) -> Closing:
    """Take from others every right to a folder and to what is in it. What its owner may do stays.

    A million photos take seconds to go through: that is done only where the folder, or what stands in it up to the
    second level, is open. Nobody gets past a folder that is closed, and what is made inside is so from the beginning.
    Raises ``NotPrivate`` where it belongs to somebody else.
    """
    if not HAS_MODES or not folder.is_dir():
        return Closing(0, True)
    if belongs_to_another(folder) and os.geteuid() != _ROOT:
        raise _foreign(folder, folder)
    if not any(map(is_open, _upper(folder))):
        return Closing(0, True)
    try:
        changed = sum(map(_close, [*inside(folder), folder]))
    except PermissionError as error:
        raise _foreign(folder, Path(error.filename or folder)) from error
    return Closing(changed, not is_open(folder))


def inside(folder: Path) -> Iterator[Path]:
    """Every folder and file in a folder, what is deepest first. Links are not followed."""
    for root, folders, files in os.walk(folder, topdown=False):
        yield from (Path(root, name) for name in (*files, *folders))


def _upper(folder: Path) -> Iterator[Path]:
    """A folder, what is in it, and what is in that."""
    yield folder
    for path in folder.iterdir():
        yield path
        with suppress(PermissionError):  # another account's, as lost+found where the folder is a disk of its own
            if path.is_dir() and not path.is_symlink():
                yield from path.iterdir()


def is_open(path: Path) -> bool:
    """Whether others than its owner have any right to a file or folder."""
    found = path.lstat().st_mode
    return not stat.S_ISLNK(found) and bool(stat.S_IMODE(found) & UMASK)


def belongs_to_another(path: Path) -> bool:
    """Whether the account that runs this is not the owner."""
    return HAS_MODES and path.lstat().st_uid != os.geteuid()


def _foreign(folder: Path, path: Path) -> NotPrivate:
    return NotPrivate(
        f"{path} 属于另一个系统账号，不能设为只供运行本服务的账号读写。"
        f"请用拥有它的账号运行，或由系统管理员执行：chown -R 运行服务的账号 {folder}"
    )


def _close(path: Path) -> bool:
    try:
        if not is_open(path):
            return False
        path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~UMASK)
    except FileNotFoundError:  # another process tidied up
        return False
    return True
