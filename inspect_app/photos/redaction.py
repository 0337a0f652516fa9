"""Hiding faces and number plates: where they might be, and a picture in which they cannot be seen any more.

The suggestions come from the classic cascade detectors that the OpenCV package carries inside, and for plates also from
their colours. They find much of what is there and much that is not: a supervisor always looks and corrects.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..domain.evidence.redaction import Box

Region = tuple[int, int, int, int]
Pixels = NDArray[Any]
_CELLS = 4
"""A hidden region keeps the colours of 4 by 4 cells, 48 bytes: too little to tell anybody by."""
_WORK_PX = 1200
_CASCADES = Path(cv2.__file__).parent / "data"
_PLATE_COLOURS = (((95, 90, 50), (130, 255, 255)), ((15, 90, 90), (35, 255, 255)), ((40, 40, 90), (85, 255, 255)))
"""Blue (cars), yellow (lorries, buses) and green (electric) plates of GA 36-2018: hue, saturation, value."""
_PLATE_SHAPE = (2.2, 5.5)
"""Width over height: 440 × 140 mm and 480 × 140 mm plates, also seen at an angle."""


class _Remembered:
    """What was found in the pictures that were searched last, by their pixels. Safe to use from several threads.

    Searching takes seconds, and a page that shows a suggestion is followed by the form that was filled in on it.
    """

    _MOST = 256

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, list[Box]] = OrderedDict()

    def boxes(self, picture: Image.Image) -> list[Box]:
        key = hashlib.sha256(repr(picture.size).encode() + picture.tobytes()).digest()
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = _searched(picture)
            with self._lock:
                self._known[key] = known
                while len(self._known) > self._MOST:
                    self._known.popitem(last=False)
        return list(known)


_remembered = _Remembered()


def suggested(picture: Image.Image) -> list[Box]:
    """Where faces and number plates might be in an upright RGB picture, in no special order."""
    return _remembered.boxes(picture)


def _searched(picture: Image.Image) -> list[Box]:
    shrink = min(1.0, _WORK_PX / max(picture.size))
    small = picture.resize((max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink))))
    pixels = np.asarray(small)
    grey = cv2.equalizeHist(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    faces = [*_found(grey, "haarcascade_frontalface_alt2.xml", 4), *_profiles(grey)]
    plates = [*_found(grey, "haarcascade_russian_plate_number.xml", 4), *_coloured_plates(pixels)]
    width, height = small.size
    boxes = [_box(region, width, height, "face", 0.2) for region in _merged(faces)]
    return boxes + [_box(region, width, height, "plate", 0.12) for region in _merged(plates)]


def redacted(picture: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """A copy of an RGB picture in which each box holds nothing but the coarse colours of its region."""
    result = picture.copy()
    for box in boxes:
        left, top = int(box.x * picture.width), int(box.y * picture.height)
        right = min(picture.width, int(np.ceil((box.x + box.width) * picture.width)))
        bottom = min(picture.height, int(np.ceil((box.y + box.height) * picture.height)))
        if right <= left or bottom <= top:
            continue
        # From the picture as it was, so that boxes which overlap hide as much as boxes that do not.
        region = picture.crop((left, top, right, bottom))
        cells = region.resize((_CELLS, _CELLS), Image.Resampling.BOX)
        coarse = cells.point(lambda value: value & 0xF0 | 0x08)
        result.paste(coarse.resize(region.size, Image.Resampling.BICUBIC), (left, top))
    return result


def _found(grey: Pixels, cascade: str, neighbours: int) -> list[Region]:
    least = max(20, min(grey.shape) // 40)
    regions = _cascade(cascade).detectMultiScale(grey, 1.1, neighbours, minSize=(least, least))
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h in regions]


def _profiles(grey: Pixels) -> list[Region]:
    """The cascade knows faces that look to the left; mirrored, it finds the others."""
    width = grey.shape[1]
    left = _found(grey, "haarcascade_profileface.xml", 5)
    right = _found(np.ascontiguousarray(grey[:, ::-1]), "haarcascade_profileface.xml", 5)
    return left + [(width - x - w, y, w, h) for x, y, w, h in right]


def _coloured_plates(pixels: Pixels) -> list[Region]:
    """Regions of a plate's colour and shape that are filled and carry edges, as letters make them."""
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    edges = cv2.Canny(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 80, 200)
    regions = []
    for low, high in _PLATE_COLOURS:
        mask = cv2.inRange(hsv, np.array(low), np.array(high))
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 13), np.uint8))
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            x, y, w, h = cv2.boundingRect(contour)
            filled = cv2.contourArea(contour) / (w * h)
            lettered = float(np.count_nonzero(edges[y : y + h, x : x + w])) / (w * h)
            if h >= 10 and _PLATE_SHAPE[0] <= w / h <= _PLATE_SHAPE[1] and filled > 0.6 and lettered > 0.06:
                regions.append((x, y, w, h))
    return regions


def _merged(regions: Sequence[Region]) -> list[Region]:
    """Regions that overlap by more than half of the smaller one become one."""
    left = sorted(regions, key=lambda region: region[2] * region[3], reverse=True)
    kept: list[Region] = []
    for x, y, w, h in left:
        inside = any(
            max(0, min(x + w, a + c) - max(x, a)) * max(0, min(y + h, b + d) - max(y, b)) > 0.5 * w * h
            for a, b, c, d in kept
        )
        if not inside:
            kept.append((x, y, w, h))
    return kept


def _box(region: Region, width: int, height: int, kind: str, margin: float) -> Box:
    """A region with a margin around it, as shares."""
    x, y, w, h = region
    left, top = max(0.0, x - w * margin), max(0.0, y - h * margin)
    right, bottom = min(width, x + w * (1 + margin)), min(height, y + h * (1 + margin))
    return Box(left / width, top / height, (right - left) / width, (bottom - top) / height, kind)


@cache
def _cascade(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(_CASCADES / name))
