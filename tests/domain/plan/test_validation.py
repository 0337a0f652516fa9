"""Independent validation: lots that nobody can foretell, and the figure that is published."""

from __future__ import annotations

from random import Random

import pytest

from inspect_app.domain.plan.validation import (
    LEAST_PAIRS,
    ValidationFigure,
    is_chosen,
    validation_figure,
    validation_text,
    who_goes,
)

KEY = b"k" * 32
SITES = [f"site-{number}" for number in range(4000)]


def test_the_lot_takes_its_share_and_others_with_another_key_or_week():
    """4,000 sites at 0.1: 400, standard deviation 19; three of them either way."""
    mine = {one for one in SITES if is_chosen(KEY, "2026-W48", one, 0.1)}
    assert 343 <= len(mine) <= 457
    for key, week in ((b"o" * 32, "2026-W48"), (KEY, "2026-W49")):
        others = {one for one in SITES if is_chosen(key, week, one, 0.1)}
        assert len(mine & others) < 80, "no more in common than by chance (40)"
    assert not any(is_chosen(KEY, "2026-W48", one, 0.0) for one in SITES)
    assert all(is_chosen(KEY, "2026-W48", one, 1.0) for one in SITES)


def test_who_has_fewest_goes_and_nobody_where_nobody_can():
    assert who_goes(KEY, "2026-W48", "a", ("x", "y"), {"x": 2, "y": 1}) == "y"
    assert who_goes(KEY, "2026-W48", "a", (), {}) is None
    chosen = {who_goes(KEY, "2026-W48", one, ("x", "y"), {}) for one in SITES[:50]}
    assert chosen == {"x", "y"}, "of equals by lot"


def test_each_validator_with_one_pair_it_is_student_s_worked_by_hand():
    """Ten differences 1 to 10: mean 5.5, s = √(82.5 / 9) = 3.02765, s/√10 = 0.95743, t(9; 0.975) = 2.262157."""
    found = validation_figure({str(one): [float(one)] for one in range(1, 11)}, 13)
    assert found.mean == pytest.approx(5.5)
    assert (found.low, found.high) == (pytest.approx(3.33415, abs=1e-5), pytest.approx(7.66585, abs=1e-5))
    assert (found.pairs, found.validators) == (10, 10)
    assert found.differs


def test_pairs_of_one_validator_have_that_persons_severity_in_common():
    """Three of 4 pairs each, means 1, 3, 8: mean 4, s² of means 13, error √(13/3) = 2.08167, t(2) = 4.302653."""
    differences = {"a": [0.0, 2.0, 1.0, 1.0], "b": [3.0, 3.0, 2.0, 4.0], "c": [8.0, 8.0, 7.0, 9.0]}
    found = validation_figure(differences, 13)
    assert found.mean == pytest.approx(4)
    assert (found.low, found.high) == (pytest.approx(-4.95669, abs=1e-4), pytest.approx(12.95669, abs=1e-4))
    assert not found.differs, "as if independent, the interval would be 1.9 to 6.1"


def test_validators_of_unequal_numbers_leave_fewer_degrees_of_freedom():
    """8 and 2 pairs of means 0 and 5: mean 1, sums of deviations ∓8, (64/0.2 + 64/0.8)/100 = 4, t(1) = 12.70620."""
    found = validation_figure({"a": [-1.0, 1.0] * 4, "b": [5.0, 5.0]}, 13)
    assert (found.low, found.high) == (pytest.approx(1 - 25.41240, abs=1e-4), pytest.approx(1 + 25.41240, abs=1e-4))
    unequal = validation_figure({"a": [-1.0, 1.0] * 10, "b": [5.0, 4.0], "c": [3.0, 4.0]}, 13)
    equal = validation_figure({"a": [-1.0, 1.0] * 4, "b": [4.0, 5.0] * 4, "c": [3.0, 4.0] * 4}, 13)
    assert unequal.high - unequal.mean > equal.high - equal.mean


def test_validators_who_agree_by_chance_do_not_make_the_error_small():
    """Both have the mean 0: it is that of ten independent pairs, s = √(200/9), s/√10 = 1.49071, t(9) = 2.262157."""
    found = validation_figure({"a": [10.0, 0.0, 0.0, 0.0, -10.0], "b": [0.0] * 5}, 13)
    assert found.high == pytest.approx(2.262157 * 1.49071, abs=1e-4)


def test_of_one_validator_there_is_no_interval_and_it_is_said_why():
    found = validation_figure({"a": [float(one) for one in range(10)]}, 13)
    assert (found.mean, found.low, found.high, found.validators) == (4.5, None, None, 1)
    assert not found.differs
    assert "核验只由一人做，分不出是这个人宽严不同，还是原测有偏，所以没有区间" in validation_text(found)


def test_the_interval_holds_the_truth_where_few_validators_differ():
    """4,000 times, severity sd 3 and sites sd 8: 95 %, less three standard errors (1.0)."""
    chance = Random(5)
    for sizes in ((6, 6), (10, 10, 10), (24, 8, 4, 4)):
        held = 0
        for _ in range(4000):
            own = [chance.gauss(0, 3) for _ in sizes]
            some = {str(n): [chance.gauss(own[n], 8) for _ in range(size)] for n, size in enumerate(sizes)}
            found = validation_figure(some, 13)
            held += found.low <= 0 <= found.high
        assert held / 4000 >= 0.94, sizes


def test_of_few_pairs_there_is_none():
    assert validation_figure({"a": [1.0] * (LEAST_PAIRS - 2), "b": [1.0]}, 13) is None


@pytest.mark.parametrize(
    ("mean", "low", "high", "said"),
    [
        (-1.26, -2.5, -0.04, "−1.3分（95%区间−2.5—0.0分），差别超出误差"),
        (0.04, -1.0, 1.08, "0.0分（95%区间−1.0—+1.1分），看不出差别"),
    ],
)
def test_what_is_said_of_it(mean, low, high, said):
    text = validation_text(ValidationFigure(12, 13, mean, low, high))
    assert said in text
    assert "12个点位" in text
