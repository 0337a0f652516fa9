"""GCJ-02 and BD-09: published test points, exact inverses, untouched outside China."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.place.coordinates import bd09_to_gcj02, gcj02_to_bd09, gcj02_to_wgs84, wgs84_to_gcj02
from inspect_app.domain.place.positions import Place, distance_m

LAT, LON = st.floats(3.5, 53.6), st.floats(73.4, 135.1)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
        ((39.915, 116.404), (39.91640428150164, 116.41024449916938)),
        ((39.7392, -104.9903), (39.7392, -104.9903)),
        ((-27.4698, 153.0251), (-27.4698, 153.0251)),
        ((35.681236, 139.767125), (35.681236, 139.767125)),
    ],
)
def test_points_published_with_eviltransform_and_coordtransform(wgs84, gcj02):
    assert wgs84_to_gcj02(*wgs84) == pytest.approx(gcj02, abs=1e-9)


def test_bd09_points_published_with_coordtransform():
    assert gcj02_to_bd09(39.915, 116.404) == pytest.approx((39.92133699351021, 116.41036949371029), abs=1e-9)


def apart(a: tuple[float, float], b: tuple[float, float]) -> float:
    return distance_m(Place(*a, 0), Place(*b, 0))


RIM = (0.8293, 55.8271), (72.004, 137.8347)


def test_there_and_back_is_the_same_place_up_to_the_rim_of_the_rectangle():
    """Points on the rim, a metre, ten metres … twenty kilometres inside, all around; the shift leads over the rim."""
    (south, north), (west, east) = RIM
    for inside in (0.0, 1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.2):
        for part in range(101):
            lat, lon = south + (north - south) * part / 100, west + (east - west) * part / 100
            for point in ((lat, west + inside), (lat, east - inside), (south + inside, lon), (north - inside, lon)):
                at = min(max(point[0], south), north), min(max(point[1], west), east)
                assert apart(gcj02_to_wgs84(*wgs84_to_gcj02(*at)), at) < 0.01, at


def test_outside_the_rectangle_nothing_is_shifted_but_where_the_inside_is_shifted_to():
    for lat, lon in ((0.7, 100.0), (56.0, 100.0), (30.0, 71.5), (30.0, 138.0), (35.7, 139.8), (0.5, 20.0)):
        assert gcj02_to_wgs84(lat, lon) == wgs84_to_gcj02(lat, lon) == (lat, lon)
    there = wgs84_to_gcj02(45.0, 137.8346)
    assert there[1] > 137.8347
    assert apart(gcj02_to_wgs84(*there), (45.0, 137.8346)) < 0.01


@given(LAT, LON)
def test_there_and_back_is_the_same_place_to_a_centimetre(lat, lon):
    assert apart(gcj02_to_wgs84(*wgs84_to_gcj02(lat, lon)), (lat, lon)) < 0.01
    assert apart(bd09_to_gcj02(*gcj02_to_bd09(lat, lon)), (lat, lon)) < 0.01
    assert 5 < apart(wgs84_to_gcj02(lat, lon), (lat, lon)) < 1500
