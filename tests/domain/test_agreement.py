"""Agreement of two inspectors: published figures, and rules that hold for any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.agreement import LEAST_PAIRS, agreement

BAD, GOOD = 0.0, 1.0


def table(both_bad: int, first_only: int, second_only: int, both_good: int) -> list[tuple[float, float]]:
    return (
        [(BAD, BAD)] * both_bad + [(BAD, GOOD)] * first_only + [(GOOD, BAD)] * second_only + [(GOOD, GOOD)] * both_good
    )


def test_kappa_is_that_of_a_table_worked_by_hand():
    """20, 5, 10 and 15 of 50: observed 0.7; expected 0.5 × 0.6 + 0.5 × 0.4 = 0.5; kappa 0.2 / 0.5 = 0.4."""
    found = agreement(table(20, 5, 10, 15))
    assert (found.pairs, found.same) == (50, 35)
    assert found.kappa == pytest.approx(0.4)


def test_the_interval_is_that_of_fleiss_cohen_and_everitt():
    """The same table: a = Σ p_ii (1 - (r_i + c_i)(1 - κ))² = 0.4 (1 - 1.1 × 0.6)² + 0.3 (1 - 0.9 × 0.6)² = 0.10972.

    b = 0.36 × (0.1 (0.6 + 0.5)² + 0.2 (0.4 + 0.5)²) = 0.10188; c = (0.4 - 0.5 × 0.6)² = 0.01; variance
    (0.10972 + 0.10188 - 0.01) / (50 × 0.25) = 0.016128, standard error 0.12700: 0.151 to 0.649.
    """
    found = agreement(table(20, 5, 10, 15))
    assert (found.low, found.high) == (pytest.approx(0.151, abs=0.001), pytest.approx(0.649, abs=0.001))


def test_alpha_is_that_of_krippendorff_s_own_example():
    """Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", A: two observers, ten units, binary: 0.095."""
    first, second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert agreement(list(zip(first, second, strict=True))).alpha == pytest.approx(0.095, abs=0.0005)


def test_too_few_pairs_give_counts_only():
    found = agreement(table(2, 1, 1, LEAST_PAIRS - 5))
    assert (found.pairs, found.same) == (LEAST_PAIRS - 1, LEAST_PAIRS - 3)
    assert (found.kappa, found.alpha) == (None, None)


def test_where_nobody_found_anything_nothing_is_said():
    found = agreement(table(0, 0, 0, 30))
    assert (found.same, found.kappa, found.alpha) == (30, None, None)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.5, 1.0])), max_size=60))
def test_figures_keep_their_bounds_and_do_not_depend_on_who_was_first(pairs):
    found, turned = agreement(pairs), agreement([(second, first) for first, second in pairs])
    assert found.same <= found.pairs == len(pairs)
    for one, other in ((found.kappa, turned.kappa), (found.alpha, turned.alpha)):
        assert one == (None if other is None else pytest.approx(other))
        assert one is None or one <= 1 + 1e-9
    if found.kappa is not None:
        assert -1 <= found.low <= found.kappa <= found.high <= 1
