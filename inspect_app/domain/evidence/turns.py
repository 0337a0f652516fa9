"""Turns (转正) of a photo that lies on its side: a supervisor's, beside it; its bytes stay as they are.

Marks and boxes stay where they were drawn, on the upright picture as its file says it is. Where the picture is turned
they are turned with it, and turned back what somebody draws on the turned one: so nothing of them changes with a turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeGuard

from .marks import FULL, Mark, Point
from .redaction import Box

QUARTERS = 4
_DIGITS = 6
"""Shares of turned boxes are rounded to a millionth, so that turned back they are the same."""
_TURNED_ORIENTATION = {1: 6, 6: 3, 3: 8, 8: 1, 2: 7, 7: 4, 4: 5, 5: 2}
"""EXIF orientation after a quarter turn clockwise (EXIF 2.32, tag 0x0112)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """By how many quarters (0 to 3) a photo is turned clockwise after its file's own orientation; ``at`` is UTC."""

    quarters: int
    by: str
    at: datetime


def is_quarters(raw: object) -> TypeGuard[int]:
    """Whether this is a number of quarters that a photo can be turned by."""
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < QUARTERS


def turned_orientation(orientation: int, quarters: int) -> int:
    """The EXIF orientation that shows a picture of this one turned clockwise."""
    for _ in range(quarters % QUARTERS):
        orientation = _TURNED_ORIENTATION[orientation]
    return orientation


def turned_marks(marks: Iterable[Mark], quarters: int) -> tuple[Mark, ...]:
    """Marks as they lie on the picture once it is turned clockwise."""
    return tuple(
        replace(mark, start=_turned_point(mark.start, quarters), end=_turned_point(mark.end, quarters))
        for mark in marks
    )


def turned_boxes(boxes: Iterable[Box], quarters: int) -> tuple[Box, ...]:
    """Boxes as they lie on the picture once it is turned clockwise."""
    return tuple(_turned_box(box, quarters % QUARTERS) for box in boxes)


def _turned_point(point: Point, quarters: int) -> Point:
    for _ in range(quarters % QUARTERS):
        point = (FULL - point[1], point[0])
    return point


def _turned_box(box: Box, quarters: int) -> Box:
    for _ in range(quarters):
        x = round(1 - box.y - box.height, _DIGITS)
        box = replace(box, x=x, y=round(box.x, _DIGITS), width=box.height, height=box.width)
    if quarters:
        box = replace(box, width=round(box.width, _DIGITS), height=round(box.height, _DIGITS))
    return box
