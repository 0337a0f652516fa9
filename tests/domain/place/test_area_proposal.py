"""Which area a position lies in: one, none, or too close to a border to say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.place.area_history import AreaChange, AreaHistory
from inspect_app.domain.place.area_outlines import joined
from inspect_app.domain.place.area_proposal import AreaFinder
from inspect_app.domain.place.outlines import contains, outline_distance_m
from inspect_app.domain.place.positions import Place
from inspect_app.domain.place.proximity import Within
from tests.domain.place.areas_drawn import NORTH, SOUTH, TREE, WEST_OF, WIDE, A, B, C, outline, rectangle, street

MIDDLE = 30.31
OUTLINES = {code: outline(street(code)) for code in (A, B, C)}
FINDER = AreaFinder(TREE, OUTLINES)


def at(lon: float, lat: float = MIDDLE, accuracy_m: float = 8.0) -> Place:
    return Place(lat, lon, accuracy_m)


def streets(place: Place):
    (answer,) = FINDER.proposals(place)
    return answer


def test_well_inside_one_is_that_one():
    answer = streets(at(WEST_OF[A] + 0.01))
    assert (answer.within, answer.area, answer.level) == (Within.INSIDE, A, "街道乡镇")


def test_near_a_border_both_are_named_with_metres_the_one_it_is_in_first():
    """0.0001° of longitude, 9.6 m, east of the border between A and B, known to 20 m."""
    answer = streets(at(WEST_OF[B] + 0.0001, accuracy_m=20))
    assert (answer.within, answer.area) == (Within.UNCERTAIN, None)
    assert [one.code for one in answer.candidates] == [B, A]
    assert [one.distance_m for one in answer.candidates] == pytest.approx([0, 9.6], abs=0.1)
    assert streets(at(WEST_OF[B] + 0.0001, accuracy_m=5)).area == B


def test_near_the_outer_border_the_only_candidate_is_still_no_certainty():
    answer = streets(at(WEST_OF[A] - 0.00005))
    assert answer.within is Within.UNCERTAIN
    assert [one.code for one in answer.candidates] == [A]


def test_where_two_outlines_overlap_neither_is_certain():
    overlapping = {**OUTLINES, B: outline(rectangle(WEST_OF[B] - 0.01, SOUTH, WEST_OF[C], NORTH))}
    (answer,) = AreaFinder(TREE, overlapping).proposals(at(WEST_OF[B] - 0.005))
    assert answer.within is Within.UNCERTAIN
    assert [(one.code, one.distance_m) for one in answer.candidates] == [(A, 0), (B, 0)]


def test_far_from_all_is_outside_and_nothing_is_proposed():
    assert streets(at(113.0)).within is Within.OUTSIDE
    assert streets(at(113.0)).candidates == ()
    assert AreaFinder(TREE, {}).proposals(at(112.24)) == ()


def test_streets_and_communities_are_answered_each_for_itself():
    finder = AreaFinder(TREE, {**OUTLINES, "421002001001": outline(rectangle(112.231, 30.301, 112.235, 30.305))})
    community, street_of = finder.proposals(at(112.233, 30.303))
    assert (community.level, community.area) == ("社区", "421002001001")
    assert street_of.area == A
    assert finder.proposals(at(112.245))[0].within is Within.OUTSIDE


@given(st.floats(112.20, 112.32), st.floats(30.28, 30.34), st.floats(0, 3_000))
def test_the_index_finds_what_looking_at_every_outline_finds(lon, lat, accuracy_m):
    place = Place(lat, lon, accuracy_m)
    distances = {code: outline_distance_m(one, lat, lon) for code, one in OUTLINES.items()}
    expected = {code for code, metres in distances.items() if metres <= accuracy_m}
    answer = streets(place)
    assert {one.code for one in answer.candidates} == expected
    assert (answer.within is Within.OUTSIDE) == (not expected)
    if answer.area:
        assert contains(OUTLINES[answer.area], lat, lon)


@pytest.mark.parametrize(
    ("place", "area", "said"),
    [
        (at(WEST_OF[B] + 0.01), A, "照片位置在崇文街道内，与点位所属中山街道不一致（距其边界约96"),
        (at(113.0), A, "照片位置不在点位所属中山街道内（距其边界约7"),
        (at(WEST_OF[C] + 0.0001, accuracy_m=30), A, "照片位置在解放街道或崇文街道边界附近，与点位所属中山街道不一致"),
        (at(WEST_OF[B] + 0.01), "421003001", "照片位置在崇文街道内，与点位所属中山街道不一致"),
        (at(WEST_OF[B] + 0.01), "421002001001", "照片位置在崇文街道内，与点位所属中山街道不一致"),
    ],
    ids=["another", "none", "one of two others", "a street without outline", "a community of it"],
)
def test_a_position_that_is_certainly_elsewhere_is_told(place, area, said):
    assert FINDER.disagreement(place, area).startswith(said)


@pytest.mark.parametrize(
    ("place", "area"),
    [
        (at(WEST_OF[A] + 0.01), A),
        (at(WEST_OF[B] + 0.0001, accuracy_m=20), A),
        (at(113.0), "421003001"),
        (at(113.0), "421002"),
        (at(WEST_OF[B] + 0.01), "999"),
    ],
    ids=["in it", "too close to say", "no outline", "a district", "unknown"],
)
def test_a_position_that_may_be_right_is_not_remarked_upon(place, area):
    assert FINDER.disagreement(place, area) == ""


def test_merged_streets_have_one_outline_without_the_border_between_them():
    whole = joined([OUTLINES[A], OUTLINES[B]])
    change = AreaChange(1, "2026-W48", (), {A: B}, "合并", "", "")
    tree = AreaHistory(TREE, [change]).tree("2026-W48")
    finder = AreaFinder(tree, {B: whole})
    (answer,) = finder.proposals(at(WEST_OF[B], accuracy_m=50))
    assert (answer.within, answer.area) == (Within.INSIDE, B)
    assert finder.disagreement(at(WEST_OF[A] + 0.01), A) == "", "who still names the merged street is understood"
    assert outline_distance_m(whole, (SOUTH + NORTH) / 2, WEST_OF[B] + WIDE) == pytest.approx(0, abs=0.01)
