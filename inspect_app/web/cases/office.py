"""The office's pages of cases: what waits to be filed, the list by urgency, one case with everything done about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import IntegerField, SelectMultipleField, StringField
from wtforms.validators import InputRequired

from ...collections import Kept
from ...collections.cases.case import CASES
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.permissions import Permission
from ...domain.accounts.user import User
from ...domain.cases.brief import CaseBrief
from ...domain.cases.case import OPEN_STATES, WITH_UNIT, AfterPhoto, Case
from ...domain.cases.deadlines import guessed_years
from ...domain.cases.life_cycle import ACTS, CaseAct, Need, Party, State, allowed
from ...domain.cases.working_time import guess_words
from ...domain.evidence.marks import Mark
from ...domain.place.areas import AreaTree
from ...domain.place.positions import Fix, distance_m
from ...domain.problems import Problem
from ...domain.searching import found_in
from ...domain.weeks import is_week, shifted
from ...services.accounts.accounts import all_users, inspectors
from ...services.accounts.nameless import words_for
from ...services.accounts.units import all_units, unit_names
from ...services.cases import acts as kept_cases
from ...services.cases import filing, rechecks
from ...services.cases.acts import AskedAct, deadline_guess, default_deadline, earlier_cases, find_case, proposal_for
from ...services.cases.at_hand import whole
from ...services.cases.nameless import nameless_case, nameless_kept
from ...services.evidence.examining import thumbnail
from ...services.evidence.marking import marks_name, marks_of
from ...services.evidence.redacting import plain_copy
from ...services.evidence.shared_copies import shared_copy
from ...services.index.weekly import weeks_with_inspections
from ...services.place.register import area_tree
from ...store import Stale
from ...wording import Said, say
from .. import access
from ..context import may, now, scope, services, this_week, user
from ..forms import PageForm
from ..numbers import page_number
from ..pictures import picture
from ..place.choosing import areas_to_choose
from ..refusing import refuse
from ..times import instant_of_field

blueprint = Blueprint("cases", __name__, url_prefix="/cases")

PAGE, _WEEKS = 50, 13
VIEWS: dict[str, str] = {
    "overdue": "超期",
    "asked": "申请延期",
    "handled": "待核查",
    "filed": "待派遣",
    "with_unit": "处置中",
    "guessed": "期限暂定",
    "suspended": "挂账",
    "closed": "已结案",
    "cancelled": "已撤销",
}
"""What the list can show, the most pressing first."""


class ActForm(PageForm):
    """One act of a case, with the revision that it was decided on."""

    unit = StringField("责任单位")
    joint = SelectMultipleField("协办单位", validate_choice=False)
    deadline = StringField("期限")
    reason = StringField("理由")
    inspector = StringField("测评员")
    revision = IntegerField(validators=[InputRequired()])


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """What the list shows: a key of ``VIEWS``, a unit's id, an area's code, words to look for; each empty for all."""

    view: str
    unit: str
    area: str
    q: str
    page: int


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of the list; ``guessed`` are the years without known holidays that make its deadline a guess."""

    id: str
    case: Case
    unit: str
    area: str
    overdue: bool
    guessed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class After:
    """An after-photo with what was checked: metres from the site and from the finding's photo, and warnings."""

    photo: AfterPhoto
    from_site_m: float | None
    from_finding_m: float | None
    warnings: tuple[str, ...]


@blueprint.get("/")
@access.allowed(Permission.CASE_READ)
def show() -> str:
    """The list: ``view`` is one of ``VIEWS``, the most pressing that has any where it is missing."""
    filters = _filters()
    counts, rows = _counted(filters)
    view = filters.view or next((name for name in VIEWS if counts.get(name)), "overdue")
    shown = sorted(rows[view], key=kept_cases.by_deadline) if view in rows else _finished(view, filters)
    start, told = (filters.page - 1) * PAGE, words_for(services(), scope())
    some = shown[start : start + PAGE]
    tree, names = area_tree(services().store), unit_names(services().store)
    return render_template(
        "cases/list.html",
        rows=[_row(nameless_kept(one, told), tree, names) for one in whole(services().store, some)],
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
        return _unfiled_page(week, [say(Problem("cases.nothing_selected"))])
    done = filing.file_all(services(), user(), wanted, now())
    problems = [
        Said(f"{one.case or one.filing.item} {said.where}".strip(), said.what)
        for one in done
        for said in map(say, one.problems)
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
        return _case_page(stored, [Problem("cases.recheck_revision_missing")])
    inspector = form.inspector.data or ""
    if inspector and inspector not in {one.name for one in _inspectors()}:
        return _case_page(stored, [Problem("cases.inspector_unknown", details={"inspector": inspector})])
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
        refuse(404, f"没有操作「{act}」")
    if not form.validate():
        return _case_page(stored, [Problem("cases.revision_missing")])
    asked = AskedAct(
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
    if sha256 not in {photo.sha256 for photo in _found(id).value.after}:
        refuse(404, "没有这张照片")
    small = "small" in request.args
    content = thumbnail(services(), sha256) if small else plain_copy(services(), sha256)
    return picture(content, f"{sha256}-{'small' if small else 'plain'}")


@blueprint.get("/<id>/before/<sha256>")
@access.allowed(Permission.CASE_READ)
def before(id: str, sha256: str) -> Response:
    """A photo of the finding at reading size, without a caption, to be compared with one of after."""
    case = _found(id).value
    if sha256 not in case.photos:
        refuse(404, "没有这张照片")
    if not may(Permission.INSPECTOR_SEE):
        marks = _marks(case, sha256)
        return picture(shared_copy(services(), sha256, marks=marks), f"{sha256}-shared{marks_name(marks)}")
    return picture(plain_copy(services(), sha256), f"{sha256}-plain")


def _marks(case: Case, sha256: str) -> tuple[Mark, ...]:
    return marks_of(services(), case.inspection, sha256)


def _answered(id: str, do: Any) -> BaseResponse:
    try:
        done = do()
    except Stale:
        return _case_page(_found(id), [Problem("cases.changed_meanwhile")], 409)
    if isinstance(done, list):
        return _case_page(_found(id), done)
    return redirect(url_for("cases.case", id=id), 303)


def _found(id: str) -> Kept[Case]:
    stored = find_case(services(), id, scope=scope())
    if stored is None:
        refuse(404, f"没有编号为「{id}」的整改件")
    return stored


def _case_page(kept: Kept[Case], problems: Sequence[Problem] = (), status: int = 422) -> Response:
    case = nameless_case(kept.value, words_for(services(), scope()))
    tree = area_tree(services().store, case.week)
    acts = allowed(case.course, Party.OFFICE) if may(Permission.CASE_DISPATCH) else []
    proposed = _default_deadline(case, acts)
    page = render_template(
        "cases/show.html",
        id=kept.id,
        revision=kept.revision,
        case=case,
        overdue=case.overdue(now()),
        area=tree.full_name(case.area),
        names=unit_names(services().store),
        acts=acts,
        Need=Need,
        ACTS=ACTS,
        units=all_units(services().store, active_only=True),
        proposal=proposal_for(services(), case) if case.state is State.FILED else None,
        guess=guess_words(_guessed(case)),
        default_deadline=proposed,
        default_guess=guess_words(deadline_guess(services(), case, proposed, now())) if proposed else "",
        after=_after(case),
        marks={sha256: _marks(case, sha256) for sha256 in case.photos} if may(Permission.INSPECTOR_SEE) else {},
        earlier=[one for one in earlier_cases(services(), case, scope=scope()) if one.id != kept.id],
        seen=rechecks.seen_since(services(), case, now()),
        inspectors=_inspectors(),
        titles={one.name: one.title for one in all_users(services().store)},
        problems=problems,
        form=request.form,
    )
    return make_response(page, status if problems else 200)


def _guessed(case: Case) -> tuple[int, ...]:
    return guessed_years(services().library.deadlines, services().settings.timezone, case, now())


def _default_deadline(case: Case, acts: Sequence[CaseAct]) -> datetime | None:
    """What the field of a deadline shows: what the unit asked for, else what the rules give from now."""
    if not any(Need.DEADLINE in act.needs for act in acts):
        return None
    return case.asked_until or default_deadline(services(), case, now())


def _after(case: Case) -> list[After]:
    finding = _first_fix(case)
    return [
        After(
            photo,
            photo.distance_m,
            distance_m(finding, photo.fix) if finding and photo.fix else None,
            tuple(signal.text for signal in photo.signals),
        )
        for photo in case.after
    ]


def _first_fix(case: Case) -> Fix | None:
    """The position of the finding's first photo that has one."""
    kept = INSPECTIONS.get(services().store, case.inspection)
    return next((photo.fix for photo in kept.value.photos_of(case.item) if photo.fix), None) if kept else None


def _filters() -> CaseFilters:
    """The filters of an address. 400 where one names what does not exist."""
    given = request.args
    filters = CaseFilters(
        view=given.get("view", ""),
        unit=given.get("unit", ""),
        area=given.get("area", ""),
        q=given.get("q", "").strip()[:100],
        page=page_number(given.get("page", "")),
    )
    if filters.view and filters.view not in VIEWS:
        refuse(400, f"没有「{filters.view}」这一类")
    if filters.area and filters.area not in area_tree(services().store):
        refuse(400, f"没有区域「{filters.area}」")
    return filters


def _counted(filters: CaseFilters) -> tuple[Counter[str], dict[str, list[CaseBrief]]]:
    """The open cases by view, and how many each view has."""
    at, deadlines, timezone = now(), services().library.deadlines, services().settings.timezone
    office = deadlines.office(timezone)
    # Of very many cases the days on which they are due are few.
    unsure = cache(lambda day: bool(office.unknown_years(datetime.combine(day, time(), timezone), at)))
    rows: dict[str, list[CaseBrief]] = {"overdue": [], "asked": [], "with_unit": [], "handled": [], "filed": []}
    rows |= {"suspended": [], "guessed": []}
    for case in _wanted(filters, OPEN_STATES):
        if case.state in WITH_UNIT:
            rows["with_unit"].append(case)
            if case.overdue(at):
                rows["overdue"].append(case)
            if case.asked_until:
                rows["asked"].append(case)
            due = case.deadline
            if due and unsure(due.astimezone(timezone).date()) and guessed_years(deadlines, timezone, case, at):
                rows["guessed"].append(case)
        else:
            rows[case.state].append(case)
    return Counter({view: len(found) for view, found in rows.items()}), rows


def _finished(view: str, filters: CaseFilters) -> list[CaseBrief]:
    """The cases of the last quarter that are over, the last one first; of all times where a word is looked for."""
    weeks = None if filters.q else [shifted(this_week(), -back) for back in range(_WEEKS)]
    found = _wanted(filters, {view}, weeks)
    return sorted(found, key=kept_cases.last_closed, reverse=True)


def _wanted(filters: CaseFilters, states: Collection[str], weeks: Collection[str] | None = None) -> list[CaseBrief]:
    tree = area_tree(services().store)
    areas = tree.within(filters.area) if filters.area else None
    found = kept_cases.office_cases(
        services(), scope=scope(), states=states, unit=filters.unit or None, areas=areas, weeks=weeks
    )
    if not filters.q:
        return found
    told = words_for(services(), scope())
    asked = {one.id for one in found}
    cases = (one for one in CASES.find(services().store, state=states) if one.id in asked)
    matching = {one.id for one in cases if _matches(nameless_kept(one, told), filters.q)}
    return [one for one in found if one.id in matching]


def _matches(kept: Kept[Case], words: str) -> bool:
    case = kept.value
    return found_in(words, (kept.id, case.title, case.description, case.place.name))


def _row(kept: Kept[Case], tree: AreaTree, names: Mapping[str, str]) -> CaseRow:
    case = kept.value
    area = tree.full_name(case.area)
    return CaseRow(kept.id, case, names.get(case.unit, ""), area, case.overdue(now()), _guessed(case))


def _unfiled_page(week: str, problems: Sequence[Said]) -> Response:
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
        refuse(400, f"「{week}」不是有效的周，应形如 2026-W48")
    return week


def _inspectors() -> list[User]:
    """Whom the visitor may send again; nobody where they are not to know who inspects."""
    return inspectors(services().store) if may(Permission.INSPECTOR_SEE) else []
