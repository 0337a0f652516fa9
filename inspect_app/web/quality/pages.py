"""Quality of measurement, for supervisors: second visits, severity, haste."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.quality.agreement import LEAST_PAIRS
from ...domain.weeks import shifted
from ...services.accounts.accounts import all_users
from ...services.quality.measuring import SEVERITY_WEEKS, quality_of
from .. import access
from ..context import scope, services, this_week
from ..index.pages import require_week

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
        found=quality_of(services(), week, scope=scope()),
        week=week,
        earlier=shifted(week, -1),
        later=shifted(week, 1),
        names={user.name: user.title for user in all_users(services().store)},
        least=LEAST_PAIRS,
        severity_weeks=SEVERITY_WEEKS,
    )
