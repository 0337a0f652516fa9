"""Positions shifted as a whole: the shift is estimated, and the system that explains it is named."""

from __future__ import annotations

import math
import random

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given
from hypothesis import strategies as st

from inspect_app.domain.place.coordinates import SYSTEMS, gcj02_to_bd09, wgs84_to_gcj02
from inspect_app.domain.place.shift import (
    direction,
    offset_m,
    outside_of_areas,
    said_of_outside,
    said_of_shift,
    shift_from_known,
)
from tests.domain.place.areas_drawn import NORTH, SOUTH, WEST_OF, WIDE, A, outline, street

FROM_WGS84 = {
    "wgs84": lambda lat, lon: (lat, lon),
    "gcj02": wgs84_to_gcj02,
    "bd09": lambda lat, lon: gcj02_to_bd09(*wgs84_to_gcj02(lat, lon)),
}
cities = st.tuples(st.floats(22, 45), st.floats(85, 125))
systems = st.sampled_from(tuple(SYSTEMS))


def moved(at, north: float, east: float):
    """A position so many metres to the north and east, by geographiclib."""
    line = Geodesic.WGS84.Direct(*at, math.degrees(math.atan2(east, north)), math.hypot(north, east))
    return line["lat2"], line["lon2"]


def town(seed: int, city, count: int = 30):
    rng = random.Random(seed)
    return [moved(city, rng.uniform(-8000, 8000), rng.uniform(-8000, 8000)) for _ in range(count)]


def shaken(at, rng: random.Random, metres: float = 15.0):
    return moved(at, rng.gauss(0, metres / 2), rng.gauss(0, metres / 2))


@given(city=cities, true=systems, said=systems, seed=st.integers(0, 999))
def test_the_wrong_system_is_found_out_and_the_right_one_raises_nothing(city, true, said, seed):
    rng = random.Random(seed)
    known = town(seed, city)
    pairs = [(FROM_WGS84[true](*shaken(at, rng)), at) for at in known]
    shift = shift_from_known(pairs, said)
    if true == said:
        assert shift is None
        return
    expected = math.hypot(*offset_m(city, SYSTEMS[said].to_wgs84(*FROM_WGS84[true](*city))))
    assume(expected > 150)
    assert shift is not None
    assert (shift.moved, shift.compared) == (len(known), len(known))
    assert true in [one.system for one in shift.explanations if one.whose == "文件"]
    assert shift.metres == pytest.approx(expected, rel=0.25, abs=30)


@given(city=cities, north=st.floats(-900, 900), east=st.floats(-900, 900), seed=st.integers(0, 999))
def test_a_shift_that_no_system_explains_is_measured(city, north, east, seed):
    """Against geographiclib: within five metres and a hundredth."""
    assume(math.hypot(north, east) > 100)
    rng = random.Random(seed)
    shift = shift_from_known([(shaken(moved(at, north, east), rng, 5), at) for at in town(seed, city)], "wgs84")
    assert shift is not None
    assert (shift.north_m, shift.east_m) == pytest.approx((north, east), abs=5, rel=0.01)


@given(city=cities, seed=st.integers(0, 999))
def test_sites_corrected_each_in_its_own_direction_are_no_shift(city, seed):
    rng = random.Random(seed)
    known = town(seed, city)
    turns = [rng.uniform(0, math.tau) for _ in known]
    pairs = [(moved(at, 200 * math.cos(turn), 200 * math.sin(turn)), at) for at, turn in zip(known, turns, strict=True)]
    assert shift_from_known(pairs, "wgs84") is None


def test_a_few_shifted_among_many_that_stayed_are_seen_and_two_are_not_enough():
    known = town(1, (30.31, 112.24), 40)
    pairs = [(at if number >= 5 else wgs84_to_gcj02(*at), at) for number, at in enumerate(known)]
    shift = shift_from_known(pairs, "wgs84")
    assert shift is not None
    assert (shift.moved, shift.compared) == (5, 40)
    assert shift_from_known(pairs[3:], "wgs84") is None
    assert shift_from_known([], "gcj02") is None


def test_the_sentence_names_metres_direction_and_system():
    """Jingzhou: GCJ-02 lies 618 m from WGS-84 at 117°, which is nearest to south-east."""
    known = town(2, (30.31, 112.24))
    shift = shift_from_known([(wgs84_to_gcj02(*at), at) for at in known], "wgs84")
    assert shift is not None
    line = Geodesic.WGS84.Inverse(30.31, 112.24, *wgs84_to_gcj02(30.31, 112.24))
    assert shift.metres == pytest.approx(line["s12"], rel=0.05)
    said = said_of_shift(shift, "wgs84")
    assert 112.5 < line["azi1"] < 157.5
    assert "偏东南约" in said
    assert "30个点位相比，有30个" in said
    assert "文件像是GCJ-02（换算后相差约0米）" in said


def test_kept_sites_that_were_never_converted_are_an_explanation_too():
    known = town(3, (30.31, 112.24))
    shift = shift_from_known([(at, wgs84_to_gcj02(*at)) for at in known], "wgs84")
    assert shift is not None
    assert [(one.whose, one.system) for one in shift.explanations] == [("现有点位", "gcj02")]
    assert "现有点位像是当初没有从GCJ-02换算" in said_of_shift(shift, "wgs84")


STREET = outline(street(A))


def in_street(seed: int, north: float = 0.0, east: float = 0.0):
    rng = random.Random(seed)
    inner = 0.0005
    points = [
        (rng.uniform(SOUTH + inner, NORTH - inner), rng.uniform(WEST_OF[A] + inner, WEST_OF[A] + WIDE - inner))
        for _ in range(200)
    ]
    return [(moved(at, north, east), STREET) for at in points]


@pytest.mark.parametrize("true", SYSTEMS)
@pytest.mark.parametrize("said", SYSTEMS)
def test_outlines_tell_the_system(true, said):
    found = outside_of_areas([(FROM_WGS84[true](*at), area) for at, area in in_street(4)], said)
    if true == said:
        assert found is None
        return
    assert found is not None
    assert found.system == true
    assert found.then_outside <= 2
    assert math.hypot(*found.shift) == pytest.approx(
        math.hypot(*offset_m((30.31, 112.24), SYSTEMS[said].to_wgs84(*FROM_WGS84[true](30.31, 112.24)))), rel=0.1
    )


def test_a_shift_out_of_the_outlines_by_no_system_is_estimated_from_below():
    found = outside_of_areas(in_street(5, north=1000, east=-700), "wgs84")
    assert found is not None
    assert found.system == ""
    assert found.shift == pytest.approx((1000, -700), abs=160)
    said = said_of_outside(found, "wgs84")
    assert "偏西北至少约" in said
    assert "解释不了" in said


def test_points_that_lie_nowhere_near_are_said_without_a_shift():
    found = outside_of_areas(in_street(6, north=40_000), "wgs84")
    assert found is not None
    assert found.shift is None
    assert "200个不在所属区域的轮廓内，请核对" in said_of_outside(found, "wgs84")


def test_a_few_outside_are_no_advice():
    points = in_street(7)
    assert outside_of_areas([*points[:180], *in_street(7, north=9000)[:20]], "wgs84") is None
    assert outside_of_areas([], "wgs84") is None


@pytest.mark.parametrize(("north", "east", "said"), [(1, 0, "北"), (1, 1, "东北"), (-1, 0.1, "南"), (0.2, -1, "西")])
def test_directions(north, east, said):
    assert direction(north, east) == said
