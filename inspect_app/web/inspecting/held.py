"""What came in files and waits for the office: taken over as somebody's visit, or left out, with a reason."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField

from ...domain.accounts.permissions import Permission
from ...domain.inspecting.held_import import MAX_REASON
from ...domain.problems import Problem
from ...services.inspecting.holding import accept, refuse, waiting
from ...store import Stale
from .. import access
from ..context import now, services, user

blueprint = Blueprint("held", __name__, url_prefix="/admin/imports")


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """Why one is taken over, or left out."""

    reason = StringField("理由")


@blueprint.get("/")
@access.allowed(Permission.ACCOUNT_MANAGE)
def show() -> str:
    return _page()


@blueprint.post("/<id>/<any(accept, refuse):act>")
@access.allowed(Permission.ACCOUNT_MANAGE)
def decide(id: str, act: str) -> BaseResponse | tuple[str, int]:
    """Decide about one; its photos are checked as those of every visit."""
    reason = DecisionForm().reason.data or ""
    try:
        if act == "accept":
            found = accept(services(), user().name, id, reason, now())
        else:
            found = refuse(services(), user().name, id, reason, now())
    except Stale:
        abort(409, "刚刚已由他人处理")
    if isinstance(found, list) and found:
        return _page(found), 422
    return redirect(url_for("held.show"), 303)


def _page(problems: list[Problem] | None = None) -> str:
    return render_template(
        "inspecting/held.html", held=waiting(services()), problems=problems or [], max_reason=MAX_REASON
    )
