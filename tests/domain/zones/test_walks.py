"""Walked ways: from a measuring wheel, and from the track of a phone that does not know exactly where it is."""

from __future__ import annotations

import math
import random

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.place.positions import Place
from inspect_app.domain.zones.judging import Walk
from inspect_app.domain.zones.walks import MAX_POINTS, POOR_M, parse_walk, track_walk
from inspect_app.wording import say

LAT, LON = 30.3105, 112.2412


def moved(lat: float, lon: float, azimuth: float, metres: float) -> tuple[float, float]:
    there = Geodesic.WGS84.Direct(lat, lon, azimuth, metres)
    return there["lat2"], there["lon2"]


def way(*legs: tuple[float, float], step: float = 1.4) -> list[tuple[float, float]]:
    """Positions a second apart of someone who walks legs of (azimuth, metres)."""
    points = [(LAT, LON)]
    for azimuth, metres in legs:
        start = points[-1]
        count = math.ceil(metres / step)
        points += [moved(*start, azimuth, metres * number / count) for number in range(1, count + 1)]
    return points


def track(points: list[tuple[float, float]], accuracy_m: float = 4.0) -> list[list[float]]:
    return [[lat, lon, accuracy_m] for lat, lon in points]


def test_a_way_around_a_corner_is_longer_than_the_straight_line():
    walk = parse_walk({"by": "track", "track": track(way((0, 120), (90, 90)))}, {"within": ("w",)})
    assert isinstance(walk, Walk)
    assert walk.metres == pytest.approx(210, abs=3)
    assert walk.ends_m == 8


@given(st.integers(0, 10_000), st.floats(60, 400), st.floats(0, 360))
def test_the_wandering_of_a_phone_does_not_make_the_way_longer_than_its_error(seed, metres, azimuth):
    """A phone's error drifts: neighbouring positions are off by nearly the same."""
    rng, drift, noisy = random.Random(seed), [0.0, 0.0], []
    for lat, lon in way((azimuth, metres)):
        drift = [0.95 * one + rng.gauss(0, 0.5) for one in drift]
        north = moved(lat, lon, 0, drift[0])
        noisy.append(moved(*north, 90, drift[1]))
    walk = track_walk([Place(lat, lon, 5.0) for lat, lon in noisy])
    assert abs(walk.metres - metres) <= 0.05 * metres + walk.ends_m


def test_standing_still_is_no_way():
    rng = random.Random(7)
    still = [moved(LAT, LON, rng.uniform(0, 360), rng.uniform(0, 2)) for _ in range(300)]
    assert track_walk([Place(lat, lon, 8.0) for lat, lon in still]).metres < 5


def test_a_wheel_says_its_metres():
    assert parse_walk({"by": "wheel", "metres": 183.5}, {"within": ("w",)}) == Walk(183.5, "wheel")


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (7, "w"),
        ({"by": "wheel"}, "w metres"),
        ({"by": "wheel", "metres": -1}, "w metres"),
        ({"by": "wheel", "metres": math.nan}, "w metres"),
        ({"by": "wheel", "metres": "12"}, "w metres"),
        ({"by": "wheel", "metres": 10_001}, "w metres"),
        ({"by": "guess", "metres": 100}, "w by"),
        ({"by": "wheel", "metres": 100, "x": 1}, "w x"),
        ({"by": "track"}, "w track"),
        ({"by": "track", "track": [[LAT, LON, 5]]}, "w track"),
        ({"by": "track", "track": [[LAT, LON, 5]] * (MAX_POINTS + 1)}, "w track"),
        ({"by": "track", "track": [[LAT, LON, 5], [LAT, LON]]}, "w track 第2点"),
        ({"by": "track", "track": [[LAT, LON, 5], [LAT, LON, POOR_M + 1]]}, "w track 第2点"),
        ({"by": "track", "track": [[LAT, LON, 5], [91, LON, 5]]}, "w track 第2点"),
        ({"by": "track", "track": [[LAT, LON, 5], [math.inf, LON, 5]]}, "w track 第2点"),
    ],
)
def test_what_is_no_way_is_refused_with_its_place(raw, where):
    problems = parse_walk(raw, {"within": ("w",)})
    assert isinstance(problems, list)
    assert [say(problem).where for problem in problems] == [where]


def test_a_tracks_own_metres_do_not_count():
    walk = parse_walk({"by": "track", "metres": 5000, "track": track(way((0, 100)))}, {"within": ("w",)})
    assert isinstance(walk, Walk)
    assert walk.metres == pytest.approx(100, abs=2)
