"""Publication schemes: the office's pages to define, fill in and publish; tables for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse
from wtforms import FileField, HiddenField, StringField
from wtforms.validators import Length

from ...domain.accounts.permissions import Permission
from ...domain.accounts.scope import EVERYTHING
from ...domain.cases.figures import RATES
from ...domain.index.periods import Period, period_of, periods_with
from ...domain.index.schemes.filling import MOST_TYPED, filling_headings, parse_filling, renamed_figures
from ...domain.index.schemes.grouping import group_problems
from ...domain.index.schemes.kept import PrintedTable, moved, preview_print
from ...domain.index.schemes.reading import parse_scheme, scheme_json, scheme_toml
from ...domain.index.schemes.scheme import (
    Absent,
    Basis,
    Combine,
    Few,
    FigureSource,
    PartRole,
    PublicationScheme,
    RankBy,
    RollUp,
    Rounding,
    Ties,
    WeekWeights,
)
from ...domain.place.areas import LEVELS
from ...domain.problems import Problem
from ...domain.tables import text_of
from ...domain.text import cleaned_line
from ...domain.weeks import shifted
from ...exports.index.scheme_files import SCHEME_DATA, SCHEME_FILES, maker_for
from ...exports.index.scheme_sheet import filling_workbook
from ...exports.index.scheme_tables import headings, lines, written
from ...exports.index.scheme_words import scheme_words
from ...exports.tables import read_rows
from ...services.cases.figures import case_figures
from ...services.index.period_figures import KINDS, period_figures
from ...services.index.schemes import (
    KeptScheme,
    all_schemes,
    edition_of,
    filled_in,
    find_scheme,
    keep_filled_in,
    keep_scheme,
    latest,
    not_asked,
    preview_table,
    publish_table,
    published_periods,
    ranked_areas,
    readable_table,
    renamed_in,
    table_file,
    table_revisions,
    with_rest,
)
from ...services.place.register import area_tree
from ...services.publications import published_weeks
from ...store import Stale
from ...wording import say
from .. import access, bodies
from ..context import may, now, scope, services, this_week, user
from ..downloads import XLSX, download, saved_as
from ..forms import PageForm
from ..numbers import is_number
from ..refusing import refuse
from ..uploaded import uploaded
from .handed_out import answer_of, opened
from .pages import public_answer
from .scheme_form import FIELDS, PART_FIELDS, form_from, part_rows, scheme_from_form

blueprint = Blueprint("schemes", __name__, url_prefix="/schemes")
_BLANK_PARTS = 3
_MAX_UPLOAD_BYTES = 512 * 1024
_MAX_TABLE_BYTES = 5 * 1024 * 1024
_DEFAULTS = {"full": "100", "floor": "0", "decimals": "2", "unit": "分", "few": str(Few.UNRANKED)}
_CHOICES = {
    "combine": Combine,
    "absent": Absent,
    "basis": Basis,
    "ties": Ties,
    "roll_up": RollUp,
    "week_weights": WeekWeights,
    "rounding": Rounding,
    "rank_by": RankBy,
    "few": Few,
    "role": PartRole,
    "source": FigureSource,
}


class SchemeForm(PageForm):
    """What goes with a change of a scheme; its own fields are read by ``scheme_form``."""

    edition = HiddenField(default="0")
    reason = StringField(validators=[Length(max=500)])


class TableForm(PageForm):
    """A publication: which preview was seen, and the reason of a correction."""

    seen = HiddenField(default="")

    reason = StringField(validators=[Length(max=500)])


class FilledInForm(PageForm):
    """What goes with filled in figures: the revision that they replace, and the edition whose columns they are in."""

    revision = HiddenField(default="0")
    edition = HiddenField(default="")


class TakeForm(PageForm):
    """A scheme's file."""

    file = FileField()


@blueprint.get("")
@access.public
def show() -> Response:
    """All schemes with their published periods; for the office those without as well."""
    found = [(kept, published_periods(services(), kept.scheme.id)) for kept in all_schemes(services())]
    office = may(Permission.INDEX_PREVIEW)
    shown = [(kept, periods) for kept, periods in found if periods or office]
    last = shifted(this_week(), -1)
    known = published_weeks(services().store)
    page = render_template(
        "index/schemes/all.html",
        schemes=shown,
        running=periods_with(last),
        covered=periods_with(known[0]) if known else (),
        title_of=_title_of,
    )
    return public_answer(make_response(page))


@blueprint.get("/new")
@access.allowed(Permission.WEEK_PUBLISH)
def new() -> Response:
    return _form_page(MultiDict(_DEFAULTS), 0, None)


@blueprint.post("/new")
@access.allowed(Permission.WEEK_PUBLISH)
def add() -> BaseResponse:
    return _keep(None)


@blueprint.post("/take")
@access.allowed(Permission.WEEK_PUBLISH)
def take() -> BaseResponse:
    """A scheme out of a TOML or JSON file: shown in the form, and kept from there."""
    sent = uploaded(_MAX_UPLOAD_BYTES)
    if not sent.content:
        return _form_page(MultiDict(_DEFAULTS), 0, None, [Problem("schemes.no_file")])
    name = sent.name or "方案"
    text = text_of(sent.content, name)
    found = [text] if isinstance(text, Problem) else parse_scheme(text, name)
    if isinstance(found, list):
        return _form_page(MultiDict(_DEFAULTS), 0, None, found)
    kept = find_scheme(services(), found.id)
    return _form_page(form_from(found), kept.edition if kept else 0, kept)


@blueprint.get("/<id>/edit")
@access.allowed(Permission.WEEK_PUBLISH)
def edit(id: str) -> Response:
    kept = _found(id)
    return _form_page(form_from(kept.scheme), kept.edition, kept)


@blueprint.post("/<id>/edit")
@access.allowed(Permission.WEEK_PUBLISH)
def change(id: str) -> BaseResponse:
    return _keep(_found(id))


@blueprint.get("/<id>/<int:edition>/scheme.<kind>")
@access.allowed(Permission.INDEX_PREVIEW)
def text(id: str, edition: int, kind: str) -> Response:
    """An edition of a scheme as TOML or JSON."""
    kept = _found(id)
    if not 0 < edition <= kept.edition or kind not in ("toml", "json"):
        refuse(404, f"方案「{id}」没有第{edition}版的这个文件")
    scheme = edition_of(kept, edition)
    content = scheme_toml(scheme) if kind == "toml" else scheme_json(scheme)
    return download(content, f"application/{kind}; charset=utf-8", f"{id}-{edition}.{kind}")


@blueprint.get("/go")
@access.allowed(Permission.INDEX_PREVIEW)
def go() -> BaseResponse:
    """To a scheme's period as it stands."""
    scheme, period = request.args.get("scheme", ""), cleaned_line(request.args.get("period", ""))
    _found(scheme)
    _period(period)
    return redirect(url_for("schemes.live", id=scheme, period=period))


@blueprint.get("/periods/<period>")
@access.public
def period(period: str) -> Response:
    """This tool's figures over a period: areas, and of one of them dimensions, site types, industries and items."""
    chosen = _period(period)
    found = period_figures(services(), chosen, cleaned_line(request.args.get("area", ""))[:12])
    page = render_template(
        "index/schemes/period.html", period=chosen, found=found, kinds=KINDS, periods=periods_with(chosen.weeks[-1])
    )
    return public_answer(make_response(page))


@blueprint.get("/<id>/<period>/live")
@access.allowed(Permission.INDEX_PREVIEW)
def live(id: str, period: str) -> Response:
    """The table as it would be published now."""
    return _live_page(_found(id), _period(period))


@blueprint.get("/<id>/<period>/figures")
@access.allowed(Permission.WEEK_PUBLISH)
def figures(id: str, period: str) -> Response:
    """Where figures that this tool does not have are filled in: surveys, other bureaus' scores, deductions."""
    kept, chosen = _found(id), _period(period)
    return _figures_page(kept, chosen, *_filled_in(kept, chosen))


@blueprint.post("/<id>/<period>/figures")
@access.allowed(Permission.WEEK_PUBLISH)
@bodies.takes_files
def fill_in(id: str, period: str) -> BaseResponse:
    kept, chosen = _found(id), _period(period)
    form = FilledInForm(meta={"csrf": False})
    revision, edition = form.revision.data or "", form.edition.data or ""
    if not is_number(revision):
        refuse(400, "缺少 revision")
    if not is_number(edition) or not 0 < int(edition) <= kept.edition:
        refuse(400, "缺少 edition")
    shown = edition_of(kept, int(edition))
    typed = _typed(shown, chosen)
    if int(edition) != kept.edition:
        # Cells are named by the places of columns: those of an earlier edition may be other columns in this one.
        rest = not_asked(shown, area_tree(services().store, chosen.weeks[-1]), _filled_in(kept, chosen)[0])
        typed = with_rest(renamed_figures(typed, renamed_in(kept)), rest)
        changed = [Problem("schemes.columns_changed", details={"title": kept.scheme.title})]
        return _figures_page(kept, chosen, typed, int(revision), changed, 409)
    try:
        problems = keep_filled_in(
            services(), user().name, kept.scheme, period, typed, int(revision), now(), renamed_in(kept)
        )
    except Stale:
        changed = [Problem("schemes.changed_meanwhile", details={"title": kept.scheme.title})]
        return _figures_page(kept, chosen, typed, filled_in(services(), id, period)[1], changed, 409)
    if problems:
        return _figures_page(kept, chosen, typed, int(revision), problems)
    return redirect(url_for("schemes.live", id=id, period=period), 303)


@blueprint.get("/<id>/<period>/figures.xlsx")
@access.allowed(Permission.WEEK_PUBLISH)
def figures_sheet(id: str, period: str) -> Response:
    """The table to fill in, with what was filled in so far."""
    kept, chosen = _found(id), _period(period)
    names = {code: own[0] for code, own in _asked(kept, chosen).items()}
    typed, _ = _filled_in(kept, chosen)
    about = f"{kept.scheme.title} {chosen.title}"
    return download(filling_workbook(kept.scheme, about, names, typed), XLSX, f"{id}-{period}.xlsx")


@blueprint.post("/<id>/<period>/figures/read")
@access.allowed(Permission.WEEK_PUBLISH)
@bodies.takes_files
def read_figures(id: str, period: str) -> Response:
    """A table that was filled in: shown in the form, and kept from there."""
    kept, chosen = _found(id), _period(period)
    typed, revision = _filled_in(kept, chosen)
    sent = uploaded(_MAX_TABLE_BYTES)
    if not sent.content:
        return _figures_page(kept, chosen, typed, revision, [Problem("schemes.no_table")])
    name = sent.name or "上传的表格"
    table = read_rows(sent.content, name, filling_headings(kept.scheme))
    found = table if isinstance(table, list) else parse_filling(table, name, kept.scheme, _asked(kept, chosen))
    if isinstance(found, list):
        return _figures_page(kept, chosen, typed, revision, found)
    notes = [] if isinstance(table, list) else [str(say(note)) for note in table.notes]
    return _figures_page(kept, chosen, {**typed, **found}, revision, read=(len(found), notes))


@blueprint.post("/<id>/<period>/publish")
@access.allowed(Permission.WEEK_PUBLISH)
def publish(id: str, period: str) -> BaseResponse:
    kept, chosen = _found(id), _period(period)
    form = TableForm(meta={"csrf": False})
    if not form.validate():
        return _live_page(kept, chosen, [Problem("schemes.reason_too_long")])
    files = maker_for(services().settings.timezone)
    reason, seen = form.reason.data or "", form.seen.data or ""
    try:
        done = publish_table(services(), user().name, kept, chosen, reason, now(), files, _case_rates, seen)
    except Stale:
        return _live_page(kept, chosen, [Problem("schemes.preview_outdated", details={"period": chosen.title})], 409)
    if isinstance(done, list):
        return _live_page(kept, chosen, done)
    return redirect(url_for("schemes.table", id=id, period=period), 303)


@blueprint.get("/<id>/<period>")
@blueprint.get("/<id>/<period>/<int:revision>")
@access.public
def table(id: str, period: str, revision: int | None = None) -> Response:
    """A published table, its latest revision or the one named."""
    found = latest(services(), id, period, revision)
    if found is None:
        refuse(404, "这一期的成绩没有发布")
    page = render_template(
        "index/schemes/table.html",
        **_shown(found),
        revisions=table_revisions(services(), id, period),
        files=SCHEME_FILES,
        data=SCHEME_DATA,
    )
    return public_answer(make_response(page))


@blueprint.get("/<id>/<period>/<int:revision>/<file>")
@access.public
def file(id: str, period: str, revision: int, file: str) -> Response:
    """A frozen file of a published table."""
    found = table_file(services(), id, period, revision, file)
    if found is None:
        refuse(404, f"没有文件「{file}」")
    return saved_as(opened(answer_of(found)), f"{id}-{period}-{revision}-{file}")


def _keep(kept: KeptScheme | None) -> BaseResponse:
    """Keep what the form says; the form again where it is to have more rows, or something is wrong."""
    form, fields = SchemeForm(meta={"csrf": False}), request.form
    edition = form.edition.data or ""
    number = int(edition) if is_number(edition) else 0
    if fields.get("more"):
        return _form_page(fields, number, kept, status=200, blank=2 * _BLANK_PARTS)
    if not form.validate():
        return _form_page(fields, number, kept, [Problem("schemes.reason_too_long")])
    scheme = scheme_from_form(fields)
    if isinstance(scheme, list):
        return _form_page(fields, number, kept, scheme)
    if kept and scheme.id != kept.scheme.id:
        return _form_page(fields, number, kept, [Problem("schemes.id_changed")])
    try:
        problems = keep_scheme(services(), user().name, scheme, form.reason.data or "", number, now())
    except Stale:
        changed = [Problem("schemes.changed_meanwhile", details={"title": scheme.title})]
        return _form_page(fields, number, kept, changed, 409)
    if problems:
        return _form_page(fields, number, kept, problems)
    return redirect(url_for("schemes.show"), 303)


def _form_page(
    fields: MultiDict[str, str],
    edition: int,
    kept: KeptScheme | None,
    problems: Sequence[Problem] = (),
    status: int = 422,
    blank: int = _BLANK_PARTS,
) -> Response:
    scheme = scheme_from_form(fields) if fields.get("groups") else None
    page = render_template(
        "index/schemes/form.html",
        notices=_group_notices(scheme) if isinstance(scheme, PublicationScheme) else (),
        fields=fields,
        rows=part_rows(fields, blank),
        labels=FIELDS,
        part_labels=PART_FIELDS,
        choices=_CHOICES,
        levels=list(LEVELS.values()),
        edition=edition,
        kept=kept,
        problems=problems,
        case_rates=[one.label for one in RATES.values()],
    )
    return make_response(page, status if problems else 200)


def _figures_page(
    kept: KeptScheme,
    period: Period,
    typed: Mapping[str, Mapping[str, str]],
    revision: int,
    problems: Sequence[Problem] = (),
    status: int = 422,
    read: tuple[int, Sequence[str]] | None = None,
) -> Response:
    """``read`` says of how many areas a table spoke, with what is to be noted of it."""
    tree = area_tree(services().store, period.weeks[-1])
    page = render_template(
        "index/schemes/figures.html",
        scheme=kept.scheme,
        edition=kept.edition,
        period=period,
        renamed=_renamed_here(kept, period),
        hidden=not_asked(kept.scheme, tree, typed),
        areas=ranked_areas(kept.scheme, tree),
        tree=tree,
        typed=typed,
        revision=revision,
        read=read,
        problems=problems,
    )
    return make_response(page, status if problems else 200)


def _filled_in(kept: KeptScheme, period: Period) -> tuple[dict[str, dict[str, str]], int]:
    """What was filled in, and its revision; figures of parts that were renamed since stand in their columns."""
    typed, revision = filled_in(services(), kept.scheme.id, period.name)
    return renamed_figures(typed, renamed_in(kept)), revision


def _renamed_here(kept: KeptScheme, period: Period) -> dict[str, str]:
    """The renamed columns whose figures are still kept under the earlier name alone."""
    typed, _ = filled_in(services(), kept.scheme.id, period.name)
    return {
        column: new
        for column, new in renamed_in(kept).items()
        if any(column in cells and new not in cells for cells in typed.values())
    }


def _asked(kept: KeptScheme, period: Period) -> dict[str, tuple[str, ...]]:
    """The areas that a scheme asks figures of, by code: the names that they go by, the full one first."""
    tree = area_tree(services().store, period.weeks[-1])
    return {area.code: (tree.full_name(area.code), area.name) for area in ranked_areas(kept.scheme, tree)}


def _typed(scheme: PublicationScheme, period: Period) -> dict[str, dict[str, str]]:
    """What was filled in, by area and column; cells left empty say nothing."""
    found: dict[str, dict[str, str]] = {}
    for area in ranked_areas(scheme, area_tree(services().store, period.weeks[-1])):
        cells = {
            column: cleaned_line(request.form.get(f"{area.code}.{place}", ""))[:MOST_TYPED]
            for place, column in enumerate(scheme.columns)
        }
        if said := {column: text for column, text in cells.items() if text}:
            found[area.code] = said
    return found


def _group_notices(scheme: PublicationScheme, period: Period | None = None) -> list[Problem]:
    """What the groups and the areas do not know of one another, in the period or today."""
    tree = area_tree(services().store, period.weeks[-1] if period else this_week())
    return list(group_problems(scheme, {area.code: area.name for area in ranked_areas(scheme, tree)}))


def _live_page(kept: KeptScheme, period: Period, problems: Sequence[Problem] = (), status: int = 422) -> Response:
    revisions = table_revisions(services(), kept.scheme.id, period.name)
    found = preview_table(services(), kept, period, _case_rates, scope=scope())
    last = readable_table(services(), kept.scheme.id, period.name) if may(Permission.WEEK_PUBLISH) else None
    page = render_template(
        "index/schemes/live.html",
        **_shown(found),
        revisions=revisions,
        seen=preview_print(found, len(revisions)),
        notices=_group_notices(kept.scheme, period),
        moved=moved(last.table, found.table) if last else (),
        problems=problems,
    )
    return make_response(page, status if problems else 200)


def _shown(printed: PrintedTable) -> dict[str, object]:
    table = printed.table
    return {
        "printed": printed,
        "scheme": printed.scheme,
        "headings": headings(printed.scheme, table),
        "lines": [[written(cell) for cell in line] for line in lines(printed.scheme, table)],
        "means": [one for one in table.means if one.areas > 1],
        "words": scheme_words(printed),
    }


def _case_rates(first: str, last: str, week: str) -> dict[str, dict[str, Fraction]]:
    """The rates of cases by area, under the labels that parts have them by."""
    found = case_figures(services(), first, last, now(), scope=EVERYTHING, week=week)
    return {
        line.key: {one.label: rate for name, one in RATES.items() if (rate := line.figures.rate(name)) is not None}
        for line in found.areas
    }


def _found(id: str) -> KeptScheme:
    kept = find_scheme(services(), id)
    if kept is None:
        refuse(404, f"没有方案「{id}」")
    return kept


def _period(name: str) -> Period:
    found = period_of(name)
    if found is None:
        refuse(404, f"「{name}」不是一期，应形如 2026-W48、2026-11、2026-Q4、2026 或 2026-W40--2026-W44")
    return found


def _title_of(name: str) -> str:
    found = period_of(name)
    return found.title if found else name
