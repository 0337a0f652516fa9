"""The span of time that case figures are of: from one week or month to another, both included."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo

from ..weeks import first_day, is_week, last_day, title

_MONTH = re.compile(r"(2[0-9]{3})-(0[1-9]|1[0-2])")


def is_period(text: str) -> bool:
    """Whether the text names a week (``2026-W48``) or a month (``2026-11``)."""
    return is_week(text) or _MONTH.fullmatch(text) is not None


def period_starts(period: str) -> date:
    """The first day of a week or month; ``ValueError`` for a text that is neither."""
    return first_day(period) if is_week(period) else date.fromisoformat(f"{period}-01")


def period_ends(period: str) -> date:
    """The last day of a week or month."""
    if is_week(period):
        return last_day(period)
    return (period_starts(period) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def period_title(period: str) -> str:
    """How a reader sees it: a week with its days, ``2026年11月``."""
    return title(period) if is_week(period) else f"{period[:4]}年{int(period[5:])}月"


def month_of(instant: datetime, timezone: tzinfo) -> str:
    """The month of an instant by the city's local date, ``2026-11``."""
    return f"{instant.astimezone(timezone):%Y-%m}"
