"""A photo that was made of an earlier one: how the earlier one lies in it, and what was done to it on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

Size = tuple[int, int]
"""Width and height; only their ratio matters."""
_TURNED_DEG, _CUT, _FRAMED, _TILTED = 0.6, 0.96, 0.93, 0.04
SAME, OTHER, EMPTY = 1, 0, -1
CHANGES: Final = {
    "mirrored": "镜像",
    "turned": "转了 90° 或 180°",
    "inclined": "略微旋转",
    "cut": "裁剪",
    "framed": "四周加了边（截屏、翻拍屏幕都会这样）",
    "tilted": "斜着翻拍",
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
    (old_w, old_h), (new_w, new_h) = _units(old), _units(new)
    corners = np.array([(0, 0), (old_w, 0), (old_w, old_h), (0, old_h)])
    seen = np.c_[corners, np.ones(4)] @ grid.T
    seen = seen[:, :2] / seen[:, 2:]
    across = seen[1] + seen[2] - seen[0] - seen[3]
    down = seen[2] + seen[3] - seen[0] - seen[1]
    mirrored = across[0] * down[1] - across[1] * down[0] < 0
    angle = math.degrees(math.atan2(across[1], across[0] * (-1 if mirrored else 1)))
    inclined = abs(angle - 90 * round(angle / 90))
    inside = (seen >= -0.01) & (seen <= np.array([new_w, new_h]) + 0.01)
    spans = np.clip(seen.max(0), 0, (new_w, new_h)) - np.clip(seen.min(0), 0, (new_w, new_h))
    whole = seen.max(0) - seen.min(0)
    opposite = [np.linalg.norm(seen[a] - seen[b]) for a, b in ((0, 1), (3, 2), (0, 3), (1, 2))]
    apart = max(abs(math.log(opposite[0] / opposite[1])), abs(math.log(opposite[2] / opposite[3])))
    told = {
        "mirrored": mirrored,
        "turned": round(angle / 90) % 4 != 0,
        "inclined": inclined >= _TURNED_DEG and apart < _TILTED,
        "cut": not inside.all() and float(np.prod(spans / whole)) < _CUT,
        "framed": float(np.prod(spans) / (new_w * new_h)) < _FRAMED,
        "tilted": apart >= _TILTED,
    }
    return tuple(name for name in CHANGES if told[name])


def _units(size: Size) -> tuple[float, float]:
    return size[0] / max(size), size[1] / max(size)
