"""For inspectors: to say why own sites of the plan were not inspected; small, and without a script."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.plan.response import SAID
from ...domain.problems import Problem
from ...domain.weeks import shifted
from ...services.place.register import area_tree, find_site
from ...services.plan.missing import own_open_sites, say_own_missed
from .. import access
from ..context import now, services, this_week, user

blueprint = Blueprint("own_missed", __name__, url_prefix="/field/missed")


@blueprint.get("/")
@access.allowed(Permission.INSPECTION_SEND)
def show() -> Response:
    """The own sites of this week's plan and of the last one's that are not inspected, with what was said of each."""
    return _page()


@blueprint.post("/")
@access.allowed(Permission.INSPECTION_SEND)
def say() -> BaseResponse:
    """Why a site was missed; an empty reason takes back what was said."""
    week, code, reason = (request.form.get(name, "") for name in ("week", "code", "reason"))
    problems = say_own_missed(services(), user().name, week, code, reason, now())
    return _page(problems) if problems else redirect(url_for("own_missed.show"), 303)


def _page(problems: Sequence[Problem] = ()) -> Response:
    weeks = {}
    for week in (this_week(), shifted(this_week(), -1)):
        tree, found = area_tree(services().store, week), own_open_sites(services(), user().name, week)
        sites = ((code, find_site(services().store, code), said) for code, said in found.items())
        weeks[week] = [
            (code, site.name if site else code, tree.full_name(site.area) if site else "", said)
            for code, site, said in sites
        ]
    page = render_template("plan/missed.html", weeks=weeks, reasons=SAID, problems=problems)
    return make_response(page, 422 if problems else 200)
