"""A published week's files. Those of a revision never change, so they may be kept for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from flask import Blueprint, Response, make_response

from ...domain.index.figures import PublishedWeek
from ...domain.weeks import instant_from
from ...exports.index import package, table
from .. import access
from ..context import services
from ..refusing import refuse
from .pages import found_week, public_answer

blueprint = Blueprint("publication", __name__, url_prefix="/index")

Maker = Callable[[PublishedWeek], bytes]

_JSON = "application/json; charset=utf-8"
_CSV = "text/csv; charset=utf-8"


# Typesetting and spreadsheets bring large libraries: each is loaded when the first file of its kind is made.
def _workbook(week: PublishedWeek) -> bytes:
    from ...exports.index.workbook import workbook

    return workbook(week)


def _docx(week: PublishedWeek) -> bytes:
    from ...exports.index.bulletin import bulletin
    from ...exports.index.docx_paper import docx

    return docx(week, bulletin(week, _day(week)))


def _pdf(week: PublishedWeek) -> bytes:
    from ...exports.index.bulletin import bulletin
    from ...exports.index.pdf_paper import pdf

    return pdf(bulletin(week, _day(week)))


def _day(week: PublishedWeek) -> date | None:
    """The city's day of publication."""
    instant = instant_from(week.head.published_at)
    return instant.astimezone(services().settings.timezone).date() if instant else None


FILES: dict[str, tuple[str, Maker]] = {
    "index.json": (_JSON, table.as_json),
    "areas.csv": (_CSV, lambda week: table.as_csv(table.areas_table(week))),
    "parts.csv": (_CSV, lambda week: table.as_csv(table.parts_table(week))),
    "sites.csv": (_CSV, lambda week: table.as_csv(table.sites_table(week))),
    "areas.geojson": ("application/geo+json", table.as_geojson),
    "datapackage.json": (_JSON, package.datapackage),
    "data.zip": ("application/zip", package.archive),
    "index.xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
    "bulletin.docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _docx),
    "bulletin.pdf": ("application/pdf", _pdf),
}
"""Every file of a week by name: its type, and how it is made."""


@blueprint.get("/<week>/<int:revision>/<file>")
@access.public
def file(week: str, revision: int, file: str) -> Response:
    """One file of a revision; of revision 0, the week as it stands, for supervisors."""
    if file not in FILES:
        refuse(404, f"没有文件「{file}」")
    kind, make = FILES[file]
    shown = found_week(week, revision)
    digest = shown.head.digest
    content = _kept(services().frozen.week, digest, file) if digest else make(shown)
    return _download(content, kind, f"{week}-{revision}-{file}")


@blueprint.get("/<week>.csv")
@access.public
def week_csv(week: str) -> Response:
    """The areas of the latest revision, for people: Chinese headings."""
    made = table.as_csv(table.areas_table(found_week(week)), titles=True)
    return _download(made, _CSV, f"index-{week}.csv")


@blueprint.get("/<week>.json")
@access.public
def week_json(week: str) -> Response:
    """The latest revision's head and rows; any site may show them."""
    answer = make_response(table.week_document(found_week(week)))
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return public_answer(answer)


@lru_cache(maxsize=32)
def _kept(load: Callable[[str], PublishedWeek], digest: str, file: str) -> bytes:
    """A frozen week's file is made once for all who ask: a letter takes a third of a second to set."""
    return FILES[file][1](load(digest))


def _download(content: bytes, kind: str, name: str) -> Response:
    answer = make_response(content)
    answer.content_type = kind
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return public_answer(answer)
