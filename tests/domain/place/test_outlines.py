"""Distances to outlines against dense sampling, over schools of all shapes at all latitudes of China; bad outlines."""

from __future__ import annotations

import math

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.place.outlines import (
    Outline,
    boundary_distance_m,
    bounds,
    centre,
    contains,
    inside_of,
    metres_between,
    outline_distance_m,
    outline_to_json,
    parse_outline,
)
from inspect_app.domain.place.positions import Place
from inspect_app.domain.place.proximity import Within
from inspect_app.wording import say

SQUARE = [[112.24, 30.31], [112.242, 30.31], [112.242, 30.312], [112.24, 30.312], [112.24, 30.31]]
HOLE = [[112.2405, 30.3105], [112.2405, 30.3115], [112.2415, 30.3115], [112.2415, 30.3105], [112.2405, 30.3105]]


def polygon(*rings) -> Outline:
    found = parse_outline({"type": "Polygon", "coordinates": list(rings)}, {})
    assert isinstance(found, Outline), found
    return found


def moved(lat: float, lon: float, azimuth: float, metres: float) -> tuple[float, float]:
    found = Geodesic.WGS84.Direct(lat, lon, azimuth, metres)
    return found["lat2"], found["lon2"]


@st.composite
def schools(draw, sizes=(600.0,)) -> tuple[Outline, float, float]:
    """A star-shaped outline about a point in China, its corners at up to 600 m or another size, never crossing."""
    size = draw(st.sampled_from(sizes))
    lat, lon = draw(st.floats(18, 53.5)), draw(st.floats(73.5, 135))
    corners = draw(st.integers(3, 12))
    turns = sorted(draw(st.lists(st.floats(0, 359), min_size=corners, max_size=corners, unique_by=lambda a: round(a))))
    ring = []
    for turn in turns:
        at = moved(lat, lon, turn, size / 600 * draw(st.floats(20, 600)))
        ring.append([at[1], at[0]])
    found = parse_outline({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, {})
    return (found if isinstance(found, Outline) else polygon(SQUARE)), lat, lon


def sampled(outline: Outline, lat: float, lon: float, metres_apart: float) -> float:
    """The least distance over points so close on every edge that the nearest is missed by less than they are apart."""

    def metres_to(edge: tuple[float, float, float, float], part: float) -> float:
        west, south, east, north = edge
        return metres_between(lat, lon, south + (north - south) * part, west + (east - west) * part)

    # First roughly, then densely about the best: as exact as sampling everything densely, and quick.
    rough = []
    for west, south, east, north in outline.edges:
        parts = max(1, math.ceil(metres_between(south, west, north, east) / metres_apart))
        edge = (west, south, east, north)
        rough.append(min((metres_to(edge, k / parts), k, parts, edge) for k in range(parts + 1)))
    best, fine = min(rough)[0], 400
    for roughly, near, parts, edge in rough:
        # No point of an edge is nearer than the rough one by more than those are apart.
        if roughly - metres_apart <= best:
            parted = (min(1.0, max(0.0, (near + k / fine) / parts)) for k in range(-fine, fine + 1))
            best = min(best, *(metres_to(edge, part) for part in parted))
    return best


@settings(max_examples=60, deadline=None)
@given(schools(), st.floats(0, 360), st.floats(0, 3000))
def test_the_distance_is_that_of_dense_sampling_to_a_centimetre(school, azimuth, metres):
    outline, lat, lon = school
    here = moved(lat, lon, azimuth, metres)
    assert boundary_distance_m(outline, *here) == pytest.approx(sampled(outline, *here, 4.0), abs=0.01)
    inside = contains(outline, *here)
    assert outline_distance_m(outline, *here) == (0 if inside else boundary_distance_m(outline, *here))


def searched(outline: Outline, lat: float, lon: float) -> float:
    """The least distance of every edge by a search that knows of no plane: 30 points, then thirds about the best."""

    def metres_to(edge: tuple[float, float, float, float], part: float) -> float:
        west, south, east, north = edge
        return metres_between(lat, lon, south + (north - south) * part, west + (east - west) * part)

    best = math.inf
    for edge in outline.edges:
        near = min(range(31), key=lambda number, edge=edge: metres_to(edge, number / 30))
        low, high = max(0.0, (near - 1) / 30), min(1.0, (near + 1) / 30)
        for _ in range(40):
            first, second = low + (high - low) / 3, high - (high - low) / 3
            low, high = (low, second) if metres_to(edge, first) <= metres_to(edge, second) else (first, high)
        best = min(best, metres_to(edge, (low + high) / 2))
    return best


@settings(max_examples=25, deadline=None)
@given(schools((5_000.0, 38_000.0, 100_000.0)), st.floats(0, 360), st.floats(0, 1.5))
def test_the_distance_to_a_city_or_province_is_right_to_a_centimetre(place, azimuth, away):
    """By a plane alone it is 0.3 m off at 38 km and 5 m at 97 km."""
    outline, lat, lon = place
    south, west, north, _ = bounds(outline)
    here = moved(lat, lon, azimuth, away * metres_between(south, west, north, west))
    assert boundary_distance_m(outline, *here) == pytest.approx(searched(outline, *here), abs=0.01)


@settings(max_examples=60, deadline=None)
@given(schools(), st.floats(0, 360), st.floats(0, 3000), st.floats(0, 100))
def test_an_answer_is_never_sure_against_what_the_accuracy_allows(school, azimuth, metres, accuracy):
    outline, lat, lon = school
    here = moved(lat, lon, azimuth, metres)
    answer = inside_of(outline, Place(*here, accuracy))
    for turn in range(0, 360, 45):
        true = moved(*here, turn, accuracy * 0.999)
        if answer is Within.INSIDE:
            assert contains(outline, *true) or boundary_distance_m(outline, *true) < 0.01
        if answer is Within.OUTSIDE:
            assert not contains(outline, *true) or boundary_distance_m(outline, *true) < 0.01


@settings(max_examples=100, deadline=None)
@given(schools())
def test_an_outline_survives_json_and_its_centre_is_inside(school):
    outline, _, _ = school
    assert parse_outline(outline_to_json(outline), {}) == outline
    south, west, north, east = bounds(outline)
    lat, lon = centre(outline)
    assert south <= lat <= north
    assert west <= lon <= east
    assert contains(outline, lat, lon)


def test_points_are_measured_as_geographiclib_does():
    expected = Geodesic.WGS84.Inverse(30.31, 112.24, 30.3118, 112.2391)["s12"]
    assert metres_between(30.31, 112.24, 30.3118, 112.2391) == pytest.approx(expected, abs=0.001)


def test_a_hole_is_outside_and_its_edge_is_a_boundary():
    outline = polygon(SQUARE, HOLE)
    assert not contains(outline, 30.311, 112.241)
    assert outline_distance_m(outline, 30.311, 112.241) == pytest.approx(
        metres_between(30.311, 112.241, 30.311, 112.2415), abs=0.01
    )
    assert outline_distance_m(outline, 30.3102, 112.241) == 0
    assert boundary_distance_m(outline, 30.3102, 112.241) == pytest.approx(22.17, abs=0.05)


def test_of_several_parts_the_nearest_counts():
    far = [[lon + 0.1, lat] for lon, lat in SQUARE]
    outline = parse_outline({"type": "MultiPolygon", "coordinates": [[SQUARE], [far]]}, {})
    assert isinstance(outline, Outline)
    near_far = outline_distance_m(outline, 30.311, 112.3395)
    assert near_far == pytest.approx(metres_between(30.311, 112.3395, 30.311, 112.34), abs=0.01)
    assert contains(outline, 30.311, 112.341)


def test_a_line_has_a_distance_and_no_inside():
    raw = {"type": "LineString", "coordinates": [[112.24, 30.31], [112.25, 30.31]]}
    outline = parse_outline(raw, {}, kinds=("LineString",))
    assert isinstance(outline, Outline)
    assert not contains(outline, 30.31, 112.245)
    assert outline_distance_m(outline, 30.31, 112.245) < 0.1
    assert centre(outline) == pytest.approx((30.31, 112.245))


@settings(max_examples=15, deadline=None)
@given(schools(), st.floats(0, 360), st.floats(3000, 300_000))
def test_the_distance_is_right_far_away_as_well(school, azimuth, metres):
    outline, lat, lon = school
    here = moved(lat, lon, azimuth, metres)
    assert outline_distance_m(outline, *here) == pytest.approx(sampled(outline, *here, 4.0), abs=0.01)


def test_an_edge_far_away_is_still_measured_right():
    outline = polygon(SQUARE)
    assert outline_distance_m(outline, 39.9, 116.4) == pytest.approx(sampled(outline, 39.9, 116.4, 4), abs=0.01)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "应为GeoJSON的Polygon或MultiPolygon"),
        ({"type": "Point", "coordinates": [112, 30]}, "实为'Point'"),
        ({"type": "LineString", "coordinates": [[112, 30], [113, 30]]}, "实为'LineString'"),
        ({"type": "Polygon"}, "层次不对"),
        ({"type": "Polygon", "coordinates": []}, "层次不对"),
        ({"type": "Polygon", "coordinates": [SQUARE[:-1]]}, "第1个环没有闭合"),
        ({"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [1, 1]]]}, "第1个环至少要有三个不同的点"),
        ({"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [2, 2], [1, 1]]]}, "第1个环至少要有三个不同的点"),
        ({"type": "Polygon", "coordinates": SQUARE}, "第1个点应为[经度, 纬度]"),
        ({"type": "Polygon", "coordinates": [[[30.31, 112.24]] * 4]}, "经度和纬度可能写反了"),
        ({"type": "Polygon", "coordinates": [[[200, 91]] * 4]}, "不在地球上"),
        ({"type": "Polygon", "coordinates": [[["112", 30]] * 4]}, "应为[经度, 纬度]"),
        ({"type": "Polygon", "coordinates": [[[float("nan"), 30]] * 4]}, "应为[经度, 纬度]"),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
            "与自身相交或重叠，在（纬度0.5",
        ),
        ({"type": "Polygon", "coordinates": [SQUARE, [[113, 31], [113, 32], [114, 32], [113, 31]]]}, "洞不在轮廓之内"),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}, "相交或重叠"),
    ],
)
def test_what_is_no_outline_is_said(raw, said):
    (problem,) = parse_outline(raw, {"feature": 3})
    assert say(problem).where == "第3个要素"
    assert said in say(problem).what
