"""The charts of a week as pictures: SVG for pages, and the picture that a link shows."""

from __future__ import annotations

from flask import Blueprint, Response

from ...exports.index.pictures import CARD
from .. import access
from .handed_out import answer_of, picture_of

blueprint = Blueprint("charts", __name__, url_prefix="/index")


@blueprint.get("/<week>/<int:revision>/charts/<name>.svg")
@access.public
def chart(week: str, revision: int, name: str) -> Response:
    """``ranking-9`` (digits of the level's codes), ``heat``, ``trend-<area>``, ``dimensions-<area>``; ``…-narrow``."""
    return answer_of(picture_of(week, revision, name))


@blueprint.get("/<week>/<int:revision>/card.png")
@access.public
def card(week: str, revision: int) -> Response:
    """The picture for messengers (Open Graph)."""
    return answer_of(picture_of(week, revision, CARD))
