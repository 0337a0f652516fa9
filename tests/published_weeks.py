"""Weeks that are published as if by method 3, with the figures that a test says: rate, standard error, freedom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.domain.index.figures import AreaDetail, AreaWeek, PublishedWeek, WeekHead
from inspect_app.domain.index.publication import Publication, Revision
from inspect_app.services import Services

VARIANCES = {"cell": 25.0, "site": 119.0, "look": None, "severity": 0.5}
"""Sites differ by √144 = 12 points after their types."""


def publish_figures(services: Services, week: str, figures: Mapping[str, tuple[float, float | None]]) -> None:
    """Publish a week of areas, by code, with these rates and standard errors (20 degrees of freedom)."""
    rows = tuple(_row(code, rate, error) for code, (rate, error) in figures.items())
    head = WeekHead("荆州市", week, 1, "2026-11-30T00:00:00.000Z", "", "3", 3, {}, variances=VARIANCES)
    details = {row.area: AreaDetail(row.area, *((),) * 6) for row in rows}
    digest = services.frozen.keep(PublishedWeek(head, rows, details, ()))
    revision = Revision(week, 1, datetime(2026, 11, 30, tzinfo=UTC), "supervisor", "", digest)
    PUBLICATIONS.keep(services.store, week, Publication((revision,)))


def _row(code: str, rate: float, error: float | None) -> AreaWeek:
    level = {4: "市", 6: "区县", 9: "街道乡镇"}[len(code)]
    half = 2 * (error or 0)
    low, high = (rate - half, rate + half) if error else (None, None)
    return AreaWeek(
        area=code,
        name=f"区域{code[-3:]}",
        level=level,
        parent=code[:-3] if len(code) > 6 else code[:-2],
        rate=rate,
        low=low,
        high=high,
        sites=5,
        inspections=5,
        observations=50,
        listed=20,
        planned=5,
        planned_done=5,
        enough=True,
        basis="drawn",
        plain=rate,
        error=error,
        freedom=20.0 if error else None,
    )
