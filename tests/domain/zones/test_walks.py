"""Walked ways: from a measuring wheel, and from the track of a phone that does not know exactly where it is."""

from __future__ import annotations

import math
import random

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.place.ellipsoid import degree_m
from inspect_app.domain.place.positions import Place
from inspect_app.domain.zones import walks
from inspect_app.domain.zones.judging import WALK_ERROR, Walk
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


RADII = {0.95: 2.45, 0.68: 1.51}
"""The radius that holds so many errors of a plane, in standard deviations of one axis."""


def errors(rng: random.Random, count: int, correlation: float, deviation_m: float) -> list[float]:
    """An error that drifts: of one axis, correlated so from second to second."""
    found = [rng.gauss(0, deviation_m)]
    while len(found) < count:
        found.append(correlation * found[-1] + rng.gauss(0, deviation_m * math.sqrt(1 - correlation**2)))
    return found


def walked(rng: random.Random, accuracy_m: float, correlation: float, held: float) -> tuple[float, Walk]:
    """The true length of a way of one to five legs, and what a phone of that accuracy makes of it."""
    shares = [rng.uniform(0.3, 1) for _ in range(rng.randint(1, 5))]
    metres, azimuth = rng.uniform(60, 600), rng.uniform(0, 360)
    legs, plane = [metres * share / sum(shares) for share in shares], [(0.0, 0.0)]
    for leg in legs:
        start, count = plane[-1], math.ceil(leg / 1.4)
        north, east = (leg / count * turn(math.radians(azimuth)) for turn in (math.cos, math.sin))
        plane += [(start[0] + north * number, start[1] + east * number) for number in range(1, count + 1)]
        azimuth += rng.choice((-1, 1)) * rng.gauss(90, 15)
    deviation = accuracy_m / RADII[held]
    off = zip(*(errors(rng, len(plane), correlation, deviation) for _ in range(2)), strict=True)
    seen: list[tuple[float, float]] = []
    for (north, east), (off_north, off_east) in zip(plane, off, strict=True):
        point = (north + off_north, east + off_east)
        if not seen or math.dist(point, seen[-1]) >= 1:
            seen.append(point)
    north_m, east_m = degree_m(LAT)
    return metres, track_walk([Place(LAT + x / north_m, LON + y / east_m, accuracy_m) for x, y in seen[:MAX_POINTS]])


@pytest.mark.parametrize("accuracy_m", [5.0, 15.0, 25.0])
@pytest.mark.parametrize("correlation", [0.95, 0.97, 0.99])
def test_the_interval_of_a_track_holds_the_truth_nineteen_times_of_twenty(accuracy_m, correlation):
    """Errors of ±15 and ±25 m made the way up to a quarter and a half longer, and a third of the intervals wrong.

    What is answered about 200 m is wrong in less than one of twenty as well; where the error is too much, 疑似.
    """
    rng, count = random.Random(f"{accuracy_m} {correlation}"), 0
    missed, wrong, sure = 0, 0, 0
    for held in RADII:
        for _ in range(60):
            metres, walk = walked(rng, accuracy_m, correlation, held)
            unsure = walk.metres * WALK_ERROR["track"] + walk.ends_m
            low, high = walk.metres - unsure, walk.metres + unsure
            count += 1
            missed += not low <= metres <= high
            answered = low > 200 or high < 200
            sure += answered
            wrong += answered and (low > 200) != (metres > 200)
    assert missed <= 0.05 * count
    assert wrong <= 0.05 * count
    assert sure > 0.3 * count, "not by answering nothing"


def test_a_track_whose_error_is_more_than_its_accuracy_settles_nothing():
    """A phone that says ±10 m and jumps by more each second: the interval is as wide as what it cannot know."""
    _, walk = walked(random.Random(3), 10.0, 0.9, 0.68)
    good, exact = walked(random.Random(3), 10.0, 0.995, 0.95)
    assert walk.ends_m > 40
    assert exact.ends_m < 40
    assert exact.metres == pytest.approx(good, rel=0.1)


def test_standing_still_is_no_way():
    rng = random.Random(7)
    still = [moved(LAT, LON, rng.uniform(0, 360), rng.uniform(0, 2)) for _ in range(300)]
    assert track_walk([Place(lat, lon, 8.0) for lat, lon in still]).metres < 5


def zigzag(growing: bool) -> list[Place]:
    shares = [number / MAX_POINTS for number in range(MAX_POINTS)]
    width = (lambda share: 0.0005 * (1 + share)) if growing else (lambda share: 0.05 * (1 - share))
    return [Place(LAT + number % 2 * width(share), LON + number * 1e-5, 5.0) for number, share in enumerate(shares)]


@pytest.mark.parametrize("growing", [False, True])
def test_a_made_up_zigzag_is_smoothed_in_a_few_turns(growing, monkeypatch):
    """Cut at the farthest point alone, a thousand points whose zigzag decays took half a million distances; a hundred
    such ways, which an item may have, took six seconds while each distance was a turn of its own.
    """
    asked = []
    away = walks._away
    monkeypatch.setattr(walks, "_away", lambda *points: asked.append(len(points[0])) or away(*points))
    track_walk(zigzag(growing))
    assert len(asked) < 2 * 36
    assert sum(asked) < 2 * MAX_POINTS * 36


def one_by_one(line: list[tuple[float, float]], tolerance_m: float) -> list[tuple[float, float]]:
    """What is left of a line by the rule as it is told, span after span."""

    def away(number: int, first: int, last: int) -> float:
        (x0, y0), (x1, y1), (x, y) = line[first], line[last], line[number]
        square = (x1 - x0) ** 2 + (y1 - y0) ** 2
        part = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / square if square else 0.0
        part = min(1.0, max(0.0, part))
        return math.hypot(x0 + part * (x1 - x0) - x, y0 + part * (y1 - y0) - y)

    def kept(first: int, last: int, depth: int) -> set[int]:
        off = [(away(number, first, last), -number) for number in range(first + 1, last)]
        if not off or max(off)[0] <= tolerance_m:
            return set()
        cut = -max(off)[1] if depth < 24 else (first + last) // 2
        return {cut} | kept(first, cut, depth + 1) | kept(cut, last, depth + 1)

    return [line[number] for number in sorted({0, len(line) - 1} | kept(0, len(line) - 1, 0))]


@pytest.mark.parametrize("seed", range(12))
def test_the_spans_of_a_line_are_cut_as_one_by_one(seed):
    rng = random.Random(seed)
    drift, line = [0.0, 0.0], [(0.0, 0.0)]
    for number in range(rng.choice((1, 2, 60, 400))):
        drift = [0.97 * one + rng.gauss(0, 2) for one in drift]
        line.append((number * 1.4 * (seed % 3) + drift[0], drift[1]) if number % 7 else line[-1])
    for made in (line, [(one.lat * 1e5, one.lon * 1e5) for one in zigzag(seed % 2 == 0)]):
        for tolerance_m in (5.0, 15.0):
            assert walks._simplified(made, tolerance_m) == one_by_one(made, tolerance_m)


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
