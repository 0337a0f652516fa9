"""A photo that was made of an earlier one: how the earlier one lies in it, and what was done to it on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int]
"""Width and height; only their ratio matters."""
_TURNED_DEG, _CUT, _FRAMED, _TILTED = 0.6, 0.96, 0.93, 0.04
_SCREEN_TILTED, _SCREEN_MARGIN = 0.03, 0.002
SAME, OTHER, EMPTY = 1, 0, -1
CHANGES: Final = {
    "mirrored": "镜像",
    "turned": "转了 90° 或 180°",
    "inclined": "略微旋转",
    "cut": "裁剪",
    "framed": "四周加了边（截屏、翻拍屏幕都会这样）",
    "tilted": "斜着翻拍",
    "screen": "疑似翻拍屏幕",
}
"""What may have been done, by name, as it is shown."""


@dataclass(frozen=True, slots=True)
class Reuse:
    """A photo (SHA-256) that was made of one of an earlier inspection (``earlier``, ``of``).

    ``matrix`` is the homography from the earlier photo to this one, row by row, both in units of their longer side;
    ``blocks`` rows of ``SAME``, ``OTHER``, ``EMPTY`` over this one. ``agreement`` is a share, ``changes`` are of
    ``CHANGES``.
    """

    sha256: str
    earlier: str
    of: str
    matrix: tuple[float, ...]
    blocks: tuple[tuple[int, ...], ...]
    agreement: float
    changes: tuple[str, ...]

    @property
    def words(self) -> str:
        """What was done to it, as far as known; empty where nothing but its file is another."""
        return "、".join(CHANGES[one] for one in self.changes)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found of an inspection's photos; ``number`` is that of the rules, ``photos`` were compared."""

    week: str
    number: int
    photos: tuple[str, ...]
    found: tuple[Reuse, ...]


def changes_told(matrix: tuple[float, ...], old: Size, new: Size) -> tuple[str, ...]:
    """What was done to a photo of size ``old`` that lies like this in one of size ``new``."""
    grid = np.array(matrix).reshape(3, 3)
    new_w, new_h = _units(new)
    seen = outline(grid, old)
    across = seen[1] + seen[2] - seen[0] - seen[3]
    down = seen[2] + seen[3] - seen[0] - seen[1]
    mirrored = across[0] * down[1] - across[1] * down[0] < 0
    angle = math.degrees(math.atan2(across[1], across[0] * (-1 if mirrored else 1)))
    inclined = abs(angle - 90 * round(angle / 90))
    inside = (seen >= -0.01) & (seen <= np.array([new_w, new_h]) + 0.01)
    spans = np.clip(seen.max(0), 0, (new_w, new_h)) - np.clip(seen.min(0), 0, (new_w, new_h))
    whole = seen.max(0) - seen.min(0)
    apart, screen = _aslant(seen), is_on_screen(seen, new)
    told = {
        "mirrored": mirrored,
        "turned": round(angle / 90) % 4 != 0,
        "inclined": inclined >= _TURNED_DEG and apart < _TILTED,
        "cut": not inside.all() and float(np.prod(spans / whole)) < _CUT,
        "framed": not screen and float(np.prod(spans) / (new_w * new_h)) < _FRAMED,
        "tilted": not screen and apart >= _TILTED,
        "screen": screen,
    }
    return tuple(name for name in CHANGES if told[name])


def outline(matrix: NDArray[np.float64], size: Size) -> NDArray[np.float64]:
    """Where the four corners of a photo of this size come to lie by a homography: from top left clockwise, (4, 2)."""
    width, height = _units(size)
    seen = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)]) @ matrix.T
    corners: NDArray[np.float64] = seen[:, :2] / seen[:, 2:]
    return corners


def is_on_screen(seen: NDArray[np.float64], new: Size) -> bool:
    """Whether a photo with this outline is seen whole within another of size ``new``, with a margin, and aslant.

    So lies what was photographed from a screen or a print; whoever takes a second photo of a place from elsewhere
    hardly ever gets all of the first one into it, in perspective.
    """
    margin = min(float(seen.min()), float((np.array(_units(new)) - seen.max(0)).min()))
    return margin >= _SCREEN_MARGIN and _aslant(seen) >= _SCREEN_TILTED


def _aslant(seen: NDArray[np.float64]) -> float:
    """By how much opposite sides differ in length: the larger logarithm of their ratios."""
    opposite = [float(np.linalg.norm(seen[a] - seen[b])) for a, b in ((0, 1), (3, 2), (0, 3), (1, 2))]
    return max(abs(math.log(opposite[0] / opposite[1])), abs(math.log(opposite[2] / opposite[3])))


def _units(size: Size) -> tuple[float, float]:
    return size[0] / max(size), size[1] / max(size)
