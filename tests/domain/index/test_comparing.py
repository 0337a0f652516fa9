"""Differences of two figures, all pairs at once, letters, pooled weeks, and what a sample can show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit

from inspect_app.domain.index.comparing import compared, detectable, letters, pooled, told_apart
from inspect_app.domain.index.figures import PastWeek
from inspect_app.domain.index.ranking import ranked, with_past

from .test_ranking import row


def known(area: str, rate: float, error: float, freedom: float = 20.0):
    return replace(row(area, rate, 2 * error), error=error, freedom=freedom)


def test_two_named_areas_are_compared_by_a_test_of_their_difference():
    """6 ± √(2² + 1.5²) = 2.5: t = 2.4; freedom 2.5⁴ / (2⁴ / 20 + 1.5⁴ / 10) = 29.89, t at 97.5 % is 2.042."""
    found = compared(known("a", 86, 2.0), known("b", 80, 1.5, 10.0))
    assert (found.points, found.sure) == (6, True)
    assert (found.low, found.high) == (
        pytest.approx(6 - 2.0426 * 2.5, abs=0.001),
        pytest.approx(6 + 2.0426 * 2.5, abs=0.001),
    )
    assert found.p == pytest.approx(0.0228, abs=0.0005)
    assert compared(known("a", 86, 2.0), row("b", 80, 2)) is None


def test_what_the_areas_of_a_week_have_in_common_goes_out_of_their_difference():
    """Errors 2.5 and 2, of which 2.25 points² are common: 6.25 - 2.25 + 4 - 2.25 = 5.75, its root 2.398.

    Freedom 5.75² / (4² / 20 + 1.75² / 10) = 29.88, t at 97.5 % is 2.043. At most 0.9 of the smaller one goes out:
    6.25 + 4 - 2 × 3.6 = 3.05. A past week has other inspectors, so that nothing goes out of a change.
    """
    one = replace(known("a", 86, 2.5, 6.0), freedom_apart=20.0)
    other = replace(known("b", 80, 2.0, 5.0), freedom_apart=10.0)
    found = compared(one, other, common=2.25)
    assert found.high - found.points == pytest.approx(2.0427 * 5.75**0.5, abs=0.001)
    assert compared(one, other).high > found.high > compared(one, other, common=100.0).high
    freedom = 3.05**2 / (2.65**2 / 20 + 0.4**2 / 10)
    assert compared(one, other, common=100.0).high == pytest.approx(6 + stdtrit(freedom, 0.975) * 3.05**0.5)
    past = PastWeek("2026-W47", 80.0, 76.0, 84.0, error=2.0, freedom=5.0)
    assert compared(one, past).high == pytest.approx(compared(one, other).high)
    rates, errors, freedoms = np.array([86.0, 80.0]), np.array([2.5, 2.0]), np.array([20.0, 10.0])
    assert told_apart(rates, errors, freedoms, 2.25)[0, 1]
    assert not told_apart(rates, errors, freedoms)[0, 1]


def test_of_all_pairs_those_are_told_apart_that_the_false_discovery_rate_allows():
    """Three pairs with p of 0.0001, 0.02 and 0.04: 0.04 ≤ 5 % × 3/3, so all; beside two equal ones it is no more."""
    apart = told_apart(np.array([90.0, 80.0, 50.0]), np.array([3.4, 3.4, 3.4]), np.full(3, 1e6))
    assert apart.tolist() == [[False, True, True], [True, False, True], [True, True, False]]
    alike = np.full(12, 80.0)
    alike[0] = 90.0
    assert not told_apart(alike, np.full(12, 3.4), np.full(12, 1e6)).any()
    assert not told_apart(np.array([90.0, 10.0]), np.array([1.0, np.nan]), np.array([9.0, np.nan])).any()


def test_letters_say_exactly_which_pairs_are_told_apart():
    chance = np.random.default_rng(3)
    for _ in range(40):
        count = int(chance.integers(1, 12))
        apart = np.triu(chance.random((count, count)) < 0.4, 1)
        apart |= apart.T
        found = letters(apart)
        for first in range(count):
            for second in range(count):
                assert apart[first, second] == (first != second and not set(found[first]) & set(found[second]))


def test_a_wide_row_does_not_join_those_that_it_stands_between():
    """a and c differ beyond chance though b, of which little is known, is told from neither: letters part them."""
    found = {one.area: one for one in ranked([known("a", 90, 1), known("b", 85, 8), known("c", 80, 1)])}
    assert not set(found["a"].letters) & set(found["c"].letters)
    assert set(found["b"].letters) == set(found["a"].letters) | set(found["c"].letters)
    assert [(found[area].rank_low, found[area].rank_high) for area in "abc"] == [(1, 2), (1, 3), (2, 3)]
    assert {one.tier for one in found.values()} == {1}


def test_figures_that_are_printed_alike_share_their_rank():
    found = ranked([known("a", 71.2501, 2), known("b", 71.2499, 2), known("c", 70, 2)])
    assert [(one.area, one.rank) for one in found] == [("a", 1), ("b", 1), ("c", 3)]


def test_a_change_is_a_test_of_the_two_weeks():
    """5.1 points with errors 2 and 1.5: t = 2.04 at 29.9 degrees, just short; 5.2 is beyond."""
    for before, sure in ((80.9, False), (80.8, True)):
        past = PastWeek("2026-W47", before, before - 4, before + 4, error=1.5, freedom=10.0)
        assert with_past(known("a", 86, 2.0), [past], "2026-W47").change_sure is sure


def weeks(*rates: float) -> list[PastWeek]:
    return [PastWeek(f"2026-W{n:02}", rate, rate - 4, rate + 4, 2.0, 20.0) for n, rate in enumerate(rates)]


def test_pooled_weeks_are_as_sure_as_their_own_correlation_allows():
    """Four independent weeks with errors of 2: 1. Where weeks go together, the error is larger."""
    chance = np.random.default_rng(5)
    independent = [weeks(*chance.normal(80, 2, 8)) for _ in range(30)]
    found = pooled(independent, 4)[0]
    assert found.correlation == pytest.approx(0, abs=0.15)
    assert found.rate == pytest.approx(np.mean([week.rate for week in independent[0][-4:]]))
    lasting = [weeks(*(80 + np.cumsum(chance.normal(0, 2, 13)))) for _ in range(30)]
    together = pooled(lasting, 13)[0]
    assert together.correlation > 0.6
    alone = pooled(independent, 8)[0]
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    assert pooled([weeks(80, 81), weeks(80, 81, 82, 83)], 4)[0] is None


def test_what_difference_a_number_of_sites_can_show():
    """(1.960 + 0.842) × 12 × √(2 / 10) = 15.04 points at 10 sites each; four times the sites show half of it."""
    assert detectable(12, 10) == pytest.approx(15.04, abs=0.01)
    assert detectable(12, 40) == pytest.approx(15.04 / 2, abs=0.01)
