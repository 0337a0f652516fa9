"""With how many degrees of freedom other streets' spread counts in that of one."""

from __future__ import annotations

import numpy as np
import pytest

from inspect_app.domain.index.predicting import LENT_FREEDOM, lent_freedom


def test_worked_by_hand():
    """Ten streets of 8 degrees with squares 4 and 12: c is ((±4)² − 16) / 80 = 0, ± √(896 / 10) / 80, beside 1/6 ± 1/6.

    Its variance is 0.0140, that of what was known before 0.0278: (0.1667 × 0.0140) / 0.0418 = 0.0559, 4 + 2 / 0.0559.
    """
    squares, own = np.tile([4.0, 12.0], 5), np.full(10, 8.0)
    assert lent_freedom(squares, own) == pytest.approx(39.8, abs=0.1)


def test_streets_of_which_nothing_is_known_lend_what_was_thought_before():
    assert lent_freedom(np.zeros(3), np.zeros(3)) == LENT_FREEDOM
    assert lent_freedom(np.array([0.3]), np.array([0.5])) == pytest.approx(LENT_FREEDOM, abs=1.5)


@pytest.mark.parametrize("seed", range(5))
def test_streets_that_spread_alike_lend_more_and_those_that_differ_do_not(seed):
    """Sixty streets of eight degrees; where they differ, one deviation is up to four times another."""
    chance = np.random.default_rng(seed)
    own = np.full(60, 8.0)
    alike = chance.chisquare(own)
    differing = alike * chance.uniform(0.4, 1.6, 60) ** 2 / 1.12
    assert lent_freedom(alike, own) > 1.5 * LENT_FREEDOM
    assert LENT_FREEDOM <= lent_freedom(differing, own) < 1.5 * LENT_FREEDOM
