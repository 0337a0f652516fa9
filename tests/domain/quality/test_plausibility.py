"""The index against complaints: worked by hand, and which streets are told of."""

from __future__ import annotations

from math import atanh, sqrt, tanh

import pytest

from inspect_app.domain.quality.plausibility import LEAST_STREETS, Street, add_counts, plausibility


def streets(rates: list[float], problems: list[int], sites: int = 10) -> list[Street]:
    pairs = enumerate(zip(rates, problems, strict=True))
    return [Street(f"{n}", f"街道{n}", rate, count, sites) for n, (rate, count) in pairs]


def test_the_correlation_and_its_interval_are_worked_by_hand():
    """Ranks by index 1 to 6, by problems 2 1 3 4 6 5: Σd² = 4, ρ = 1 − 6 × 4 / (6 × 35) = 0.885714."""
    found = plausibility(streets([95, 90, 85, 80, 75, 70], [2, 1, 3, 4, 6, 5]))
    assert found.correlation == pytest.approx(0.885714, abs=1e-6)
    half = 1.96 * sqrt((1 + 0.885714**2 / 2) / 3)
    assert found.low == pytest.approx(tanh(atanh(0.885714) - half), abs=1e-5)
    assert found.far == ()


def test_a_street_that_is_good_here_and_bad_there_is_told_of_farthest_first():
    found = plausibility(streets([95, 90, 85, 80, 75, 70], [60, 10, 20, 30, 40, 5]))
    assert [(one.street.area, one.rank, one.rank_by_problems) for one in found.far] == [("0", 1, 6), ("5", 6, 1)]
    assert [one.better_than_reported for one in found.far] == [True, False]


def test_problems_count_by_site_and_equal_ones_share_a_rank():
    many = [*streets([95, 90, 85, 80, 75], [5] * 5), Street("5", "大街道", 99, 10, 1000)]
    found = plausibility(many)
    assert found.correlation == pytest.approx(0.654654, abs=1e-6), "one first in both, five equal behind it"


def test_of_few_streets_and_of_no_problems_nothing_is_said():
    assert plausibility(streets([90.0] * (LEAST_STREETS - 1), [1] * (LEAST_STREETS - 1))) is None
    assert plausibility(streets([90.0] * 6, [0] * 6)) is None
    assert plausibility(streets([90.0] * 6, [1] * 6)).correlation is None


def test_counts_are_added_by_area():
    assert add_counts({"a": 1}, {"a": 2, "b": 3}) == {"a": 3, "b": 3}
