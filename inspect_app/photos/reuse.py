"""Which of several earlier photos a new one was made of: a glance at the thumbnails, a close look at what is left."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from PIL import Image

from .alignment import LEAST_AT_A_GLANCE, Laid, laid_over, matched
from .corners import CLOSE, GLANCE, Corners, Detail, corners_of
from .similar import EarlierPhoto

MOST_CANDIDATES: Final = 48
"""So many are looked at: of photos of a tilted screen one in twelve stands between the 24th and the 48th place."""
NEARBY: Final = 600
"""Of the surroundings so many of the last photos are asked by all guesses."""
Load = Callable[[str], Image.Image | None]


class KnownCorners:
    """Corners of the earlier photos that were looked at last, by SHA-256. Safe to use from several threads."""

    def __init__(self, detail: Detail, most: int) -> None:
        self._detail, self._most = detail, most
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Corners] = OrderedDict()

    def of(self, sha256: str, load: Load) -> Corners | None:
        """The corners of a photo; None where there is no picture of it."""
        with self._lock:
            if known := self._known.get(sha256):
                self._known.move_to_end(sha256)
                return known
        picture = load(sha256)
        if picture is None:
            return None
        made = corners_of(picture, self._detail)
        with self._lock:
            self._known[sha256] = made
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return made


_GLANCES = KnownCorners(GLANCE, 2048)
"""Some 24 kB each."""
_CLOSE = KnownCorners(CLOSE, 32)


def made_of(
    small: Image.Image,
    large: Callable[[], Image.Image | None],
    candidates: Sequence[EarlierPhoto],
    thumbnail: Load,
    whole: Load,
) -> Iterator[tuple[EarlierPhoto, Laid]]:
    """The earlier photos of which a new one was made, and how they lie over it.

    ``small`` is the new photo's thumbnail, ``large`` gives it at ``CLOSE`` or more; ``thumbnail`` and ``whole`` those
    of an earlier one, by SHA-256.
    """
    glance = _OfBothSides(lambda: small, GLANCE)
    close = _OfBothSides(large, CLOSE)
    for one in candidates:
        mine, theirs = glance.of(mirrored=one.mirrored), _GLANCES.of(one.sha256, thumbnail)
        if mine is None or theirs is None:
            continue
        told = matched(mine, theirs)
        if told is None or told[1] < LEAST_AT_A_GLANCE:
            continue
        mine, theirs = close.of(mirrored=one.mirrored), _CLOSE.of(one.sha256, whole)
        laid = laid_over(mine, theirs, mirrored=one.mirrored) if mine and theirs else None
        if laid and laid.is_same_shot:
            yield one, laid


class _OfBothSides:
    """The corners of a new photo and of its mirror image, each sought when it is first asked for."""

    def __init__(self, load: Callable[[], Image.Image | None], detail: Detail) -> None:
        self._load, self._detail = load, detail
        self._picture: Image.Image | None = None
        self._known: dict[bool, Corners] = {}

    def of(self, *, mirrored: bool) -> Corners | None:
        if mirrored not in self._known:
            self._picture = self._picture or self._load()
            if self._picture is None:
                return None
            self._known[mirrored] = corners_of(self._picture, self._detail, mirrored=mirrored)
        return self._known[mirrored]
