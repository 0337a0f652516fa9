"""Files that survive a power cut: the one place that syncs folders and replaces files."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, and sync each folder that got a new entry."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk. Windows has no such call; NTFS journals them."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def replace_file(path: Path, content: bytes, *, synced: bool = True, private: bool = False) -> None:
    """Put content under a name: whoever looks finds the old content or the new one, never a part.

    With ``synced`` the new content is on disk, name included, once this returns. A ``private`` file is readable by its
    owner only, from its first byte on.
    """
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with open(partial, "xb", buffering=0, opener=_open_private if private else None) as file:
            view = memoryview(content)
            while view:
                view = view[file.write(view) :]
            if synced:
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()
        raise
    if synced:
        sync_folder(path.parent)
