"""Which originals were compared with their hashes lately, so that a look at their version tells that they are whole."""

from __future__ import annotations

import threading
from collections import OrderedDict

_REMEMBERED = 8192
"""A few hundred bytes each."""
Version = tuple[object, ...]
"""What any change of an original changes: its file's node, size and times; its object's tag, size and time."""


class ComparedOriginals:
    """Versions of originals that have the hash which names them. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions: OrderedDict[str, Version] = OrderedDict()

    def has(self, sha256: str, version: Version) -> bool:
        """Whether an original was compared at this version."""
        with self._lock:
            return self._versions.get(sha256) == version

    def note(self, sha256: str, version: Version | None) -> None:
        """It was compared; None where it is gone meanwhile."""
        if version is None:
            return
        with self._lock:
            self._versions[sha256] = version
            self._versions.move_to_end(sha256)
            while len(self._versions) > _REMEMBERED:
                self._versions.popitem(last=False)
