"""ISO weeks (期), written ``2026-W48``: the one place that knows the week of an instant."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_FORM = re.compile(r"(2[0-9]{3})-W([0-9]{2})")
"""Years 2000 to 2999: what a city publishes lies among them, and dates about them never overflow."""

YEARS = range(1900, 2200)
"""Years that instants from outside may be of: in any zone, and with any span added, they never overflow."""


def week_of(instant: datetime, timezone: ZoneInfo) -> str:
    """The ISO 8601 week of an aware instant, by the city's local date."""
    return _name(instant.astimezone(timezone).date())


def is_week(text: str) -> bool:
    """Whether the text names a week that exists."""
    match = _FORM.fullmatch(text)
    if not match:
        return False
    try:
        date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        return False
    return True


def first_day(week: str) -> date:
    """The Monday of a week; ``ValueError`` for a text that is no week."""
    if not is_week(week):
        raise ValueError(week)
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def last_day(week: str) -> date:
    """The Sunday of a week."""
    return first_day(week) + timedelta(days=6)


def shifted(week: str, weeks: int) -> str:
    """The week so many weeks later (earlier where negative)."""
    return _name(first_day(week) + timedelta(weeks=weeks))


def title(week: str) -> str:
    """How a reader sees a week: ``2026年第48周（11月23日—11月29日）``."""
    first, last = first_day(week), last_day(week)
    return f"{week[:4]}年第{int(week[6:])}周（{first.month}月{first.day}日—{last.month}月{last.day}日）"


def day_text(at: datetime, timezone: tzinfo) -> str:
    """The day of an instant in a city's time zone, ``2026-11-23``."""
    return at.astimezone(timezone).date().isoformat()


def utc_text(instant: datetime) -> str:
    """An aware instant as stored: ISO 8601 in UTC with milliseconds, ending in ``Z``."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant_of(text: str) -> datetime:
    """The instant of a text that ``utc_text`` wrote."""
    return datetime.fromisoformat(text)


def instant_from(text: str) -> datetime | None:
    """An aware UTC instant from ISO 8601 text; None where the text is none, or has no zone or no sane year."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo and instant.year in YEARS else None


def _name(day: date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year:04d}-W{number:02d}"
