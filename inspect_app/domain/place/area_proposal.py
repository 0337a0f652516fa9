"""Which area a position lies in: inside one, outside all, or too close to a border to say. Proposed, never decided."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import shapely
from shapely import STRtree, box

from .areas import LEVELS, Area, AreaTree
from .ellipsoid import degree_m
from .outlines import Outline, bounds, contains, inside_of, outline_distance_m
from .positions import Located
from .proximity import Within

_PROPOSED = (12, 9)
"""The levels proposed, by the digits of their codes, the smallest areas first."""
_NAMED = 3
_METRES_PER_DEGREE = 110_500.0
"""Of latitude, no more than anywhere on earth, so that a search by degrees misses nothing."""


@dataclass(frozen=True, slots=True)
class CandidateArea:
    """An area in which the position may lie, and the metres from the position as measured to it (0 inside)."""

    code: str
    name: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class AreaProposal:
    """The answer for one level. INSIDE has one candidate, OUTSIDE none; of UNCERTAIN the nearest comes first."""

    level: str
    within: Within
    candidates: tuple[CandidateArea, ...]

    @property
    def area(self) -> str | None:
        """The area's code, where there is no doubt."""
        return self.candidates[0].code if self.within is Within.INSIDE else None


class AreaFinder:
    """The areas with outlines, to be found by position. Made once for many questions."""

    def __init__(self, tree: AreaTree, outlines: Mapping[str, Outline]) -> None:
        self.tree = tree
        self._outlines = {code: outline for code, outline in outlines.items() if code in tree}
        self._levels = {digits: _Level(self._of(digits)) for digits in _PROPOSED if self._of(digits)}

    def __len__(self) -> int:
        """How many areas can be found."""
        return sum(len(level.areas) for level in self._levels.values())

    def proposals(self, position: Located) -> tuple[AreaProposal, ...]:
        """For each level that has outlines at all, the smallest areas first."""
        return tuple(level.proposal(LEVELS[digits], position) for digits, level in self._levels.items())

    def disagreement(self, position: Located, area: str, whose: str = "点位所属") -> str:
        """What is to be said where a position is certainly not in the area that it should be in; else empty.

        ``whose`` says in words whose area that is. The street comes before the community: it is the wider question.
        Without outlines nothing can be said.
        """
        found = (self._disagreement(position, one, whose) for one in self.tree.path(area))
        return next((sentence for sentence in found if sentence), "")

    def _disagreement(self, position: Located, expected: Area, whose: str) -> str:
        level, own = self._levels.get(len(expected.code)), self._outlines.get(expected.code)
        # Nearly all photos are where they should be, and that is quickly told.
        if level is None or (own and contains(own, position.lat, position.lon)):
            return ""
        proposal = level.proposal(expected.level, position)
        if expected.code in {candidate.code for candidate in proposal.candidates}:
            return ""
        if own is None and proposal.within is not Within.INSIDE:
            return ""
        where = "或".join(candidate.name for candidate in proposal.candidates[:_NAMED])
        away = f"（距其边界约{_about_m(own, position):.0f}米）" if own else ""
        if not where:
            return f"照片位置不在{whose}{expected.name}内{away}，也不在其他已有轮廓的{_kind(expected)}内"
        where += "内" if proposal.within is Within.INSIDE else "边界附近"
        return f"照片位置在{where}，与{whose}{expected.name}不一致{away}"

    def _of(self, digits: int) -> dict[str, tuple[Area, Outline]]:
        """The areas of one level that have outlines."""
        return {
            code: (area, outline)
            for code, outline in self._outlines.items()
            if len(code) == digits and (area := self.tree.get(code))
        }


class _Level:
    """The areas of one level in a spatial index of their bounding boxes."""

    def __init__(self, areas: Mapping[str, tuple[Area, Outline]]) -> None:
        self.areas = list(areas.values())
        self._index = STRtree([_box(outline) for _, outline in self.areas])

    def proposal(self, level: str, position: Located) -> AreaProposal:
        near = [self.areas[int(number)] for number in self._index.query(_around(position))]
        possible = [
            (distance, area, outline)
            for area, outline in near
            if (distance := _distance_within(outline, position)) is not None
        ]
        if not possible:
            return AreaProposal(level, Within.OUTSIDE, ())
        possible.sort(key=lambda one: (one[0], one[1].code))
        candidates = tuple(CandidateArea(area.code, area.name, distance) for distance, area, _ in possible)
        sure = len(possible) == 1 and _surely_inside(possible[0][2], position)
        return AreaProposal(level, Within.INSIDE if sure else Within.UNCERTAIN, candidates)


def _distance_within(outline: Outline, position: Located) -> float | None:
    """Metres to an outline, 0 inside; None where that is more than the position's accuracy."""
    if contains(outline, position.lat, position.lon):
        return 0.0
    if _clearly_beyond(outline, position):
        return None
    distance = outline_distance_m(outline, position.lat, position.lon)
    return distance if distance <= position.accuracy_m else None


def _surely_inside(outline: Outline, position: Located) -> bool:
    if _clearly_beyond(outline, position):
        return contains(outline, position.lat, position.lon)
    return inside_of(outline, position) is Within.INSIDE


def _clearly_beyond(outline: Outline, position: Located) -> bool:
    """Whether the border is so far that measuring it exactly, which takes long, could not change the answer."""
    return _about_m(outline, position) > position.accuracy_m * 1.01 + 1


def _about_m(outline: Outline, position: Located) -> float:
    """Metres to the border on a plane about the position: within a hundredth for tens of kilometres."""
    tall, wide = degree_m(position.lat)
    plane = shapely.transform(outline.geometry, lambda corners: (corners - (position.lon, position.lat)) * (wide, tall))
    return float(shapely.distance(shapely.boundary(plane), shapely.Point(0, 0)))


def _kind(area: Area) -> str:
    return "社区" if area.level == "社区" else "街道乡镇"


def _box(outline: Outline) -> object:
    south, west, north, east = bounds(outline)
    return box(west, south, east, north)


def _around(position: Located) -> object:
    """A box that holds all that is within the position's accuracy."""
    tall = position.accuracy_m / _METRES_PER_DEGREE + 1e-9
    # Near a pole a circle spans all meridians.
    shrinking = math.cos(math.radians(min(89.9, abs(position.lat) + tall)))
    wide = min(360.0, tall / shrinking)
    return box(position.lon - wide, position.lat - tall, position.lon + wide, position.lat + tall)
