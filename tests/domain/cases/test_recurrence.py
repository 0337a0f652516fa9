"""Recurrence: the how manieth time a problem is there."""

from __future__ import annotations

import pytest

from inspect_app.domain.cases.recurrence import Earlier, Recurrence, recurrence


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([], Recurrence()),
        ([Earlier("a", "2026-W40", 1)], Recurrence("a", 2)),
        ([Earlier("a", "2026-W35", 1), Earlier("b", "2026-W40", 2)], Recurrence("b", 3)),
        ([Earlier("b", "2026-W48", 1)], Recurrence("b", 2)),
        ([Earlier("a", "2026-W36", 4)], Recurrence("a", 5)),
        ([Earlier("a", "2026-W35", 4)], Recurrence()),
        ([Earlier("later", "2026-W49", 1)], Recurrence()),
    ],
)
def test_the_latest_case_of_the_last_twelve_weeks_is_the_one_before(earlier, expected):
    assert recurrence("2026-W48", earlier) == expected


def test_the_new_year_is_no_end():
    assert recurrence("2027-W01", [Earlier("a", "2026-W52", 1)]) == Recurrence("a", 2)
