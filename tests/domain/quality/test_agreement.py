"""Agreement of two inspectors: published figures, and rules that hold for any."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.quality.agreement import LEAST_PAIRS, agreement

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


@given(st.integers(1, 40), st.integers(LEAST_PAIRS, 300), st.integers(0, 2**32 - 1))
def test_alpha_is_to_the_last_bit_that_of_the_reference_implementation(steps, count, seed):
    scores = np.random.default_rng(seed).integers(0, steps + 1, (count, 2)) / steps
    found = agreement([(first, second) for first, second in scores.tolist()]).alpha
    if len(np.unique(scores)) < 2:
        assert found is None
    else:
        assert found == krippendorff.alpha(reliability_data=scores.T, level_of_measurement="interval")


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
    if found.low is not None:
        assert -1 <= found.low <= found.kappa <= found.high <= 1


def test_where_all_agree_no_interval_pretends_to_be_sure():
    found = agreement(table(4, 0, 0, 8))
    assert (found.kappa, found.low, found.high) == (pytest.approx(1.0), None, None)


def visits(chance: np.random.Generator, count: int) -> tuple[list[tuple[float, float]], list[int]]:
    """Sites of eight items: each as bad as its site is, seen by two who are each severe or mild for a whole visit."""
    site = chance.normal(0, 1, (count, 1, 1))
    severe = chance.normal(0, 1, (count, 1, 2))
    bad = site + severe + chance.normal(0, 1, (count, 8, 2)) > 0.8
    return [(1.0 - one, 1.0 - other) for one, other in bad.reshape(-1, 2)], np.repeat(np.arange(count), 8).tolist()


def test_the_interval_over_many_items_holds_the_truth_although_a_visit_s_judgements_go_together():
    """Over 300 weeks of 40 second visits; the pairs taken as independent would hold it in far fewer."""
    chance = np.random.default_rng(7)
    truth = agreement(visits(chance, 20_000)[0]).kappa
    held = []
    for _ in range(300):
        found = agreement(*visits(chance, 40))
        held.append(found.low <= truth <= found.high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_few_sites_give_no_interval_however_many_items_they_have():
    pairs, sites = visits(np.random.default_rng(1), LEAST_PAIRS - 1)
    found = agreement(pairs, sites)
    assert found.kappa is not None
    assert (found.low, found.high) == (None, None)
