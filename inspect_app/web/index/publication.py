"""A published week's files. Those of a revision never change, so they may be kept for good."""

from __future__ import annotations

from flask import Blueprint, Response

from ...services.index.frozen import WeekFile
from .. import access
from ..downloads import saved_as
from .handed_out import answer_of, file_of, opened

blueprint = Blueprint("publication", __name__, url_prefix="/index")


@blueprint.get("/<week>/<int:revision>/<file>")
@access.public
def file(week: str, revision: int, file: str) -> Response:
    """One file of a revision; of revision 0, the week as it stands, for supervisors."""
    return _download(file_of(week, revision, file), f"{week}-{revision}-{file}")


@blueprint.get("/<week>.csv")
@access.public
def week_csv(week: str) -> Response:
    """The areas of the latest revision, for people: Chinese headings."""
    return _download(file_of(week, None, "week.csv"), f"index-{week}.csv")


@blueprint.get("/<week>.json")
@access.public
def week_json(week: str) -> Response:
    """The latest revision's head and rows; any site may show them."""
    return opened(answer_of(file_of(week, None, "week.json")))


def _download(found: WeekFile, name: str) -> Response:
    return saved_as(opened(answer_of(found)), name)
