"""The week's plan, for supervisors: to announce, draw and change it, and by which rules it is shared out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, FloatField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from ...collections import Kept
from ...domain.accounts.permissions import Permission
from ...domain.index.sample_words import percent
from ...domain.place.areas import AreaTree
from ...domain.plan.beacon import MAX_TYPED, SOURCES, parse_beacon
from ...domain.plan.response import SAID, by, together
from ...domain.plan.week_plan import OPEN_SEED, How, PlannedSite, WeekPlan
from ...domain.problems import Problem
from ...domain.weeks import is_week, shifted
from ...services.accounts.accounts import inspectors
from ...services.index.weekly import inspected_sites
from ...services.place.register import all_sites, area_tree
from ...services.plan import assigning, missing, planning
from ...services.plan.missing import missed_reasons, week_responses
from ...store import Stale
from .. import access
from ..context import may, now, scope, services, this_week, user
from ..forms import PageForm
from ..numbers import is_number
from ..refusing import refuse
from .advice_view import advice_of
from .response_rows import response_rows

blueprint = Blueprint("plan", __name__, url_prefix="/plan")
_SOURCES = [one.id for one in SOURCES.values() if one.real]


def _number(label: str, low: int, high: int, kind: Any = IntegerField, **more: Any) -> Any:
    """A field for a number within bounds; its description says what is right."""
    right = f"应为{low}到{high}的{'整数' if kind is IntegerField else '数'}"
    return kind(label, description=right, validators=[InputRequired(), NumberRange(low, high)], **more)


class AnnounceForm(PageForm):
    """Which public number will be used, and how many sites are drawn."""

    source = SelectField("公开数", choices=_SOURCES, description="请选一个来源")
    day = StringField("哪一天的", validators=[InputRequired("请填写日期")])
    count = _number("抽多少个点位", 1, 100_000)
    least = _number("每个街道至少", 0, 1000, default=0)


_RULES = "rules-"
"""Before the names of the fields of the rules, as a draw's form stands on the same page."""
_TYPED = Length(max=MAX_TYPED, message=f"最多{MAX_TYPED}个字")


class PlanRulesForm(PageForm):
    """How sites are shared out."""

    second = _number("复测比例（%）", 0, 100, FloatField)
    gap = _number("几周内不去同一点位", 0, 52)
    street_gap = _number("几周内不去同一街道", 0, 52)
    per_street = _number("每个街道至少几人分测", 1, 20)
    least_response = FloatField(
        "应答率低于多少要提醒（%）", description="应为0到100之间的数", validators=[Optional(), NumberRange(0, 100)]
    )
    in_pairs = BooleanField("两人一组")

    def how(self, rules: How) -> How:
        """What was typed; of the rules as they are what was left out."""
        return replace(
            rules,
            second_share=self.second.data / 100,
            gap_weeks=self.gap.data,
            in_pairs=self.in_pairs.data,
            per_street=self.per_street.data,
            street_gap_weeks=self.street_gap.data,
            least_response=self._least_response(rules),
        )

    def _least_response(self, rules: How) -> float:
        typed = self.least_response.data
        return rules.least_response if typed is None else float(typed) / 100


class DrawForm(PageForm):
    """The public number, typed twice: nothing of it can be mended. What else is asked departs from the rules once."""

    value = StringField("公开数的值", validators=[InputRequired("请填写公开数的值"), _TYPED])
    again = StringField("再填一遍", validators=[InputRequired("请把公开数的值再填一遍"), _TYPED])
    day = StringField("实际日期", validators=[_TYPED])
    second = _number("复测比例（%）", 0, 100, FloatField)
    gap = _number("几周内不去同一点位", 0, 52)
    in_pairs = BooleanField("两人一组")

    def how(self, rules: How) -> How:
        """The office's rules with what was typed."""
        second, gap, in_pairs = self.second.data / 100, self.gap.data, self.in_pairs.data
        return replace(rules, second_share=second, gap_weeks=gap, in_pairs=in_pairs)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of the plan, with the names that people know."""

    site: PlannedSite
    name: str
    type_title: str
    area_name: str
    done: int
    missed: str


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


@blueprint.post("/<week>/announce")
@access.allowed(Permission.PLAN_DRAW)
def announce(week: str) -> BaseResponse:
    """Announce the draw of a week."""
    form = AnnounceForm(meta={"csrf": False})
    _require_week(week)
    if not form.validate():
        return _page(week, _form_problems(form), announce_form=form)
    beacon = parse_beacon(form.source.data, form.day.data)
    if isinstance(beacon, list):
        return _page(week, beacon, announce_form=form)
    count, least = form.count.data, form.least.data
    made = planning.announce(services(), user().name, week, beacon, now(), count=count, least_per_area=least)
    return _page(week, made, announce_form=form) if isinstance(made, list) else _answer(week, made)


@blueprint.post("/<week>/draw")
@access.allowed(Permission.PLAN_DRAW)
def draw(week: str) -> BaseResponse:
    """Draw as it was announced, once."""
    form, plan = DrawForm(meta={"csrf": False}), _plan(week)
    problems = [] if form.validate() else _form_problems(form)
    if not problems and form.value.data != form.again.data:
        problems = [Problem("plan.number_typed_differently")]
    if problems:
        return _page(week, problems, form=form)
    how = form.how(assigning.rules(services()))
    made = planning.make_plan(services(), user().name, plan, form.value.data, how, now(), day=form.day.data or "")
    return _page(week, made, form=form) if isinstance(made, list) else _answer(week, made)


@blueprint.post("/rules")
@access.allowed(Permission.PLAN_DRAW)
def set_rules() -> BaseResponse:
    """How sites are shared out from the next draw on; 409 where somebody else said so since the page was made."""
    form, week = PlanRulesForm(prefix=_RULES, meta={"csrf": False}), request.form.get("week", "")
    revision = request.form.get("revision", "")
    _require_week(week)
    if not is_number(revision):
        return _page(week, [Problem("plan.rules_revision_missing")])
    if not form.validate():
        return _page(week, _form_problems(form), rules_form=form)
    how = form.how(assigning.rules(services()))
    try:
        return _answer(week, assigning.set_rules(services(), user().name, how, int(revision), now()))
    except Stale:
        return _page(week, [Problem("plan.rules_changed_meanwhile")], 409)


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


@blueprint.post("/<week>/sites/<code>/missed")
@access.allowed(Permission.PLAN_CHANGE)
def missed(week: str, code: str) -> BaseResponse:
    """Why a drawn site was not inspected; an empty reason takes back what was said."""
    _plan(week)
    reason = request.form.get("reason", "")
    return _answer(week, missing.say_missed(services(), user().name, week, code, reason, now(), scope=scope()))


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
        areas = tuple(request.form.getlist("areas"))
        return _answer(week, assigning.avoid(services(), user().name, name, areas, int(revision), now()))
    except Stale:
        return _page(week, [Problem("plan.avoidances_changed_meanwhile")], 409)


def _page(
    week: str,
    problems: Sequence[Problem] = (),
    status: int = 422,
    *,
    form: DrawForm | None = None,
    announce_form: AnnounceForm | None = None,
    rules_form: PlanRulesForm | None = None,
) -> Response:
    _require_week(week)
    kept = planning.seen_plan(services(), week, scope=scope())
    plan = kept.value if kept else None
    tree, draws = area_tree(services().store, week), may(Permission.PLAN_DRAW)
    rules, rules_revision = assigning.rules_kept(services())
    page = render_template(
        "plan/show.html",
        week=week,
        current=this_week(),
        plan=plan,
        revision=kept.revision if kept else 0,
        rows=_rows(plan) if plan else [],
        open_seed=plan is not None and plan.rule == OPEN_SEED,
        departures=assigning.departure_words(services(), plan) if plan else [],
        **_response_of(plan, tree),
        **advice_of(week, plan, shifted(week, -1)),
        missed_reasons=SAID,
        problems=problems,
        form=form or DrawForm(None, meta={"csrf": False}, **_typed(rules)),
        announce_form=announce_form or AnnounceForm(None, meta={"csrf": False}),
        rules_form=rules_form or PlanRulesForm(None, prefix=_RULES, meta={"csrf": False}, **_typed(rules)),
        rules_revision=rules_revision,
        rules_history=assigning.rules_history(services()) if draws else [],
        sources=[one for one in SOURCES.values() if one.real],
        inspectors=inspectors(services().store) if may(Permission.INSPECTOR_SEE) else [],
        avoidances=assigning.avoidances(services()) if draws else {},
        areas=[area for area in tree if len(area.code) in (6, 9)],
        tree=tree,
        listed=len(planning.register(services(), week)),
        earlier=shifted(week, -1),
        later=shifted(week, 1),
    )
    return make_response(page, status if problems else 200)


def _response_of(plan: WeekPlan | None, tree: AreaTree) -> dict[str, object]:
    """How many of the drawn sites were inspected, by type and by street, as far as whoever is signed in sees them."""
    found = week_responses(services(), plan.week, scope=scope()) if plan and plan.drawn_at else ()
    least = (plan.how or How()).least_response if plan else 0.0
    names = {one.area: tree.full_name(one.area) for one in found}
    return {
        "response": together(found) if found else None,
        "response_text": percent(together(found)),
        "least_response": 100 * least,
        "by_type": response_rows(by(found, lambda one: one.site_type), services().library.titles, least),
        "by_street": response_rows(by(found, lambda one: one.area), names, least),
    }


def _typed(rules: How) -> dict[str, object]:
    """The rules as the fields of a form."""
    share = round(rules.second_share * 100, 4)
    return {
        "second": int(share) if share.is_integer() else share,
        "gap": rules.gap_weeks,
        "street_gap": rules.street_gap_weeks,
        "per_street": rules.per_street,
        "least_response": round(rules.least_response * 100, 4),
        "in_pairs": rules.in_pairs,
    }


def _rows(plan: WeekPlan) -> list[PlanRow]:
    tree, titles = area_tree(services().store, plan.week), services().library.titles
    names = {site.code: site.name for site in all_sites(services().store)}
    done, said = inspected_sites(services(), plan.week), missed_reasons(services(), plan.week)
    return [
        PlanRow(
            site=one,
            name=names.get(one.code, one.code),
            type_title=titles.get(one.site_type, one.site_type),
            area_name=tree.full_name(one.area),
            done=done[one.code],
            missed="" if done[one.code] else said.get(one.code, ""),
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
        refuse(404, f"{week} 的抽取还没有公布")
    return plan


def _form_problems(form: PageForm) -> list[Problem]:
    """What is wrong with what was typed: what would be right where the field says it, else its errors."""
    found = []
    for name, errors in form.errors.items():
        field = form[name]
        told = [field.description] if field.description else errors
        found += [
            Problem("plan.field_malformed", details={"field": field.label.text, "message": str(one)}) for one in told
        ]
    return found


def _require_week(week: str) -> None:
    if not is_week(week):
        refuse(404, f"「{week}」不是有效的周，应形如 2026-W48")
