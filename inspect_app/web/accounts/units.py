"""Units and routing: the administrator's pages."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, HiddenField, StringField

from ...domain.accounts.permissions import Permission
from ...domain.cases.routing import RoutingRule
from ...domain.problems import Problem
from ...domain.text import cleaned
from ...services.accounts.accounts import all_users
from ...services.accounts.units import (
    KeptUnit,
    add_unit,
    all_units,
    change_unit,
    find_unit,
    unit_from_fields,
)
from ...services.cases.routing import keep_rules, rules_now, suggestions
from ...services.place.register import area_tree
from ...store import Stale
from .. import access
from ..context import now, services, user
from ..forms import PageForm
from ..numbers import is_number
from ..refusing import refuse

blueprint = Blueprint("units", __name__, url_prefix="/admin/units")
_RULES_STALE = Problem("units.rules_changed_meanwhile")


class UnitForm(PageForm):
    """A unit. Lists are parted by commas or line breaks."""

    name = StringField("名称")
    names = StringField("清单中的其他叫法")
    areas = StringField("管辖区域（区划代码）")
    mail = StringField("邮箱")
    webhook = StringField("群机器人地址（企业微信、钉钉）")
    webhook_secret = StringField("钉钉加签密钥")
    active = BooleanField("在用")
    revision = HiddenField()


class RulesForm(PageForm):
    """One new rule."""

    unit = StringField("责任单位")
    clause = StringField("条款")
    checklist = StringField("清单")
    item = StringField("测评项")
    area = StringField("区域（区划代码）")


@blueprint.get("")
@access.allowed(Permission.UNIT_MANAGE)
def show() -> Response:
    return _list_page(UnitForm(meta={"csrf": False}))


@blueprint.post("")
@access.allowed(Permission.UNIT_MANAGE)
def add() -> BaseResponse:
    form = UnitForm(meta={"csrf": False})
    unit, reach = unit_from_fields(request.form)
    added = add_unit(services().store, user().name, unit, reach, now())
    if isinstance(added, list):
        return _list_page(form, added)
    return redirect(url_for("units.show"), 303)


@blueprint.get("/<id>/edit")
@access.allowed(Permission.UNIT_MANAGE)
def edit(id: str) -> Response:
    return _unit_page(_found(id))


@blueprint.post("/<id>")
@access.allowed(Permission.UNIT_MANAGE)
def change(id: str) -> BaseResponse:
    kept = _found(id)
    form = UnitForm(meta={"csrf": False})
    unit, reach = unit_from_fields(request.form, id)
    revision = form.revision.data or ""
    if not is_number(revision):
        return _unit_page(kept, [Problem("units.revision_missing")])
    active = bool(form.active.data)
    try:
        problems = change_unit(services().store, user().name, unit, reach, active, int(revision), now())
    except Stale:
        return _unit_page(_found(id), [Problem("units.changed_meanwhile")], 409)
    if problems:
        return _unit_page(kept, problems, form=form)
    return redirect(url_for("units.show"), 303)


@blueprint.get("/routing")
@access.allowed(Permission.UNIT_MANAGE)
def routing() -> Response:
    return _routing_page(RulesForm(meta={"csrf": False}))


@blueprint.post("/routing")
@access.allowed(Permission.UNIT_MANAGE)
def add_rule() -> BaseResponse:
    """A new rule, behind the others: written by hand, or taken over from a suggestion."""
    form = RulesForm(meta={"csrf": False})
    rule = RoutingRule(*((form[name].data or "").strip() for name in ("unit", "clause", "checklist", "item", "area")))
    if problems := _rule_problems(rule):
        return _routing_page(form, problems)
    rules, edition = rules_now(services())
    return _after_change([*rules, rule], edition, form)


@blueprint.post("/routing/<int:number>/remove")
@access.allowed(Permission.UNIT_MANAGE)
def remove_rule(number: int) -> BaseResponse:
    """Remove the rule with this number, where it still reads as it did on the page."""
    kept, edition = rules_now(services())
    rules = list(kept)
    if not 0 < number <= len(rules) or request.form.get("rule") != cleaned(repr(rules[number - 1])):
        return _routing_page(RulesForm(None, meta={"csrf": False}), [_RULES_STALE], 409)
    del rules[number - 1]
    return _after_change(rules, edition, RulesForm(None, meta={"csrf": False}))


def _after_change(rules: Sequence[RoutingRule], edition: int, form: RulesForm) -> BaseResponse:
    """Keep the rules; the page again where that was not possible, with what was typed still in the form."""
    try:
        problems = keep_rules(services(), user().name, rules, now(), edition)
    except Stale:
        return _routing_page(form, [_RULES_STALE], 409)
    return _routing_page(form, problems) if problems else redirect(url_for("units.routing"), 303)


def _rule_problems(rule: RoutingRule) -> list[Problem]:
    problems = []
    if not any(kept.unit.is_called(rule.unit) for kept in all_units(services().store)):
        problems.append(Problem("units.rule_unit_unknown", details={"unit": rule.unit}))
    if rule.checklist and rule.checklist not in services().library.titles:
        problems.append(Problem("units.rule_checklist_unknown", details={"checklist": rule.checklist}))
    if rule.area and rule.area not in area_tree(services().store):
        problems.append(Problem("units.rule_area_unknown", details={"area": rule.area}))
    return problems


def _found(id: str) -> KeptUnit:
    kept = find_unit(services().store, id)
    if kept is None:
        refuse(404, "没有这个责任单位")
    return kept


def _list_page(form: UnitForm, problems: Sequence[Problem] = ()) -> Response:
    users = [one for one in all_users(services().store) if one.unit and one.active]
    page = render_template(
        "accounts/units.html",
        units=all_units(services().store),
        users={kept: [one for one in users if one.unit == kept] for kept in {one.unit for one in users}},
        unnamed=_unnamed(),
        tree=area_tree(services().store),
        form=form,
        problems=problems,
    )
    return make_response(page, 422 if problems else 200)


def _unnamed() -> list[str]:
    """What checklists in force name as responsible and no unit is called, the most often named first."""
    known = {name for kept in all_units(services().store) for name in (kept.unit.name, *kept.unit.names)}
    times: dict[str, int] = {}
    for checklist in services().library.current.values():
        for item in checklist.items:
            for name in item.units:
                if name not in known:
                    times[name] = times.get(name, 0) + 1
    return sorted(times, key=lambda name: (-times[name], name))


def _unit_page(
    kept: KeptUnit, problems: Sequence[Problem] = (), status: int = 422, form: UnitForm | None = None
) -> Response:
    if form is None:
        form = UnitForm(None, meta={"csrf": False})
        unit, reach = kept.unit, kept.reach
        form["name"].data, form["names"].data, form["areas"].data = (
            unit.name,
            "、".join(unit.names),
            "、".join(unit.areas),
        )
        form["mail"].data, form["webhook"].data = "、".join(reach.mail), reach.webhook
        form["webhook_secret"].data, form["active"].data = reach.webhook_secret, kept.active
        form["revision"].data = str(kept.revision)
    page = render_template("accounts/unit.html", kept=kept, form=form, problems=problems)
    return make_response(page, status if problems else 200)


def _routing_page(form: RulesForm, problems: Sequence[Problem] = (), status: int = 422) -> Response:
    checklists = services().library.titles
    page = render_template(
        "cases/routing.html",
        rules=services().library.routing,
        suggestions=suggestions(services()),
        units=all_units(services().store, active_only=True),
        checklists=checklists,
        tree=area_tree(services().store),
        form=form,
        problems=problems,
    )
    return make_response(page, status if problems else 200)
