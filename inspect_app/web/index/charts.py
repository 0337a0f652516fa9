"""The charts of a week as pictures: SVG for pages, and the picture that a link shows."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from ...exports.index.pictures import CARD
from .. import access
from .handed_out import picture_of
from .pages import public_answer

blueprint = Blueprint("charts", __name__, url_prefix="/index")


@blueprint.get("/<week>/<int:revision>/charts/<name>.svg")
@access.public
def chart(week: str, revision: int, name: str) -> Response:
    """``ranking-9`` (digits of the level's codes), ``heat``, ``trend-<area>``, ``dimensions-<area>``; ``…-narrow``."""
    return _shown(week, revision, name)


@blueprint.get("/<week>/<int:revision>/card.png")
@access.public
def card(week: str, revision: int) -> Response:
    """The picture for messengers (Open Graph)."""
    return _shown(week, revision, CARD)


def _shown(week: str, revision: int, name: str) -> Response:
    found = picture_of(week, revision, name)
    answer = make_response(found.content)
    answer.content_type = found.type
    return public_answer(answer)
