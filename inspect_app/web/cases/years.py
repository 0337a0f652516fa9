"""The administrator's page of a year's holidays: what is known, and putting in what the State Council announced."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask import redirect as redirected
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.cases.arrangement_tables import COLUMNS, parse_arrangement_table
from ...domain.cases.arrangements import Arrangement, arrangement_text, is_year, parse_arrangement
from ...domain.cases.holidays import statutory_holidays
from ...domain.cases.working_time import is_packaged
from ...domain.problems import Problem
from ...exports.cases.arrangement_sheet import arrangement_workbook
from ...exports.tables import read_rows
from ...services.accounts.units import unit_names
from ...services.cases.recounting import count_provisional, unlike_known, would_recount
from ...services.cases.recounting import put_in as put_arrangement_in
from ...store import Stale
from .. import access, bodies
from ..context import now, services, user
from ..downloads import XLSX, download
from ..numbers import is_number
from ..refusing import refuse
from ..uploaded import uploaded

blueprint = Blueprint("years", __name__, url_prefix="/cases/years")
_MOST_LISTED = 200
_MOST_TEXT = 20_000
_MAX_TABLE_BYTES = 1024 * 1024


@blueprint.get("")
@access.allowed(Permission.CHECKLIST_MANAGE)
def show() -> Response:
    return _page()


@blueprint.post("/preview")
@access.allowed(Permission.CHECKLIST_MANAGE)
def preview() -> Response:
    """What an arrangement says as read, and which deadlines it would change; nothing is kept."""
    read = _read()
    return _page(problems=read) if isinstance(read, list) else _page(read)


@blueprint.get("/<int:year>.xlsx")
@access.allowed(Permission.CHECKLIST_MANAGE)
def template(year: int) -> Response:
    """The table of a year to fill in, with the days that the law gives."""
    if not is_year(year):
        refuse(404, "没有这一年的模板")
    return download(arrangement_workbook(year), XLSX, f"holidays-{year}.xlsx")


@blueprint.post("/read")
@access.allowed(Permission.CHECKLIST_MANAGE)
@bodies.takes_files
def read_file() -> Response:
    """What a table says as read, and which deadlines it would change; nothing is kept."""
    sent = uploaded(_MAX_TABLE_BYTES)
    if not sent.content:
        return _page(problems=[Problem("arrangements.no_file")])
    name = sent.name or "上传的表格"
    table = read_rows(sent.content, name, COLUMNS)
    read = table if isinstance(table, list) else parse_arrangement_table(table, name)
    return _page(problems=read) if isinstance(read, list) else _page(read, text=arrangement_text(read))


@blueprint.post("")
@access.allowed(Permission.CHECKLIST_MANAGE)
def put_in() -> BaseResponse:
    """Put the arrangement in force and recount; 409 where the limits were changed at the same moment."""
    read = _read()
    if isinstance(read, list):
        return _page(problems=read)
    if (unlike := unlike_known(read)) and not request.form.get("sure"):
        return _page(read, unlike)
    try:
        done = put_arrangement_in(services(), user().name, read, now())
    except Stale:
        return _page(read, [Problem("arrangements.changed_meanwhile")], 409)
    problems = [one for one in done if isinstance(one, Problem)]
    if problems:
        return _page(read, problems)
    return redirected(url_for("years.show", year=read.year, recounted=len(done)), 303)


def _read() -> Arrangement | list[Problem]:
    return parse_arrangement(request.form.get("text", "")[:_MOST_TEXT])


def _number(name: str) -> str:
    """A whole number of the address; empty where it is none."""
    given = request.args.get(name, "")
    return given if is_number(given) else ""


def _page(
    read: Arrangement | None = None, problems: Sequence[Problem] = (), status: int = 422, text: str | None = None
) -> Response:
    """``text`` says what was read, where that was no text."""
    changes = would_recount(services(), read) if read else []
    this = now().astimezone(services().settings.timezone).year
    arranged = {one.year: one for one in services().library.deadlines.years}
    years = sorted({this, this + 1, *(year for year in arranged if year > this)})
    page = render_template(
        "cases/years.html",
        years=[(year, arranged.get(year), is_packaged(year), sorted(statutory_holidays(year))) for year in years],
        provisional=count_provisional(services()),
        read=read,
        unlike=read is not None and unlike_known(read),
        changes=changes[:_MOST_LISTED],
        count=len(changes),
        moved=sum(one.is_moved for one in changes),
        names=unit_names(services().store),
        text=request.form.get("text", "") if text is None else text,
        next_year=next((year for year in years if year not in arranged and not is_packaged(year)), this + 1),
        done=_number("year"),
        recounted=_number("recounted"),
        problems=problems,
    )
    return make_response(page, status if problems else 200)
