"""The charts of a week as pictures: SVG for pages, and the picture that a link shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ...domain.index.figures import AreaWeek, PastWeek, PublishedWeek
from ...domain.weeks import shifted

CARD = "card.png"
HEAT_WEEKS = 12
_NARROW = "-narrow"
_FEW = 2
"""Rows that need no chart."""


def names_of(week: PublishedWeek) -> Iterator[str]:
    """The pictures that a week's own page shows, and the one of a link to it; those of an area's page are not there."""
    yield CARD
    rows = Counter(str(len(row.area)) for row in week.rows if row is not week.top and row.level != "社区")
    ranked = [f"ranking-{digits}" for digits, count in rows.items() if count > _FEW]
    for name in [*ranked, "heat"]:
        yield from (name, name + _NARROW)


def drawn(week: PublishedWeek, name: str) -> bytes | None:
    """A picture of a week, None where it has none of that name.

    ``ranking-9`` (digits of the level's codes), ``heat``, ``trend-<area>``, ``dimensions-<area>``, each with
    ``-narrow`` for phones, are SVG; ``card.png`` is for messengers (Open Graph).
    """
    if name == CARD:
        from ...charts.card import card_png

        return card_png(week.head, week.top)
    # matplotlib takes half a second to load: only who draws pays for it.
    from ...charts.drawing import NARROW_PX, WIDE_PX
    from ...charts.heat import heat_chart
    from ...charts.ranking import parts_chart, ranking_chart
    from ...charts.trend import trend_chart

    width_px = NARROW_PX if name.endswith(_NARROW) else WIDE_PX
    kind, _, of = name.removesuffix(_NARROW).partition("-")
    head = f"{week.head.city}公共文明指数 {week.head.week}"
    row = week.row(of)
    if kind == "ranking":
        rows = [one for one in week.rows if str(len(one.area)) == of]
        return ranking_chart(f"{head} 各{rows[0].level}", rows, width_px=width_px).svg() if rows else None
    if kind == "heat" and not of:
        weeks = _heat_weeks(week, 6 if width_px == NARROW_PX else HEAT_WEEKS)
        streets = [one for one in week.rows if one.level == "街道乡镇"]
        lines = [(one.name, _over(week, one, weeks)) for one in streets]
        return heat_chart(f"{head} 近{len(weeks)}周", weeks, lines, width_px=width_px).svg() if lines else None
    if row is None:
        return None
    if kind == "trend":
        return trend_chart(f"{row.name}公共文明指数走势", points_of(week, row), width_px=width_px).svg()
    if kind == "dimensions":
        return parts_chart(f"{row.name}各维度", week.details[of].dimensions, width_px=width_px).svg()
    return None


def points_of(week: PublishedWeek, row: AreaWeek) -> list[PastWeek]:
    """An area's figures up to this week, oldest first."""
    return [*week.details[row.area].history, PastWeek.of(row, week.head.week)]


def _heat_weeks(week: PublishedWeek, most: int) -> list[str]:
    """So many weeks up to this one, from the first that the widest area has a figure of."""
    first = points_of(week, week.top)[0].week if week.top else week.head.week
    weeks = [shifted(week.head.week, -n) for n in reversed(range(most))]
    return [one for one in weeks if one >= first]


def _over(week: PublishedWeek, row: AreaWeek, weeks: list[str]) -> list[float | None]:
    known = {point.week: point.rate for point in points_of(week, row)}
    return [known.get(one) for one in weeks]
