"""Figures as they are printed: halves up on the exact decimal, never minus zero."""

from __future__ import annotations

import pytest

from inspect_app.domain.checklists.rates import format_rate
from inspect_app.domain.numbers import rounded, signed


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (100 * 68.1 / 80, "85.13"),
        (71.245, "71.25"),
        (85.124999, "85.12"),
        (0.005, "0.01"),
        (-0.001, "0.00"),
        (100.0, "100.00"),
    ],
)
def test_halves_go_up_whatever_the_float_made_of_them(value, printed):
    assert format_rate(value) == str(rounded(value)) == printed


def test_a_change_has_its_sign_and_none_where_it_is_nothing():
    assert [signed(value) for value in (0.125, -0.125, -0.001, 12.0)] == ["+0.13", "-0.13", "0.00", "+12.00"]
