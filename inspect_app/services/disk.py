"""How much room is left on the disks of the data: one rule for ``doctor``, the office's pages and its notices."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from ..settings import Settings

_GIB = 1024**3
_FULL = 64 * 1024**2
_SHORT = 2 * _GIB
"""A day of an office at work: 60 inspectors, 100 photos each, with what is made of them."""
_LOW_SHARE, _LOW = 10, 2 * _SHORT
"""The tenth of a disk is weeks on a large one; on a small one it is the day after."""


class Room(IntEnum):
    """How much room a disk has. ``LOW`` is some days, ``SHORT`` a day, ``FULL`` none."""

    AMPLE = 0
    LOW = 1
    SHORT = 2
    FULL = 3


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk that a folder is on, in bytes; ``free`` are those that this account may still fill."""

    folder: Path
    free: int
    total: int

    @property
    def room(self) -> Room:
        if self.free < _FULL:
            return Room.FULL
        if self.free < _SHORT:
            return Room.SHORT
        return Room.LOW if self.free < max(self.total / _LOW_SHARE, _LOW) else Room.AMPLE

    @property
    def left(self) -> str:
        """For readers: ``1.9 GB``."""
        return f"{self.free / _GIB:.1f} GB"

    @property
    def size(self) -> str:
        return f"{self.total / _GIB:.0f} GB"


def disks(settings: Settings) -> list[Disk]:
    """The disk of each folder of the data. Raises ``OSError`` where one is gone."""
    return [_disk_of(folder) for folder in settings.folders]


def fullest(settings: Settings) -> Disk | None:
    """The disk of which there is most to be said; None where there is room on all, or nothing can be told."""
    try:
        found = max(disks(settings), key=lambda disk: (disk.room, -disk.free))
    except OSError:
        return None
    return found if found.room else None


def warning(disk: Disk) -> str:
    """What the office is told of a disk that is not ample."""
    if disk.room is Room.FULL:
        return "服务器的磁盘已满：现在只能查看，不能登录、提交和保存。请管理员立即清理磁盘，或换大的。"
    soon = "，可能只够一天" if disk.room is Room.SHORT else ""
    said = f"服务器的磁盘快满了：还有 {disk.left}（共 {disk.size}）{soon}。"
    return f"{said}满了以后不能登录，收不了照片；请管理员清理磁盘，或换大的。"


def _disk_of(folder: Path) -> Disk:
    usage = shutil.disk_usage(folder)
    return Disk(folder, usage.free, usage.total)
