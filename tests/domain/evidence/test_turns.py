"""What lies on a photo that is turned: marks and boxes go with it, and come back as they were."""

from __future__ import annotations

import random

import pytest

from inspect_app.domain.evidence.marks import Mark
from inspect_app.domain.evidence.redaction import Box
from inspect_app.domain.evidence.turns import is_quarters, turned_boxes, turned_marks


def test_a_box_in_the_first_corner_is_in_the_next_after_each_quarter():
    box = Box(0, 0, 0.5, 0.25, "face")
    there = [turned_boxes([box], quarters)[0] for quarters in range(4)]
    assert there[1] == Box(0.75, 0, 0.25, 0.5, "face")
    assert there[2] == Box(0.5, 0.75, 0.5, 0.25, "face")
    assert there[3] == Box(0, 0.5, 0.25, 0.5, "face")


def test_an_arrow_to_the_right_points_down_after_a_quarter():
    assert turned_marks([Mark("arrow", (100, 200), (900, 200))], 1) == (Mark("arrow", (800, 100), (800, 900)),)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_what_is_turned_and_turned_back_is_the_same(quarters):
    """Else what an inspector blurred would not be known again among the boxes of a turned photo."""
    rng = random.Random(quarters)
    for _ in range(200):
        x, y = rng.randrange(999), rng.randrange(999)
        width, height = rng.randrange(1, 1000 - x), rng.randrange(1, 1000 - y)
        box = Box(x / 1000, y / 1000, width / 1000, height / 1000)
        assert turned_boxes(turned_boxes([box], quarters), 4 - quarters) == (box,)
        mark = Mark("blur", (x, y), (x + width, y + height))
        assert turned_marks(turned_marks([mark], quarters), 4 - quarters) == (mark,)


@pytest.mark.parametrize(("raw", "good"), [(0, True), (3, True), (4, False), (-1, False), (True, False), ("1", False)])
def test_there_are_three_turns_and_none(raw, good):
    assert is_quarters(raw) is good
