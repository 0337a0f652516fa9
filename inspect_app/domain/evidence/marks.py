"""Marks (标记) on a photo: what the inspector points at or hides. They are data beside it: its bytes stay as they are.

Points are thousandths of the upright picture's width and height, the origin at its upper left: as it is looked at,
whatever orientation its file is stored in and whatever size a copy has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..problems import Details, Problem
from .redaction import Box

ARROW, CIRCLE, BLUR = "arrow", "circle", "blur"
MARK_TITLES: Mapping[str, str] = {ARROW: "箭头", CIRCLE: "圈", BLUR: "模糊"}
MAX_MARKS, FULL = 20, 1000
_FIELDS = {"kind", "points"}

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """``kind`` is one of ``MARK_TITLES``; an arrow leads from ``start`` to ``end``, of the others they are corners."""

    kind: str
    start: Point
    end: Point


def parse_marks(raw: object, where: Details, problems: list[Problem]) -> tuple[Mark, ...]:
    """The marks of one photo of a submission; nothing where it has none. What is wrong is added to ``problems``."""
    if raw is None:
        return ()
    if not isinstance(raw, list):
        problems.append(Problem("evidence.marks_no_list", details=where))
        return ()
    if len(raw) > MAX_MARKS:
        problems.append(Problem("evidence.too_many_marks", details={**where, "most_marks": MAX_MARKS}))
        return ()
    wrong = [number for number, entry in enumerate(raw, start=1) if not _is_mark(entry)]
    problems += [Problem("evidence.mark_malformed", details={**where, "number": number}) for number in wrong]
    return () if wrong else tuple(map(mark_from_json, raw))


def mark_from_json(raw: Mapping[str, Any]) -> Mark:
    """A mark from what ``mark_to_json`` wrote, without looking for mistakes."""
    (x, y), (to_x, to_y) = raw["points"]
    return Mark(raw["kind"], (x, y), (to_x, to_y))


def mark_to_json(mark: Mark) -> dict[str, Any]:
    """As ``parse_marks`` reads it and as it is kept."""
    return {"kind": mark.kind, "points": [list(mark.start), list(mark.end)]}


def blurred(marks: Iterable[Mark]) -> tuple[Box, ...]:
    """What the marks hide, as the boxes of a redaction."""
    return tuple(_box(mark) for mark in marks if mark.kind == BLUR)


def corners(mark: Mark) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in thousandths, whichever way it was drawn."""
    (x, y), (to_x, to_y) = mark.start, mark.end
    return min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)


def _box(mark: Mark) -> Box:
    left, top, right, bottom = corners(mark)
    return Box(left / FULL, top / FULL, (right - left) / FULL, (bottom - top) / FULL)


def _is_mark(raw: object) -> bool:
    if not isinstance(raw, Mapping) or set(raw) != _FIELDS or not isinstance(raw["kind"], str):
        return False
    points = raw["points"]
    if raw["kind"] not in MARK_TITLES or not isinstance(points, list) or len(points) != 2:
        return False
    if not all(_is_point(point) for point in points):
        return False
    (x, y), (to_x, to_y) = points
    # What has no extent shows nothing, and hides nothing.
    return (x, y) != (to_x, to_y) if raw["kind"] == ARROW else x != to_x and y != to_y


def _is_point(raw: object) -> bool:
    return isinstance(raw, list) and len(raw) == 2 and all(_is_permille(value) for value in raw)


def _is_permille(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= FULL
