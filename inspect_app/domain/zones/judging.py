"""Whether premises lie within a radius of a site: from its boundary, from its gate, or on foot (docs/use/zones.md).

What is not known is uncertainty: how well the positions are known, how far a site known by one point may reach, where
on a boundary the gate is. Only what holds in the worst case is said for sure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import shapely

from ..place.outlines import Ground, Outline, outline_distance_m
from ..place.positions import Located, Place, distance_m
from ..place.proximity import Within, within_radius

MEASURES = {"boundary": "到校园边界的直线距离", "gate": "到校门的直线距离", "walk": "到校门的步行距离"}
WALK_ERROR = {"wheel": 0.01, "track": 0.05}
"""What a walked reading may be wrong by, as a share: a measuring wheel, a track of a phone's positions."""
WALK_TITLES = {"wheel": "测距轮", "track": "手机轨迹"}


@dataclass(frozen=True, slots=True)
class Walk:
    """A walked way between the entrances: its length in metres, and how it was read (a key of ``WALK_ERROR``).

    ``ends_m`` is how well its two ends are known together, in metres.
    """

    metres: float
    by: str
    ends_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer: metres from the site between ``low_m`` and ``high_m``, by the named way of measuring.

    ``bound`` says that the true distance by the rule's measure may be larger than what could be measured.
    """

    within: Within
    low_m: float
    high_m: float
    radius_m: float
    measured: str
    bound: bool = False

    @property
    def metres(self) -> float:
        return (self.low_m + self.high_m) / 2

    @property
    def interval(self) -> str:
        """Like 143±8米; 至少 where the way may be longer."""
        return f"{'至少' if self.bound else ''}{self.metres:.0f}±{(self.high_m - self.low_m) / 2:.0f}米"

    def __str__(self) -> str:
        return f"{self.measured}{self.interval}，限{self.radius_m:.0f}米：{self.within.label}"


def judge_distance(
    premises: Located,
    origin: Place | Ground,
    radius_m: float,
    measure: str = "boundary",
    reach_m: float = 0.0,
    walk: Walk | None = None,
) -> Judged:
    """Whether premises are within ``radius_m`` metres of a site, by a way of measuring (a key of ``MEASURES``).

    Both positions are uncertain, and a site known by one point may reach ``reach_m`` metres from it. Where the walking
    distance rules, the straight line is only its lower bound: farther than the radius is surely outside, nearer is open
    until the way was walked.
    """
    ground = origin if isinstance(origin, Ground) else Ground(None, origin.accuracy_m, origin)
    if measure == "walk":
        return _judge_walk(premises, ground, radius_m, reach_m, walk)
    low, high = _straight(premises, ground, measure, reach_m)
    return Judged(_answer(low, high, radius_m), low, high, radius_m, MEASURES[measure])


def _judge_walk(premises: Located, ground: Ground, radius_m: float, reach_m: float, walk: Walk | None) -> Judged:
    low, high = _straight(premises, ground, "gate" if ground.gates else "boundary", reach_m)
    if walk is None:
        within = Within.OUTSIDE if low > radius_m else Within.UNCERTAIN
        return Judged(within, low, high, radius_m, "直线距离", bound=True)
    shortest = low
    low, high = _around(walk.metres, walk.metres * WALK_ERROR[walk.by] + walk.ends_m)
    # No way is shorter than the straight line: such a reading settles nothing.
    within = Within.UNCERTAIN if high < shortest else _answer(low, high, radius_m)
    return Judged(within, low, high, radius_m, f"{MEASURES['walk']}（{WALK_TITLES[walk.by]}）")


def _straight(premises: Located, ground: Ground, measure: str, reach_m: float) -> tuple[float, float]:
    """The least and the greatest that the straight line may be, in metres."""
    unsure = premises.accuracy_m + ground.accuracy_m
    if measure == "gate" and ground.gates:
        return _around(min(distance_m(gate, premises) for gate in ground.gates), unsure)
    if ground.outline is not None:
        low, high = _around(outline_distance_m(ground.outline, premises.lat, premises.lon), unsure)
        # A gate is somewhere on the boundary: between its nearest and its farthest point.
        return (low, _farthest_m(ground.outline, premises) + unsure) if measure == "gate" else (low, high)
    places: Iterable[Located] = ground.gates or ((ground.place,) if ground.place else ())
    low, high = _around(min(distance_m(place, premises) for place in places), unsure)
    return max(0.0, low - reach_m), high + (reach_m if measure == "gate" else 0.0)


def _farthest_m(outline: Outline, premises: Located) -> float:
    """Metres to the farthest point of an outline, which is a corner of its hull."""
    corners = shapely.get_coordinates(outline.geometry.convex_hull)
    return max(distance_m(Place(lat, lon, 0.0), premises) for lon, lat in corners)


def _around(metres: float, unsure: float) -> tuple[float, float]:
    return max(0.0, metres - unsure), metres + unsure


def _answer(low: float, high: float, radius_m: float) -> Within:
    return within_radius((low + high) / 2, (high - low) / 2, radius_m)
