"""Marks drawn into a copy of a photo: what is to be hidden is gone from its pixels, arrows and circles lie over it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from PIL import Image, ImageDraw

from ..domain.evidence.marks import ARROW, CIRCLE, FULL, Mark, blurred, corners
from .redaction import redacted

_RED, _EDGE = (224, 36, 27), (255, 255, 255)
_LINE_SHARE, _HEAD_SHARE = 0.006, 0.035
"""Width of a line, and length of an arrow's head, as shares of the picture's longer side."""
_HEAD_ANGLE = math.radians(28)

Pen = Callable[[ImageDraw.ImageDraw, Mark, tuple[int, int], int, tuple[int, int, int]], None]


def drawn(picture: Image.Image, marks: Iterable[Mark]) -> Image.Image:
    """A copy of an upright RGB picture with its marks; the picture itself where there are none."""
    marks = tuple(marks)
    if not marks:
        return picture
    result = redacted(picture, blurred(marks))
    line = max(2, round(max(picture.size) * _LINE_SHARE))
    pen = ImageDraw.Draw(result)
    # A white edge below each red line, so that it is seen on any ground.
    for colour, width in ((_EDGE, 2 * line), (_RED, line)):
        for mark in marks:
            if mark.kind in _PENS:
                _PENS[mark.kind](pen, mark, picture.size, width, colour)
    return result


def _arrow(
    pen: ImageDraw.ImageDraw, mark: Mark, size: tuple[int, int], width: int, colour: tuple[int, int, int]
) -> None:
    start, tip = _pixel(mark.start, size), _pixel(mark.end, size)
    back = math.atan2(start[1] - tip[1], start[0] - tip[0])
    head = max(size) * _HEAD_SHARE
    for line in [start, *(_turned(tip, back + side * _HEAD_ANGLE, head) for side in (-1, 1))]:
        pen.line([line, tip], fill=colour, width=width)


def _circle(
    pen: ImageDraw.ImageDraw, mark: Mark, size: tuple[int, int], width: int, colour: tuple[int, int, int]
) -> None:
    left, top, right, bottom = corners(mark)
    pen.ellipse([_pixel((left, top), size), _pixel((right, bottom), size)], outline=colour, width=width)


_PENS: Mapping[str, Pen] = {ARROW: _arrow, CIRCLE: _circle}


def _pixel(point: tuple[int, int], size: tuple[int, int]) -> tuple[float, float]:
    return point[0] * size[0] / FULL, point[1] * size[1] / FULL


def _turned(tip: tuple[float, float], angle: float, length: float) -> tuple[float, float]:
    return tip[0] + length * math.cos(angle), tip[1] + length * math.sin(angle)
