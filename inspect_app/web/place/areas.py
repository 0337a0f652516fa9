"""The administrator's pages of areas: the tree of a week, outlines, renamed and merged areas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.place.area_history import AreaHistory
from ...domain.place.areas import COLUMNS
from ...domain.place.coordinates import SYSTEM_TITLES
from ...domain.problems import Problem
from ...domain.weeks import is_week, shifted, title
from ...exports.tables import read_rows
from ...services import uploads
from ...services.place import area_outlines, areas_changing, register
from ...wording import say
from .. import access, bodies
from ..context import now, services, this_week, user
from ..refusing import refuse
from ..uploaded import uploaded

blueprint = Blueprint("areas", __name__, url_prefix="/admin/areas")

_MAX_TABLE_BYTES = 10 * 1024 * 1024
_WEEKS_OFFERED = 9


@blueprint.get("")
@access.allowed(Permission.AREA_MANAGE)
def show() -> Response:
    """The areas of a week, this one unless ``week`` names another."""
    return _areas_page(done=_DONE.get(request.args.get("done", ""), ""))


@blueprint.post("/import")
@access.allowed(Permission.AREA_MANAGE)
@bodies.takes_files
def import_areas() -> Response:
    """Areas from a table; another name of a known code counts from the chosen week on."""
    content = _upload(_MAX_TABLE_BYTES)
    table = [content] if isinstance(content, Problem) else read_rows(content, "上传的文件", COLUMNS)
    if isinstance(table, list):
        return _areas_page(table)
    week = request.form.get("week") or this_week()
    taken = areas_changing.import_areas_from(services(), user().name, table, "上传的文件", week, now())
    if isinstance(taken, list):
        return _areas_page(taken)
    renamed = f"，更改 {len(taken.change.areas)} 个（从{title(taken.change.week)}起）" if taken.change else ""
    told = "".join(f"；{say(note)}" for note in table.notes)
    return _areas_page(done=f"已导入：新增 {taken.new} 个区域{renamed}{told}")


@blueprint.post("/outlines")
@access.allowed(Permission.AREA_MANAGE)
@bodies.takes_files
def preview_outlines() -> Response:
    """What a GeoJSON file would change. Nothing is taken before it was seen."""
    content = _upload(area_outlines.MAX_BYTES)
    if isinstance(content, Problem):
        return _areas_page([content])
    system, parent = request.form.get("system", ""), request.form.get("parent", "")
    preview = area_outlines.preview_outlines(services(), content, "上传的文件", system=system, parent=parent)
    if isinstance(preview, list):
        return _areas_page(preview)
    if not preview.problems:
        uploads.keep(services(), uploads.OUTLINES, content)
    page = render_template(
        "place/areas-preview.html",
        preview=preview,
        system=SYSTEM_TITLES[system],
        tree=register.area_tree(services().store),
    )
    return make_response(page, 422 if preview.problems else 200)


@blueprint.post("/outlines/take")
@access.allowed(Permission.AREA_MANAGE)
def take_outlines() -> BaseResponse:
    """Take over a file as it was previewed; 409 where it would do something else by now."""
    fields = {name: request.form.get(name, "")[:100] for name in ("draft", "system", "parent", "digest")}
    taken = area_outlines.take_draft(services(), user().name, **fields, now=now())
    if isinstance(taken, list):
        return _areas_page(taken)
    return redirect(url_for("areas.show", done="outlines"), 303)


@blueprint.get("/changes")
@access.allowed(Permission.AREA_MANAGE)
def changes() -> Response:
    """Every rename and merge, and the forms for another."""
    return _changes_page(done=_DONE.get(request.args.get("done", ""), ""))


@blueprint.post("/rename")
@access.allowed(Permission.AREA_MANAGE)
def rename() -> BaseResponse:
    form = request.form
    kept = areas_changing.rename_area(
        services(),
        user().name,
        form.get("code", ""),
        form.get("name", ""),
        form.get("week", ""),
        form.get("reason", ""),
        now(),
    )
    return _changed(kept, "renamed")


@blueprint.post("/merge")
@access.allowed(Permission.AREA_MANAGE)
def merge() -> BaseResponse:
    """Several areas become one: an area that stays, or a new one by code and name."""
    form = request.form
    kept = areas_changing.merge_areas(
        services(),
        user().name,
        form.getlist("codes"),
        form.get("into", "") or form.get("new_code", ""),
        form.get("name", ""),
        form.get("week", ""),
        form.get("reason", ""),
        now(),
    )
    return _changed(kept, "merged")


@blueprint.post("/changes/<int:number>/withdraw")
@access.allowed(Permission.AREA_MANAGE)
def withdraw(number: int) -> BaseResponse:
    """Take back the last change, as long as no week that it counts for is published."""
    return _changed(areas_changing.withdraw_change(services(), user().name, number, now()), "withdrawn")


_DONE = {
    "outlines": "区域轮廓已更新",
    "renamed": "已更名",
    "merged": "已合并，点位从该周起归并入后的区域",
    "withdrawn": "已撤回",
}


def _changed(kept: object, done: str) -> BaseResponse:
    if isinstance(kept, list):
        return _changes_page(kept)
    return redirect(url_for("areas.changes", done=done), 303)


def _areas_page(problems: Iterable[Problem] = (), done: str = "") -> Response:
    listed, current = list(problems), this_week()
    week = request.args.get("week") or current
    if not is_week(week):
        refuse(404, f"没有「{week}」这一周")
    history = register.area_history(services().store)
    tree = history.tree(week)
    sites = Counter(tree.standing(site.area) for site in register.all_sites(services().store, active_only=True))
    page = render_template(
        "place/areas.html",
        problems=listed,
        done=done,
        tree=tree,
        week=week,
        current=current,
        weeks=sorted({week, current, *_turns(history)}, reverse=True),
        offered=_offered(),
        sites=sites,
        outlines=area_outlines.area_outlines(services().store, week),
        systems=SYSTEM_TITLES,
        parents=[area for area in tree if len(area.code) <= 9],
    )
    return make_response(page, 422 if listed else 200)


def _changes_page(problems: Iterable[Problem] = (), done: str = "") -> Response:
    listed = list(problems)
    history = register.area_history(services().store)
    tree, when = history.tree(), areas_changing.when(services(), now())
    last = history.last()
    page = render_template(
        "place/areas-changes.html",
        problems=listed,
        done=done,
        filled=request.form,
        tree=tree,
        before={change.number: history.tree(shifted(change.week, -1)) for change in history.changes},
        changes=history.changes[::-1],
        may_withdraw=last.number if last and last.week > when.published else 0,
        areas=[area for area in tree if len(area.code) >= 6],
        offered=_offered(),
        week_title=title,
    )
    return make_response(page, 422 if listed else 200)


def _turns(history: AreaHistory) -> set[str]:
    """The weeks in which the tree became another, and those before."""
    weeks = {change.week for change in history.changes if not change.withdrawn}
    return weeks | {shifted(week, -1) for week in weeks}


def _offered() -> list[tuple[str, str]]:
    """The weeks from which on a change may count: this one first, the next ones, then earlier ones that are open."""
    published, current = areas_changing.when(services(), now()).published, this_week()
    weeks = [shifted(current, number) for number in (*range(_WEEKS_OFFERED), -1, -2, -3, -4)]
    return [(week, title(week)) for week in weeks if week > published]


def _upload(limit: int) -> bytes | Problem:
    sent = uploaded(limit)
    if sent.too_large:
        return Problem("place.file_too_large", details={"megabytes": limit // 1024 // 1024})
    return sent.content or Problem("place.file_wanted")
