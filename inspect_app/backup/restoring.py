"""Out of a backup again: into a new folder, every byte compared."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from ..durable import make_folder, sync_folder
from .keys import SecretKey
from .repository import Repository
from .snapshot import BackupDamaged, Contents, KeptFile


class NotEmpty(Exception):
    """Something lies where the backup is to be restored to; the message is in Chinese."""


@dataclass(slots=True)
class Restored:
    """What was restored: files, bytes, and what could not be, a sentence in Chinese each."""

    files: int = 0
    bytes: int = 0
    lost: list[str] = field(default_factory=list)


def restore(repository: Repository, stamp: str, key: SecretKey, target: Path) -> Restored:
    """Write all files of a snapshot into a folder that is empty or not there.

    A file of which a piece is damaged is left out and named; all others are whole. Raises ``NotEmpty``,
    ``BackupDamaged`` where the snapshot's contents cannot be read, and ``KeyWrong``.
    """
    if target.exists() and any(target.iterdir()):
        raise NotEmpty(f"{target} 里已有内容，请另指一个空目录")
    contents = repository.contents(stamp, key)
    restored = Restored(lost=list(contents.lost))
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in contents.files:
        try:
            restored.bytes += _write(repository, file, contents, key, target)
            restored.files += 1
        except BackupDamaged as error:
            restored.lost.append(f"{file.name}：{error}")
    return restored


def _write(repository: Repository, file: KeptFile, contents: Contents, key: SecretKey, target: Path) -> int:
    path = _inside(target, file.name)
    make_folder(path.parent)
    partial = path.with_name(f".{path.name}.partial")
    size = 0
    try:
        with open(partial, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
            for piece in repository.file_pieces(file, contents, key):
                size += out.write(piece)
            if file.size not in (None, size):
                raise BackupDamaged(f"{size}字节，应为{file.size}字节")
            out.flush()
            os.fsync(out.fileno())
        os.utime(partial, (file.changed_at, file.changed_at))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)
    return size


def _inside(target: Path, name: str) -> Path:
    """Raises ``BackupDamaged`` where a name leads out of the folder: who could write it could write anywhere."""
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or any(map(_leads_elsewhere, parts)):
        raise BackupDamaged("文件名有误")
    return target.joinpath(*parts)


def _leads_elsewhere(part: str) -> bool:
    """Whether a name is none of a file in its folder, on whichever system: C: is another disk on Windows."""
    return part in ("..", "") or "\0" in part or PureWindowsPath(part).name != part
