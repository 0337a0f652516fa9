"""Number plates in a picture: HyperLPR's detector at several sizes, and closely where a plate's colours are.

One size alone finds the plates that are large in it or those that are small, and other things by chance: what it sees
at several sizes is surer. What has a plate's colour and shape is looked at closely, and taken when the detector agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .models import plate_network

Pixels = NDArray[Any]
Place = tuple[float, float, float, float]
"""Left, top, width and height in pixels."""
Found = tuple[float, float, float, float, float]
"""A place, and the score: what the sizes say summed, 0 to 3."""
_SIZES_PX = (416, 640, 896)
_LEAST_SEEN, _LEAST_SUM, _LARGE_SUM = 0.1, 0.5, 1.2
"""What one size must say to be heard, all together to be believed, and all together of what fills much of a picture."""
_LARGE_SHARE, _SAME = 0.3, 0.5
_SHAPE = (0.8, 8.0)
"""Width over height: plates of motorcycles are nearly square, and any seen along a street is narrower."""
_MEAN, _SPREAD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)

_COLOURS = (((95, 90, 50), (130, 255, 255)), ((15, 90, 90), (35, 255, 255)), ((40, 40, 90), (85, 255, 255)))
"""Blue (cars), yellow (lorries, buses) and green (electric) plates of GA 36-2018: hue, saturation, value."""
_COLOUR_PX, _MOST_LOOKS, _LOOK_PX, _LOOK_SCORE = 1280, 6, 320, 0.35
_PLATE_SHAPE, _TWO_ROWS = (1.3, 6.0), (1.3, 3.0)
"""440 × 140 mm and 480 × 140 mm plates, and those of two rows, 440 × 220 mm and 220 × 140 mm; also seen at an angle."""
_UPPER_ROW, _ROW_WIDE, _ROW_TALL = 0.38, 0.7, 0.9
"""How much of a plate of two rows its upper one takes: 60 mm letters above such of 110 mm (GA 36-2018). What is of
this width at least, and this height at most, is the lower row of a plate and not the whole."""


def plates_in(pixels: Pixels) -> list[Found]:
    """The number plates in an upright picture, RGB bytes of (height, width, 3); the surest first.

    ``ONE_AT_A_TIME`` must be held.
    """
    seen = [[one for one in _seen(pixels, size) if one[4] > _LEAST_SEEN] for size in _SIZES_PX]
    found = [one for one in _agreed(seen) if _is_plate(one, pixels.shape[1], pixels.shape[0])]
    for region in _coloured(pixels):
        if any(_shared(region, one) > _SAME for one in found):
            found = [_with_upper_row(one, region) for one in found]
        else:
            found += _looked_at(pixels, region)
    return found


def _seen(pixels: Pixels, longest_px: int) -> list[Found]:
    height, width = pixels.shape[:2]
    scale = min(2.0, longest_px / max(height, width))
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
    # Trained on pictures whose channels came as blue, green, red.
    blue_first = small[:, :, ::-1].astype(np.float32) / 255
    blob = ((blue_first - _MEAN[::-1]) / _SPREAD[::-1]).transpose(2, 0, 1)[None]
    network = plate_network()
    network.setInput(np.ascontiguousarray(blob))
    rows = np.array(network.forward())[0, 0]
    return [
        (float(x * width), float(y * height), float((to_x - x) * width), float((to_y - y) * height), float(score))
        for _, _, score, x, y, to_x, to_y in rows
    ]


def _agreed(seen: Sequence[Sequence[Found]]) -> list[Found]:
    """What lies at the same place at several sizes as one, with the sum of what the sizes say."""
    left = sorted(((one, size) for size, all in enumerate(seen) for one in all), key=lambda pair: -pair[0][4])
    found = []
    while left:
        first = left[0][0]
        same = [pair for pair in left if _shared(first, pair[0]) > _SAME]
        left = [pair for pair in left if pair not in same]
        best = {size: max(one[4] for one, other in same if other == size) for _, size in same}
        found.append((*first[:4], sum(best.values())))
    return found


def _is_plate(found: Found, width: int, height: int) -> bool:
    _, _, wide, tall, score = found
    is_large = wide > _LARGE_SHARE * max(width, height)
    return score >= (_LARGE_SUM if is_large else _LEAST_SUM) and _SHAPE[0] < wide / max(tall, 1) < _SHAPE[1]


def _shared(one: Sequence[float], other: Sequence[float]) -> float:
    """The overlap as a share of the smaller one."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    least = min(one[2] * one[3], other[2] * other[3])
    return across * down / least if across > 0 and down > 0 and least > 0 else 0.0


def _looked_at(pixels: Pixels, region: Place) -> Iterable[Found]:
    """What the detector makes of a region, or of its lower row: it knows plates of one row only."""
    x, y, wide, tall = region
    if found := _close(pixels, region, y - wide):
        return [found]
    if not _has_two_rows(region):
        return []
    lower = y + _UPPER_ROW * tall
    row = _close(pixels, (x, lower, wide, y + tall - lower), lower)
    return [(*region, row[4])] if row else []


def _with_upper_row(found: Found, region: Place) -> Found:
    """What was found, grown to the whole plate where it is the lower row of this one."""
    x, y, wide, tall = region
    is_row = _shared(region, found) > _SAME and found[2] > _ROW_WIDE * wide and found[3] < _ROW_TALL * tall
    if not is_row or not _has_two_rows(region):
        return found
    left, top = min(x, found[0]), min(y, found[1])
    right, bottom = max(x + wide, found[0] + found[2]), max(y + tall, found[1] + found[3])
    return left, top, right - left, bottom - top, found[4]


def _has_two_rows(region: Place) -> bool:
    return _TWO_ROWS[0] <= region[2] / region[3] <= _TWO_ROWS[1]


def _close(pixels: Pixels, region: Place, from_y: float) -> Found | None:
    """A plate at this very place, seen with its surroundings from ``from_y`` downwards, three plates wide."""
    x, y, wide, tall = region
    left, top = max(0, int(x - wide)), max(0, int(from_y))
    near = pixels[top : int(y + tall + wide), left : int(x + 2 * wide)]
    if min(near.shape[:2]) < 24:
        return None
    seen = [one for one in _seen(near, _LOOK_PX) if one[4] >= _LOOK_SCORE]
    placed = [(one[0] + left, one[1] + top, *one[2:]) for one in seen]
    # The surroundings were searched as a part of the whole.
    return next((one for one in placed if _shared(region, one) > _SAME), None)


def _coloured(pixels: Pixels) -> list[Place]:
    """Regions of a plate's colour and shape, filled and with edges as letters make them; the largest first."""
    shrink = min(1.0, _COLOUR_PX / max(pixels.shape[:2]))
    small = cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    hsv, edges = cv2.cvtColor(small, cv2.COLOR_RGB2HSV), cv2.Canny(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), 80, 200)
    regions = []
    for low, high in _COLOURS:
        mask = cv2.inRange(hsv, np.array(low), np.array(high))
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 13), np.uint8))
        for contour in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
            x, y, wide, tall = cv2.boundingRect(contour)
            if tall < 8 or not _PLATE_SHAPE[0] <= wide / tall <= _PLATE_SHAPE[1]:
                continue
            filled = cv2.contourArea(contour) / (wide * tall)
            lettered = np.count_nonzero(edges[y : y + tall, x : x + wide]) / (wide * tall)
            if filled > 0.5 and lettered > 0.06:
                regions.append((x / shrink, y / shrink, wide / shrink, tall / shrink))
    return sorted(regions, key=lambda one: -one[2] * one[3])[:_MOST_LOOKS]
