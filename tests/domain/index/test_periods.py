"""Weeks belong to the month, quarter and year of their Thursday: each to one, and none is left out."""

from __future__ import annotations

import pytest

from inspect_app.domain.index.periods import period_of, periods_with


@pytest.mark.parametrize(
    ("name", "first", "last", "count"),
    [
        ("2026-W48", "2026-W48", "2026-W48", 1),
        ("2026-10", "2026-W40", "2026-W44", 5),
        ("2026-11", "2026-W45", "2026-W48", 4),
        ("2026-Q4", "2026-W40", "2026-W53", 14),
        ("2026", "2026-W01", "2026-W53", 53),
        ("2027-01", "2027-W01", "2027-W04", 4),
        ("2026-W52--2027-W01", "2026-W52", "2027-W01", 3),
    ],
)
def test_a_period_has_its_weeks(name, first, last, count):
    period = period_of(name)
    assert (period.weeks[0], period.weeks[-1], len(period.weeks)) == (first, last, count)


def test_every_week_of_ten_years_is_in_one_month_quarter_and_year():
    for year in range(2020, 2030):
        weeks = period_of(str(year)).weeks
        assert sum((period_of(f"{year}-{month:02}").weeks for month in range(1, 13)), ()) == weeks
        assert sum((period_of(f"{year}-Q{quarter}").weeks for quarter in range(1, 5)), ()) == weeks
        assert all(week in period_of(name).weeks for week in weeks for name in periods_with(week))


@pytest.mark.parametrize(
    "name", ["2026-13", "2026-Q5", "2026-W54", "26", "2026-W48--2026-W47", "2020-W01--2026-W01", "x", ""]
)
def test_what_is_no_period_is_none(name):
    assert period_of(name) is None


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("2026-W01", "2025-W52"),
        ("2026-01", "2025-12"),
        ("2026-Q1", "2025-Q4"),
        ("2026", "2025"),
        ("2026-W40--2026-W43", "2026-W36--2026-W39"),
    ],
)
def test_the_period_before_is_of_the_same_kind(name, before):
    assert period_of(name).before == before


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("2026-W48", ("2026-W48", "2026-W48")),
        ("2026-W40--2026-W44", ("2026-W40", "2026-W44")),
        ("2026-11", ("2026-11", "2026-11")),
        ("2026-Q4", ("2026-10", "2026-12")),
        ("2027-Q1", ("2027-01", "2027-03")),
        ("2026", ("2026-01", "2026-12")),
    ],
)
def test_a_month_has_its_own_days_for_what_is_counted_by_the_day(name, span):
    assert period_of(name).span == span
