"""Invented answers for any checklist: by method, so that a new checklist has demonstration data by itself."""

from __future__ import annotations

import math
import random
from datetime import datetime

from ..domain.checklists.checklist import Checklist, Item, PhotoRule
from ..domain.checklists.method import Scene
from ..domain.checklists.methods import method_of
from ..domain.checklists.scoring import ItemScore
from ..domain.place.positions import Fix, Place, fix_to_json
from .sites import MARK
from .visits import DemoVisit

_NOTES = ("持续时间较长", "位于路段中部", "上周同一处也有", "面积不大，容易整改", "早高峰时段较多")
_NO_PHOTO = "现场人员密集，不便拍照"
_METRES_PER_DEGREE = 111_320


def demo_values(checklist: Checklist, visit: DemoVisit) -> dict[str, object]:
    """A value for every item in the form that a submission has; each item is in order with the visit's quality."""
    rng = visit.rng("values")
    scene = _scene(visit, rng)
    return {item.id: method_of(item).invent(item.rule, rng.random() < visit.quality, scene) for item in checklist.items}


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


def fix_near(place: Place, metres: float, at: datetime, rng: random.Random) -> dict[str, object]:
    """A phone's position so many metres from a place, in any direction, as a submission has it."""
    direction, accuracy = rng.uniform(0, 2 * math.pi), rng.uniform(4, 25)
    north, east = metres * math.cos(direction), metres * math.sin(direction)
    lat = place.lat + north / _METRES_PER_DEGREE
    lon = place.lon + east / (_METRES_PER_DEGREE * math.cos(math.radians(place.lat)))
    return fix_to_json(Fix(round(lat, 6), round(lon, 6), round(accuracy, 1), "browser", at))


def _scene(visit: DemoVisit, rng: random.Random) -> Scene:
    place = visit.site.place
    return Scene(rng, None if place is None else lambda metres: fix_near(place, metres, visit.started_at, rng), MARK)
