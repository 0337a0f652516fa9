"""Weeks at the edges of what the model can tell: sites that are all alike, one inspector, no interval, types unseen."""

from __future__ import annotations

import numpy as np
import pytest

from inspect_app.domain.index import mixed
from inspect_app.domain.index.civility_index import week_tables
from inspect_app.domain.index.comparing import common_of, compared
from inspect_app.domain.index.gathering import AreaRows
from inspect_app.domain.index.observing import Visit, observe
from inspect_app.domain.index.sampling import predicted
from inspect_app.domain.index.weights import Weights
from inspect_app.domain.place.areas import Area, AreaTree

from .weeks import index_rows, visits

CITY = "421002"


def code(street: int) -> str:
    return f"{CITY}{street:03}"


def tree(streets: int) -> AreaTree:
    return AreaTree([Area(CITY, "某区", ""), *(Area(code(n), f"{n}", CITY) for n in range(1, streets + 1))])


def seen(street: int, kind: str, *rates: float, who: str = "") -> list[Visit]:
    return [one._replace(inspector=who) for one in visits(code(street), kind, *rates)]


@pytest.mark.parametrize(("rate", "interval"), [(90.0, False), (100.0, True), (0.0, True)])
@pytest.mark.parametrize(("streets", "kinds", "each"), [(30, 10, 2), (40, 22, 2), (100, 1, 12), (5, 4, 1)])
def test_a_week_in_which_all_sites_score_alike_has_figures(rate, interval, streets, kinds, each):
    """Nothing is known of how far sites differ: there is an interval only at the end of the scale, as a bound."""
    chance = np.random.default_rng(streets)
    inspections = [
        one._replace(inspector=f"w{chance.integers(0, 5)}")
        for street in range(1, streets + 1)
        for kind in range(kinds)
        for one in seen(street, f"type-{kind}", *[rate] * each)
    ]
    for row in index_rows(inspections, tree(streets)).values():
        assert (row.rate, row.error, row.one_sided) == (pytest.approx(rate), None, interval)
        assert (row.low is not None) is interval


def test_a_bound_is_given_only_where_every_type_was_seen():
    """Twelve perfect sites of the three good types, while the poor type, elsewhere 20, was not drawn there.

    Its figure is (3 × 100 + the poor type) ÷ 4, and no bound of those three: the interval is the model's, about it.
    """
    good = ("a", "b", "c")
    inspections = [one for kind in good for one in seen(1, kind, 100, 100, 100, 100)]
    for street in range(2, 9):
        inspections += [one for kind in good for one in seen(street, kind, 80 + street, 90)]
        inspections += seen(street, "poor", 20, 18 + street)
    listed = {(code(n), kind): 40 for n in range(1, 9) for kind in (*good, "poor")}
    row = index_rows(inspections, tree(8), listed=listed)[code(1)]
    assert not row.one_sided
    assert row.rate < 90
    assert 0 < row.low < row.rate < row.high
    assert row.high - row.rate == pytest.approx(row.rate - row.low)
    drawn = index_rows([*inspections, *seen(1, "poor", 100)], tree(8), listed=listed)[code(1)]
    assert (drawn.one_sided, drawn.high) == (True, 100)
    assert drawn.low < drawn.rate


def test_no_type_counts_with_more_than_all_or_less_than_nothing():
    """A good street (98) that was not given the best type (elsewhere 99 where roads are 60): 98 + 39 counts as 100."""
    inspections = seen(1, "road", 97, 99, 98)
    for street in range(2, 7):
        inspections += seen(street, "road", 58 + street % 2, 62) + seen(street, "best", 98, 100)
    listed = {(code(n), kind): 40 for n in range(1, 7) for kind in ("road", "best")}
    tables = week_tables(observe(inspections), tree(6), minimum=2, listed=listed)
    for row in tables.rows:
        parts = tables.detail(row.area, {}).types
        assert all(0 <= part.counts_with <= 100 for part in parts)
        counted = sum(part.share * part.counts_with for part in parts) / 100
        assert row.plain == pytest.approx(counted, abs=0.011)
    assert {part.key: part.counts_with for part in tables.detail(code(1), {}).types}["best"] == 100


def test_an_area_seen_only_at_types_that_do_not_count_is_not_ranked():
    weights = Weights(types={"shown": 0})
    inspections = seen(1, "shown", 90, 91, 92) + seen(2, "road", 80, 81) + seen(2, "shown", 70)
    found = index_rows(inspections, tree(2), weights=weights, minimum=2)
    assert (found[code(1)].rate, found[code(1)].rank, found[code(1)].enough) == (None, None, False)
    assert (found[code(2)].rank, found[code(2)].enough) == (1, True)
    assert not index_rows(inspections, tree(2), weights=weights, minimum=3)[code(2)].enough
    chosen = index_rows([one._replace(planned=False) for one in inspections], tree(2), weights=weights, minimum=2)
    assert (chosen[code(1)].enough, chosen[code(2)].rank) == (False, 1)


def spread(streets: int = 6, who=lambda street, n: "w1", each: int = 10) -> list[Visit]:
    """Streets of roads whose rates differ by some ten points, alike in every street."""
    chance = np.random.default_rng(4)
    return [
        Visit(code(street), f"{street}-{n}", "road", float(rate), inspector=who(street, n), planned=True)
        for street in range(1, streets + 1)
        for n, rate in enumerate(chance.normal(75, 5, each))
    ]


def test_how_severe_a_single_inspector_is_is_unknown_and_part_of_every_error():
    """E σ² of the half normal prior on the grid is some 14 points²; two streets have all of it in common."""
    alone, nameless = week_tables_of(spread()), week_tables_of(spread(who=lambda street, n: ""))
    common = common_of(alone.variances)
    weight = np.exp(-0.5 * (mixed.SEVERITIES / mixed.PRIOR_SEVERITY) ** 2) * [
        0.25, 0.5, 0.5, 0.5, 0.5, 0.5, 0.75, 1, 1, 1.5, 2, 2
    ]  # fmt: skip
    expected = float(weight @ mixed.SEVERITIES**2 / weight.sum())
    assert expected - 0.1 < common <= expected
    for row, plain in zip(alone.rows, nameless.rows, strict=True):
        assert row.rate == plain.rate
        assert row.error == pytest.approx((plain.error**2 + expected) ** 0.5, abs=0.15)
    first, second = alone.rows[1], alone.rows[2]
    others = nameless.rows[1], nameless.rows[2]
    apart, without = compared(first, second, common), compared(*others)
    assert apart.high - apart.low == pytest.approx(without.high - without.low, rel=0.1)
    assert common_of(nameless.variances) == 0


def week_tables_of(inspections: list[Visit], **more):
    return week_tables(observe(inspections), tree(6), minimum=2, **more)


def test_inspectors_who_are_not_known_are_one_more_who_may_be_severe():
    """Three streets by one who is known, three by nobody knows whom: these are no surer than if it were another."""
    half = spread(who=lambda street, n: "w1" if street <= 3 else "")
    other = spread(who=lambda street, n: "w1" if street <= 3 else "w2")
    for row, as_other in zip(week_tables_of(half).rows, week_tables_of(other).rows, strict=True):
        assert (row.rate, row.error) == (pytest.approx(as_other.rate), as_other.error)


def test_second_visits_that_agree_to_the_last_digit_are_known_to_agree():
    """Not the same as if none were: how severe inspectors are, relative to each other, is then known best of all."""
    first = spread(who=lambda street, n: f"w{street % 2}")
    again = [one._replace(inspector=f"w{int(one.inspector[1]) ^ 1}") for one in first if one.site.endswith(("1", "2"))]
    none, agreeing = week_tables_of(first), week_tables_of([*first, *again])
    assert none.variances["look"] is None
    assert agreeing.variances["look"] == pytest.approx(0.01 * agreeing.variances["site"], rel=0.01)
    assert agreeing.variances["severity"] < none.variances["severity"]


def test_errors_are_published_in_tenths_and_figures_to_the_printed_digit():
    tables = week_tables_of(spread(who=lambda street, n: f"w{(street + n) % 3}"), listed={(code(1), "road"): 40})
    for row in tables.rows:
        assert row.error == round(row.error, 1)
        assert row.freedom == int(row.freedom)
        assert (row.rate, row.plain) == (round(row.rate, 2), round(row.plain, 2))
        assert (row.rate - row.plain) * 2 == pytest.approx(round((row.rate - row.plain) * 2))
    known = [value for value in tables.variances.values() if value]
    assert known == [float(f"{value:.3g}") for value in known]


def test_what_stands_without_adjustment_does_not_depend_on_who_saw_what():
    """Two ways of sharing the same sites among three, with the same variances told: the plain figures are the same."""
    told = mixed.Components(1.0, 25.0, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixed.Squares, "components", lambda squares: told)
        one, other = (
            week_tables_of(spread(who=lambda street, n, step=step: f"w{(step * street + n) % 3}")) for step in (1, 2)
        )
    assert [row.plain for row in one.rows] == [row.plain for row in other.rows]
    assert np.array_equal(one.counts_with, other.counts_with)
    assert {row.freedom_apart for row in one.rows} != {None}


def test_an_area_of_areas_errs_by_what_its_streets_share():
    """Six streets by one inspector, each counting alike: his severity is in the mean as it is in each."""
    inspections = spread()
    by_area = Weights(roll_up="areas")
    city, first, *_ = week_tables_of(inspections, weights=by_area).rows
    common = common_of(week_tables_of(inspections, weights=by_area).variances)
    assert city.rate == pytest.approx(np.mean([row.rate for row in week_tables_of(inspections).rows[1:]]), abs=0.01)
    assert common < city.error**2 < first.error**2


def test_an_area_of_areas_weighs_them_and_does_without_their_intervals():
    """One of the streets has a single site, so no interval of its own; the city has one, and counts it double."""
    inspections = [one for one in spread() if one.area != code(1)] + seen(1, "road", 60, who="w1")
    weights = Weights(roll_up="areas", areas={code(1): 2, code(2): 0})
    found = index_rows(inspections, tree(6), weights=weights, minimum=2)
    of = {n: found[code(n)].rate for n in range(1, 7)}
    assert found[code(1)].low is None
    assert found[CITY].rate == pytest.approx((2 * of[1] + of[3] + of[4] + of[5] + of[6]) / 6, abs=0.01)
    assert found[CITY].low < found[CITY].rate < found[CITY].high
    perfect = [one for n in range(1, 7) for one in seen(n, "road", 100, 100, 100)]
    assert not index_rows(perfect, tree(6), weights=weights)[CITY].one_sided


def test_where_streets_give_one_site_each_the_city_has_an_interval_by_types():
    """Ten streets of one site each, two types: no street tells how far sites differ, but types do.

    Roads 70 to 90, mean 80; toilets 50 to 70, mean 60: 5 sites each, squares 2 × 250 over 8 degrees, 62.5; the variance
    of the index is 62.5 × 2 × 0.5² / 5 = 6.25, its root 2.5; t for 8 degrees is 2.306.
    """
    inspections = [
        one
        for n, away in enumerate((-10, -5, 0, 5, 10), start=1)
        for one in seen(n, "road", 80 + away) + seen(n + 5, "toilet", 60 + away)
    ]
    city = index_rows(inspections, tree(10))[CITY]
    assert (city.rate, city.error, city.freedom) == (70, 2.5, 8)
    assert (city.low, city.high) == (
        pytest.approx(70 - 2.306 * 2.5, abs=0.01),
        pytest.approx(70 + 2.306 * 2.5, abs=0.01),
    )


def test_registered_types_that_nobody_saw_make_the_figure_less_sure():
    """Three types of 70, 80, 90 and a fourth that was not drawn: types' variance is 100.

    (1/4)² × 100 × (1/3 + 1/1) = 8.33 beside the figure's own.
    """
    inspections = [
        one
        for street in (1, 2, 3)
        for kind, rate in (("a", 70), ("b", 80), ("c", 90))
        for one in seen(street, kind, rate - 3, rate, rate + 3)
    ]
    seen_types = {(code(n), kind): 90 for n in (1, 2, 3) for kind in "abc"}
    more = seen_types | {(code(n), "d"): 90 for n in (1, 2)}
    all_seen, unseen = (index_rows(inspections, tree(3), listed=of) for of in (seen_types, more))
    for area in (code(1), code(2), CITY):
        assert unseen[area].rate == all_seen[area].rate
        assert unseen[area].error == pytest.approx((all_seen[area].error ** 2 + 25 / 3) ** 0.5, abs=0.15)
        assert unseen[area].freedom <= 4
    assert unseen[code(3)] == all_seen[code(3)]
    weightless = index_rows(inspections, tree(3), listed=more, weights=Weights(types={"d": 0}))
    assert weightless[CITY].error == all_seen[CITY].error


def test_types_that_no_street_connects_are_as_unsure_as_types_differ():
    """Roads and toilets were seen in two streets, markets and parks in two others, all four are registered in all.

    Effects within the two sets are ±10 and ±5, so types differ by 250 ÷ 2 = 125. Half of a street's types are of the
    other set: 0.5² × 125 × (1/2 + 1/2). The city has as much of one set as of the other, and errs by nothing of it.
    """
    inspections = [
        one
        for streets, kinds in (((1, 2), {"road": 80, "toilet": 60}), ((3, 4), {"market": 75, "park": 65}))
        for street in streets
        for kind, rate in kinds.items()
        for one in seen(street, kind, rate - 2, rate, rate + 2)
    ]
    kinds = ("road", "toilet", "market", "park")
    listed = {code(street): 40 for street in range(1, 5)}
    register = {(area, kind): count for area, count in listed.items() for kind in kinds}
    ((_, of),) = predicted(AreaRows(observe(inspections), tree(4), Weights(), register), Weights())
    city, *streets = week_tables(observe(inspections), tree(4), minimum=2, listed=register).rows
    assert (of.type_freedom, of.type_variance) == (2, pytest.approx(125))
    for row in streets:
        assert row.error == pytest.approx((of.error[1] ** 2 + 0.25 * 125) ** 0.5, abs=0.1)
    assert city.error == pytest.approx(of.error[0], abs=0.1)
    assert 0 < city.low < 70 < city.high < 100


def test_where_nothing_tells_how_types_differ_there_is_no_interval():
    """A street was seen at its roads, one at its toilets: of what the other is good for in each, nothing is known."""
    inspections = seen(1, "road", 78, 80, 82) + seen(2, "toilet", 58, 60, 62)
    of_each = {(code(1), "road"): 40, (code(2), "toilet"): 40}
    both = of_each | {(code(2), "road"): 40, (code(1), "toilet"): 40}
    unsure, sure = (index_rows(inspections, tree(2), listed=listed) for listed in (both, of_each))
    assert [(unsure[code(n)].error, unsure[code(n)].low) for n in (1, 2)] == [(None, None)] * 2
    assert all(sure[code(n)].low is not None for n in (1, 2))
    assert 0 < unsure[CITY].low < 70 < unsure[CITY].high < 100
