"""A site's shape as JSON: read back the same, and refused whole where any part of it is wrong."""

from __future__ import annotations

import math

import pytest

from inspect_app.domain.place.positions import Place
from inspect_app.domain.place.site_shape import shape_to_json, with_shape
from inspect_app.domain.place.sites import Site
from inspect_app.wording import say

LAT, LON = 30.3105, 112.2412
SITE = Site("s-1", "实验小学", "school-perimeter", "421002001", Place(LAT, LON, 5.0))
RING = [[LON, LAT], [LON + 0.001, LAT], [LON + 0.001, LAT + 0.001], [LON, LAT]]
PLACE = {"lat": LAT, "lon": LON, "accuracy_m": 5.0}
WHOLE = {"place": PLACE, "outline": {"type": "Polygon", "coordinates": [RING]}, "gates": [PLACE]}


def test_a_shape_is_read_back_the_same():
    shaped = with_shape(SITE, WHOLE)
    assert isinstance(shaped, Site)
    assert shape_to_json(shaped) == WHOLE
    assert with_shape(SITE, shape_to_json(shaped)) == shaped
    assert (shaped.name, shaped.area) == (SITE.name, SITE.area)


def test_everything_may_be_taken_away_and_a_road_is_a_line():
    bare = with_shape(SITE, {"place": None, "outline": None, "gates": []})
    assert isinstance(bare, Site)
    assert bare.ground is None
    road = with_shape(SITE, {"outline": {"type": "LineString", "coordinates": RING[:3]}})
    assert isinstance(road, Site)
    assert road.outline
    assert road.outline.kind == "LineString"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"x": 1}, "形状 x"),
        ({"place": {"lat": 91, "lon": LON}}, "登记位置 lat"),
        ({"place": {"lat": math.nan, "lon": LON}}, "登记位置 lat"),
        ({"place": {"lat": True, "lon": LON}}, "登记位置 lat"),
        ({"place": 7}, "登记位置"),
        ({"place": {**PLACE, "name": "x"}}, "登记位置 name"),
        ({"gates": 7}, "校门"),
        ({"gates": [PLACE] * 31}, "校门"),
        ({"gates": [PLACE, {"lat": LAT}]}, "第2个校门 lon"),
        ({"outline": {"type": "Point", "coordinates": [LON, LAT]}}, "边界"),
        ({"outline": {"type": "Polygon", "coordinates": [RING[:2]]}}, "边界"),
        ({"gates": [{**PLACE, "lat": LAT + 1}]}, "第1个校门"),
        ({"place": {**PLACE, "lat": LAT + 1}}, "登记位置"),
    ],
)
def test_one_wrong_part_refuses_the_whole(change, where):
    problems = with_shape(SITE, {**WHOLE, **change})
    assert isinstance(problems, list)
    assert where in [say(problem).where for problem in problems]
    assert isinstance(with_shape(SITE, 7), list)
