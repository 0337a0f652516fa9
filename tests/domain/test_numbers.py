"""Numbers from outside: what JSON can hold beyond a float is refused, and breaks nothing."""

from __future__ import annotations

import json

import pytest

from inspect_app.domain.numbers import is_number, number_from
from inspect_app.domain.place.positions import parse_fix
from inspect_app.wording import say

HUGE = json.loads("1" + "0" * 400)


@pytest.mark.parametrize("value", [0, -1, 1.5, 10**300])
def test_what_a_float_can_hold_is_a_number(value):
    assert is_number(value)


@pytest.mark.parametrize("value", [True, False, None, "1", [1], HUGE, -HUGE, *map(json.loads, ("NaN", "-Infinity"))])
def test_what_it_cannot_hold_is_none(value):
    assert not is_number(value)


@pytest.mark.parametrize(
    ("text", "number"), [("30.5", 30.5), (" -1e2 ", -100.0), ("", None), ("nan", None), ("1e999", None)]
)
def test_a_text_says_a_number_or_none(text, number):
    assert number_from(text) == number


def test_a_position_of_four_hundred_digits_is_a_problem_not_a_crash():
    raw = {"lat": HUGE, "lon": 112.2, "accuracy_m": 5, "source": "browser", "at": "2026-11-23T08:30:00Z"}
    assert [say(problem).where for problem in parse_fix(raw, {"within": ("fix",)})] == ["fix lat"]
