"""Outlines (轮廓) of areas and sites: GeoJSON geometries in WGS-84, and how far a position is from one.

An edge is what RFC 7946 has it be: straight in longitude and latitude. Distances are geodesics on the WGS-84 ellipsoid
(geographiclib), from the position to the nearest point of the outline.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import shapely
from geographiclib.geodesic import Geodesic
from shapely.geometry.base import BaseGeometry

from ..numbers import is_number
from ..problems import Details, Problem, placed
from .ellipsoid import degree_m, east_by_north
from .positions import Located, Place, distance_m
from .proximity import Within

KINDS = ("Polygon", "MultiPolygon", "LineString")
AREAL = ("Polygon", "MultiPolygon")
MAX_POINTS = 200_000
_DEPTH = {"LineString": 1, "Polygon": 2, "MultiPolygon": 3}
_WHERE = re.compile(r"\[(-?[\d.]+) (-?[\d.]+)\]")
_EARTH_M = 6_371_000.0
_STEPS = 45
"""Steps of a ternary search: an edge of 100 km is then known to a tenth of a millimetre in its distance."""
_ROOM_M, _NEAR_M = 1.0, 1_000_000.0
_CLOSER_M, _MOST_ROUNDS = 1e-4, 8
"""By less than the first a foot point is not moved any more."""
_Edge = tuple[float, float, float, float]


@dataclass(frozen=True)
class Outline:
    """A geometry of GeoJSON: ``kind`` is one of ``KINDS``, ``coordinates`` are [longitude, latitude] in degrees."""

    kind: str
    coordinates: tuple[Any, ...]

    @cached_property
    def geometry(self) -> BaseGeometry:
        """The shapely geometry in the plane of longitude and latitude, prepared for being asked often."""
        found = shapely.geometry.shape({"type": self.kind, "coordinates": self.coordinates})
        shapely.prepare(found)
        return found

    @cached_property
    def edges(self) -> tuple[tuple[float, float, float, float], ...]:
        """Longitude and latitude of both ends of every edge, holes included."""
        return tuple((*start, *end) for ring in _lines(self.kind, self.coordinates) for start, end in pairwise(ring))


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of where a site is: outline, registered position, gates; each to ``accuracy_m`` metres.

    One of them at least is known.
    """

    outline: Outline | None
    accuracy_m: float
    place: Place | None = None
    gates: tuple[Place, ...] = ()

    def metres_to(self, lat: float, lon: float) -> float:
        """From the nearest point of the boundary, 0 inside; without an outline from the position or nearest gate."""
        if self.outline is not None:
            return outline_distance_m(self.outline, lat, lon)
        places = [self.place] if self.place else self.gates
        return min(distance_m(one, Place(lat, lon, 0.0)) for one in places)


def single_part(raw: object) -> object:
    """A geometry of GeoJSON; in place of a Multi… of one part, as QGIS writes every layer, that part."""
    if not isinstance(raw, Mapping) or not str(raw.get("type")).startswith("Multi"):
        return raw
    parts = raw.get("coordinates")
    if not isinstance(parts, list) or len(parts) != 1:
        return raw
    return {"type": str(raw["type"]).removeprefix("Multi"), "coordinates": parts[0]}


def parse_outline(raw: object, where: Details, kinds: Sequence[str] = AREAL) -> Outline | list[Problem]:
    """An outline from a geometry of GeoJSON, or what is wrong with it.

    Refused are rings that are not closed or have fewer than four points, coordinates off the earth, outlines that
    cross or touch themselves along an edge, and holes outside. Altitudes are left out.
    """
    if isinstance(raw, Mapping) and raw.get("type") not in kinds:
        raw = single_part(raw)
    if not isinstance(raw, Mapping) or raw.get("type") not in kinds:
        found = raw.get("type") if isinstance(raw, Mapping) else None
        return [Problem("outlines.other_kind", details={**where, "accepted": tuple(kinds), "found": repr(found)})]
    kind, read = str(raw["type"]), _CoordinateReader()
    coordinates = read.nested(raw.get("coordinates"), _DEPTH[kind])
    problem = read.problem or _ring_problem(kind, coordinates)
    if problem is None:
        outline = Outline(kind, coordinates)
        problem = _shape_problem(outline)
        if problem is None:
            return outline
    return [placed(problem, where)]


def outline_to_json(outline: Outline) -> dict[str, object]:
    """The geometry of GeoJSON that ``parse_outline`` reads."""
    return {"type": outline.kind, "coordinates": _as_lists(outline.coordinates)}


def contains(outline: Outline, lat: float, lon: float) -> bool:
    """Whether a position lies in the outline or on its boundary; inside a hole is outside. A line contains nothing."""
    return outline.kind in AREAL and bool(shapely.intersects_xy(outline.geometry, lon, lat))


def outline_distance_m(outline: Outline, lat: float, lon: float) -> float:
    """Metres from a position to the outline; 0 inside."""
    return 0.0 if contains(outline, lat, lon) else boundary_distance_m(outline, lat, lon)


def boundary_distance_m(outline: Outline, lat: float, lon: float) -> float:
    """Metres from a position to the nearest point of the boundary (holes have one, too), also from inside."""
    return min(_edge_distance_m(edge, part, lat, lon) for edge, part in _near_edges(outline, lat, lon))


def inside_of(outline: Outline, located: Located) -> Within:
    """Whether a position is in the outline; uncertain where the boundary is nearer than the position is sure."""
    if boundary_distance_m(outline, located.lat, located.lon) < located.accuracy_m:
        return Within.UNCERTAIN
    return Within.INSIDE if contains(outline, located.lat, located.lon) else Within.OUTSIDE


def bounds(outline: Outline) -> tuple[float, float, float, float]:
    """South, west, north, east in degrees."""
    west, south, east, north = outline.geometry.bounds
    return south, west, north, east


def centre(outline: Outline) -> tuple[float, float]:
    """Latitude and longitude of a point inside; on a line its middle."""
    if outline.kind == "LineString":
        point = outline.geometry.interpolate(0.5, normalized=True)
    else:
        middle = outline.geometry.centroid
        point = middle if outline.geometry.contains(middle) else outline.geometry.representative_point()
    return float(point.y), float(point.x)


def metres_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Length in metres of the geodesic between two positions."""
    return float(Geodesic.WGS84.Inverse(lat, lon, other_lat, other_lon, Geodesic.DISTANCE)["s12"])


def _near_edges(outline: Outline, lat: float, lon: float) -> list[tuple[_Edge, float]]:
    """The edges that may be the nearest, each with the part of it where its nearest point is.

    Told on a plane about the position, whose own error is left room for.
    """
    degree_m = math.radians(_EARTH_M)
    found = []
    for edge in outline.edges:
        scale = east_by_north((lat + (edge[1] + edge[3]) / 2) / 2)
        x, y = _turned(edge[0] - lon) * scale, edge[1] - lat
        distance, part = _on_plane(x, y, _turned(edge[2] - lon) * scale, edge[3] - lat)
        found.append((distance * degree_m, edge, part))
    nearest = min(distance for distance, _, _ in found)
    limit = nearest * (1.01 + 4 * nearest / _EARTH_M) + _ROOM_M
    return [(edge, part) for distance, edge, part in found if distance <= limit]


def _on_plane(x: float, y: float, to_x: float, to_y: float) -> tuple[float, float]:
    """From the origin to a segment: the distance, and the part of the segment where its nearest point is."""
    along_x, along_y = to_x - x, to_y - y
    length = along_x * along_x + along_y * along_y
    part = 0.0 if length == 0 else min(1.0, max(0.0, -(x * along_x + y * along_y) / length))
    return math.hypot(x + part * along_x, y + part * along_y), part


def _edge_distance_m(edge: _Edge, part: float, lat: float, lon: float) -> float:
    """The least distance to a point of the edge; ``part`` is where a plane has its foot point.

    The foot point is moved along the edge by Newton's method, with the angle between the edge and the geodesic to the
    position: two rounds are enough up to 100 km. Very far away the least one is searched for: distances fall to one
    side of it and rise to the other.
    """
    west, south, east, north = edge
    found = math.inf
    for _ in range(_MOST_ROUNDS):
        foot_lat, foot_lon = south + (north - south) * part, west + (east - west) * part
        way = Geodesic.WGS84.Inverse(foot_lat, foot_lon, lat, lon, Geodesic.DISTANCE | Geodesic.AZIMUTH)
        found = min(found, float(way["s12"]))
        if found >= _NEAR_M:
            return _searched_m(edge, lat, lon, found)
        moved, closer = _newton(edge, foot_lat, found, math.radians(way["azi1"]))
        before, part = part, min(1.0, max(0.0, part + moved))
        if closer < _CLOSER_M or part == before:
            break
    return found


def _newton(edge: _Edge, foot_lat: float, metres: float, azimuth: float) -> tuple[float, float]:
    """By how much of the edge its foot point is to be moved, and by how much that shortens the distance (metres).

    ``azimuth`` leads from the foot point to the position, in radians.
    """
    west, south, east, north = edge
    north_m, east_m = degree_m(foot_lat)
    x, y = (east - west) * east_m, (north - south) * north_m
    length = math.hypot(x, y)
    if length == 0 or metres == 0:
        return 0.0, 0.0
    along = (x * math.sin(azimuth) + y * math.cos(azimuth)) / length
    bend = max((1 - along * along) / (_EARTH_M * math.tan(metres / _EARTH_M)), 1e-9)
    return along / bend / length, along * along / (2 * bend)


def _searched_m(edge: _Edge, lat: float, lon: float, found: float) -> float:
    west, south, east, north = edge

    def at(part: float) -> float:
        return metres_between(lat, lon, south + (north - south) * part, west + (east - west) * part)

    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        first, second = low + (high - low) / 3, high - (high - low) / 3
        if at(first) <= at(second):
            high = second
        else:
            low = first
    return min(found, at(0.0), at(1.0), at((low + high) / 2))


def _turned(degrees: float) -> float:
    """A difference of longitudes the short way around."""
    return (degrees + 180) % 360 - 180


class _CoordinateReader:
    """Reads nested coordinates; ``problem`` is the first thing that was wrong."""

    def __init__(self) -> None:
        self.problem: Problem | None = None
        self._points = 0

    def nested(self, raw: object, depth: int) -> tuple[Any, ...]:
        if self.problem:
            return ()
        if depth == 0:
            return self._point(raw)
        if not isinstance(raw, list | tuple) or not raw:
            self.problem = Problem("outlines.nesting_malformed")
            return ()
        return tuple(self.nested(one, depth - 1) for one in raw)

    def _point(self, raw: object) -> tuple[float, float] | tuple[()]:
        self._points += 1
        if self._points > MAX_POINTS:
            self.problem = Problem("outlines.too_many_points", details={"most_points": MAX_POINTS})
        elif not isinstance(raw, list | tuple) or not 2 <= len(raw) <= 4 or not all(map(is_number, raw)):
            self.problem = Problem("outlines.point_malformed", details={"number": self._points, "got": str(raw)[:40]})
        elif not -180 <= raw[0] <= 180 or not -90 <= raw[1] <= 90:
            swapped = -90 <= raw[0] <= 90 and -180 <= raw[1] <= 180
            self.problem = Problem(
                "outlines.point_swapped" if swapped else "outlines.point_off_earth",
                details={"number": self._points, "lon": raw[0], "lat": raw[1]},
            )
        else:
            return float(raw[0]), float(raw[1])
        return ()


def _ring_problem(kind: str, coordinates: tuple[Any, ...]) -> Problem | None:
    for number, line in enumerate(_lines(kind, coordinates), start=1):
        if kind == "LineString":
            if len(set(line)) < 2:
                return Problem("outlines.line_too_short")
        elif len(line) < 4 or len(set(line)) < 3:
            return Problem("outlines.ring_too_short", details={"number": number})
        elif line[0] != line[-1]:
            return Problem("outlines.ring_open", details={"number": number})
    return None


def _shape_problem(outline: Outline) -> Problem | None:
    if outline.kind == "LineString":
        return None
    reason = shapely.is_valid_reason(outline.geometry)
    if reason == "Valid Geometry":
        return None
    found = _WHERE.search(reason)
    if "Self-intersection" in reason or "Self intersection" in reason:
        return _near(found, "outlines.crossing", "outlines.crossing_near")
    if "Hole lies outside" in reason:
        return _near(found, "outlines.hole_outside", "outlines.hole_outside_near")
    return _near(found, "outlines.shapeless", "outlines.shapeless_near")


def _near(found: re.Match[str] | None, somewhere: str, near: str) -> Problem:
    """The problem at a position, longitude before latitude, or where none is told."""
    if found is None:
        return Problem(somewhere)
    return Problem(near, details={"lat": float(found[2]), "lon": float(found[1])})


def _lines(kind: str, coordinates: tuple[Any, ...]) -> Iterator[tuple[tuple[float, float], ...]]:
    """Every line of an outline: each ring, or the line itself."""
    if kind == "LineString":
        yield coordinates
    elif kind == "Polygon":
        yield from coordinates
    else:
        for polygon in coordinates:
            yield from polygon


def _as_lists(value: Any) -> Any:
    return [_as_lists(one) for one in value] if isinstance(value, tuple) else value
