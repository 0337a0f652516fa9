"""The published index for other sites and readers: feed, widget, data with CORS, a text to post."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, render_template

from ...domain.index.figures import PublishedWeek
from ...domain.index.weights import weights_to_json
from ...domain.text import xml_text
from ...exports.index.post import post_text
from ...exports.index.table import week_document
from ...services.index.publishing import published
from ...services.publications import published_weeks
from .. import access
from ..context import services
from ..headers import policy
from ..own_address import own_address
from ..refusing import refuse
from .pages import found_week, levels, public_answer

blueprint = Blueprint("embedding", __name__, url_prefix="/index")

_FEED_WEEKS = 26


@blueprint.get("/feed.atom")
@access.public
def feed() -> Response:
    """The newest weeks as an Atom feed (RFC 4287); a correction is the entry again, updated."""
    weeks = [week for week in map(_published, published_weeks(services().store)[:_FEED_WEEKS]) if week]
    answer = make_response(render_template("index/feed.xml", weeks=weeks, post_text=_entry_text))
    answer.content_type = "application/atom+xml; charset=utf-8"
    return public_answer(answer)


def _entry_text(week: PublishedWeek) -> str:
    return xml_text(post_text(week))


@blueprint.get("/latest.json")
@access.public
def latest() -> Response:
    """The newest published week: head and rows, with the address of its page. Any site may read it."""
    week = _newest()
    page = own_address("index.week", week=week.head.week)
    return _open(jsonify({**week_document(week), "url": page}))


@blueprint.get("/weights.json")
@access.public
def weights() -> Response:
    """The weights in force; those of a published week lie with it."""
    return _open(jsonify(weights_to_json(services().library.weights)))


@blueprint.get("/widget")
@access.public
def widget() -> Response:
    """A small page for another site's iframe: the city's figure and the areas right below it."""
    week = _newest()
    top = week.top
    shown = next(iter(levels([row for row in week.rows if row is not top]).values()), [])
    answer = public_answer(make_response(render_template("index/widget.html", shown=week, top=top, rows=shown)))
    answer.headers["Content-Security-Policy"] = policy(framed=True)
    return answer


@blueprint.get("/<week>/<int:revision>/post.txt")
@access.public
def post(week: str, revision: int) -> Response:
    """The week in words, ready to be pasted into an official account's post."""
    shown = found_week(week, revision)
    answer = make_response(post_text(shown, own_address("index.week", week=week)))
    answer.content_type = "text/plain; charset=utf-8"
    return public_answer(answer)


def _newest() -> PublishedWeek:
    known = published_weeks(services().store)
    week = _published(known[0]) if known else None
    if week is None:
        refuse(404, "还没有已发布的周指数")
    return week


def _published(week: str) -> PublishedWeek | None:
    return published(services(), week)


def _open(answer: Response) -> Response:
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return public_answer(answer)
