"""The weekly index: figures worked by hand, published tables, and rules that hold for every week."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.checklists.scoring import format_rate
from inspect_app.domain.index.civility_index import week_tables
from inspect_app.domain.index.composites import with_composites
from inspect_app.domain.index.figures import AreaWeek
from inspect_app.domain.index.observing import ItemKey, Result, Visit, observe
from inspect_app.domain.index.weights import CompositePart, Weights
from inspect_app.domain.place.areas import Area, AreaTree

from .weeks import index_rows, visits

TREE = AreaTree(
    [
        Area("4210", "荆州市", ""),
        Area("421002", "沙市区", "4210"),
        Area("421002001", "中山街道", "421002"),
        Area("421002002", "崇文街道", "421002"),
        Area("421002003", "解放街道", "421002"),
    ]
)
FIRST, SECOND, THIRD = "421002001", "421002002", "421002003"


def rows(inspections, **more):
    return index_rows(inspections, TREE, **more)


def test_the_index_is_the_mean_over_site_types_of_the_mean_of_each():
    """Roads 90 and 70, mean 80; toilets 60; index (80 + 60) / 2 = 70, not the plain mean of 73.33.

    One degree of freedom is next to nothing: the interval is all of the scale.
    """
    row = rows(visits(FIRST, "road", 90, 70) + visits(FIRST, "toilet", 60))[FIRST]
    assert row.rate == pytest.approx(70)
    assert (row.low, row.high) == (0, 100)


def test_the_interval_is_that_of_a_stratified_sample():
    """Roads 90, 80, 70, mean 80; toilets 62, 58, mean 60; index 70. No other street lends its variance.

    Pooled variance: squares 10² + 0 + 10² + 2² + 2² = 208 over 3 degrees of freedom, 69.33. Variance of the index:
    69.33 × (0.5² / 3 + 0.5² / 2) = 14.44. Its root is 3.801, published as the next larger tenth: 3.9. Half interval
    3.182 × 3.9 = 12.41: from 57.59 to 82.41.
    """
    row = rows(visits(FIRST, "road", 90, 80, 70) + visits(FIRST, "toilet", 62, 58))[FIRST]
    assert (row.rate, round(row.low, 2), round(row.high, 2)) == (pytest.approx(70), 57.59, 82.41)
    assert row.error == 3.9


def test_the_other_streets_lend_their_variance():
    """As above, and beside it a street of roads 60, 80, 100 and toilets 50, 70: its types' means are the same.

    Squares 208 + 20² + 20² + 10² + 10² = 1208, over 10 sites - 2 streets - 1 for the types: 7, 172.57. Of the 8 sites
    less 2 streets the types take an eighth: the first street has 4 × 7/8 = 3.5 degrees, the second lends its 3.5:
    (208 / 172.57 + 3.5) / (3.5 + 3.5) = 0.672. Variance 172.57 × (1/5 + 0.1² × what the types err by) × 0.672; those
    differ by 60, which is estimated with 172.57 / (2 × 3 × 2 / 5): 172.57 × 0.1² / 2.4 = 0.72, not moderated. The root
    of it all is 4.891.
    """
    first = visits(FIRST, "road", 90, 80, 70) + visits(FIRST, "toilet", 62, 58)
    second = visits(SECOND, "road", 60, 80, 100) + visits(SECOND, "toilet", 50, 70)
    row = rows(first + second)[FIRST]
    assert (row.rate, row.freedom) == (pytest.approx(70), pytest.approx(7))
    exact = sqrt(172.571 / 5 * (208 / 172.571 + 3.5) / 7 + 172.571 * 0.01 / 2.4)
    assert (exact, row.error) == (pytest.approx(4.891, abs=0.001), 4.9)


def by_whom(severity: float) -> dict[str, AreaWeek]:
    """42 sites of one street, each seen by one of three inspectors of whom one is so strict and one so lenient."""
    off = {"w1": -severity, "w2": 0.0, "w3": severity}
    seen = [
        Visit(FIRST, f"{n}", "road", 70 + 7 * n % 13 + off[who], inspector=who, planned=True)
        for n, who in zip(range(42), 14 * list(off), strict=True)
    ]
    return rows(seen)


def test_what_few_inspectors_differ_by_is_known_with_few_degrees_of_freedom():
    """Where they are not alike the error is theirs; three tell it with two degrees, and the prior with three."""
    alike, apart = by_whom(0)[FIRST], by_whom(8)[FIRST]
    assert apart.freedom == 3 < alike.freedom
    assert apart.error > 3 * alike.error


def twice(area: str, site: str, kind: str, rate: float, apart: float) -> list[Visit]:
    """Two inspections of one site, so far apart from its rate."""
    return [Visit(area, site, kind, rate + sign * apart, planned=True) for sign in (1, -1)]


SEEN_TWICE = [
    *twice(FIRST, "a", "road", 90, 2),
    *twice(FIRST, "b", "road", 80, 2),
    Visit(FIRST, "c", "road", 70, planned=True),
    *twice(FIRST, "d", "toilet", 62, 2),
    *twice(FIRST, "e", "toilet", 58, 2),
]


def test_where_all_sites_were_inspected_the_error_of_one_look_remains():
    """3 of 3 roads and 2 of 2 toilets, four of them twice: squares 4 × (2² + 2²) = 32 over 4 degrees of freedom, 8.

    Roads were seen 2, 2 and 1 times: (1/2 + 1/2 + 1) / 3² = 2/9; toilets (1/2 + 1/2) / 2² = 1/4. The variance is
    8 × 0.5² × (2/9 + 1/4) = 0.944, its root 0.972, published as 1.0; t for the draw's 3 degrees is 3.182: half 3.18.
    """
    row = rows(SEEN_TWICE, listed={(FIRST, "road"): 3, (FIRST, "toilet"): 2})[FIRST]
    assert row.rate == pytest.approx(70)
    assert (0.9 < sqrt(8 * 0.25 * (2 / 9 + 1 / 4)) < 1, row.error) == (True, 1.0)
    assert row.high - row.rate == pytest.approx(3.182, abs=0.001)


def test_a_known_number_of_sites_makes_the_interval_narrower():
    """3 of 12 roads and 2 of 8 toilets: a quarter was seen, and of it the error of one look remains.

    Sites as one look sees them 208 / 3 = 69.33, one look 8, sites alone 61.33. Roads were seen 2, 2 and 1 times: their
    mean errs by (61.33 + 8 × 2/3) / 3 = 22.22, that of all 12 by 61.33 / 12 = 5.11; toilets (61.33 + 4) / 2 = 32.67 and
    7.67. A type counts with a quarter of what was seen and three of what is predicted, which is the same mean: 70.
    """
    row = rows(SEEN_TWICE, listed={(FIRST, "road"): 12, (FIRST, "toilet"): 8})[FIRST]
    wide = rows(SEEN_TWICE, listed={(FIRST, "road"): 1200, (FIRST, "toilet"): 800})[FIRST]
    narrow = rows(SEEN_TWICE, listed={(FIRST, "road"): 3, (FIRST, "toilet"): 2})[FIRST]
    assert row.rate == pytest.approx(70)
    assert narrow.error < row.error < wide.error


def test_without_second_visits_nothing_is_known_of_one_look_and_the_interval_stays():
    seen = visits(FIRST, "road", 90, 80, 70) + visits(FIRST, "toilet", 62, 58)
    listed = {(FIRST, "road"): 3, (FIRST, "toilet"): 2}
    known, unknown = rows(seen, listed=listed)[FIRST], rows(seen)[FIRST]
    assert (known.rate, known.error) == (pytest.approx(unknown.rate), pytest.approx(unknown.error))


def test_where_all_that_was_seen_is_perfect_there_is_a_bound_on_one_side():
    """Five roads at 100: with 95 % confidence at most 1 - 0.05^(1/5) = 45.1 % of all are not, and how far is not known.

    A street beside it, where those that are not perfect are 30 points short on average, tells how far: 13.5 points.
    """
    alike = visits(FIRST, "road", 100, 100, 100, 100, 100)
    row = rows(alike)[FIRST]
    assert (row.rate, row.low, row.high, row.one_sided) == (100, pytest.approx(100 * 0.05**0.2), 100, True)
    beside = rows(alike + visits(SECOND, "road", 60, 80, 100))[FIRST]
    assert (beside.low, beside.high) == (pytest.approx(100 - 30 * (1 - 0.05**0.2)), 100)
    zero = rows(visits(FIRST, "road", 0, 0))[FIRST]
    assert (zero.low, zero.high, zero.one_sided) == (0, pytest.approx(100 * (1 - 0.05**0.5)), True)


def test_a_week_without_a_plan_is_a_plain_summary():
    """No interval, no letters, whoever chose the places; and once a plan asked for a visit, others estimate nothing."""
    chosen = [visit._replace(planned=False) for visit in visits(FIRST, "road", 90, 80, 40)]
    row = rows(chosen)[FIRST]
    assert (row.basis, row.rate, row.low, row.high, row.error) == ("chosen", 70, None, None, None)
    drawn = rows([*chosen[:1], *(visit._replace(planned=True) for visit in chosen[1:])])[FIRST]
    assert (drawn.basis, drawn.rate, drawn.inspections) == ("drawn", pytest.approx(60), 2)


def test_a_type_that_was_not_drawn_counts_with_its_prediction():
    """Toilets are 20 below roads in the second street; in the first, roads only were drawn: 90, so its toilets are 70.

    The figure is that of both types, (90 + 70) / 2, and the street is no better than its roads are.
    """
    seen = visits(FIRST, "road", 90, 90) + visits(SECOND, "road", 80, 80) + visits(SECOND, "toilet", 60, 60)
    listed = {(street, kind): 40 for street in (FIRST, SECOND) for kind in ("road", "toilet")}
    tables = week_tables(observe(seen), TREE, minimum=2, listed=listed)
    first = next(row for row in tables.rows if row.area == FIRST)
    assert first.rate == pytest.approx(80, abs=0.01)
    found = {part.key: (part.rate, part.counts_with, part.sites) for part in tables.detail(FIRST, {}).types}
    assert found == {"road": (90, pytest.approx(90), 2), "toilet": (None, pytest.approx(70), 0)}


def test_a_site_inspected_twice_counts_once():
    """Two inspections of one road, 100 and 80, and one of another, 60: (90 + 60) / 2 = 75, not 80."""
    row = rows([*twice(FIRST, "a", "road", 90, 10), Visit(FIRST, "b", "road", 60, planned=True)])[FIRST]
    assert (row.rate, row.inspections, row.sites, row.enough) == (pytest.approx(75), 3, 2, False)


def test_a_district_gives_each_street_the_part_that_its_sites_have():
    """1 of 30 roads in one street scored 90, 2 of 10 in the other 50: (30 × 90 + 10 × 50) / 40 = 80, not 63.33."""
    seen = visits(FIRST, "road", 90) + visits(SECOND, "road", 50, 50)
    listed = {(FIRST, "road"): 30, (SECOND, "road"): 10}
    assert rows(seen, listed=listed)["421002"].rate == pytest.approx(80)
    assert rows(seen, listed=listed, weights=Weights(roll_up="inspections"))["421002"].rate == pytest.approx(63.33)
    assert rows(seen, listed=listed, weights=Weights(roll_up="areas"))["421002"].rate == pytest.approx(70)
    by_area = Weights(roll_up="areas", areas={FIRST: 3})
    assert rows(seen, listed=listed, weights=by_area)["421002"].rate == pytest.approx(80)


def test_a_published_table_of_streets_comes_out_to_the_printed_digit():
    """Yijiang 2011: the plain mean of the eight printed values is 51.07; the printed mean, 51.09, is over respondents.

    How many there were is not printed; 993 in 白马 for every 1,000 elsewhere give it.
    """
    streets = {
        "弋江桥": 72.9, "中山南路": 64.35, "利民路": 59.6, "马塘": 49.28,
        "南瑞": 47.6, "鲁港": 43.55, "火龙": 43.45, "白马": 27.85,
    }  # fmt: skip
    areas = {name: Area(f"34020300{n}", name, "340203") for n, name in enumerate(streets, start=1)}
    tree = AreaTree([Area("340203", "弋江区", ""), *areas.values()])
    seen = [visit for name, area in areas.items() for visit in visits(area.code, "resident", streets[name])]

    def district(weights):
        return format_rate(index_rows(seen, tree, weights=weights)["340203"].rate)

    assert district(Weights(roll_up="areas")) == district(Weights(roll_up="inspections")) == "51.07"
    assert district(Weights(roll_up="areas", areas={areas["白马"].code: 0.993})) == "51.09"
    ranked = index_rows(seen, tree, minimum=1)
    assert [ranked[areas[name].code].rank for name in streets] == list(range(1, 9))


def test_a_score_rate_over_observations_comes_out_to_the_printed_digit():
    """Jiaozuo 2019: 1,166 observations of 328 standards at 78 sites, score rate 70.1 %: 817 of them met.

    One pooled rate over observations is one site type, each observation one item of equal weight.
    """
    item = ItemKey("site", "standard", "标准", "公共环境", ("(一)1",))
    met = [Visit(FIRST, "all", "site", None, [Result(item, float(n < 817), 1.0)]) for n in range(1166)]
    part = week_tables(observe(met), TREE, minimum=1).detail(FIRST, {}).items[0]
    assert (f"{part.rate:.1f}", part.observations) == ("70.1", 1166)


def test_a_composite_index_is_the_weighted_mean_of_its_parts():
    """Luohu (Shenzhen): 公共文明指数 × 0.7 + 环卫指数 × 0.3, printed with four decimals.

    The parts are not printed; 96 and 95.376 are a pair that gives 桂园's 95.8128.
    """
    luohu = Weights(
        parts=(CompositePart("civility", "公共文明指数", 0.7), CompositePart("sanitation", "环卫指数", 0.3))
    )
    street = rows(visits(FIRST, "road", 96))[FIRST]

    def composite(weights: Weights, others: dict[str, float]) -> float | None:
        return with_composites([street], weights, {FIRST: others})[0].composite

    assert composite(luohu, {"sanitation": 95.376}) == pytest.approx(95.8128)
    assert composite(luohu, {}) is None
    assert composite(Weights(), {}) is None


def test_weights_by_site_type_shift_the_mean():
    """Roads (80) count three times as much as toilets (60): (3 × 80 + 60) / 4 = 75."""
    inspections = visits(FIRST, "road", 90, 70) + visits(FIRST, "toilet", 60)
    assert rows(inspections, weights=Weights(types={"road": 3}))[FIRST].rate == pytest.approx(75)


def test_weights_by_dimension_make_the_rate_anew():
    """Environment 0.5 and 1 (weights 10 and 30: 87.5 %), order 0 (0 %); 3 to 1: 65.625; the veto cap is 60."""
    clean, tidy = (ItemKey("road", id, id, "公共环境", ("(五)1",)) for id in ("clean", "tidy"))
    order = ItemKey("road", "order", "order", "公共秩序", ("(六)2",))
    results = [Result(clean, 0.5, 10), Result(tidy, 1.0, 30), Result(order, 0.0, 5)]
    weights = Weights(dimensions={"公共环境": 3, "公共秩序": 1})
    free = rows([Visit(FIRST, "a", "road", 77.7, results)], weights=weights)[FIRST]
    held = rows([Visit(FIRST, "a", "road", 60.0, results, cap=60.0)], weights=weights)[FIRST]
    assert (free.rate, held.rate) == (pytest.approx(65.625), pytest.approx(60))


def test_an_area_s_parts_are_its_types_dimensions_clauses_and_items():
    """Of two roads: clean 1 and 0 (weight 10), order 0.5 and left out (weight 30)."""
    clean = ItemKey("road", "clean", "干净", "公共环境", ("(五)1", "(五)2"))
    order = ItemKey("road", "order", "有序", "公共秩序", ("(五)2",))
    seen = [
        Visit(FIRST, "a", "road", 62.5, [Result(clean, 1.0, 10), Result(order, 0.5, 30)]),
        Visit(FIRST, "b", "road", 0.0, [Result(clean, 0.0, 10), Result(order, None, 30)]),
    ]
    detail = week_tables(observe(seen), TREE, minimum=1).detail(FIRST, {"road": "主次干道"})
    assert [(part.key, part.title, part.rate, part.share) for part in detail.types] == [
        ("road", "主次干道", 31.25, 100)
    ]
    assert {part.key: (part.rate, part.sites, part.observations) for part in detail.dimensions} == {
        "公共环境": (50.0, 2, 2),
        "公共秩序": (50.0, 1, 1),
    }
    # Clause (五)2: (10 × 1 + 30 × 0.5) / 40 = 62.5 at the one, 0 at the other.
    assert {part.key: part.rate for part in detail.clauses} == {"(五)1": 50.0, "(五)2": 31.25}
    assert {part.key: (part.title, part.rate) for part in detail.items} == {
        "road/clean": ("干净", 50.0),
        "road/order": ("有序", 50.0),
    }
    assert [part.key for part in detail.worst] == ["road/clean", "road/order"]


def test_districts_and_the_city_gather_what_lies_below_them():
    found = rows(visits(FIRST, "road", 90) + visits(SECOND, "road", 70))
    assert found["421002"].rate == found["4210"].rate == pytest.approx(80)
    assert (found["421002"].inspections, found["421002"].sites) == (2, 2)
    assert THIRD not in found


def test_too_few_inspections_are_shown_and_not_ranked():
    found = rows(visits(FIRST, "road", 90, 91, 92) + visits(SECOND, "road", 99, 99))
    assert (found[FIRST].tier, found[FIRST].rank, found[FIRST].enough) == (1, 1, True)
    assert (found[SECOND].tier, found[SECOND].rank, found[SECOND].enough) == (None, None, False)


def test_an_inspection_in_which_nothing_applied_counts_as_made_but_not_in_the_rate():
    row = rows(visits(FIRST, "road", 90, None))[FIRST]
    assert (row.inspections, row.rate, row.enough) == (2, 90, False)


def test_inspections_in_areas_that_are_not_known_have_no_part():
    assert rows(visits("990000000", "road", 10, 20)) == {}
    assert rows(visits("990000000", "road", 10) + visits(FIRST, "road", 90))["4210"].rate == 90


RATES = st.none() | st.floats(0, 100)


def seen(area: str, site: str, site_type: str, rate: float | None, **more: Any) -> Visit:
    """A visit of which nothing else is known: nothing is drawn for fields that are not named."""
    return Visit(area, site, site_type, rate, **more)


@given(
    st.lists(
        st.builds(
            seen,
            st.sampled_from([FIRST, SECOND, THIRD]),
            st.sampled_from(["s1", "s2", "s3"]),
            st.sampled_from(["road", "toilet", "school"]),
            RATES,
        ),
        max_size=30,
    ),
    st.dictionaries(
        st.tuples(st.sampled_from([FIRST, SECOND, THIRD]), st.sampled_from(["road", "toilet"])), st.integers(0, 9)
    ),
    st.sampled_from(["sites", "inspections", "areas"]),
    st.randoms(use_true_random=False),
)
def test_the_index_lies_within_the_rates_it_is_made_of_whatever_their_order(inspections, listed, roll_up, shuffler):
    shuffled = list(inspections)
    shuffler.shuffle(shuffled)
    how = {"listed": listed, "weights": Weights(roll_up=roll_up)}
    found, again = rows(inspections, **how), rows(shuffled, **how)
    assert found.keys() == again.keys()
    for code, row in found.items():
        within = TREE.within(code)
        rates = [one.rate for one in inspections if one.area in within and one.rate is not None]
        assert row.inspections == sum(one.area in within for one in inspections)
        if row.rate is None:
            assert not rates
            continue
        assert min(rates) - 1e-6 <= row.rate <= max(rates) + 1e-6
        assert row.rate == pytest.approx(again[code].rate)
        if row.low is not None and row.high is not None:
            assert 0 <= row.low <= row.rate + 1e-6
            assert row.rate - 1e-6 <= row.high <= 100


@given(
    st.lists(
        st.builds(
            seen,
            st.sampled_from([FIRST, SECOND, THIRD]),
            st.sampled_from(["s1", "s2", "s3", "s4"]),
            st.sampled_from(["road", "toilet", "school"]),
            RATES,
            inspector=st.sampled_from(["", "w1", "w2", "w3"]),
            chance=st.none() | st.floats(0.01, 1),
            planned=st.just(True),
        ),
        max_size=30,
    ),
    st.dictionaries(
        st.tuples(st.sampled_from([FIRST, SECOND, THIRD]), st.sampled_from(["road", "toilet"])), st.integers(0, 9)
    ),
    st.sampled_from(["sites", "inspections", "areas"]),
)
def test_what_a_plan_drew_has_a_figure_within_the_scale_and_an_interval_about_it(inspections, listed, roll_up):
    found = rows(inspections, listed=listed, weights=Weights(roll_up=roll_up))
    for code, row in found.items():
        scored = {(one.area, one.site, one.site_type) for one in inspections if one.area in TREE.within(code)
                  and one.rate is not None}  # fmt: skip
        assert (row.rate is None) == (not scored)
        if row.rate is None:
            continue
        assert 0 <= row.rate <= 100
        if row.low is not None and row.high is not None:
            assert len(scored) >= 2
            assert 0 <= row.low <= row.rate + 1e-6
            assert row.rate - 1e-6 <= row.high <= 100
