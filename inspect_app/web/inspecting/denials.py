"""A partner says not to have gone along, or takes it back; the office sees both words and settles."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.permissions import Permission
from ...domain.inspecting.inspection import Inspection
from ...domain.problems import Problem
from ...domain.weeks import is_week
from ...services.accounts.accounts import all_users
from ...services.evidence.reviewing import inspection_for
from ...services.inspecting.denials import deny as take_denial
from ...services.inspecting.denials import open_denials, settle_denial
from ...services.inspecting.denials import take_back as withdraw
from ...services.place.register import area_tree
from ...services.publications import is_published
from ...wording import say
from .. import access
from ..context import now, scope, services, this_week, user
from ..forms import PageForm
from ..refusing import refuse

blueprint = Blueprint("denials", __name__)
_LATELY = 4
"""So many weeks are looked through for what is not settled."""


class ReasonForm(PageForm):
    """Why somebody says not to have gone along."""

    reason = StringField()


class SettlingForm(ReasonForm):
    """What the office finds, with the revision of the inspection that it looked at."""

    decision = StringField(validators=[InputRequired()])
    revision = IntegerField(validators=[InputRequired()])


@blueprint.post("/field/mine/<id>/not-along")
@access.allowed(Permission.INSPECTION_SEND)
def deny(id: str) -> BaseResponse:
    """Say not to have gone along on a visit that names the account as partner."""
    form = ReasonForm(meta={"csrf": False})
    return _told(take_denial(services(), user(), id, form.reason.data or "", now()))


@blueprint.post("/field/mine/<id>/along")
@access.allowed(Permission.INSPECTION_SEND)
def take_back(id: str) -> BaseResponse:
    """Take back what ``deny`` said."""
    return _told(withdraw(services(), user(), id, now()))


@blueprint.get("/review/denials")
@access.allowed(Permission.FINDING_DECIDE)
def show() -> str:
    """What is to be settled of a week, this one unless ``week`` names another."""
    week = request.args.get("week", this_week())
    if not is_week(week):
        refuse(404, f"没有「{week}」这一周")
    return _page(week)


@blueprint.post("/review/denials/<id>")
@access.allowed(Permission.FINDING_DECIDE)
def settle(id: str) -> BaseResponse | tuple[str, int]:
    """Settle a denial; 409 where the inspection was changed meanwhile."""
    found, form = inspection_for(services(), user(), id), SettlingForm(meta={"csrf": False})
    if found is None:
        refuse(404, "没有这次测评")
    week, reason = found[0].value.week, form.reason.data or ""
    if not form.validate():
        return _page(week, [Problem("evidence.revision_missing")], id, reason), 422
    seen = (form.decision.data or "", reason, form.revision.data)
    done = settle_denial(services(), user().name, id, *seen, now(), scope=scope())
    if isinstance(done, list):
        return _page(week, done, id, reason), 422
    return redirect(url_for("inspections.show", id=id), 303)


def _told(done: Kept[Inspection] | Problem) -> BaseResponse:
    if isinstance(done, Problem):
        unknown = done.code.endswith("_unknown")
        refuse(404 if unknown else 409 if done.code == "presence.partner_late" else 422, say(done).what)
    return redirect(url_for("field.mine", week=done.value.week), 303)


def _page(week: str, problems: list[Problem] | None = None, about: str = "", reason: str = "") -> str:
    store, lately = services().store, INSPECTIONS.weeks(services().store)[-_LATELY:]
    return render_template(
        "inspecting/denials/list.html",
        week=week,
        denied=open_denials(services(), week, scope=scope()),
        others=[one for one in lately if one != week and open_denials(services(), one, scope=scope())],
        tree=area_tree(store, week),
        people={one.name: one.title for one in all_users(store)},
        published=is_published(store, week),
        problems=problems or [],
        about=about,
        reason=reason,
    )
