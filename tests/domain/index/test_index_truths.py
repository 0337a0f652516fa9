"""Whether the index says what is true: a few of the truths of ``benchmarks/index_truths.py``, in short."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.index_truths import TRUTHS, measured

CITIES, WEEKS = 5, 3


@pytest.mark.parametrize("name", ["severity sd 5", "2 to 3 sites a street"])
def test_intervals_hold_the_truth_and_equal_streets_are_not_told_apart(name):
    """Over some 450 streets and weeks: two standard errors of their shares are left for chance."""
    found = measured(TRUTHS[name], CITIES, WEEKS, seed=20161107)
    assert found["none"] == 0
    assert 91 <= found["coverage"] <= 99
    assert 0 < found["false_arrows"] <= 8, "none at all: two such weeks are not compared"
    assert found["false_tiers"] <= 8
    assert found["power"] >= 75


def test_streets_whose_sites_spread_unevenly_are_covered_where_hardly_anything_tells_how_they_do():
    """Deviations from 4 to 16 points, two or three sites each: 1,200 streets and weeks, 95.9 % in 24,000."""
    truth = replace(TRUTHS["2 to 3 sites a street"], uneven=0.6)
    found = measured(truth, 2 * CITIES, WEEKS, seed=20161107)
    assert 93 <= found["coverage"] <= 99
    assert 0 < found["false_arrows"] <= 8
