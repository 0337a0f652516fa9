"""What stands below photos: the office's choice, with samples of what it looks like."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.evidence.captions import FIELDS
from ...domain.problems import Problem
from ...services.evidence.captioning import choose, chosen_rules, sample
from ...store import Stale
from .. import access
from ..context import now, services, user
from ..numbers import is_number
from ..refusing import refuse

blueprint = Blueprint("captions", __name__, url_prefix="/review/captions")

WIDTHS = (320, 640)
"""Of the samples, in pixels."""
_DONE = "已保存。照片再打开时，下方就是这些内容。"


@blueprint.get("")
@access.allowed(Permission.CAPTION_SET)
def show() -> Response:
    """What stands in captions now, and what else may."""
    return _page(done=_DONE if "done" in request.args else "")


@blueprint.post("")
@access.allowed(Permission.CAPTION_SET)
def change() -> BaseResponse:
    """Choose what stands in captions. 409 where somebody else chose since the page was made."""
    revision = request.form.get("revision", "")
    try:
        if not is_number(revision):
            raise Stale("caption")
        problems = choose(services(), user().name, request.form.getlist("field"), int(revision), now())
    except Stale:
        return _page([Problem("caption.changed_meanwhile")], 409)
    return _page(problems, 422) if problems else redirect(url_for("captions.show", done=1), 303)


@blueprint.get("/sample.jpg")
@access.allowed(Permission.CAPTION_SET)
def picture() -> Response:
    """A made-up photo of a ``width`` with the caption as it is now."""
    width = request.args.get("width", str(WIDTHS[0]))
    if width not in map(str, WIDTHS):
        refuse(404, "没有这张示例")
    answer = Response(sample(services(), int(width), now()), mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _page(problems: Sequence[Problem] = (), status: int = 200, done: str = "") -> Response:
    rules, revision = chosen_rules(services())
    page = render_template(
        "evidence/captions.html",
        problems=problems,
        done=done,
        rules=rules,
        revision=revision,
        fields=FIELDS,
        widths=WIDTHS,
    )
    return make_response(page, status)
