"""Quality of measurement, for supervisors: second visits, severity, haste."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.problems import Problem
from ...domain.quality.agreement import LEAST_PAIRS
from ...domain.weeks import shifted
from ...services.accounts.accounts import all_users
from ...services.quality.measuring import SEVERITY_WEEKS, quality_of
from ...services.quality.plausible import complaints_of, is_published, plausibility_of, set_published, take_complaints
from ...store import Stale
from .. import access
from ..context import now, scope, services, this_week, user
from ..index.pages import require_week
from ..numbers import is_number
from ..refusing import refuse

blueprint = Blueprint("quality", __name__, url_prefix="/quality")


@blueprint.get("/")
@access.allowed(Permission.QUALITY_READ)
def latest() -> BaseResponse:
    return redirect(url_for("quality.show", week=this_week()))


@blueprint.get("/<week>")
@access.allowed(Permission.QUALITY_READ)
def show(week: str) -> str:
    """A week's agreement, severity and haste."""
    require_week(week)
    return render_template(
        "quality/show.html",
        plausible=plausibility_of(services(), week, scope=scope()),
        publishing=is_published(services()),
        found=quality_of(services(), week, scope=scope()),
        week=week,
        earlier=shifted(week, -1),
        later=shifted(week, 1),
        names={user.name: user.title for user in all_users(services().store)},
        least=LEAST_PAIRS,
        severity_weeks=SEVERITY_WEEKS,
    )


@blueprint.post("/<week>/plausible")
@access.allowed(Permission.WEEK_PUBLISH)
def choose_plausible(week: str) -> BaseResponse:
    """Publish how far the index agrees with complaints, beside the index of weeks from now on; or no longer."""
    require_week(week)
    revision = request.form.get("revision", "")
    if not is_number(revision):
        refuse(400, "缺少 revision")
    try:
        set_published(services(), user().name, bool(request.form.get("published")), int(revision), now())
    except Stale:
        refuse(409, "刚刚有人更改过，请看过后重试")
    return redirect(url_for("quality.show", week=week, _anchor="plausible"), 303)


@blueprint.get("/<week>/complaints")
@access.allowed(Permission.WEEK_PUBLISH)
def complaints(week: str) -> Response:
    """The complaints that were counted for a week, to be entered or mended."""
    require_week(week)
    lines = [f"{area},{count}" for area, count in sorted(complaints_of(services(), week).items())]
    return _complaints_page(week, "\n".join(lines))


@blueprint.post("/<week>/complaints")
@access.allowed(Permission.WEEK_PUBLISH)
def enter_complaints(week: str) -> BaseResponse:
    """Take counts of complaints by street."""
    require_week(week)
    text = request.form.get("counts", "")
    taken = take_complaints(services(), user().name, week, text, now())
    if isinstance(taken, list):
        return _complaints_page(week, text, taken)
    return redirect(url_for("quality.show", week=week, _anchor="plausible"), 303)


def _complaints_page(week: str, text: str, problems: Sequence[Problem] = ()) -> Response:
    page = render_template("quality/complaints.html", week=week, text=text, problems=problems)
    return make_response(page, 422 if problems else 200)
