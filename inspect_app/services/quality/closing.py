"""What a supervisor is told before a week is published: what is unfinished, and whether inspectors differ too much."""

from __future__ import annotations

from datetime import datetime

from ...domain.accounts.scope import Scope
from ...domain.checklists.scoring import format_rate
from ...domain.index.figures import AreaWeek, PublishedWeek
from ...domain.index.sample import DRAWN
from ...domain.index.severity_found import SeverityFound
from .. import Services
from ..index.publishing import preview
from ..index.unfinished import OpenPoint, open_points


def closing_points(
    services: Services, week: str, now: datetime, *, scope: Scope, shown: PublishedWeek | None = None
) -> list[OpenPoint]:
    """``open_points``, and whether the week's inspectors differ in severity by more than chance and what is tolerated.

    How many they are, and not who: what is unfinished is kept with the publication. ``shown`` is the week's preview in
    this scope, where it was made already.
    """
    points = open_points(services, week, now, scope=scope)
    shown = shown or preview(services, week, scope=scope)
    if shown.severity is None or not shown.severity.differ:
        return points
    return [*points, OpenPoint(_said(shown.severity, shown.top), "quality.show")]


def moved_by_severity(shown: PublishedWeek) -> tuple[AreaWeek, ...]:
    """The areas whose printed figure is another than without the adjustment, where the week's inspectors differ."""
    if shown.severity is None or not shown.severity.differ:
        return ()
    return tuple(row for row in shown.rows if row.basis == DRAWN and _is_moved(row))


def _is_moved(row: AreaWeek) -> bool:
    return row.plain is not None and format_rate(row.plain) != format_rate(row.rate)


def _said(found: SeverityFound, top: AreaWeek | None) -> str:
    counts = ((found.strict, "偏严"), (found.lenient, "偏宽"))
    told = "，".join(f"{count}名{word}" for count, word in counts if count)
    what = f"本周测评员的宽严不一样，不是偶然：标准差约{found.deviation:.0f}分{f'（{told}）' if told else ''}"
    if top is None or top.basis != DRAWN:
        return f"{what}。这一周没有抽查计划，指数没有按宽严调整"
    return f"{what}。{top.name}指数调整以后{format_rate(top.rate)}，不调整{format_rate(top.plain)}"
