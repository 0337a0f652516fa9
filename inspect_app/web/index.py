"""The weekly civility index: published weeks for everybody, the week as it stands for supervisors."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import Length

from ..domain.index import IndexRow
from ..domain.problems import Problem
from ..domain.scoring import format_rate
from ..domain.weeks import is_week
from ..services.accounts import Role
from ..services.places import area_tree
from ..services.redacting import public_photos
from ..services.weekly import (
    Publication,
    index_document,
    live_index,
    publish,
    published,
    published_weeks,
    weeks_with_inspections,
)
from . import access
from .context import now, services, this_week, user, visitor

blueprint = Blueprint("index", __name__, url_prefix="/index")

_HEADINGS = ("周", "级别", "区划代码", "区域", "测评次数", "点位数", "得分率", "区间下限", "区间上限", "档次", "说明")


class PublishForm(FlaskForm):  # type: ignore[misc]
    """The reason for a correction; a first publication needs none."""

    reason = StringField(validators=[Length(max=500)])


@dataclass(frozen=True, slots=True)
class Shown:
    """A week's index as this visitor sees it; ``publication`` is None for the figures as they stand."""

    week: str
    rows: Sequence[IndexRow]
    publication: Publication | None


@blueprint.get("/")
@access.public
def latest() -> BaseResponse:
    """The newest week there is something to show of."""
    weeks = _weeks()
    if weeks:
        return redirect(url_for("index.week", week=weeks[0]))
    return make_response(render_template("index/none.html"), 200)


@blueprint.get("/<week>")
@access.public
def week(week: str) -> Response:
    return _page(_shown(week), 200)


@blueprint.get("/<week>.json")
@access.public
def week_json(week: str) -> Response:
    shown = _shown(week)
    return jsonify(index_document(services(), week, shown.rows, shown.publication))


@blueprint.get("/<week>.csv")
@access.public
def week_csv(week: str) -> Response:
    """UTF-8 with a byte-order mark, so that Excel and WPS show Chinese."""
    shown = _shown(week)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADINGS)
    writer.writerows(_cells(week, row) for row in shown.rows)
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="index-{week}.csv"'
    return answer


@blueprint.post("/<week>/publish")
@access.allowed(Role.SUPERVISOR)
def publish_week(week: str) -> BaseResponse:
    """Freeze the week as it stands; a correction needs a reason."""
    _require_week(week)
    form = PublishForm(meta={"csrf": False})
    problems: list[Problem] = []
    if not form.validate():
        problems = [Problem("理由", "最多500个字")]
    else:
        done = publish(services(), user().name, week, form.reason.data or "", now())
        problems = done if isinstance(done, list) else []
    if problems:
        return _page(_shown(week), 422, problems)
    return redirect(url_for("index.week", week=week, published=1), 303)


def _shown(week: str) -> Shown:
    """What this visitor may see of a week: supervisors the live figures or the published, others the published."""
    _require_week(week)
    publication = published(services(), week)
    if _supervises() and "published" not in request.args:
        return Shown(week, live_index(services(), week), None)
    if publication is None:
        abort(404, f"{week} 的公共文明指数尚未发布")
    return Shown(week, publication.rows, publication)


def _page(shown: Shown, status: int, problems: Sequence[Problem] = ()) -> Response:
    levels: dict[str, list[IndexRow]] = {}
    for row in shown.rows:
        levels.setdefault(row.level, []).append(row)
    page = render_template(
        "index/week.html",
        shown=shown,
        levels=levels,
        weeks=_weeks(),
        publication=published(services(), shown.week),
        supervises=_supervises(),
        minimum=services().settings.minimum_inspections,
        problems=problems,
        open_photos=public_photos(services(), shown.week) if shown.publication else [],
        tree=area_tree(services().store, shown.week),
    )
    return make_response(page, status)


def _weeks() -> list[str]:
    """The weeks that this visitor may look at, newest first."""
    known = set(published_weeks(services()))
    if _supervises():
        known |= {*weeks_with_inspections(services()), this_week()}
    return sorted(known, reverse=True)


def _supervises() -> bool:
    found = visitor()
    return found is not None and found.role.may(Role.SUPERVISOR)


def _require_week(week: str) -> None:
    if not is_week(week):
        abort(404, f"「{week}」不是有效的周，应形如 2026-W48")


def _cells(week: str, row: IndexRow) -> list[str | int]:
    note = "" if row.enough else "样本不足"
    tier = row.tier if row.tier is not None else ""
    figures = [format_rate(value) if value is not None else "" for value in (row.rate, row.low, row.high)]
    return [week, row.level, row.area, _plain(row.name), row.inspections, row.sites, *figures, tier, note]


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
