"""The charts of a week as pictures: SVG for pages, and the picture that a link shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flask import Blueprint, Response, make_response

from ...domain.index.figures import AreaWeek, PastWeek, PublishedWeek
from ...domain.place.areas import LEVELS
from ...domain.weeks import shifted
from .. import access
from ..context import services
from ..numbers import is_number
from ..refusing import refuse
from .pages import found_week, public_answer

blueprint = Blueprint("charts", __name__, url_prefix="/index")

HEAT_WEEKS = 12
_NARROW, _CARD = "-narrow", "card.png"


@blueprint.get("/<week>/<int:revision>/charts/<name>.svg")
@access.public
def chart(week: str, revision: int, name: str) -> Response:
    """``ranking-9`` (digits of the level's codes), ``heat``, ``trend-<area>``, ``dimensions-<area>``; ``…-narrow``."""
    content = _drawn(found_week(week, revision), name)
    if content is None:
        refuse(404, f"没有图「{name}」")
    answer = make_response(content)
    answer.content_type = "image/svg+xml; charset=utf-8"
    return public_answer(answer)


@blueprint.get("/<week>/<int:revision>/card.png")
@access.public
def card(week: str, revision: int) -> Response:
    """The picture for messengers (Open Graph)."""
    answer = make_response(_drawn(found_week(week, revision), _CARD))
    answer.content_type = "image/png"
    return public_answer(answer)


def _drawn(week: PublishedWeek, name: str) -> bytes | None:
    """A frozen week's charts are kept for a while; that of a preview is drawn anew."""
    return _kept(services().frozen.week, week.head.digest, name) if week.head.digest else _draw(week, name)


@lru_cache(maxsize=256)
def _kept(load: Callable[[str], PublishedWeek], digest: str, name: str) -> bytes | None:
    return _draw(load(digest), name)


def _draw(week: PublishedWeek, name: str) -> bytes | None:
    if name == _CARD:
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
        level = LEVELS.get(int(of)) if is_number(of) else None
        return ranking_chart(f"{head} 各{level}", rows, width_px=width_px).svg() if rows else None
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
    return [*week.details[row.area].history, PastWeek(week.head.week, row.rate, row.low, row.high)]


def _heat_weeks(week: PublishedWeek, most: int) -> list[str]:
    """So many weeks up to this one, from the first that the widest area has a figure of."""
    first = points_of(week, week.top)[0].week if week.top else week.head.week
    weeks = [shifted(week.head.week, -n) for n in reversed(range(most))]
    return [one for one in weeks if one >= first]


def _over(week: PublishedWeek, row: AreaWeek, weeks: list[str]) -> list[float | None]:
    known = {point.week: point.rate for point in points_of(week, row)}
    return [known.get(one) for one in weeks]
