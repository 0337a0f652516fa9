"""Whether imported positions look shifted as a whole, by how far and where to, and which coordinate system explains it.

Known positions (sites that are kept already) tell the shift itself. Outlines of areas tell that points lie outside, and
the smallest shift that would bring them in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median
from typing import TypeVar

import shapely

from .coordinates import SYSTEMS
from .ellipsoid import degree_m
from .outlines import Outline

_T = TypeVar("_T")
LatLon = tuple[float, float]
Pair = tuple[LatLon, LatLon]
"""A position as the file has it, and the known WGS-84 position of the same site; both latitude and longitude."""
InArea = tuple[LatLon, Outline]
"""A position as the file has it, and the outline that it should be in."""

MOVED_M, FAR_M = 30.0, 5_000.0
"""Below the first a site counts as unmoved; beyond the second two positions are not those of one site."""
_FEWEST = 3
_ALIKE = 0.25
"""Half of the moved sites differ from the common shift by at most this part of it."""
_OUT_OF_PLACE = 0.2
_MOST_LOOKED_AT = 400
_STEP_M, _STEPS = 100.0, 15
_POINTS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A system that explains a shift: whose positions are in it (文件 or 现有点位), what distance then is left."""

    whose: str
    system: str
    rest_m: float


@dataclass(frozen=True, slots=True)
class Shift:
    """A common shift in metres to the north and east, of so many sites out of those that could be compared."""

    north_m: float
    east_m: float
    moved: int
    compared: int
    explanations: tuple[Explanation, ...] = ()

    @property
    def metres(self) -> float:
        return math.hypot(self.north_m, self.east_m)

    @property
    def direction(self) -> str:
        return direction(self.north_m, self.east_m)


@dataclass(frozen=True, slots=True)
class Outside:
    """How many of the positions lie outside of their areas: as read, and at best by another system or by moving them.

    ``system`` is empty where none explains it. The shift is from where they should be to where they were read; it is
    None where no shift helps either. ``sampled``: there are more positions than were looked at.
    """

    outside: int
    compared: int
    system: str = ""
    then_outside: int = 0
    shift: tuple[float, float] | None = None
    sampled: bool = False


def shift_from_known(pairs: Sequence[Pair], system: str) -> Shift | None:
    """The shift that sites have in common against their known positions; None where they have none.

    ``system`` is the one that the file was read in.
    """
    read = SYSTEMS[system].to_wgs84
    known = [(raw, at) for raw, at in pairs if _metres(at, read(*raw)) <= FAR_M]
    moved = [(raw, at) for raw, at in known if _metres(at, read(*raw)) >= MOVED_M]
    if len(moved) < _FEWEST:
        return None
    north, east = _common(offset_m(at, read(*raw)) for raw, at in moved)
    metres = math.hypot(north, east)
    apart = median(math.hypot(one[0] - north, one[1] - east) for one in (offset_m(at, read(*raw)) for raw, at in moved))
    if metres < MOVED_M or apart > _ALIKE * metres:
        return None
    return Shift(north, east, len(moved), len(known), _explanations(_sample(moved), system, metres))


def outside_of_areas(points: Sequence[InArea], system: str) -> Outside | None:
    """What is to be said where many positions lie outside of the outlines they should be in; else None."""
    looked_at = _sample(points)
    counts = {name: _count_outside(_read(looked_at, name)) for name in SYSTEMS}
    outside, total, sampled = counts[system], len(looked_at), len(looked_at) < len(points)
    if total < _FEWEST or outside <= max(1.0, _OUT_OF_PLACE * total):
        return None
    best = min(counts, key=lambda name: (counts[name], name != system))
    if counts[best] <= outside / 2:
        shift = _common(offset_m(SYSTEMS[best].to_wgs84(*raw), SYSTEMS[system].to_wgs84(*raw)) for raw, _ in looked_at)
        return Outside(outside, total, best, counts[best], shift, sampled)
    moved, back = _best_move(_read(looked_at, system))
    if moved <= outside / 2:
        return Outside(outside, total, "", moved, (-back[0], -back[1]), sampled)
    return Outside(outside, total, sampled=sampled)


def said_of_shift(shift: Shift, system: str) -> str:
    """The shift as a sentence for the importer."""
    told = (
        f"文件里的坐标像是整体偏移了：按{SYSTEMS[system].name}读，与已有位置的{shift.compared}个点位相比，"
        f"有{shift.moved}个一致地偏{shift.direction}约{shift.metres:.0f}米。"
    )
    if not shift.explanations:
        return f"{told}换成其他坐标系也解释不了，请核对坐标的来源。"
    return told + "，也可能".join(map(_explained, shift.explanations)) + "。请核对坐标系。"


def said_of_outside(found: Outside, system: str) -> str:
    """Positions outside of their areas as a sentence for the importer."""
    of = f"{'抽查的' if found.sampled else ''}{found.compared}个点位"
    told = f"按{SYSTEMS[system].name}读，{of}里有{found.outside}个不在所属区域的轮廓内"
    if found.shift is None:
        return f"{told}，请核对坐标系、区域和轮廓。"
    metres = f"约{math.hypot(*found.shift):.0f}米"
    if found.system:
        return (
            f"{told}，整体偏{direction(*found.shift)}{metres}；如果文件是{SYSTEMS[found.system].name}，"
            f"则只有{found.then_outside}个。请核对坐标系。"
        )
    return (
        f"{told}；像是整体偏{direction(*found.shift)}至少{metres}（移回去则只有{found.then_outside}个在外），"
        "换成其他坐标系解释不了，请核对坐标的来源。"
    )


def offset_m(start: LatLon, end: LatLon) -> tuple[float, float]:
    """Metres to the north and to the east from one position to another near by (within some kilometres)."""
    north_m, east_m = degree_m((start[0] + end[0]) / 2)
    return (end[0] - start[0]) * north_m, ((end[1] - start[1] + 180) % 360 - 180) * east_m


def direction(north_m: float, east_m: float) -> str:
    """The nearest of eight points of the compass."""
    return _POINTS[round(math.degrees(math.atan2(east_m, north_m)) / 45) % 8]


def _explanations(pairs: Sequence[Pair], system: str, metres: float) -> tuple[Explanation, ...]:
    """The systems by which less than a quarter of the shift is left, the best first; the file's before the kept."""
    read = SYSTEMS[system].to_wgs84
    found = [
        Explanation("文件", name, median(_metres(at, one.to_wgs84(*raw)) for raw, at in pairs))
        for name, one in SYSTEMS.items()
        if name != system
    ]
    found += [
        Explanation("现有点位", name, median(_metres(one.to_wgs84(*at), read(*raw)) for raw, at in pairs))
        for name, one in SYSTEMS.items()
        if name != "wgs84"
    ]
    good = [one for one in found if one.rest_m <= _ALIKE * metres]
    return tuple(sorted(good, key=lambda one: round(one.rest_m)))


def _explained(one: Explanation) -> str:
    name = SYSTEMS[one.system].name
    left = f"（换算后相差约{one.rest_m:.0f}米）"
    return f"文件像是{name}{left}" if one.whose == "文件" else f"现有点位像是当初没有从{name}换算{left}"


def _common(offsets: Iterable[tuple[float, float]]) -> tuple[float, float]:
    listed = list(offsets)
    return median(north for north, _ in listed), median(east for _, east in listed)


def _metres(one: LatLon, other: LatLon) -> float:
    return math.hypot(*offset_m(one, other))


def _sample(values: Sequence[_T]) -> Sequence[_T]:
    """At most some hundred, spread evenly."""
    return values[:: -(-len(values) // _MOST_LOOKED_AT)] if values else values


def _read(points: Iterable[InArea], system: str) -> Mapping[int, tuple[Outline, list[LatLon]]]:
    """The positions in WGS-84 by the outline that they should be in."""
    found: dict[int, tuple[Outline, list[LatLon]]] = {}
    for raw, outline in points:
        found.setdefault(id(outline), (outline, []))[1].append(SYSTEMS[system].to_wgs84(*raw))
    return found


def _count_outside(points: Mapping[int, tuple[Outline, list[LatLon]]], north: float = 0.0, east: float = 0.0) -> int:
    """How many lie outside, once they are moved by so many degrees."""
    return sum(
        len(listed)
        - int(
            shapely.intersects_xy(
                outline.geometry, [lon + east for _, lon in listed], [lat + north for lat, _ in listed]
            ).sum()
        )
        for outline, listed in points.values()
    )


def _best_move(points: Mapping[int, tuple[Outline, list[LatLon]]]) -> tuple[int, tuple[float, float]]:
    """The smallest of the best moves on a grid, in metres to the north and east, and how many are then outside."""
    middle = median(lat for _, listed in points.values() for lat, _ in listed)
    north_degree, east_degree = degree_m(middle)
    grid = [step * _STEP_M for step in range(-_STEPS, _STEPS + 1)]
    tried = (
        (_count_outside(points, north / north_degree, east / east_degree), math.hypot(north, east), (north, east))
        for north, east in product(grid, grid)
    )
    outside, _, move = min(tried)
    return outside, move
