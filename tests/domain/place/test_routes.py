"""The walking order of sites: a permutation, never longer than the one given, near to or at the shortest there is."""

from __future__ import annotations

import random
from itertools import permutations
from statistics import mean

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inspect_app.domain.place.positions import Place
from inspect_app.domain.place.routes import (
    MOST_STOPS,
    best_order,
    distances,
    improved,
    length_m,
    nearest_neighbour,
    shortest_order,
)

START = Place(30.31, 112.24, 10)
PLACES = st.builds(Place, st.floats(30.28, 30.34), st.floats(112.2, 112.28), st.just(10.0))
GRID = st.builds(lambda x, y: Place(30.3 + y / 1000, 112.2 + x / 1000, 10.0), st.integers(0, 4), st.integers(0, 4))
"""Many stops at one place and many equal distances: where comparing goes wrong."""
ANY = st.lists(PLACES | GRID, max_size=16)
FEW = st.lists(PLACES | GRID, max_size=6)
STARTS = st.none() | PLACES


def scattered(seed: int, count: int) -> list[Place]:
    rng = random.Random(seed)
    return [Place(30.28 + rng.random() * 0.06, 112.2 + rng.random() * 0.08, 10.0) for _ in range(count)]


def in_turn(stops: list[Place]) -> list[int]:
    return list(range(1, len(stops) + 1))


@given(STARTS, ANY)
@settings(max_examples=80)
def test_the_order_is_a_permutation_and_never_longer_than_the_one_given(start: Place | None, stops: list[Place]):
    metres = distances(start, stops)
    order = best_order(metres)
    assert sorted(order) == in_turn(stops)
    assert length_m(metres, order) <= length_m(metres, in_turn(stops)) + 1e-6


@given(STARTS, FEW)
@example(None, [])
@example(START, [START])
@settings(max_examples=60)
def test_few_stops_are_walked_in_the_shortest_of_all_orders(start: Place | None, stops: list[Place]):
    metres = distances(start, stops)
    brute = min(length_m(metres, order) for order in permutations(in_turn(stops)))
    assert length_m(metres, best_order(metres)) == pytest.approx(brute, abs=1e-6)


@pytest.mark.parametrize("count", [7, 8, 9])
def test_what_improving_finds_for_up_to_nine_stops_is_within_three_percent_of_brute_force(count: int):
    """Improving alone, from nearest neighbour, as it does for many stops; over 12 days, at most 12 % on any of them."""
    over = []
    for seed in range(12 if count < 9 else 3):
        metres = distances(START, scattered(seed, count))
        brute = min(_lengths(metres, count))
        nearest = min(range(1, count + 1), key=lambda stop: metres[0][stop])
        over.append(length_m(metres, improved(metres, nearest_neighbour(metres, nearest))) / brute - 1)
        assert length_m(metres, shortest_order(metres)) == pytest.approx(brute, abs=1e-6)
    assert mean(over) < 0.03
    assert max(over) < 0.12


def test_more_stops_than_brute_force_can_do_are_within_a_few_percent_of_the_shortest():
    """Twelve stops, the shortest by dynamic programming (which the test above holds against brute force)."""
    over = []
    for seed in range(6):
        metres = distances(START if seed % 2 else None, scattered(seed, 12))
        over.append(length_m(metres, best_order(metres)) / length_m(metres, shortest_order(metres)) - 1)
    assert mean(over) < 0.01
    assert max(over) < 0.03


@given(ANY)
@settings(max_examples=40)
def test_an_improved_order_is_not_improved_again(stops: list[Place]):
    metres = distances(START, stops)
    once = improved(metres, in_turn(stops))
    assert improved(metres, once) == once
    assert length_m(metres, once) <= length_m(metres, in_turn(stops)) + 1e-6


def test_a_street_that_is_walked_to_and_fro_in_the_list_is_walked_once():
    """Twenty sites 100 m apart along a street, in the order of their names: from one end to the other, 2 km."""
    step = 100 / 110_853
    stops = [Place(30.31 + step * (1 + number * 7 % 20), 112.24, 10) for number in range(20)]
    metres = distances(START, stops)
    order = best_order(metres)
    latitudes = [stops[stop - 1].lat for stop in order]
    assert latitudes == sorted(latitudes)
    assert length_m(metres, order) == pytest.approx(2000, abs=1)
    assert length_m(metres, in_turn(stops)) > 10_000


def test_distances_are_geodesics_and_the_end_is_open():
    stops = scattered(1, 3)
    metres = distances(START, stops)
    for row, one in enumerate([START, *stops]):
        for column, other in enumerate([START, *stops]):
            expected = Geodesic.WGS84.Inverse(one.lat, one.lon, other.lat, other.lon)["s12"]
            assert metres[row][column] == pytest.approx(expected, abs=1e-3)
    assert metres[-1] == [0.0] * 5
    assert [row[-1] for row in metres] == [0.0] * 5


def test_the_longest_day_is_much_shorter_than_by_nearest_neighbour():
    metres = distances(START, scattered(3, MOST_STOPS))
    nearest = min(range(1, MOST_STOPS + 1), key=lambda stop: metres[0][stop])
    greedy = length_m(metres, nearest_neighbour(metres, nearest))
    assert length_m(metres, best_order(metres)) < 0.95 * greedy


def _lengths(metres: list[list[float]], count: int):
    """The lengths of all orders, by going on from each beginning of one."""

    def follow(here: int, left: frozenset[int], so_far: float):
        if not left:
            yield so_far
        for stop in left:
            yield from follow(stop, left - {stop}, so_far + metres[here][stop])

    yield from follow(0, frozenset(range(1, count + 1)), 0.0)
