"""Whether a data folder can be used at all; each way in which it cannot is a sentence in Chinese."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .durable import is_full, sync_folder

_PROBE = ".probe"
_ROOM = 256 * 1024
"""Bytes that must find room: opening a folder, and signing somebody in, take about so much."""
_OURS = ("store", "photos", "photos/originals", "audit", "audio", "audio/originals", "published", "tls", "templates")
_KEYS = ("secret.key", "receipt.key", "plan.key", "audit/log.jsonl")
_NO_RIGHT = "本系统账号没有权限读写它，请用拥有它的账号运行，或由系统管理员执行：chown -R 运行服务的账号 {path}"
_READ_ONLY = "所在的磁盘是只读的，不能写入：请让系统重新挂载为可写，或用 --data 另指一个目录"
_WRONG_KIND = "应为目录，而那里已有一个文件：请改正 --data 或 INSPECT_DATA"
_SENTENCES = {
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: _READ_ONLY,
    errno.ENOTDIR: _WRONG_KIND,
    errno.EEXIST: _WRONG_KIND,
    errno.EISDIR: "应为文件，而那里是一个目录",
    errno.ENOENT: "指向不存在的地方，或刚刚被删除",
    errno.ELOOP: "是一个指向自己的链接",
    errno.ENAMETOOLONG: "名称太长",
    errno.EIO: "磁盘出错，读不出来：请检查磁盘，从备份恢复",
    errno.EMFILE: "打开的文件太多（ulimit -n），请提高上限",
}
_FULL = "所在的磁盘已满，或本账号的配额、文件大小上限已用完：请清理磁盘后再启动"


class Unusable(Exception):
    """A folder that cannot be used; the message says which, why, and what to do, in Chinese."""


def refuse_unusable(folder: Path) -> bool:
    """Make a data folder where it is missing, and try to write in it; whether there is room for more.

    Raises ``Unusable`` where the folder, or something of ours in it, cannot be read or written at all.
    """
    try:
        _check_kind(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in _closed(folder):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return _has_room(folder)
    except OSError as error:
        raise Unusable(said(error, folder)) from error


def said(error: OSError, folder: Path | None = None) -> str:
    """What an error of the system means, with the file that it names, else the folder."""
    path = error.filename or folder or "数据目录"
    if is_full(error):
        return f"{path}：{_FULL}"
    return f"{path}：{_SENTENCES.get(error.errno or 0, error.strerror or str(error)).format(path=path)}"


def _check_kind(folder: Path) -> None:
    """Raises ``OSError`` where a folder of ours, or what is around it, is no folder."""
    for path in (folder, *folder.parents, *(folder / name for name in _OURS)):
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    for path in (folder / name for name in _KEYS):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))


def _closed(folder: Path) -> Iterator[Path]:
    """What of ours this account may not read and write."""
    for path in (folder, *(folder / name for name in (*_OURS, *_KEYS))):
        needed = os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)
        # On a disk that is read-only nothing may be written, whoever asks: that is found by trying.
        if path.exists() and not os.access(path, needed & ~os.W_OK if _is_read_only(path) else needed):
            yield path


def _is_read_only(path: Path) -> bool:
    return hasattr(os, "statvfs") and bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _has_room(folder: Path) -> bool:
    path = folder / _PROBE
    try:
        with path.open("wb", buffering=0) as file:
            rest = memoryview(bytes(_ROOM))
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
    except OSError as error:
        if not is_full(error):
            raise
        return False
    finally:
        with suppress(OSError):
            path.unlink()
    sync_folder(folder)
    return True
