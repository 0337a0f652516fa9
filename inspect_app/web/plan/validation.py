"""The rules of independent validation, for who draws plans: counts and the city's figure, never which sites."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.plan.validation import LEAST_PAIRS, MOST_SHARE, OVER_WEEKS, ValidationRules
from ...domain.problems import Problem
from ...domain.weeks import shifted
from ...services.accounts.accounts import inspectors
from ...services.plan.validating import (
    choose_due,
    progress_of,
    set_validation_rules,
    validation_of,
    validation_rules,
)
from ...store import Stale
from .. import access
from ..context import now, services, this_week, user
from ..numbers import is_number

blueprint = Blueprint("validation", __name__, url_prefix="/quality/validation")


@blueprint.get("")
@access.allowed(Permission.PLAN_DRAW)
def show() -> Response:
    """Share and validators, how far the weeks are, and what the city's figure is."""
    return _page()


@blueprint.post("")
@access.allowed(Permission.PLAN_DRAW)
def change() -> BaseResponse:
    """Set share and validators. 409 where somebody else changed them since."""
    share, revision = request.form.get("share", "").strip(), request.form.get("revision", "")
    if not is_number(share):
        return _page([Problem("validation.share", details={"most": round(100 * MOST_SHARE)})])
    rules = ValidationRules(int(share) / 100, tuple(sorted(set(request.form.getlist("validator")))))
    if not is_number(revision):
        raise Stale("validation")
    problems = set_validation_rules(services(), user().name, rules, int(revision), now())
    if problems:
        return _page(problems)
    choose_due(services(), now())
    return redirect(url_for("validation.show"), 303)


def _page(problems: Sequence[Problem] = ()) -> Response:
    rules, revision = validation_rules(services())
    weeks = [shifted(this_week(), -back) for back in range(OVER_WEEKS)]
    page = render_template(
        "plan/validation.html",
        problems=problems,
        rules=rules,
        revision=revision,
        people=inspectors(services().store),
        weeks=[(week, *progress) for week in weeks if (progress := progress_of(services(), week))[0]],
        figure=validation_of(services(), this_week()),
        least=LEAST_PAIRS,
        over=OVER_WEEKS,
        most=round(100 * MOST_SHARE),
    )
    return make_response(page, 422 if problems else 200)
