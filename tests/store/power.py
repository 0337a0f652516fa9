"""A disk that forgets: what a power cut leaves in the worst case that POSIX allows.

Of a file remains what it held at its last fsync, of a folder the names that it had at its own. Linux only.
"""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path

_fsync = os.fsync


@dataclass(frozen=True)
class Cut:
    """What is on disk at one moment, and what had been acknowledged before it."""

    root: int
    files: dict[int, bytes]
    folders: dict[int, dict[str, tuple[int, bool]]]
    acknowledged: list[str]

    def restore(self, target: Path) -> Path:
        """Make the folder as it is found when the power is back."""
        self._restore(self.root, target)
        return target

    def _restore(self, folder: int, target: Path) -> None:
        target.mkdir()
        for name, (inode, is_folder) in self.folders.get(folder, {}).items():
            if is_folder:
                self._restore(inode, target / name)
            else:
                (target / name).write_bytes(self.files.get(inode, b""))


@dataclass
class Disk:
    """Stands in for ``os.fsync`` and keeps in mind what each call made safe. Notes a ``Cut`` at each."""

    root: Path
    acknowledged: list[str] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._mutex = threading.Lock()
        self._files: dict[int, bytes] = {}
        self._folders: dict[int, dict[str, tuple[int, bool]]] = {}
        # Open handles keep the numbers of removed files from being given to new ones.
        self._held: dict[int, int] = {}
        self._inode = self.root.stat().st_ino
        descriptor = os.open(self.root, os.O_RDONLY)
        self.fsync(descriptor)
        os.close(descriptor)

    def fsync(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        with self._mutex:
            if found.st_ino not in self._held:
                self._held[found.st_ino] = os.dup(descriptor)
            if stat.S_ISDIR(found.st_mode):
                with os.scandir(descriptor) as entries:
                    names = {entry.name: (entry.inode(), entry.is_dir()) for entry in entries}
                self._folders[found.st_ino] = names
            else:
                self._files[found.st_ino] = Path(f"/proc/self/fd/{descriptor}").read_bytes()
            self.cuts.append(self._now())
        _fsync(descriptor)

    def cut(self) -> Cut:
        """Cut the power now."""
        with self._mutex:
            return self._now()

    def close(self) -> None:
        for descriptor in self._held.values():
            os.close(descriptor)

    def _now(self) -> Cut:
        acknowledged = list(self.acknowledged)  # first, so that the files are at least as new
        return Cut(self._inode, dict(self._files), dict(self._folders), acknowledged)
