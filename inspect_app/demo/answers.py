"""Invented answers for any checklist: by method, so that a new checklist has demonstration data by itself."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..domain.checklists.checklist import (
    Checklist,
    GradeRule,
    Item,
    MeasureRule,
    Method,
    OccurrencesRule,
    PhotoRule,
    ProximityRule,
    RatioRule,
)
from ..domain.checklists.scoring import ItemScore
from ..domain.place.positions import Fix, Place, fix_to_json
from .sites import MARK
from .visits import Visit

_NOTES = ("持续时间较长", "位于路段中部", "上周同一处也有", "面积不大，容易整改", "早高峰时段较多")
_NO_PHOTO = "现场人员密集，不便拍照"
_METRES_PER_DEGREE = 111_320


def demo_values(checklist: Checklist, visit: Visit) -> dict[str, Any]:
    """A value for every item in the form that a submission has; each item is in order with the visit's quality."""
    rng = visit.rng("values")
    return {
        item.id: _VALUES[item.method](item.rule, rng.random() < visit.quality, visit, rng) for item in checklist.items
    }


def demo_remarks(item: Item, score: ItemScore, rng: random.Random) -> tuple[dict[str, str], int]:
    """Note and reason without a photo as an answer has them, and how many photos to take of the item."""
    if item.photo is PhotoRule.ALWAYS and score.state != "na":
        return {}, 1
    if not score.failed:
        return {}, 0
    remarks = {"note": MARK + rng.choice(_NOTES)} if rng.random() < 0.6 else {}
    if item.photo is PhotoRule.ON_FAILURE and rng.random() < 0.05:
        return {**remarks, "no_photo_reason": MARK + _NO_PHOTO}, 0
    return remarks, rng.choice((1, 1, 1, 2))


def fix_near(place: Place, metres: float, at: datetime, rng: random.Random) -> dict[str, Any]:
    """A phone's position so many metres from a place, in any direction, as a submission has it."""
    direction, accuracy = rng.uniform(0, 2 * math.pi), rng.uniform(4, 25)
    north, east = metres * math.cos(direction), metres * math.sin(direction)
    lat = place.lat + north / _METRES_PER_DEGREE
    lon = place.lon + east / (_METRES_PER_DEGREE * math.cos(math.radians(place.lat)))
    return fix_to_json(Fix(round(lat, 6), round(lon, 6), round(accuracy, 1), "browser", at))


def _compliance(rule: Any, good: bool, visit: Visit, rng: random.Random) -> str:
    return "na" if rng.random() < 0.05 else "pass" if good else "fail"


def _occurrences(rule: OccurrencesRule, good: bool, visit: Visit, rng: random.Random) -> int:
    return 0 if good else rng.randint(1, min(4, math.ceil(1 / rule.deduct)))


def _ratio(rule: RatioRule, good: bool, visit: Visit, rng: random.Random) -> dict[str, Any]:
    of = max(1, rule.minimum // 2) if rng.random() < 0.05 else rule.minimum + rng.randrange(16)
    share = rng.uniform(0.95, 1) if good else rng.uniform(0.5, 0.9)
    seen = [(rng.choice(rule.classes).id if rule.classes else "", rng.random() < share) for _ in range(of)]
    counts = {
        id: {"yes": sum(yes for kind, yes in seen if kind == id), "of": sum(kind == id for kind, _ in seen)}
        for id in ([entry.id for entry in rule.classes] or [""])
    }
    return counts if rule.classes else counts[""]


def _grade(rule: GradeRule, good: bool, visit: Visit, rng: random.Random) -> str:
    worse = rule.grades[1:] or rule.grades
    return rule.grades[0].key if good else rng.choices(worse, [2.0**-step for step in range(len(worse))])[0].key


def _measure(rule: MeasureRule, good: bool, visit: Visit, rng: random.Random) -> float:
    low, high = rule.at_least, rule.at_most
    step = 1.0 if all(bound is None or bound.is_integer() for bound in (low, high)) else 0.1
    away = step * rng.randint(1, 3)
    if good:
        middle = low if low is not None else (high or 0.0) - away
        return round(min(middle + (away if high is None else 0.0), high if high is not None else math.inf), 3)
    return round(max(0.0, low - away) if low is not None else (high or 0.0) + away, 3)


def _proximity(rule: ProximityRule, good: bool, visit: Visit, rng: random.Random) -> list[dict[str, Any]]:
    """Nothing; or premises inside the radius, outside it, or so near to it that nobody can tell."""
    if good or visit.site.place is None:
        return []
    category = rng.choice(rule.categories)
    metres = rule.radius_m * rng.choice((0.5, 0.75, 1.0, 1.0, 1.4))
    fix = fix_near(visit.site.place, metres, visit.started_at, rng)
    return [{"category": category.id, "name": MARK + category.label, "fix": fix}]


_VALUES: dict[Method, Callable[[Any, bool, Visit, random.Random], Any]] = {
    Method.COMPLIANCE: _compliance,
    Method.OCCURRENCES: _occurrences,
    Method.RATIO: _ratio,
    Method.GRADE: _grade,
    Method.MEASURE: _measure,
    Method.PROXIMITY: _proximity,
}
