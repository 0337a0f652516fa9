"""Which registered premises lie in a school's zone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from ...domain.place.outlines import bounds
from ...domain.place.positions import Place
from ...domain.place.proximity import Within
from ...domain.zones.files import ZoneRule, ZoneRules
from ...domain.zones.judging import Judged
from ...domain.zones.premises_files import RegisteredPremises
from ...domain.zones.school_zones import School, judge, school_of
from ...store import Store
from ..place.register import all_sites

SCHOOLS = "school-perimeter"
"""The site type whose sites are schools."""
_METRES_PER_DEGREE = 110_500.0
"""Fewer than there are anywhere along a meridian, so that a box is never too small."""


@dataclass(frozen=True, slots=True)
class InZone:
    """Premises that are, or may be, inside a school's zone."""

    premises: RegisteredPremises
    school: School
    rule: ZoneRule
    judged: Judged


def registered_schools(store: Store) -> list[School]:
    """The active sites around schools of which something is known where they are."""
    sites = (site for site in all_sites(store, active_only=True) if site.site_type == SCHOOLS)
    return [school for site in sites if (school := school_of(site))]


def audit_zones(premises: Sequence[RegisteredPremises], schools: Sequence[School], rules: ZoneRules) -> list[InZone]:
    """All premises that are inside a zone of a school or too close to say, by row, the surest and nearest first.

    A spatial index finds the few schools near each; only those are measured.
    """
    rules_of = {category: rules.of(category) for category in {one.category for one in premises}}
    found = [
        InZone(one, school, rule, judged)
        for one, school in _near(premises, schools, rules)
        for rule in rules_of[one.category]
        if school.kind in rule.schools
        if (judged := judge(one, school, rule, rules.point_reach_m)).within is not Within.OUTSIDE
    ]
    return sorted(found, key=lambda one: (one.premises.row, one.judged.within != Within.INSIDE, one.judged.low_m))


def unnamed_categories(premises: Sequence[RegisteredPremises], rules: ZoneRules) -> list[str]:
    """Categories of a register that no rule speaks of: the most frequent first."""
    counts: dict[str, int] = {}
    for one in premises:
        if not rules.of(one.category):
            counts[one.category] = counts.get(one.category, 0) + 1
    return sorted(counts, key=lambda category: -counts[category])


def _near(
    premises: Sequence[RegisteredPremises], schools: Sequence[School], rules: ZoneRules
) -> Iterator[tuple[RegisteredPremises, School]]:
    if not premises or not schools:
        return
    boxes = [_box(school, rules.farthest_m + rules.point_reach_m + school.accuracy_m) for school in schools]
    tree = shapely.STRtree(boxes)
    lat, lon = (np.array([getattr(one, name) for one in premises]) for name in ("lat", "lon"))
    high = np.array([one.accuracy_m for one in premises]) / _METRES_PER_DEGREE
    wide = high / np.maximum(0.01, np.cos(np.radians(lat)))
    asked = shapely.box(lon - wide, lat - high, lon + wide, lat + high)
    for one, school in zip(*tree.query(asked), strict=True):
        yield premises[one], schools[school]


def _box(school: School, metres: float) -> object:
    """All that may be within so many metres of any point of a school."""
    south, west, north, east = _extent(school)
    high = metres / _METRES_PER_DEGREE
    wide = high / max(0.01, math.cos(math.radians(max(abs(south), abs(north)) + high)))
    return shapely.box(west - wide, south - high, east + wide, north + high)


def _extent(school: School) -> tuple[float, float, float, float]:
    places: list[Place] = [*school.gates, *([school.place] if school.place else [])]
    south, west, north, east = bounds(school.outline) if school.outline else (90.0, 180.0, -90.0, -180.0)
    return (
        min([south, *(one.lat for one in places)]),
        min([west, *(one.lon for one in places)]),
        max([north, *(one.lat for one in places)]),
        max([east, *(one.lon for one in places)]),
    )
