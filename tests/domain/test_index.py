"""The weekly index: figures worked by hand, and rules that hold for every week."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.areas import Area, AreaTree
from inspect_app.domain.index import Scored, area_index, stratified_mean
from inspect_app.domain.scoring import format_rate

TREE = AreaTree(
    [
        Area("4210", "荆州市", ""),
        Area("421002", "沙市区", "4210"),
        Area("421002001", "中山街道", "421002"),
        Area("421002002", "崇文街道", "421002"),
        Area("421002003", "解放街道", "421002"),
    ]
)


def scored(area: str, kind: str, *rates: float | None) -> list[Scored]:
    return [Scored(area, f"{area}-{kind}-{n}", kind, rate) for n, rate in enumerate(rates)]


def rows(inspections, **more):
    return {row.area: row for row in area_index(inspections, TREE, minimum=3, **more)}


def test_the_index_is_the_mean_over_site_types_of_the_mean_of_each():
    """Roads 90 and 70, mean 80; toilets 60; index (80 + 60) / 2 = 70, not the plain mean of 73.33.

    One degree of freedom is too little for an interval.
    """
    row = rows(scored("421002001", "road", 90, 70) + scored("421002001", "toilet", 60))["421002001"]
    assert row.rate == pytest.approx(70)
    assert (row.low, row.high) == (None, None)


def test_the_interval_is_that_of_a_stratified_sample():
    """Roads 90, 80, 70, mean 80; toilets 62, 58, mean 60; index 70.

    Pooled variance: squares 10² + 0 + 10² + 2² + 2² = 208 over 3 degrees of freedom, 69.33. Variance of the index:
    69.33 × (0.5² / 3 + 0.5² / 2) = 14.44. Half interval 3.182 × √14.44 = 12.09: from 57.91 to 82.09.
    """
    mean, half = stratified_mean({"road": [90, 80, 70], "toilet": [62, 58]}, {})
    assert (mean, half) == (pytest.approx(70), pytest.approx(3.182 * sqrt(208 / 3 * (0.25 / 3 + 0.25 / 2))))
    row = rows(scored("421002001", "road", 90, 80, 70) + scored("421002001", "toilet", 62, 58))["421002001"]
    assert (round(row.low, 2), round(row.high, 2)) == (57.91, 82.09)


def test_a_published_table_of_streets_comes_out_to_the_printed_digit():
    """Yijiang 2011: the plain mean of the eight printed values is 51.07; the printed mean over respondents, 51.09,
    needs a weight for each street (unknown, but 白马's must be a little below the others': 0.993 does it).
    """
    streets = {
        "弋江桥": 72.9, "中山南路": 64.35, "利民路": 59.6, "马塘": 49.28,
        "南瑞": 47.6, "鲁港": 43.55, "火龙": 43.45, "白马": 27.85,
    }  # fmt: skip
    strata = {street: [value] for street, value in streets.items()}
    assert format_rate(stratified_mean(strata, {})[0]) == "51.07"
    assert format_rate(stratified_mean(strata, {"白马": 0.993})[0]) == "51.09"


def test_weights_by_site_type_shift_the_mean():
    """Roads (80) count three times as much as toilets (60): (3 × 80 + 60) / 4 = 75."""
    inspections = scored("421002001", "road", 90, 70) + scored("421002001", "toilet", 60)
    assert rows(inspections, weights={"road": 3})["421002001"].rate == pytest.approx(75)


def test_districts_and_the_city_gather_what_lies_below_them():
    found = rows(scored("421002001", "road", 90) + scored("421002002", "road", 70))
    assert found["421002"].rate == found["4210"].rate == pytest.approx(80)
    assert (found["421002"].inspections, found["421002"].sites) == (2, 2)
    assert "421002003" not in found


def test_too_few_inspections_are_shown_and_not_ranked():
    found = rows(scored("421002001", "road", 90, 91, 92) + scored("421002002", "road", 99, 99))
    assert (found["421002001"].tier, found["421002001"].enough) == (1, True)
    assert (found["421002002"].tier, found["421002002"].enough) == (None, False)


def test_an_inspection_in_which_nothing_applied_counts_as_made_but_not_in_the_rate():
    row = rows(scored("421002001", "road", 90, None))["421002001"]
    assert (row.inspections, row.rate, row.enough) == (2, 90, False)


def test_areas_share_a_tier_where_their_intervals_overlap():
    """Four inspections each: 90 ± 0 and 80 ± 0 are apart; 60, 80, 80, 100 (80 ± 26) overlaps either."""
    apart = rows(scored("421002001", "road", 90, 90, 90, 90) + scored("421002002", "road", 80, 80, 80, 80))
    assert [apart[area].tier for area in ("421002001", "421002002")] == [1, 2]
    overlap = rows(scored("421002001", "road", 90, 90, 90, 90) + scored("421002003", "road", 60, 80, 80, 100))
    assert [overlap[area].tier for area in ("421002001", "421002003")] == [1, 1]


@given(
    st.lists(
        st.builds(
            Scored,
            st.sampled_from(["421002001", "421002002", "421002003"]),
            st.sampled_from(["s1", "s2"]),
            st.sampled_from(["road", "toilet", "school"]),
            st.none() | st.floats(0, 100),
        ),
        max_size=30,
    ),
    st.randoms(use_true_random=False),
)
def test_the_index_lies_within_the_rates_it_is_made_of_whatever_their_order(inspections, shuffler):
    shuffled = list(inspections)
    shuffler.shuffle(shuffled)
    found, again = rows(inspections), rows(shuffled)
    assert found.keys() == again.keys()
    for code, row in found.items():
        within = TREE.within(code)
        rates = [one.rate for one in inspections if one.area in within and one.rate is not None]
        assert row.inspections == sum(one.area in within for one in inspections)
        if row.rate is None:
            assert not rates
            continue
        assert min(rates) - 1e-9 <= row.rate <= max(rates) + 1e-9
        assert row.rate == pytest.approx(again[code].rate)
        if row.low is not None and row.high is not None:
            assert 0 <= row.low <= row.rate + 1e-9
            assert row.rate - 1e-9 <= row.high <= 100
