"""The day that papers bear: the city's day of publication."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from ...domain.weeks import instant_from


def published_day(published_at: str, zone: ZoneInfo) -> date | None:
    """The day of an instant (UTC, as text) in this zone; None of a preview, which has none."""
    instant = instant_from(published_at)
    return instant.astimezone(zone).date() if instant else None


def day_text(day: date | None) -> str:
    """How a letter is dated."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "（预览，未发布）"
