"""Walked ways between two entrances: read from a measuring wheel, or recorded as a track of a phone's positions.

A track of uncertain positions is longer than the way: every zigzag of the error adds, without bound. So it is smoothed
(Douglas and Peucker's simplification: what leaves the line by less than a tolerance is error), once by as much as its
positions are said to be wrong, and once by three times that. The first keeps some of the error and every corner, the
second no error and few corners; the way lies between. Where both agree, as on a good track, little is left in doubt.

The two tolerances are chosen by simulation (``tests/domain/zones/test_walks.py``): ways of one to five legs, errors of
5 to 25 m that drift (correlated by 0.9 to 0.995 from second to second), be that the radius of 95 % or of 68 %.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import count, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numbers import is_number
from ..place.positions import Place
from ..place.shift import offset_m
from ..problems import Details, Problem, deeper
from .judging import WALK_ERROR, WALK_TITLES, Walk

MAX_POINTS = 1000
POOR_M = 30.0
"""Positions known no better than this are left out of a track."""
_LEAST_TOLERANCE_M = 5.0
_FINE, _COARSE = 1.0, 3.0
"""Tolerances of the two simplifications, in accuracies."""
_DEEPEST = 24
"""A span cut so often is halved from then on: cut at its farthest point, a made-up zigzag takes a square of time."""
_MAX_M = 10_000.0
_FIELDS = ("metres", "by", "track")


def parse_walk(raw: object, where: Details) -> Walk | list[Problem]:
    """A walk from JSON: ``{"metres", "by": "wheel"}``, or ``{"by": "track", "track": [[lat, lon, accuracy_m], …]}``.

    The length of a track is computed from its points, whatever ``metres`` says.
    """
    if not isinstance(raw, Mapping):
        return [Problem("zones.walk_no_object", details=where)]
    problems = [
        Problem("zones.walk_field_unknown", details={**where, "key": key, "accepted": tuple(_FIELDS)})
        for key in raw
        if key not in _FIELDS
    ]
    if raw.get("by") == "track":
        points = _track(raw.get("track"), deeper(where, within=("track",)))
        if isinstance(points, Problem):
            return [*problems, points]
        return problems or track_walk(points)
    if raw.get("by") not in WALK_ERROR:
        problems.append(
            Problem(
                "zones.walk_by_unknown",
                details={**where, "accepted": tuple(f"{key}（{WALK_TITLES[key]}）" for key in WALK_ERROR)},
            )
        )
    metres = raw.get("metres")
    if not is_number(metres) or not 0 <= metres <= _MAX_M:
        return [*problems, Problem("zones.walk_out_of_range", details={**where, "most_m": _MAX_M, "got": repr(metres)})]
    return problems or Walk(float(metres), raw["by"])


def track_walk(points: Sequence[Place]) -> Walk:
    """The way along the positions of a track, in walking order; two or more, none poorer than ``POOR_M``.

    Its length is the middle between the two smoothed ones; half of what they differ by is added to the doubt at the
    ends.
    """
    plane = [offset_m((points[0].lat, points[0].lon), (one.lat, one.lon)) for one in points]
    accuracy = max(_LEAST_TOLERANCE_M, sum(one.accuracy_m for one in points) / len(points))
    longest, shortest = (_length(_simplified(plane, times * accuracy)) for times in (_FINE, _COARSE))
    ends = points[0].accuracy_m + points[-1].accuracy_m
    return Walk((longest + shortest) / 2, "track", ends + (longest - shortest) / 2)


_Point = tuple[float, float]
_Array = NDArray[Any]


def _length(line: Sequence[_Point]) -> float:
    return sum(math.dist(one, other) for one, other in pairwise(line))


def _simplified(line: Sequence[_Point], tolerance_m: float) -> list[_Point]:
    """The line through some of its points, both ends among them, that no other leaves by more than the tolerance.

    All spans that were cut equally often are cut in one go: a made-up zigzag has as few turns as its cuts are deep.
    """
    points, kept = np.array(line, dtype=float), np.zeros(len(line), dtype=bool)
    first, last = np.array([0]), np.array([len(line) - 1])
    kept[[0, -1]] = True
    for depth in count():
        first, last = first[last - first > 1], last[last - first > 1]
        if not first.size:
            break
        away, farthest = _farthest(points, first, last)
        cut = (farthest if depth < _DEEPEST else (first + last) // 2)[away > tolerance_m]
        first, last = first[away > tolerance_m], last[away > tolerance_m]
        kept[cut] = True
        first, last = np.concatenate((first, cut)), np.concatenate((cut, last))
    return [line[number] for number in np.flatnonzero(kept).tolist()]


def _farthest(points: _Array, first: _Array, last: _Array) -> tuple[_Array, _Array]:
    """Of each span between two points: how far one within it is off at most, and the first that is so far off."""
    inner = last - first - 1
    begins, span = np.cumsum(inner) - inner, np.repeat(np.arange(first.size), inner)
    number = np.arange(span.size) - begins[span] + first[span] + 1
    away = _away(points[number], points[first][span], points[last][span])
    most = np.maximum.reduceat(away, begins)
    return most, np.minimum.reduceat(np.where(away == most[span], number, len(points)), begins)


def _away(points: _Array, starts: _Array, ends: _Array) -> _Array:
    """From each point to its segment."""
    way, off = ends - starts, points - starts
    squares = (way * way).sum(axis=1)
    part = np.clip((off * way).sum(axis=1) / np.where(squares > 0, squares, 1.0), 0.0, 1.0)
    across = part[:, None] * way - off
    metres: _Array = np.hypot(across[:, 0], across[:, 1])
    return metres


def _track(raw: object, where: Details) -> list[Place] | Problem:
    if not isinstance(raw, list) or not 2 <= len(raw) <= MAX_POINTS:
        return Problem("zones.track_out_of_range", details={**where, "most_points": MAX_POINTS})
    points = []
    for number, entry in enumerate(raw, start=1):
        if not isinstance(entry, list) or len(entry) != 3 or not all(map(is_number, entry)):
            return Problem("zones.track_point_malformed", details={**where, "number": number})
        lat, lon, accuracy_m = map(float, entry)
        if not (-90 <= lat <= 90 and -180 <= lon <= 180 and 0 <= accuracy_m <= POOR_M):
            return Problem("zones.track_point_out_of_range", details={**where, "number": number, "poor_m": POOR_M})
        points.append(Place(lat, lon, accuracy_m))
    return points
