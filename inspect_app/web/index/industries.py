"""Industries of the city's own (行业): the office's pages to say of which site types, items and units each is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, StringField

from ...domain.accounts.permissions import Permission
from ...domain.index.industries import Industry, faults, industries_text
from ...domain.problems import Details, Problem
from ...domain.text import cleaned_line
from ...services.accounts.units import all_units
from ...services.index.industries import NAME, industries_now, keep_industries, own_industries, resolved, responsible
from ...store import Stale
from .. import access
from ..context import now, services, user
from ..downloads import download
from ..forms import PageForm
from ..numbers import is_number
from ..refusing import refuse

blueprint = Blueprint("industries", __name__, url_prefix="/industries")
_MOST_REASON = 500
_LABELS = {"title": "名称", "units": "责任单位", "types": "点位类型", "items": "测评项", "without": "不算的测评项"}
_IN, _OUT = "in", "out"
CHOICES: Mapping[str, str] = {"": "随类型和单位", _IN: "算", _OUT: "不算"}
"""What is said of a single item."""


class ChangeForm(PageForm):
    """What goes with every change: the edition that it replaces, and why."""

    edition = HiddenField(default="0")
    reason = StringField()


@blueprint.get("")
@access.allowed(Permission.WEEK_PUBLISH)
def show() -> Response:
    return _list_page()


@blueprint.get("/industries.toml")
@access.allowed(Permission.WEEK_PUBLISH)
def text() -> Response:
    """The industries as a file, as ``checklists take`` reads it."""
    content = industries_text(industries_now(services())[0])
    return download(content, "application/toml; charset=utf-8", "industries.toml")


@blueprint.get("/new")
@access.allowed(Permission.WEEK_PUBLISH)
def new() -> Response:
    return _form_page(None, Industry(""), industries_now(services())[1])


@blueprint.post("/new")
@access.allowed(Permission.WEEK_PUBLISH)
def add() -> BaseResponse:
    return _keep(None)


@blueprint.get("/<int:number>")
@access.allowed(Permission.WEEK_PUBLISH)
def edit(number: int) -> Response:
    found, edition = industries_now(services())
    return _form_page(number, _numbered(found, number), edition)


@blueprint.post("/<int:number>")
@access.allowed(Permission.WEEK_PUBLISH)
def change(number: int) -> BaseResponse:
    return _keep(number)


@blueprint.post("/<int:number>/remove")
@access.allowed(Permission.WEEK_PUBLISH)
def remove(number: int) -> BaseResponse:
    """Remove the industry with this number, where nothing was changed since the page was shown."""
    found, _ = industries_now(services())
    gone = _numbered(found, number)
    problems = _kept_as([one for one in found if one is not gone], f"删除「{gone.title}」")
    if problems:
        return _list_page(problems, _status(problems))
    return redirect(url_for("industries.show"), 303)


def _keep(number: int | None) -> BaseResponse:
    """Keep the industry that the form says, in the place of the one with that number or behind the others."""
    found, edition = industries_now(services())
    before = _numbered(found, number) if number is not None else None
    industry = _from_form(request.form)
    form = ChangeForm(meta={"csrf": False})
    reason = (form.reason.data or "").strip()
    if len(reason) > _MOST_REASON:
        return _form_page(
            number, industry, edition, [Problem("industries.reason_too_long", details={"most": _MOST_REASON})]
        )
    others = [one.title for one in found if one is not before]
    problems = (
        faults(industry, others, _place)
        or _unknown(industry, before or Industry(""))
        or _kept_as([industry if one is before else one for one in found] if before else [*found, industry], reason)
    )
    if problems:
        shown = industries_now(services())[1] if _status(problems) == 409 else edition
        return _form_page(number, industry, shown, problems, _status(problems))
    return redirect(url_for("industries.show"), 303)


def _kept_as(industries: Sequence[Industry], reason: str) -> list[Problem]:
    """Keep all industries in place of the edition that the page was made of; what is wrong with them."""
    edition = ChangeForm(meta={"csrf": False}).edition.data or ""
    if not is_number(edition):
        refuse(400, "缺少 edition")
    try:
        return keep_industries(services(), user().name, industries, now(), int(edition), reason)
    except Stale:
        return [Problem("industries.changed_meanwhile")]


def _status(problems: Sequence[Problem]) -> int:
    return 409 if any(one.code == "industries.changed_meanwhile" for one in problems) else 422


def _numbered(found: Sequence[Industry], number: int) -> Industry:
    if not 0 < number <= len(found):
        refuse(404, "没有这个行业")
    return found[number - 1]


def _from_form(fields: MultiDict[str, str]) -> Industry:
    """The industry that a form says; of an item said twice the last counts."""
    said = {name.removeprefix("item."): value for name, value in fields.items() if name.startswith("item.")}
    units = cleaned_line(fields.get("units", "")).replace("，", "、").replace(",", "、").split("、")
    return Industry(
        title=cleaned_line(fields.get("title", "")),
        units=tuple(dict.fromkeys(one.strip() for one in units if one.strip())),
        types=tuple(dict.fromkeys(fields.getlist("types"))),
        items=tuple(key for key, value in said.items() if value == _IN),
        without=tuple(key for key, value in said.items() if value == _OUT),
    )


def _place(field: str) -> Details:
    return {"heading": (_LABELS[field],)}


def _unknown(industry: Industry, before: Industry) -> list[Problem]:
    """What the industry names and nobody knows; what it named before may stay."""
    items = responsible(services())
    units = {name for named in items.values() for name in named}
    units |= {name for kept in all_units(services().store) for name in (kept.unit.name, *kept.unit.names)}
    known = {*items, *before.items, *before.without}
    types = {*services().library.current, *before.types}
    return [
        *(
            Problem("industries.unit_unknown", details={"unit": one[:100]})
            for one in industry.units
            if one not in {*units, *before.units}
        ),
        *(Problem("industries.type_unknown", details={"type": one}) for one in industry.types if one not in types),
        *(
            Problem("industries.item_unknown", details={"item": one})
            for one in (*industry.items, *industry.without)
            if one not in known
        ),
    ]


def _list_page(problems: Sequence[Problem] = (), status: int = 422) -> Response:
    found, edition = industries_now(services())
    items, titles = own_industries(services()), services().library.titles
    times = Counter(key for keys in items.values() for key in keys)
    page = render_template(
        "index/schemes/industries.html",
        industries=[(one, [titles.get(type, type) for type in one.types], items[one.title]) for one in found],
        edition=edition,
        editions=services().library.editions_of(NAME),
        left=[key for key in responsible(services()) if not times[key]] if found else [],
        several=sum(count > 1 for count in times.values()),
        words=_words(),
        problems=problems,
    )
    return make_response(page, status if problems else 200)


def _form_page(
    number: int | None, industry: Industry, edition: int, problems: Sequence[Problem] = (), status: int = 422
) -> Response:
    known = responsible(services())
    said = {**dict.fromkeys(industry.items, _IN), **dict.fromkeys(industry.without, _OUT)}
    page = render_template(
        "index/schemes/industry.html",
        number=number,
        industry=industry,
        edition=edition,
        checklists=services().library.current,
        said=said,
        gone=[key for key in said if key not in known],
        gone_types=[type for type in industry.types if type not in services().library.current],
        counted=resolved(services(), [industry]).get(industry.title, ()),
        units=sorted({name for named in known.values() for name in named}),
        choices=CHOICES,
        problems=problems,
    )
    return make_response(page, status if problems else 200)


def _words() -> dict[str, str]:
    """Items of checklists in force in words, each behind the title of its checklist."""
    current = services().library.current.values()
    return {f"{one.id}/{item.id}": f"{one.title}：{item.text}" for one in current for item in one.items}
