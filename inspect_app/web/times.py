"""Instants as a browser's ``datetime-local`` field writes them: the city's time, without a zone."""

from __future__ import annotations

from datetime import UTC, datetime

from ..domain.weeks import YEARS
from .context import services


def instant_of_field(text: str) -> datetime | None:
    """The UTC instant of ``2026-11-30T18:00`` in the city; None where the field is empty or no time."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if local.year not in YEARS:
        return None
    return (local if local.tzinfo else local.replace(tzinfo=services().settings.timezone)).astimezone(UTC)


def field_of_instant(instant: datetime | None) -> str:
    """The field's value for an instant; empty for None."""
    if instant is None:
        return ""
    return instant.astimezone(services().settings.timezone).strftime("%Y-%m-%dT%H:%M")
