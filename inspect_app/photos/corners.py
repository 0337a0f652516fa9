"""Corners of a picture by which it can be laid over another one (ORB: Rublee et al. 2011)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Grid = NDArray[Any]
GREY_PX: Final = 320
"""Longest side of the picture that corners keep with them, to be compared once it is laid over another."""
_SCALE, _LEVELS, _CONTRAST = 1.2, 8, 8


@dataclass(frozen=True, slots=True)
class Detail:
    """In how large a picture corners are sought (longest side in pixels), and how many are taken; whether the picture
    is kept with them.
    """

    longest_px: int
    corners: int
    with_picture: bool = True


GLANCE: Final = Detail(320, 600, with_picture=False)
"""For a first look, at the thumbnails: 2 ms a picture, 24 kB."""
CLOSE: Final = Detail(640, 1000)


@dataclass(frozen=True, slots=True)
class Corners:
    """Corners of an upright picture, in units of its longer side.

    ``points`` (n, 2) are where they lie, ``marks`` (n, 32) their descriptors. ``grey`` is the picture itself, its
    longer side ``GREY_PX``; empty where it is not kept.
    """

    points: NDArray[np.float32]
    marks: NDArray[np.uint8]
    grey: NDArray[np.uint8]


def corners_of(picture: Image.Image, detail: Detail, *, mirrored: bool = False) -> Corners:
    """The corners of an upright picture, or of its mirror image."""
    grey = fitted(picture.convert("L"), detail.longest_px)
    if mirrored:
        grey = ImageOps.mirror(grey)
    finder = cv2.ORB.create(detail.corners, _SCALE, _LEVELS, fastThreshold=_CONTRAST)
    found, marks = finder.detectAndCompute(_stretched(np.asarray(grey)), None)
    points = np.array([one.pt for one in found], np.float32).reshape(-1, 2) / np.float32(max(grey.size))
    kept = np.asarray(marks, np.uint8) if found else np.empty((0, 32), np.uint8)
    seen = np.asarray(fitted(grey, GREY_PX)) if detail.with_picture else np.empty((0, 0), np.uint8)
    return Corners(points.astype(np.float32), kept, seen)


def fitted(picture: Image.Image, longest_px: int) -> Image.Image:
    """The picture with its longer side of so many pixels."""
    share = longest_px / max(picture.size)
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture if size == picture.size else picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _stretched(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """With all brightnesses used: a photo of the night has as many corners then as one of the day."""
    low, high = np.percentile(pixels[::4, ::4], (1, 99))
    table = np.clip((np.arange(256) - low) * (255 / max(1.0, high - low)), 0, 255).astype(np.uint8)
    stretched: NDArray[np.uint8] = table[pixels]
    return stretched
