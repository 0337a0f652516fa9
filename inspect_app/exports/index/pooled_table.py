"""Pooled weeks as a table for a spreadsheet; figures with the digits that the page shows."""

from __future__ import annotations

import csv
import io

from ...domain.checklists.scoring import format_rate
from ...domain.numbers import rounded
from ...services.index.comparing import PooledArea, PooledFigures
from ..csv_text import plain

COLUMNS = (
    "week", "level", "area", "name", "weeks", "since", "rate", "low", "high", "error", "freedom", "correlation",
)  # fmt: skip


def pooled_csv(figures: PooledFigures) -> str:
    """One row for each area and number of weeks that there is a figure of."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for rows in figures.levels.values():
        for row in rows:
            writer.writerows(_lines(figures.week, row))
    return text.getvalue()


def _lines(week: str, row: PooledArea) -> list[list[str]]:
    return [
        [
            week,
            row.level,
            row.area,
            plain(row.name),
            str(weeks),
            row.since[weeks],
            *(format_rate(one) for one in (found.rate, found.low, found.high, found.error)),
            str(rounded(found.freedom, 1)),
            format_rate(found.correlation),
        ]
        for weeks, found in row.figures.items()
        if found
    ]
