"""Periods that figures are published for: a week, a month, a quarter, a year, or some weeks.

A week belongs to the month, quarter and year that its Thursday lies in, so that each week is in one of each and a year
has exactly its ISO weeks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from ..weeks import first_day, is_week, shifted
from ..weeks import title as week_title

_FORM = re.compile(r"(2[0-9]{3})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?")
_THURSDAY = timedelta(days=3)
MOST_WEEKS = 105
MONTHS_OF_A_QUARTER = 3


@dataclass(frozen=True, slots=True)
class Period:
    """A period by its name (``2026-W48``, ``2026-11``, ``2026-Q4``, ``2026``, ``2026-W40--2026-W44``) and its weeks."""

    name: str
    weeks: tuple[str, ...]

    @property
    def title(self) -> str:
        """How a reader sees it."""
        if len(self.weeks) == 1 and is_week(self.name):
            return week_title(self.name)
        match = _FORM.fullmatch(self.name)
        if match is None:
            return f"{self.weeks[0]}至{self.weeks[-1]}"
        year, month, quarter = match.groups()
        span = f"（{self.weeks[0]}—{self.weeks[-1]}）"
        return f"{year}年" + (f"{int(month)}月" if month else f"第{quarter}季度" if quarter else "") + span

    @property
    def span(self) -> tuple[str, str]:
        """The first and last month or week of the days that it has for what is counted by the day (cases).

        A month's are its own, as on every page of cases; those of its weeks begin and end in other months.
        """
        match = _FORM.fullmatch(self.name)
        if match is None:
            return self.weeks[0], self.weeks[-1]
        year, month, quarter = match.groups()
        if month:
            return self.name, self.name
        last = MONTHS_OF_A_QUARTER * int(quarter) if quarter else 12
        first = last - MONTHS_OF_A_QUARTER + 1 if quarter else 1
        return f"{year}-{first:02}", f"{year}-{last:02}"

    @property
    def before(self) -> str:
        """The name of the period before, of the same kind and length."""
        match = _FORM.fullmatch(self.name)
        if match is None:
            first, last = (shifted(week, -len(self.weeks)) for week in (self.weeks[0], self.weeks[-1]))
            return first if is_week(self.name) else f"{first}--{last}"
        year, month, quarter = int(match[1]), int(match[2] or 0), int(match[3] or 0)
        if month:
            return f"{year}-{month - 1:02}" if month > 1 else f"{year - 1}-12"
        if quarter:
            return f"{year}-Q{quarter - 1}" if quarter > 1 else f"{year - 1}-Q4"
        return str(year - 1)


def period_of(name: str) -> Period | None:
    """The period of that name; None where there is none, or it has more than ``MOST_WEEKS`` weeks."""
    if is_week(name):
        return Period(name, (name,))
    first, found, last = name.partition("--")
    if found:
        if not (is_week(first) and is_week(last) and first <= last):
            return None
        count = (first_day(last) - first_day(first)).days // 7 + 1
        return Period(name, tuple(shifted(first, n) for n in range(count))) if count <= MOST_WEEKS else None
    match = _FORM.fullmatch(name)
    if match is None:
        return None
    year, month, quarter = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    months = (
        [month] if month else [MONTHS_OF_A_QUARTER * (quarter - 1) + n for n in (1, 2, 3)] if quarter else range(1, 13)
    )
    return Period(name, tuple(week for week in _weeks_of(year) if (first_day(week) + _THURSDAY).month in months))


def periods_with(week: str) -> tuple[str, ...]:
    """The week, month, quarter and year that a week belongs to."""
    thursday = first_day(week) + _THURSDAY
    quarter = (thursday.month - 1) // MONTHS_OF_A_QUARTER + 1
    return week, f"{thursday.year}-{thursday.month:02}", f"{thursday.year}-Q{quarter}", str(thursday.year)


def _weeks_of(year: int) -> list[str]:
    """The ISO weeks of a year: those whose Thursday it holds."""
    names = (f"{year}-W{number:02}" for number in range(1, 54))
    return [name for name in names if is_week(name)]
