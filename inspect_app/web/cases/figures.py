"""The figures of cases: on a page, on paper, as a workbook; the thresholds of 红黄牌; and the letter of one case."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, FloatField, IntegerField
from wtforms.validators import InputRequired, NumberRange, Optional

from ...domain.accounts.permissions import Permission
from ...domain.accounts.scope import Scope
from ...domain.cases.deadlines import guessed_years
from ...domain.cases.figures import DUE, LEAST_DUE, RATES, Cards, rate_text
from ...domain.cases.spans import is_period, period_ends, period_starts, period_title
from ...domain.cases.unit_view import for_unit
from ...domain.problems import Problem
from ...domain.weeks import is_week, shifted
from ...exports.cases.letter import letter
from ...exports.cases.report import case_report
from ...exports.cases.workbook import CARDS, workbook
from ...services.accounts.nameless import words_for
from ...services.accounts.units import unit_names
from ...services.cases.acts import find_case
from ...services.cases.figures import MOST_DAYS, CaseFigures, case_figures, cases_filed, kept_cards, set_cards
from ...services.cases.nameless import nameless_case, nameless_kept
from ...services.evidence.marking import marks_of
from ...services.evidence.shared_copies import shared_copy
from ...services.place.register import area_tree
from ...store import Stale
from .. import access
from ..context import may, now, scope, services, this_week, user
from ..downloads import DOCX, XLSX, download
from ..forms import PageForm
from ..refusing import refuse

blueprint = Blueprint("case_figures", __name__, url_prefix="/cases")

_QUARTER = 12


class CardsForm(PageForm):
    """The thresholds, with the revision that they were changed from; an empty field turns one off."""

    yellow_rate = FloatField("黄牌：按期结案率低于（%）", [Optional(), NumberRange(0, 100)])
    red_rate = FloatField("红牌：按期结案率低于（%）", [Optional(), NumberRange(0, 100)])
    yellow_overdue = IntegerField("黄牌：超期未办不少于（件）", [Optional(), NumberRange(1)])
    red_overdue = IntegerField("红牌：超期未办不少于（件）", [Optional(), NumberRange(1)])
    revision = IntegerField("版本号", [InputRequired()])


@blueprint.get("/figures")
@access.allowed(Permission.CASE_READ)
def show() -> Response:
    """The figures of the cases filed from ``first`` to ``last`` (weeks or months), of the last quarter without them."""
    return _page(_cards_form())


@blueprint.post("/figures/cards")
@access.allowed(Permission.CARDS_SET)
def change_cards() -> BaseResponse:
    """Set the thresholds; 409 where somebody else did since the page was made."""
    form = CardsForm(meta={"csrf": False})
    if not form.validate():
        return _page(form, [_field_problem(field) for field in form if field.errors])
    cards = Cards(form.yellow_rate.data, form.red_rate.data, form.yellow_overdue.data, form.red_overdue.data)
    try:
        problems = set_cards(services(), user().name, cards, form.revision.data, now())
    except Stale:
        return _page(_cards_form(), [Problem("cards.changed_meanwhile")], 409)
    return _page(form, problems) if problems else redirect(url_for("case_figures.show"), 303)


@blueprint.get("/figures.xlsx")
@access.allowed(Permission.CASE_READ)
def file() -> Response:
    """The same as a workbook, with the cases themselves."""
    figures = _figures()
    words = words_for(services(), scope())
    filed = cases_filed(services(), figures.first, figures.last, scope=scope())
    cases = [nameless_kept(one, words) for one in filed]
    tree, settings = area_tree(services().store), services().settings
    areas = {code: tree.full_name(code) for code in {one.value.area for one in cases}}
    content = workbook(figures, cases, settings.city, areas, settings.timezone)
    return download(content, XLSX, f"整改统计-{figures.first}-{figures.last}.xlsx")


@blueprint.get("/figures.docx")
@access.allowed(Permission.CASE_READ)
def report() -> Response:
    """The same as a letter to the units, with the definitions."""
    figures = _figures()
    settings = services().settings
    day = now().astimezone(settings.timezone).date()
    content = case_report(figures, f"{settings.city}精神文明建设指导委员会办公室", day, now())
    return download(content, DOCX, f"整改情况通报-{figures.first}-{figures.last}.docx")


@blueprint.get("/<id>/letter.docx")
@access.allowed(Permission.CASE_READ)
def supervision_letter(id: str) -> Response:
    """The letter to the unit that leads a case; 404 where none does."""
    kept = find_case(services(), id, scope=scope())
    if kept is None or not kept.value.unit:
        refuse(404, "没有这个整改件，或还没有派遣给责任单位")
    area = area_tree(services().store, kept.value.week).full_name(kept.value.area)
    told = nameless_case(kept.value, words_for(services(), Scope(inspectors=False)))
    case = for_unit(id, told, told.unit, unit_names(services().store), area)
    marks = {sha256: marks_of(services(), kept.value.inspection, sha256) for sha256 in kept.value.photos}
    copies = (shared_copy(services(), sha256, marks=marks[sha256]) for sha256 in kept.value.photos)
    photos = [content for content in copies if content]
    zone = services().settings.timezone
    office = f"{services().settings.city}精神文明建设指导委员会办公室"
    guessed = guessed_years(services().library.deadlines, zone, kept.value, now())
    content = letter(case, photos, office, now().astimezone(zone).date(), zone, now(), guessed)
    return download(content, DOCX, f"督办单-{id}.docx")


def _figures() -> CaseFigures:
    last = request.args.get("last") or this_week()
    first = request.args.get("first") or (shifted(last, -_QUARTER) if is_week(last) else last)
    for period in (first, last):
        if not is_period(period):
            refuse(400, f"「{period}」不是有效的周或月，应形如 2026-W48 或 2026-11")
    if not 0 < (period_ends(last) - period_starts(first)).days < MOST_DAYS:
        refuse(400, f"起始不能晚于截止，最多{MOST_DAYS // 7}周")
    return case_figures(services(), first, last, now(), scope=scope())


def _field_problem(field: Field) -> Problem:
    missing = field.name == "revision"
    return Problem("cards.revision_missing" if missing else "cards.not_a_number", details={"field": field.label.text})


def _page(form: CardsForm, problems: Sequence[Problem] = (), status: int = 422) -> Response:
    figures = _figures()
    page = render_template(
        "cases/figures.html",
        figures=figures,
        title_first=period_title(figures.first),
        title_last=period_title(figures.last),
        rates=RATES,
        rate_text=rate_text,
        due=DUE,
        cards=CARDS,
        least=LEAST_DUE,
        form=form,
        problems=problems,
        may_set=may(Permission.CARDS_SET),
    )
    return make_response(page, status if problems else 200)


def _cards_form() -> CardsForm:
    kept, form = kept_cards(services()), CardsForm(None, meta={"csrf": False})
    for name in ("yellow_rate", "red_rate", "yellow_overdue", "red_overdue"):
        form[name].data = getattr(kept.value, name)
    form.revision.data = kept.revision
    return form
