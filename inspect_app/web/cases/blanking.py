"""The page on which an administrator blanks words in what was written about an inspection and in its cases."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.blanking import BLANK, MOST, MOST_REASON
from ...domain.problems import Problem
from ...services.cases import blanking
from ...store import Stale
from .. import access
from ..context import now, services, user
from ..refusing import refuse

blueprint = Blueprint("blanking", __name__, url_prefix="/blanking")


@blueprint.get("/<id>")
@access.allowed(Permission.TEXT_BLANK)
def show(id: str) -> Response:
    """What was written, what was blanked so far, and the form."""
    return _page(id)


@blueprint.post("/<id>")
@access.allowed(Permission.TEXT_BLANK)
@access.recently_proved
def blank(id: str) -> BaseResponse:
    """Blank words (``words``) with a reason; 409 where something was changed meanwhile."""
    words, reason = request.form.get("words", ""), request.form.get("reason", "")
    try:
        done = blanking.blank(services(), user().name, id, words, reason, now())
    except Stale:
        return _page(id, [Problem("texts.changed_meanwhile")], 409)
    if isinstance(done, list):
        return _page(id, done)
    return redirect(url_for("blanking.show", id=id), 303)


def _page(id: str, problems: Sequence[Problem] = (), status: int = 422) -> Response:
    about = blanking.written_about(services(), id)
    if about is None:
        refuse(404, "没有这个编号的测评、待核实的提交、方案、更正、变更、校准轮次、单位、抽样框、参照照片、计划或点位")
    page = render_template(
        "cases/blanking.html",
        id=id,
        about=about,
        problems=problems,
        form=request.form,
        sign=BLANK,
        most=MOST,
        most_reason=MOST_REASON,
    )
    return make_response(page, status if problems else 200)
