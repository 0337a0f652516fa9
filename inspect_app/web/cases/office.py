"""The office's pages of cases: what waits to be filed, the list by urgency, one case with everything done about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import IntegerField, SelectMultipleField, StringField
from wtforms.validators import InputRequired

from ...domain.accounts.permissions import Permission
from ...domain.accounts.user import User
from ...domain.cases.case import case_of
from ...domain.cases.life_cycle import ACTS, Act, Case, Need, Party, State, allowed
from ...domain.evidence.signals import TITLES
from ...domain.place.areas import AreaTree
from ...domain.place.positions import Fix, distance_m, parse_fix
from ...domain.problems import Problem
from ...domain.weeks import is_week, shifted, utc_text
from ...services.accounts.accounts import all_users, inspectors
from ...services.accounts.units import all_units, unit_names
from ...services.cases import acts as kept_cases
from ...services.cases import filing, rechecks
from ...services.cases.acts import Asked, default_deadline, earlier_cases, find_case, proposal_for
from ...services.evidence.examining import thumbnail
from ...services.evidence.redacting import plain_copy
from ...services.index.weekly import weeks_with_inspections
from ...services.place.register import area_tree
from ...store import Stale, Stored
from .. import access
from ..context import may, now, scope, services, this_week, user
from ..pictures import picture
from ..place.choosing import areas_to_choose
from ..times import instant_of_field

blueprint = Blueprint("cases", __name__, url_prefix="/cases")

PAGE, _WEEKS = 50, 13
VIEWS: dict[str, str] = {
    "overdue": "超期",
    "asked": "申请延期",
    "handled": "待核查",
    "filed": "待派遣",
    "with_unit": "处置中",
    "suspended": "挂账",
    "closed": "已结案",
    "cancelled": "已撤销",
}
"""What the list can show, the most pressing first."""
_STALE = "这一件刚被别人办理过，没有保存；下面是现在的样子"


class ActForm(FlaskForm):  # type: ignore[misc]
    """One act of a case, with the revision that it was decided on."""

    unit = StringField("责任单位")
    joint = SelectMultipleField("协办单位", validate_choice=False)
    deadline = StringField("期限")
    reason = StringField("理由")
    inspector = StringField("测评员")
    revision = IntegerField(validators=[InputRequired()])


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    id: str
    case: Case
    document: Mapping[str, Any]
    unit: str
    area: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class After:
    """An after-photo with what was checked: metres from the site and from the finding's photo, and warnings."""

    raw: Mapping[str, Any]
    from_site_m: float | None
    from_finding_m: float | None
    warnings: tuple[str, ...]


@blueprint.get("/")
@access.allowed(Permission.CASE_READ)
def show() -> str:
    """The list: ``view`` is one of ``VIEWS``, the most pressing that has any where it is missing."""
    filters = _filters()
    counts, rows = _counted(filters)
    view = filters["view"] or next((name for name in VIEWS if counts.get(name)), "overdue")
    shown = sorted(rows[view], key=kept_cases.by_deadline) if view in rows else _finished(view, filters)
    start = (filters["page"] - 1) * PAGE
    tree, names = area_tree(services().store), unit_names(services().store)
    return render_template(
        "cases/list.html",
        rows=[_row(stored, tree, names) for stored in shown[start : start + PAGE]],
        total=len(shown),
        pages=max(1, -(-len(shown) // PAGE)),
        counts=counts,
        views=VIEWS,
        view=view,
        filters=filters,
        units=all_units(services().store),
        areas=areas_to_choose(tree),
        waiting=filing.count_unfiled(services(), this_week(), scope=scope()),
    )


@blueprint.get("/unfiled")
@access.allowed(Permission.CASE_READ)
def unfiled() -> Response:
    """The confirmed findings of a week that are no cases yet, each with the unit proposed."""
    return _unfiled_page(_week(), [])


@blueprint.post("/unfiled")
@access.allowed(Permission.CASE_FILE)
def file() -> BaseResponse:
    """File the findings that are ticked, and dispatch those with a unit."""
    form, week = request.form, _week()
    wanted = []
    for key in form.getlist("finding"):
        inspection, _, item = key.partition("/")
        wanted.append(
            filing.Filing(
                inspection=inspection,
                item=item,
                description=form.get(f"description.{key}", ""),
                unit=form.get(f"unit.{key}", ""),
                joint=tuple(one for one in form.get(f"joint.{key}", "").split(",") if one),
                deadline=instant_of_field(form.get(f"deadline.{key}", "")),
            )
        )
    if not wanted:
        return _unfiled_page(week, [Problem("立案", "请先选中要立案的问题")])
    done = filing.file_all(services(), user(), wanted, now())
    problems = [
        Problem(f"{one.case or one.filing.item} {problem.where}".strip(), problem.what)
        for one in done
        for problem in one.problems
    ]
    if problems:
        return _unfiled_page(week, problems)
    if len(done) == 1:
        return redirect(url_for("cases.case", id=done[0].case), 303)
    return redirect(url_for("cases.unfiled", week=week, filed=len(done)), 303)


@blueprint.get("/<id>")
@access.allowed(Permission.CASE_READ)
def case(id: str) -> Response:
    return _case_page(_found(id))


@blueprint.post("/<id>/recheck")
@access.allowed(Permission.CASE_DISPATCH)
def recheck(id: str) -> BaseResponse:
    """Send an inspector to the site again before the case is closed."""
    stored, form = _found(id), ActForm(meta={"csrf": False})
    if not form.validate():
        return _case_page(stored, [Problem("复查", "缺少版本号，请刷新页面后再试")])
    inspector = form.inspector.data or ""
    if inspector and inspector not in {one.name for one in _inspectors()}:
        return _case_page(stored, [Problem("测评员", f"没有测评员「{inspector}」")])
    return _answered(
        id,
        lambda: rechecks.ask_recheck(services(), user().name, id, inspector, form.revision.data, now(), scope=scope()),
    )


@blueprint.post("/<id>/<act>")
@access.allowed(Permission.CASE_DISPATCH)
def act(id: str, act: str) -> BaseResponse:
    """Do one of the office's acts; 409 where somebody else was quicker, 422 where it lacks something."""
    stored, form = _found(id), ActForm(meta={"csrf": False})
    if act not in ACTS or ACTS[act].party is not Party.OFFICE:
        abort(404, f"没有操作「{act}」")
    if not form.validate():
        return _case_page(stored, [Problem("办理", "缺少版本号，请刷新页面后再试")])
    asked = Asked(
        act,
        unit=form.unit.data or "",
        joint=tuple(form.joint.data or ()) if Need.UNIT in ACTS[act].needs else (),
        reason=form.reason.data or "",
        deadline=instant_of_field(form.deadline.data or ""),
    )
    return _answered(id, lambda: kept_cases.act_on(services(), user(), id, asked, form.revision.data, now()))


@blueprint.get("/<id>/after/<sha256>")
@access.allowed(Permission.CASE_READ)
def after(id: str, sha256: str) -> Response:
    """An after-photo at reading size; ``small`` gives its thumbnail."""
    if sha256 not in {one["sha256"] for one in _found(id).document["after"]}:
        abort(404, "没有这张照片")
    small = "small" in request.args
    content = thumbnail(services(), sha256) if small else plain_copy(services(), sha256)
    return picture(content, f"{sha256}-{'small' if small else 'plain'}")


@blueprint.get("/<id>/before/<sha256>")
@access.allowed(Permission.CASE_READ)
def before(id: str, sha256: str) -> Response:
    """A photo of the finding at reading size, without a caption, to be compared with one of after."""
    if sha256 not in _found(id).document["photos"]:
        abort(404, "没有这张照片")
    return picture(plain_copy(services(), sha256), f"{sha256}-plain")


def _answered(id: str, do: Any) -> BaseResponse:
    try:
        done = do()
    except Stale:
        return _case_page(_found(id), [Problem("办理", _STALE)], 409)
    if isinstance(done, list):
        return _case_page(_found(id), done)
    return redirect(url_for("cases.case", id=id), 303)


def _found(id: str) -> Stored:
    stored = find_case(services(), id, scope=scope())
    if stored is None:
        abort(404, f"没有编号为「{id}」的整改件")
    return stored


def _case_page(stored: Stored, problems: Sequence[Problem] = (), status: int = 422) -> Response:
    document, value = stored.document, case_of(stored.document)
    names, tree = unit_names(services().store), area_tree(services().store, document["week"])
    acts = allowed(value, Party.OFFICE) if may(Permission.CASE_DISPATCH) else []
    proposal = proposal_for(services(), document) if value.state is State.FILED else None
    page = render_template(
        "cases/show.html",
        id=stored.id,
        revision=stored.revision,
        document=_shown(document),
        case=value,
        overdue=value.overdue(now()),
        area=tree.full_name(document["area"]),
        names=names,
        acts=acts,
        Need=Need,
        ACTS=ACTS,
        units=all_units(services().store, active_only=True),
        proposal=proposal,
        default_deadline=_default_deadline(document, value, acts),
        after=_after(document),
        earlier=[one for one in earlier_cases(services(), document, scope=scope()) if one.id != stored.id],
        seen=rechecks.seen_since(services(), stored, now()),
        inspectors=_inspectors(),
        titles={one.name: one.title for one in all_users(services().store)},
        problems=problems,
        form=request.form,
    )
    return make_response(page, status if problems else 200)


def _shown(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The case without whom the office would send, for those who are not to know who inspects."""
    if scope().inspectors or not document.get("recheck"):
        return document
    return {**document, "recheck": {**document["recheck"], "inspector": ""}}


def _default_deadline(document: Mapping[str, Any], case: Case, acts: Sequence[Act]) -> datetime | None:
    """What the field of a deadline shows: what the unit asked for, else what the rules give from now."""
    if not any(Need.DEADLINE in act.needs for act in acts):
        return None
    return case.asked_until or default_deadline(services(), document, now())


def _after(document: Mapping[str, Any]) -> list[After]:
    finding = _first_fix(document)
    found = []
    for raw in document["after"]:
        fix = parse_fix(raw["fix"], "") if raw["fix"] else None
        apart = distance_m(finding, fix) if finding and isinstance(fix, Fix) else None
        warnings = tuple(one["text"] if isinstance(one, Mapping) else TITLES.get(one, one) for one in raw["signals"])
        found.append(After(raw, raw["distance_m"], apart, warnings))
    return found


def _first_fix(document: Mapping[str, Any]) -> Fix | None:
    """The position of the finding's first photo that has one."""
    inspection = services().store.get("inspections", document["inspection"])
    photos = inspection.document["photos"] if inspection else []
    fixes = (parse_fix(one["fix"], "") for one in photos if one["item"] == document["item"] and one["fix"])
    return next((fix for fix in fixes if isinstance(fix, Fix)), None)


def _filters() -> dict[str, Any]:
    """The filters of an address. 400 where one names what does not exist."""
    given = request.args
    page = given.get("page", "1")
    filters = {
        "view": given.get("view", ""),
        "unit": given.get("unit", ""),
        "area": given.get("area", ""),
        "q": given.get("q", "").strip()[:100],
        "page": max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) <= 6 else 1,
    }
    if filters["view"] and filters["view"] not in VIEWS:
        abort(400, f"没有「{filters['view']}」这一类")
    if filters["area"] and filters["area"] not in area_tree(services().store):
        abort(400, f"没有区域「{filters['area']}」")
    return filters


def _counted(filters: Mapping[str, Any]) -> tuple[Counter[str], dict[str, list[Stored]]]:
    """The open cases by view, and how many each view has."""
    late = utc_text(now())
    rows: dict[str, list[Stored]] = {"overdue": [], "asked": [], "with_unit": [], "handled": [], "filed": []}
    rows["suspended"] = []
    for stored in _wanted(filters, kept_cases.OPEN_STATES):
        document = stored.document
        if document["state"] in kept_cases.WITH_UNIT:
            rows["with_unit"].append(stored)
            if (document["deadline"] or late) < late:
                rows["overdue"].append(stored)
            if document["asked_until"]:
                rows["asked"].append(stored)
        else:
            rows[document["state"]].append(stored)
    return Counter({view: len(found) for view, found in rows.items()}), rows


def _finished(view: str, filters: Mapping[str, Any]) -> list[Stored]:
    """The cases of the last quarter that are over, the last one first; of all times where a word is looked for."""
    weeks = None if filters["q"] else [shifted(this_week(), -back) for back in range(_WEEKS)]
    found = _wanted(filters, {view}, weeks)
    return sorted(found, key=lambda one: (one.document["closed_at"] or "", one.id), reverse=True)


def _wanted(filters: Mapping[str, Any], states: Collection[str], weeks: Collection[str] | None = None) -> list[Stored]:
    tree = area_tree(services().store)
    areas = tree.within(filters["area"]) if filters["area"] else None
    found = kept_cases.office_cases(
        services(), scope=scope(), states=states, unit=filters["unit"] or None, areas=areas, weeks=weeks
    )
    words = filters["q"].casefold()
    return [one for one in found if _matches(one, words)] if words else found


def _matches(stored: Stored, words: str) -> bool:
    document = stored.document
    text = " ".join([stored.id, document["title"], document["description"], document["place"]["name"]]).casefold()
    return all(word in text for word in words.split())


def _row(stored: Stored, tree: AreaTree, names: Mapping[str, str]) -> Row:
    document, value = stored.document, case_of(stored.document)
    unit, area = names.get(value.unit, ""), tree.full_name(document["area"])
    return Row(stored.id, value, document, unit, area, value.overdue(now()))


def _unfiled_page(week: str, problems: Sequence[Problem]) -> Response:
    tree = area_tree(services().store, week)
    page = render_template(
        "cases/unfiled.html",
        week=week,
        weeks=sorted({*weeks_with_inspections(services()), week, this_week()}, reverse=True),
        findings=filing.unfiled(services(), week, now(), scope=scope()),
        units=all_units(services().store, active_only=True),
        names=unit_names(services().store),
        tree=tree,
        problems=problems,
        filed=request.args.get("filed", ""),
        form=request.form,
    )
    return make_response(page, 422 if problems else 200)


def _week() -> str:
    week = request.args.get("week") or this_week()
    if not is_week(week):
        abort(400, f"「{week}」不是有效的周，应形如 2026-W48")
    return week


def _inspectors() -> list[User]:
    """Whom the visitor may send again; nobody where they are not to know who inspects."""
    return inspectors(services().store) if may(Permission.INSPECTOR_SEE) else []
