"""Walked ways between two entrances: read from a measuring wheel, or recorded as a track of a phone's positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..numbers import is_number
from ..place.positions import Place, distance_m
from ..problems import Details, Problem, deeper
from .judging import WALK_ERROR, WALK_TITLES, Walk

MAX_POINTS = 1000
POOR_M = 30.0
"""Positions known no better than this are left out of a track."""
_LEAST_STEP_M = 5.0
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

    A phone that stands still seems to wander: a step counts once it is longer than half of what its position may be
    wrong by, and 5 m at least. What is left to the last position counts, too.
    """
    metres, last = 0.0, points[0]
    for point in points[1:]:
        step = distance_m(last, point)
        if step >= max(_LEAST_STEP_M, point.accuracy_m / 2):
            metres, last = metres + step, point
    metres += distance_m(last, points[-1])
    return Walk(metres, "track", points[0].accuracy_m + points[-1].accuracy_m)


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
