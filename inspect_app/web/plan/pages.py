"""The week's plan: for supervisors to announce, draw and change; for everybody, once the week is over, to check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, FloatField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from ...collections import Kept
from ...domain.accounts.permissions import Permission
from ...domain.plan.draw import MAX_SEED
from ...domain.plan.week_plan import How, PlannedSite, WeekPlan
from ...domain.problems import Problem
from ...domain.weeks import is_week, shifted
from ...services.accounts.accounts import inspectors
from ...services.index.weekly import inspected_sites
from ...services.place.register import all_sites, area_tree
from ...services.plan import planning
from ...store import Stale
from .. import access
from ..context import may, now, scope, services, this_week, user
from ..numbers import is_number
from ..refusing import refuse

blueprint = Blueprint("plan", __name__, url_prefix="/plan")


class SeedForm(FlaskForm):  # type: ignore[misc]
    """The seed and how many sites, to be announced."""

    seed = StringField("种子", validators=[InputRequired("请填写种子"), Length(max=MAX_SEED)])
    count = IntegerField("抽多少个点位", validators=[InputRequired("请填写整数"), NumberRange(1, 100_000)])
    least = IntegerField("每个街道至少", default=0, validators=[InputRequired("请填写整数"), NumberRange(0, 1000)])


class DrawForm(FlaskForm):  # type: ignore[misc]
    """The seed's value, and how the sites are shared out."""

    value = StringField("种子的值", validators=[Length(max=MAX_SEED)])
    second = FloatField("复测比例（%）", default=10, validators=[InputRequired("请填写数字"), NumberRange(0, 100)])
    gap = IntegerField("几周内不去同一点位", default=8, validators=[InputRequired("请填写整数"), NumberRange(0, 52)])
    in_pairs = BooleanField("两人一组")


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of the plan, with the names that people know."""

    site: PlannedSite
    name: str
    type_title: str
    area_name: str
    done: int


@blueprint.get("/")
@access.allowed(Permission.PLAN_READ)
def latest() -> BaseResponse:
    """The plan of this week, or of the next where this one's stands."""
    week = this_week()
    plan = planning.find_plan(services(), week)
    return redirect(url_for("plan.show", week=week if plan else shifted(week, 1)))


@blueprint.get("/<week>")
@access.allowed(Permission.PLAN_READ)
def show(week: str) -> Response:
    return _page(week)


@blueprint.post("/<week>/seed")
@access.allowed(Permission.PLAN_DRAW)
def announce(week: str) -> BaseResponse:
    """Announce the seed of a week."""
    form = SeedForm(meta={"csrf": False})
    _require_week(week)
    if not form.validate():
        return _page(week, _form_problems(form), seed_form=form)
    seed, count, least = form.seed.data, form.count.data, form.least.data
    made = planning.announce(services(), user().name, week, seed, now(), count=count, least_per_area=least)
    return _page(week, made, seed_form=form) if isinstance(made, list) else _answer(week, made)


@blueprint.post("/<week>/draw")
@access.allowed(Permission.PLAN_DRAW)
def draw(week: str) -> BaseResponse:
    """Draw by the announced seed, once."""
    form, plan = DrawForm(meta={"csrf": False}), _plan(week)
    if not form.validate():
        return _page(week, _form_problems(form), form=form)
    how = How(form.value.data or "", form.second.data / 100, form.gap.data, form.in_pairs.data)
    made = planning.make_plan(services(), user().name, plan, how, now())
    return _page(week, made, form=form) if isinstance(made, list) else _answer(week, made)


@blueprint.post("/<week>/sites/<code>/<any(reassign, drop):act>")
@access.allowed(Permission.PLAN_CHANGE)
def change(week: str, code: str, act: str) -> BaseResponse:
    """Another inspector for a site, or none at all, with a reason; 409 where the plan has changed meanwhile."""
    plan, revision = _plan(week), request.form.get("revision", "")
    if not is_number(revision):
        return _page(week, [Problem("plan.revision_missing")])
    try:
        return _answer(week, _changed(plan, int(revision), code, act))
    except Stale:
        return _page(week, [Problem("plan.changed_meanwhile")], 409)


def _changed(plan: Kept[WeekPlan], revision: int, code: str, act: str) -> Kept[WeekPlan] | list[Problem]:
    """The plan after a change that was decided on this revision of it. Raises ``Stale`` where it is another."""
    if plan.revision != revision:
        raise Stale(plan.id)
    by, reason, inspector = user().name, request.form.get("reason", ""), request.form.get("inspector", "")
    if act == "drop":
        return planning.drop(services(), by, plan, code, reason, now(), scope=scope())
    return planning.reassign(services(), by, plan, code, inspector, reason, now(), scope=scope())


@blueprint.post("/avoidances/<name>")
@access.allowed(Permission.PLAN_DRAW)
def avoid(name: str) -> BaseResponse:
    """Which areas an inspector keeps away from; 409 where somebody else said so since the page was made."""
    if name not in {one.name for one in inspectors(services().store)}:
        refuse(404, f"没有测评员「{name}」")
    week, revision = request.form.get("week", ""), request.form.get("revision", "")
    if not is_number(revision):
        return _page(week, [Problem("plan.avoidances_revision_missing")])
    try:
        return _answer(week, planning.avoid(services(), name, tuple(request.form.getlist("areas")), int(revision)))
    except Stale:
        return _page(week, [Problem("plan.avoidances_changed_meanwhile")], 409)


@blueprint.get("/seeds")
@access.public
def seeds() -> str:
    """Every announced seed with its time; of weeks that are over, a link to what was drawn."""
    plans = planning.all_plans(services())
    over = {plan.week for plan in plans if plan.drawn_at and planning.is_over(services(), plan.week, now())}
    return render_template("plan/seeds.html", plans=plans, over=over)


@blueprint.get("/<week>/drawn")
@access.public
def drawn(week: str) -> str:
    """What was drawn in a week that is over: anybody can repeat it. Who inspected is nobody's business."""
    _require_week(week)
    plan = _drawn_and_over(week)
    if plan is None:
        refuse(404, f"{week} 的计划在这一周结束以后公开")
    return render_template("plan/drawn.html", plan=plan, rows=_rows(plan))


@blueprint.get("/<week>/register.csv")
@access.public
def register(week: str) -> Response:
    """The register that a week that is over was drawn from; its SHA-256 was announced with the seed."""
    _require_week(week)
    plan = _drawn_and_over(week)
    file = planning.register_file(services(), plan) if plan else None
    if file is None:
        refuse(404, f"{week} 的登记在这一周结束以后公开")
    answer = Response(file.encode(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="register-{week}.csv"'
    return answer


def _drawn_and_over(week: str) -> WeekPlan | None:
    """The plan of a week that everybody may see."""
    kept = planning.find_plan(services(), week)
    seen = kept is not None and kept.value.drawn_at and planning.is_over(services(), week, now())
    return kept.value if kept and seen else None


def _page(
    week: str,
    problems: Sequence[Problem] = (),
    status: int = 422,
    *,
    form: DrawForm | None = None,
    seed_form: SeedForm | None = None,
) -> Response:
    _require_week(week)
    kept = planning.seen_plan(services(), week, scope=scope())
    plan = kept.value if kept else None
    tree = area_tree(services().store, week)
    page = render_template(
        "plan/show.html",
        week=week,
        current=this_week(),
        plan=plan,
        revision=kept.revision if kept else 0,
        rows=_rows(plan) if plan else [],
        problems=problems,
        form=form or DrawForm(None, meta={"csrf": False}),
        seed_form=seed_form or SeedForm(None, meta={"csrf": False}),
        inspectors=inspectors(services().store) if may(Permission.INSPECTOR_SEE) else [],
        avoidances=planning.avoidances(services()) if may(Permission.PLAN_DRAW) else {},
        areas=[area for area in tree if len(area.code) in (6, 9)],
        tree=tree,
        listed=len(planning.register(services(), week)),
        earlier=shifted(week, -1),
        later=shifted(week, 1),
    )
    return make_response(page, status if problems else 200)


def _rows(plan: WeekPlan) -> list[PlanRow]:
    tree, titles = area_tree(services().store, plan.week), services().library.titles
    names = {site.code: site.name for site in all_sites(services().store)}
    done = inspected_sites(services(), plan.week)
    return [
        PlanRow(
            site=one,
            name=names.get(one.code, one.code),
            type_title=titles.get(one.site_type, one.site_type),
            area_name=tree.full_name(one.area),
            done=done[one.code],
        )
        for one in plan.sites
    ]


def _answer(week: str, done: Any) -> BaseResponse:
    """The page again: with what is wrong, or afresh."""
    if isinstance(done, list) and done:
        return _page(week, done)
    _require_week(week)
    return redirect(url_for("plan.show", week=week), 303)


def _plan(week: str) -> Kept[WeekPlan]:
    _require_week(week)
    plan = planning.find_plan(services(), week)
    if plan is None:
        refuse(404, f"{week} 还没有公布种子")
    return plan


def _form_problems(form: FlaskForm) -> list[Problem]:
    return [
        Problem("plan.field_malformed", details={"field": form[name].label.text, "message": str(error)})
        for name, errors in form.errors.items()
        for error in errors
    ]


def _require_week(week: str) -> None:
    if not is_week(week):
        refuse(404, f"「{week}」不是有效的周，应形如 2026-W48")
