"""Premises around schools (条款(四)7(4)): inside, outside or too close to say, by the rule's own way of measuring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .outlines import Outline, outline_distance_m
from .positions import Located, Place, distance_m
from .proximity import Within, within_radius
from .sites import Site
from .zone_files import MEASURES, ZoneRule

KINDERGARTEN = "幼儿园"
WALK_ERROR = {"wheel": 0.01, "track": 0.05}
"""What a walked reading may be wrong by, as a share: a measuring wheel, a track of a phone's positions."""


@dataclass(frozen=True, slots=True)
class School:
    """A school: what is known of its ground. ``accuracy_m`` is how well outline, gates and place are known."""

    name: str
    kind: str
    place: Place | None
    outline: Outline | None = None
    gates: tuple[Place, ...] = ()
    accuracy_m: float = 5.0


@dataclass(frozen=True, slots=True)
class Walk:
    """A walked way between the entrances: its length in metres, and how it was read (a key of ``WALK_ERROR``)."""

    metres: float
    by: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer: metres from the school between ``low_m`` and ``high_m``, by the named way of measuring.

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

    def __str__(self) -> str:
        half = (self.high_m - self.low_m) / 2
        least = "至少" if self.bound else ""
        return f"{self.measured}{least}{self.metres:.0f}±{half:.0f}米，限{self.radius_m:.0f}米：{self.within.label}"


def school_of(site: Site) -> School | None:
    """A site as a school; None where nothing is known of where it is. Its name says whether it is a kindergarten."""
    if site.outline is None and site.place is None and not site.gates:
        return None
    kind = KINDERGARTEN if KINDERGARTEN in site.name else "中小学"
    accuracy_m = site.place.accuracy_m if site.place else 5.0
    return School(site.name, kind, site.place, site.outline, site.gates, accuracy_m)


def judge(premises: Located, school: School, rule: ZoneRule, point_reach_m: float, walk: Walk | None = None) -> Judged:
    """Whether premises are inside the rule's radius of a school, as the rule measures.

    Both positions are uncertain, and what is not known of the school's ground is uncertainty, too: a school known by
    one point may reach ``point_reach_m`` metres from it. Where the walking distance rules, the straight line is only
    its lower bound: farther than the radius is surely outside, nearer is open until the way was walked.
    """
    if rule.measure == "walk":
        return _judge_walk(premises, school, rule, point_reach_m, walk)
    low, high = _straight(premises, school, rule.measure, point_reach_m)
    return Judged(_answer(low, high, rule.radius_m), low, high, rule.radius_m, MEASURES[rule.measure])


def _judge_walk(premises: Located, school: School, rule: ZoneRule, point_reach_m: float, walk: Walk | None) -> Judged:
    if walk is not None:
        error = walk.metres * WALK_ERROR[walk.by]
        low, high = walk.metres - error, walk.metres + error
        return Judged(_answer(low, high, rule.radius_m), low, high, rule.radius_m, MEASURES["walk"])
    low, high = _straight(premises, school, "gate" if school.gates else "boundary", point_reach_m)
    within = Within.OUTSIDE if low > rule.radius_m else Within.UNCERTAIN
    return Judged(within, low, high, rule.radius_m, "直线距离", bound=True)


def _straight(premises: Located, school: School, measure: str, point_reach_m: float) -> tuple[float, float]:
    """The least and the greatest that the straight line may be, in metres."""
    unsure = premises.accuracy_m + school.accuracy_m
    if measure == "gate" and school.gates:
        return _around(min(distance_m(gate, premises) for gate in school.gates), unsure)
    if school.outline is not None:
        low, high = _around(outline_distance_m(school.outline, premises.lat, premises.lon), unsure)
        # A gate is somewhere on the boundary: no nearer than its nearest point, no farther than the outline is large.
        return (low, high + point_reach_m) if measure == "gate" else (low, high)
    places: Iterable[Located] = school.gates or ((school.place,) if school.place else ())
    low, high = _around(min(distance_m(place, premises) for place in places), unsure)
    return max(0.0, low - point_reach_m), high


def _around(metres: float, unsure: float) -> tuple[float, float]:
    return max(0.0, metres - unsure), metres + unsure


def _answer(low: float, high: float, radius_m: float) -> Within:
    return within_radius((low + high) / 2, (high - low) / 2, radius_m)
