"""What moves a past week, for the office: freezing anew what its figures rest on, and visits that came late."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.index.frame import OCCASIONS
from ...domain.problems import Problem
from ...services.index.frames import differing, frames_of, frames_revision, freeze_due, refreeze
from ...services.index.late import effects_of_refreezing, settle_late
from ...store import Stale
from .. import access
from ..context import may, now, scope, services, user
from ..numbers import is_number
from .pages import live_page, require_week

blueprint = Blueprint("revising", __name__, url_prefix="/index")
_DECISIONS = {"accept": "accepted", "decline": "left_out"}


@blueprint.get("/<week>/frame")
@access.allowed(Permission.INDEX_PREVIEW)
def frame(week: str) -> Response:
    """What a week rests on, how today's register and rules differ, and what freezing them anew would change."""
    require_week(week)
    freeze_due(services(), week, now())
    return _frame_page(week)


@blueprint.post("/<week>/frame")
@access.allowed(Permission.WEEK_PUBLISH)
def freeze_anew(week: str) -> BaseResponse:
    """Freeze anew, with a reason; 409 where somebody else did so since the page was made."""
    require_week(week)
    revision = request.form.get("revision", "")
    try:
        seen = int(revision) if is_number(revision) else -1
        problems = refreeze(services(), user().name, week, request.form.get("reason", ""), seen, now())
    except Stale:
        return _frame_page(week, [Problem("index.frame_changed_meanwhile")], 409)
    return _frame_page(week, problems) if problems else redirect(url_for("revising.frame", week=week), 303)


@blueprint.post("/<week>/late")
@access.allowed(Permission.WEEK_PUBLISH)
def late(week: str) -> BaseResponse:
    """Count the visits that came late, or leave them out; either with a reason. They count in a correction only."""
    require_week(week)
    ids, reason = request.form.getlist("visit"), request.form.get("reason", "")
    decision = _DECISIONS.get(request.form.get("act", ""), "")
    try:
        problems = settle_late(services(), user().name, week, ids, decision, reason, now())
    except Stale:
        return live_page(week, 409, [Problem("index.late_meanwhile")])
    return live_page(week, 422, problems) if problems else redirect(url_for("index.live", week=week), 303)


def _frame_page(week: str, problems: Sequence[Problem] = (), status: int = 422) -> Response:
    other = differing(services(), week) if frames_of(services(), week) else ()
    page = render_template(
        "index/frame.html",
        week=week,
        frames=frames_of(services(), week),
        occasions=OCCASIONS,
        revision=frames_revision(services(), week),
        differing=other,
        effects_shown=effects_of_refreezing(services(), week, scope=scope()) if other else (),
        may_freeze=may(Permission.WEEK_PUBLISH),
        problems=problems,
    )
    return make_response(page, status if problems else 200)
