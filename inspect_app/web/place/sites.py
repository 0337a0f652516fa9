"""The administrator's pages of sites: the list, one site with its history, labels to scan on the spot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from ...domain.accounts.permissions import Permission
from ...domain.place.areas import AreaTree
from ...domain.place.sites import Site, parse_site
from ...domain.problems import Problem
from ...domain.searching import found_in
from ...services.audit import ACTS
from ...services.hidden import as_hidden, hidden_in
from ...services.place.register import all_sites, area_tree
from ...services.place.sites_changing import add_site, change_site, find_with_revision
from ...store import Stale
from .. import access
from ..context import now, services, this_week, user
from ..forms import PageForm
from ..numbers import is_number, page_number
from ..qr import qr_svg
from ..refusing import refuse
from ..roots import root_for_phones

blueprint = Blueprint("sites", __name__, url_prefix="/admin/sites")

STATES = {"active": "在用", "retired": "停用"}
_SHOWN = 100
_LABELS = 210
"""Labels of one page to print: ten sheets."""
_MAX_REASON = 200


class SiteForm(PageForm):
    """A site; fields are named as the columns of a file of sites."""

    code = StringField("编码")
    name = StringField("名称")
    type = SelectField("点位类型", validate_choice=False)
    area = SelectField("区域", validate_choice=False)
    lat = StringField("纬度（WGS-84）")
    lon = StringField("经度（WGS-84）")
    accuracy_m = StringField("位置误差（米）")
    reason = StringField("修改原因")
    revision = HiddenField()


@dataclass(frozen=True, slots=True)
class SiteFilters:
    """What of the list is wanted; each is empty for all. Sites in use only, unless ``state`` says otherwise."""

    query: str
    type: str
    area: str
    state: str
    page: int

    def arguments(self, **changed: object) -> dict[str, object]:
        """As an address's arguments, empty ones left out."""
        fields = {"q": self.query, "type": self.type, "area": self.area, "state": self.state, **changed}
        return {name: value for name, value in fields.items() if value}


@blueprint.get("")
@access.allowed(Permission.SITE_MANAGE)
def show() -> Response:
    """The list; ``q`` are words in code, name, type and area."""
    return _list_page(_site_form(None))


@blueprint.post("")
@access.allowed(Permission.SITE_MANAGE)
def add() -> BaseResponse:
    form = _site_form()
    site = _parsed(form)
    if isinstance(site, list):
        return _list_page(form, site)
    if not add_site(services(), user().name, site, now()):
        return _list_page(form, [Problem("sites.code_taken", details={"code": site.code})])
    return redirect(url_for("sites.edit", code=site.code, done="added"), 303)


@blueprint.get("/labels")
@access.allowed(Permission.SITE_MANAGE)
def labels() -> str:
    """Labels of the sites of the list, to be printed on A4; ``code`` names one or several instead."""
    codes = request.args.getlist("code")
    filters = replace(_filters(), state="active")
    tree = area_tree(services().store, this_week())
    sites = [site for site in _found(filters, tree) if not codes or site.code in codes]
    start = (filters.page - 1) * _LABELS
    root, warning = root_for_phones("再打印")
    return render_template(
        "place/site-labels.html",
        labels=[
            (site, tree.full_name(site.area), qr_svg(root + url_for("field.form", code=site.code)))
            for site in sites[start : start + _LABELS]
        ],
        total=len(sites),
        pages=max(1, -(-len(sites) // _LABELS)),
        filters=filters,
        codes=codes,
        root=root,
        warning=warning,
        lasting=bool(services().settings.address),
    )


@blueprint.get("/<code>/edit")
@access.allowed(Permission.SITE_MANAGE)
def edit(code: str) -> Response:
    """One site: its fields, what was done to it, and what can be done."""
    site, revision = _site(code)
    done = {"added": "已添加", "saved": "已保存", "retired": "已停用", "restored": "已恢复"}
    return _site_page((site, revision), _form_of(site, revision), done=done.get(request.args.get("done", ""), ""))


@blueprint.post("/<code>/edit")
@access.allowed(Permission.SITE_MANAGE)
def save(code: str) -> BaseResponse:
    """Keep changed fields; 409 where somebody else changed the site meanwhile. Outline and gates stay."""
    site, revision = _site(code)
    form = _site_form()
    form.code.data = code
    parsed = _parsed(form)
    if isinstance(parsed, list):
        return _site_page((site, revision), form, parsed)
    changed = replace(parsed, state=site.state, outline=site.outline, gates=site.gates)
    return _kept(changed, form.revision.data, "saved", form.reason.data or "")


@blueprint.post("/<code>/<any(retire, restore):act>")
@access.allowed(Permission.SITE_MANAGE)
def set_state(code: str, act: str) -> BaseResponse:
    """Take a site off the phones' list, or put it back. Its inspections stay as they are; nothing is deleted."""
    site, revision = _site(code)
    reason = request.form.get("reason", "").strip()
    if act == "retire" and not reason:
        problem = Problem("sites.retire_reason_wanted")
        return _site_page((site, revision), _form_of(site, revision), [problem])
    state = "retired" if act == "retire" else "active"
    return _kept(replace(site, state=state), request.form.get("revision"), f"{act}d", reason)


def _kept(site: Site, revision: str | None, done: str, reason: str) -> BaseResponse:
    seen = int(revision) if revision and is_number(revision) else -1
    try:
        change_site(services(), user().name, site, seen, now(), reason.strip()[:_MAX_REASON])
    except Stale:
        current, at = _site(site.code)
        return _site_page((current, at), _form_of(current, at), [Problem("sites.changed_since_shown")], 409)
    return redirect(url_for("sites.edit", code=site.code, done=done), 303)


def _site(code: str) -> tuple[Site, int]:
    found = find_with_revision(services().store, code)
    if found is None:
        refuse(404, f"没有点位「{code}」")
    return found


def _filters() -> SiteFilters:
    asked = request.args
    return SiteFilters(
        query=asked.get("q", "").strip()[:100],
        type=asked.get("type", "")[:60],
        area=asked.get("area", "")[:20],
        state=asked.get("state", "active") if asked.get("state", "active") in (*STATES, "all") else "active",
        page=page_number(asked.get("page", "")),
    )


def _found(filters: SiteFilters, tree: AreaTree) -> list[Site]:
    titles = services().library.titles
    within = tree.within(filters.area) if filters.area in tree else None
    return [
        site
        for site in all_sites(services().store)
        if filters.state in ("all", site.state)
        and filters.type in ("", site.site_type)
        and (within is None or tree.standing(site.area) in within)
        and found_in(
            filters.query,
            (site.code, site.name, titles.get(site.site_type, ""), tree.full_name(site.area)),
        )
    ]


def _list_page(form: SiteForm, problems: Iterable[Problem] = ()) -> Response:
    tree, filters = area_tree(services().store, this_week()), _filters()
    found = _found(filters, tree)
    start = (filters.page - 1) * _SHOWN
    return _page(
        "place/sites.html",
        problems,
        form=form,
        sites=found[start : start + _SHOWN],
        total=len(found),
        pages=max(1, -(-len(found) // _SHOWN)),
        filters=filters,
        states={**STATES, "all": "全部"},
        tree=tree,
        areas=[area for area in tree if area.level in ("区县", "街道乡镇", "社区")],
        types=services().library.titles,
    )


def _site_page(
    kept: tuple[Site, int], form: SiteForm, problems: Iterable[Problem] = (), status: int | None = None, done: str = ""
) -> Response:
    """The page of a site as it is kept: the site and its revision."""
    site, revision = kept
    tree = area_tree(services().store, this_week())
    page = _page(
        "place/site.html",
        problems,
        site=site,
        form=form,
        revision=revision,
        area=tree.full_name(site.area),
        type_title=services().library.titles.get(site.site_type, site.site_type),
        history=_history(site.code),
        done=done,
    )
    page.status_code = status or page.status_code
    return page


def _history(code: str) -> list[dict[str, object]]:
    """What was done to a site, the latest first: when, who, what, why, and which fields are different since."""
    found = list(services().audit.about(f"site/{code}"))
    places = hidden_in(found)
    entries = [as_hidden(entry, places) for entry in found]
    void = {entry["after"]["seq"] for entry in entries if entry["act"] == "void"}
    return [
        {
            "at": entry["at"],
            "who": entry["who"],
            "act": ACTS.get(entry["act"], entry["act"]),
            "reason": (entry["after"] or {}).get("reason", ""),
            "changes": _changes(entry["before"] or {}, entry["after"] or {}) if entry["before"] else [],
        }
        for entry in reversed(entries)
        if entry["act"] != "void" and entry["seq"] not in void
    ]


_FIELDS = {"name": "名称", "site_type": "类型", "area": "区域", "place": "位置", "outline": "边界", "gates": "大门"}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"{title}：{_told(before.get(field))} → {_told(after.get(field))}"
        for field, title in _FIELDS.items()
        if before.get(field) != after.get(field)
    ]


def _told(value: Any) -> str:
    if not value:
        return "无"
    if isinstance(value, list):
        return f"{len(value)}个"
    if isinstance(value, dict) and "points" in value:
        return f"{value['points']}点"
    if isinstance(value, dict):
        return f"{value['lat']:.6f}, {value['lon']:.6f}（±{value['accuracy_m']:g}米）"
    return str(value)


def _page(template: str, problems: Iterable[Problem], **more: object) -> Response:
    listed = list(problems)
    return make_response(render_template(template, problems=listed, **more), 422 if listed else 200)


_AS_SENT = object()


def _site_form(data: object = _AS_SENT) -> SiteForm:
    """The form: with what was sent, or empty for ``None``."""
    form = SiteForm(meta={"csrf": False}) if data is _AS_SENT else SiteForm(None, meta={"csrf": False})
    tree = area_tree(services().store)
    form.type.choices = [SelectChoice(one.id, one.title) for one in services().library.current.values()]
    form.area.choices = [SelectChoice(area.code, tree.full_name(area.code)) for area in tree if len(area.code) >= 9]
    return form


def _form_of(site: Site, revision: int) -> SiteForm:
    form = _site_form(None)
    form.code.data, form.name.data, form.revision.data = site.code, site.name, str(revision)
    form.type.data, form.area.data = site.site_type, area_tree(services().store).standing(site.area)
    if site.place:
        form.lat.data, form.lon.data = str(site.place.lat), str(site.place.lon)
        form.accuracy_m.data = f"{site.place.accuracy_m:g}"
    return form


def _parsed(form: SiteForm) -> Site | list[Problem]:
    row = {name: field.data or "" for name, field in form._fields.items()}
    codes = {area.code for area in area_tree(services().store)}
    return parse_site(row, {"thing": "site"}, services().library.current.keys(), codes)
