"""Pooled weeks and two named areas compared, for the office."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template, request

from ...domain.accounts.permissions import Permission
from ...domain.index.comparing import POOLED_WEEKS
from ...domain.index.comparing_words import compared_text
from ...domain.problems import Problem
from ...domain.weeks import title
from ...exports.index.pooled_table import pooled_csv
from ...services.index.comparing import ONE_WEEK, SPANS, ComparedAreas, ShownWeek, compare, pooled_figures, shown_week
from .. import access
from ..context import scope, services
from ..downloads import download
from ..numbers import is_number
from .pages import levels, require_week

blueprint = Blueprint("comparing", __name__, url_prefix="/index")


@blueprint.get("/<week>/comparing")
@access.allowed(Permission.INDEX_PREVIEW)
def show(week: str) -> Response:
    """Areas over 4, 8 and 13 weeks; two compared where the address names them (``one``, ``other``, ``weeks``)."""
    require_week(week)
    shown = shown_week(services(), week, scope=scope())
    found = _compared(shown) if "one" in request.args or "other" in request.args else None
    problems: Sequence[Problem] = found if isinstance(found, list) else ()
    page = render_template(
        "index/comparing.html",
        week=week,
        figures=shown.pooled,
        spans=POOLED_WEEKS,
        choices=levels([row for row in shown.week.rows if row.rate is not None]),
        lengths=SPANS,
        told=_told(found) if isinstance(found, ComparedAreas) else "",
        problems=problems,
    )
    return make_response(page, 422 if problems else 200)


@blueprint.get("/<week>/pooled.csv")
@access.allowed(Permission.INDEX_PREVIEW)
def pooled_file(week: str) -> Response:
    """The same figures as a table, one row for each area and number of weeks."""
    require_week(week)
    content = pooled_csv(pooled_figures(services(), week, scope=scope()))
    return download(content, "text/csv; charset=utf-8", f"pooled-{week}.csv")


def _compared(shown: ShownWeek) -> ComparedAreas | list[Problem]:
    one, other = (request.args.get(name, "") for name in ("one", "other"))
    weeks = request.args.get("weeks", str(ONE_WEEK))
    return compare(shown, one, other, int(weeks) if is_number(weeks) else 0)


def _told(found: ComparedAreas) -> str:
    span = title(found.week)
    if found.weeks != ONE_WEEK:
        which = f"{found.since}到{found.week}的" if found.found else "最近"
        span = f"{which}{found.weeks}周合起来看"
    return compared_text(found.higher, found.lower, span, found.found)
