"""Whether two photos are one and the same shot in spite of what was done to it, and how one lies over the other.

Corners of both are matched, and a homography is sought among the matches (RANSAC). The earlier photo is laid over the
new one by it, and block by block its brightness is correlated with what lies there. Corners alone would not do: two
photos of one facade have as many in common. Nor would most of the blocks: before a camera that stands still the street
is the same, and only the cars differ. So nearly all have to agree, but for a foot or head that bears a caption. Where
the whole of the earlier photo is seen aslant within the new one, as on a screen, noise and glare are allowed for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..domain.evidence.reuse import is_on_screen, outline
from .corners import GREY_PX, Corners, Grid

Matrix = NDArray[np.float64]
"""A homography, 3 by 3, from the earlier photo to the new one, both in units of their longer side."""
LEAST_AT_A_GLANCE: Final = 10
"""Corners that have to lie over each other for a closer look at a pair."""
_LEAST_CORNERS, _OFF, _RATIO, _TRIES = 15, 1 / 160, 0.85, 2000
_BLOCK_PX, _LEAST_BLOCKS, _CONTRAST, _SOFTENED_PX = 20, 12, 3.0, 1.2
_AGREES, _LEAST_SHARE, _LEAST_LOW, _LOW = 0.7, 0.9, 0.9, 0.2
_ON_SCREEN_SHARE, _ON_SCREEN_LOW = 0.7, 0.6
_WORTH_REFINING = 0.45
_MOST_OF_FOOT, _MOST_OF_HEAD = 0.25, 0.15
_LEAST_SHARED = 0.6
"""Of one of the two so much has to lie in the other: two that were taken by turning the camera share a part of each."""
_LEAST_AREA, _MOST_STRETCH = 0.04, 8.0
SAME, OTHER, EMPTY = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Laid:
    """An earlier photo laid over a new one.

    ``blocks`` (rows, columns) over the new one say what lies there: ``SAME``, ``OTHER``, or ``EMPTY`` where
    nothing does or nothing can be told. ``agreement`` is the share of the same among those that tell, without a
    caption's band; ``lowest`` the correlation that a fifth of them do not reach. ``on_screen`` is whether the whole of
    the earlier photo is seen aslant within the new one.
    """

    matrix: Matrix
    mirrored: bool
    corners: int
    blocks: NDArray[np.int8]
    agreement: float
    lowest: float
    on_screen: bool = False

    @property
    def is_same_shot(self) -> bool:
        if self.on_screen and self.agreement >= _ON_SCREEN_SHARE and self.lowest >= _ON_SCREEN_LOW:
            return True
        return self.agreement >= _LEAST_SHARE and self.lowest >= _LEAST_LOW


def matched(new: Corners, old: Corners) -> tuple[Matrix, int] | None:
    """How ``old`` lies over ``new``, and how many corners say so; None where nothing does."""
    if min(len(new.marks), len(old.marks)) < LEAST_AT_A_GLANCE:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(new.marks, old.marks, k=2)
    told = [first for first, *second in pairs if second and first.distance < _RATIO * second[0].distance]
    if len(told) < LEAST_AT_A_GLANCE:
        return None
    there, here = old.points[[one.trainIdx for one in told]], new.points[[one.queryIdx for one in told]]
    # USAC: what cannot be agreed on is given up after few tries; its chance is the same each time.
    matrix, agree = cv2.findHomography(there * GREY_PX, here * GREY_PX, cv2.USAC_FAST, _OFF * GREY_PX, maxIters=_TRIES)
    if matrix is None or not _is_view(matrix):
        return None
    return _in_units(np.asarray(matrix, np.float64)), int(agree.sum())


def laid_over(new: Corners, old: Corners, *, mirrored: bool = False) -> Laid | None:
    """The earlier photo laid over the new one, of which the mirror image is given where ``mirrored``.

    None where too few corners agree on how, or too little of one lies in the other to tell.
    """
    found = matched(new, old)
    if found is None or found[1] < _LEAST_CORNERS:
        return None
    laid = _judged(new, old, *found)
    if laid and not laid.is_same_shot and laid.agreement >= _WORTH_REFINING:
        finer = _refined(new, old, found[0])
        again = _judged(new, old, finer, found[1]) if finer is not None else None
        laid = max((laid, again), key=lambda one: one.agreement) if again else laid
    if laid is None or not mirrored:
        return laid
    width = new.grey.shape[1] / max(new.grey.shape)
    back = np.array([[-1.0, 0.0, width], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    return replace(laid, matrix=back @ laid.matrix, mirrored=True, blocks=laid.blocks[:, ::-1])


def _is_view(matrix: Grid) -> bool:
    """Whether a homography is what a camera or an editor can do: not turned inside out, nor drawn out to a line."""
    if not np.isfinite(matrix).all() or abs(matrix[2, 2]) < 1e-9:
        return False
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64) * GREY_PX * 0.75
    seen = np.c_[corners, np.ones(4)] @ matrix.T
    if (seen[:, 2] * matrix[2, 2] <= 0).any():
        return False
    seen = seen[:, :2] / seen[:, 2:]
    sides = np.roll(seen, -1, 0) - seen
    turns = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
    lengths = np.hypot(*sides.T)
    area = float(np.prod(np.hypot(*(np.roll(seen, -2, 0) - seen)[:2].T))) / 2
    return bool((turns > 0).all() and lengths.max() < _MOST_STRETCH * lengths.min() and area > _LEAST_AREA * GREY_PX**2)


def _in_units(matrix: Matrix) -> Matrix:
    scale = np.diag([GREY_PX, GREY_PX, 1.0])
    made: Matrix = np.linalg.inv(scale) @ matrix @ scale
    made /= made[2, 2]
    return made


def _in_pixels(matrix: Matrix) -> Matrix:
    scale = np.diag([GREY_PX, GREY_PX, 1.0])
    made: Matrix = scale @ matrix @ np.linalg.inv(scale)
    return made


def _judged(new: Corners, old: Corners, matrix: Matrix, corners: int) -> Laid | None:
    height, width = new.grey.shape
    over = cv2.warpPerspective(old.grey.astype(np.float32), _in_pixels(matrix), (width, height), borderValue=-1e4)
    there = over >= 0
    mine = _cells(cv2.GaussianBlur(new.grey.astype(np.float32), (0, 0), _SOFTENED_PX))
    theirs = _cells(cv2.GaussianBlur(np.where(there, over, 0).astype(np.float32), (0, 0), _SOFTENED_PX))
    spread = np.sqrt((mine**2).mean(-1)), np.sqrt((theirs**2).mean(-1))
    lies = outline(matrix, old.grey.shape[::-1])
    whole = cv2.contourArea((lies * max(height, width)).astype(np.float32))
    if max(there.mean(), there.sum() / max(whole, 1.0)) < _LEAST_SHARED:
        return None
    on_screen = is_on_screen(lies, new.grey.shape[::-1])
    # Where the earlier photo is even, a screen shows nothing but the camera's noise.
    contrast = spread[1] if on_screen else np.maximum(*spread)
    tells = _cells(there, centred=False).all(-1) & (contrast > _CONTRAST) & (np.minimum(*spread) > 0)
    alike = (mine * theirs).mean(-1) / np.maximum(spread[0] * spread[1], 1e-6)
    judged = [(alike[part], tells[part]) for part in _parts(len(alike))]
    said = [values[told] for values, told in judged if told.sum() >= _LEAST_BLOCKS]
    if not said:
        return None
    shares = [(float((one > _AGREES).mean()), float(np.quantile(one, _LOW))) for one in said]
    agreement, lowest = max(shares)
    blocks = np.where(tells, np.where(alike > _AGREES, SAME, OTHER), EMPTY).astype(np.int8)
    return Laid(matrix, False, corners, blocks, agreement, lowest, on_screen)


def _parts(rows: int) -> list[slice]:
    """All rows of blocks, and those without so many at the foot or the head, where a caption may lie."""
    foot, head = int(rows * _MOST_OF_FOOT), int(rows * _MOST_OF_HEAD)
    return [slice(0, rows - cut) for cut in range(foot + 1)] + [slice(cut, rows) for cut in range(1, head + 1)]


def _cells(pixels: Grid, *, centred: bool = True) -> Grid:
    """Blocks (rows, columns, pixels) of a picture, each less its own mean."""
    rows, columns = (side // _BLOCK_PX for side in pixels.shape)
    cut = pixels[: rows * _BLOCK_PX, : columns * _BLOCK_PX].reshape(rows, _BLOCK_PX, columns, _BLOCK_PX)
    cells = cut.transpose(0, 2, 1, 3).reshape(rows, columns, _BLOCK_PX**2)
    return cells - cells.mean(-1, keepdims=True) if centred else cells


def _refined(new: Corners, old: Corners, matrix: Matrix) -> Matrix | None:
    """The homography moved to where brightnesses agree best (ECC: Evangelidis and Psarakis 2008)."""
    start = np.linalg.inv(_in_pixels(matrix)).astype(np.float32)
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-5)
    try:
        _, found = cv2.findTransformECC(new.grey, old.grey, start, cv2.MOTION_HOMOGRAPHY, until)
    except cv2.error:  # it does not converge where nothing agrees
        return None
    back = np.linalg.inv(found.astype(np.float64))
    return _in_units(back) if _is_view(back) else None
