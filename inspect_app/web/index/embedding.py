"""The published index for other sites and readers: feed, widget, data with CORS, a text to post."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, make_response, render_template

from ...domain.index.weights import weights_to_json
from ...domain.text import xml_text
from ...domain.weeks import utc_text
from ...exports.index.post import with_address
from ...services.index.frozen import FrozenDamaged
from ...services.index.publishing import revisions
from ...services.publications import published_weeks
from .. import access
from ..context import services
from ..headers import policy
from ..own_address import own_address
from ..refusing import refuse
from .handed_out import file_of, opened
from .pages import found_week, levels, public_answer

blueprint = Blueprint("embedding", __name__, url_prefix="/index")

_log = logging.getLogger(__name__)
_FEED_WEEKS = 26


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A week in the feed: its latest revision, when that was published (UTC text), and its post."""

    week: str
    revision: int
    published_at: str
    text: str


@blueprint.get("/feed.atom")
@access.public
def feed() -> Response:
    """The newest weeks as an Atom feed (RFC 4287); a correction is the entry again, updated."""
    entries = [_entry(week) for week in published_weeks(services().store)[:_FEED_WEEKS]]
    answer = make_response(render_template("index/feed.xml", entries=entries))
    answer.content_type = "application/atom+xml; charset=utf-8"
    return public_answer(answer)


@blueprint.get("/latest.json")
@access.public
def latest() -> Response:
    """The newest published week: head and rows, with the address of its page. Any site may read it."""
    week = _newest()
    document = json.loads(file_of(week, None, "week.json").content)
    return opened(public_answer(jsonify({**document, "url": own_address("index.week", week=week)})))


@blueprint.get("/weights.json")
@access.public
def weights() -> Response:
    """The weights in force; those of a published week lie with it."""
    return opened(public_answer(jsonify(weights_to_json(services().library.weights))))


@blueprint.get("/widget")
@access.public
def widget() -> Response:
    """A small page for another site's iframe: the city's figure and the areas right below it."""
    week = found_week(_newest())
    top = week.top
    shown = next(iter(levels([row for row in week.rows if row is not top]).values()), [])
    answer = public_answer(make_response(render_template("index/widget.html", shown=week, top=top, rows=shown)))
    answer.headers["Content-Security-Policy"] = policy(framed=True)
    return answer


@blueprint.get("/<week>/<int:revision>/post.txt")
@access.public
def post(week: str, revision: int) -> Response:
    """The week in words, ready to be pasted into an official account's post."""
    text = file_of(week, revision, "post.txt").content.decode()
    answer = make_response(with_address(text, own_address("index.week", week=week)))
    answer.content_type = "text/plain; charset=utf-8"
    return public_answer(answer)


def _newest() -> str:
    known = published_weeks(services().store)
    if not known:
        refuse(404, "还没有已发布的周指数")
    return known[0]


def _entry(week: str) -> FeedEntry:
    """What is damaged of one week is said in its entry, and costs no other."""
    revision = revisions(services(), week)[-1]
    try:
        text = file_of(week, None, "post.txt").content.decode()
    except FrozenDamaged as error:
        _log.error("feed: %s", error)
        text = "本期的文稿有缺损，暂时不能提供"
    return FeedEntry(week, revision.number, utc_text(revision.published_at), xml_text(text))
