"""Independent validation: lots that nobody can foretell, and the figure that is published."""

from __future__ import annotations

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


def test_the_figure_is_student_s_worked_by_hand():
    """Ten differences 1 to 10: mean 5.5, s = √(82.5 / 9) = 3.02765, s/√10 = 0.95743, t(9; 0.975) = 2.262157."""
    found = validation_figure([float(one) for one in range(1, 11)], 13)
    assert found.mean == pytest.approx(5.5)
    assert (found.low, found.high) == (pytest.approx(3.33415, abs=1e-5), pytest.approx(7.66585, abs=1e-5))
    assert found.differs


def test_of_few_pairs_there_is_none():
    assert validation_figure([1.0] * (LEAST_PAIRS - 1), 13) is None


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
