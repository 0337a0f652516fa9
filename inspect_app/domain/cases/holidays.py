"""The public holidays that the law itself gives a year, before anybody has arranged days around them.

全国年节及纪念日放假办法 as amended in 2024, in force since 2025, article 2. On which weekday a weekend's holiday is
made good is announced with 调休 for each year; the law does not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 2025, 2080
"""The law of today, and as far as two calendars of different authors agree to the day (they part in 2089)."""

_FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
_SPRING, _DRAGON_BOAT, _MID_AUTUMN = (1, 1), (5, 5), (8, 15)
"""Months and days of the lunar calendar."""


@lru_cache(maxsize=128)
def statutory_holidays(year: int) -> frozenset[date]:
    """The thirteen days (twelve where two fall together) of a year; none outside ``FIRST_YEAR`` to ``LAST_YEAR``."""
    return frozenset(_statutory(year)) if FIRST_YEAR <= year <= LAST_YEAR else frozenset()


def _statutory(year: int) -> Iterator[date]:
    yield from (date(year, month, day) for month, day in _FIXED)
    spring = _lunar(year, *_SPRING)
    yield from (spring + timedelta(days=number) for number in (-1, 0, 1, 2))
    yield _clear_and_bright(year)
    yield _lunar(year, *_DRAGON_BOAT)
    yield _lunar(year, *_MID_AUTUMN)


def _lunar(year: int, month: int, day: int) -> date:
    # Loaded only where a deadline reaches into a year that is not arranged.
    from tyme4py.lunar import LunarDay

    return _date(LunarDay.from_ymd(year, month, day).get_solar_day())


def _clear_and_bright(year: int) -> date:
    """Qingming, the solar term: 4, 5 or 6 April."""
    from tyme4py.solar import SolarTerm

    return _date(SolarTerm.from_name(year, "清明").get_solar_day())


def _date(day: object) -> date:
    return date.fromisoformat(f"{day.get_year():04d}-{day.get_month():02d}-{day.get_day():02d}")  # type: ignore[attr-defined]
