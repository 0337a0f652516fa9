"""Rings are drawn where the distance is what they say."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from inspect_app.domain.place.outlines import Ground, outline_distance_m
from inspect_app.domain.place.positions import Place, distance_m
from inspect_app.domain.zones.rings import ring_around
from tests.domain.place.test_outlines import schools


def corners(geometry: dict) -> list[tuple[float, float]]:
    assert geometry["type"] in ("Polygon", "MultiPolygon")
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [point for rings in polygons for ring in rings for point in ring]


@settings(max_examples=60, deadline=None)
@given(schools(), st.sampled_from([100.0, 200.0, 500.0]))
def test_every_corner_of_a_ring_is_as_far_from_the_outline_as_it_says(school, metres):
    outline, lat, lon = school
    assume(outline_distance_m(outline, lat, lon) < 5000)
    found = corners(ring_around(Ground(outline, 5.0), metres))
    for at_lon, at_lat in found[:: max(1, len(found) // 12)]:
        assert outline_distance_m(outline, at_lat, at_lon) == pytest.approx(metres, rel=0.01)


@given(st.floats(18, 54), st.floats(73, 135))
def test_a_point_and_gates_have_rings_as_well(lat, lon):
    place = Place(lat, lon, 5.0)
    for at_lon, at_lat in corners(ring_around(place, 200)):
        assert distance_m(place, Place(at_lat, at_lon, 0)) == pytest.approx(200, abs=0.5)
    far = Place(lat + 0.02, lon, 5.0)
    gates = Ground(None, 5.0, None, (place, far))
    assert ring_around(gates, 200)["type"] == "MultiPolygon"
