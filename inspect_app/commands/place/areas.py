"""``areas``: the tree of districts, streets and communities, their outlines, renames and merges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
from flask.cli import AppGroup

from ...domain.place.areas import COLUMNS
from ...domain.place.coordinates import SYSTEMS
from ...domain.problems import Problem
from ...domain.weeks import is_week, week_of
from ...services.place import area_outlines, areas_changing
from ...services.place.register import area_history, area_tree
from ...store import Stale
from ..shared import fail, read_table_file, services

areas = AppGroup("areas", help="区域。")
_BY = "命令行"
_Done = TypeVar("_Done")
_from_week = click.option("--from", "week", metavar="周", help="从哪一周起，例如 2026-W48；默认本周。")
_reason = click.option("--reason", required=True, help="理由或文号。")


@areas.command("list")
@click.option("--week", metavar="周", help="哪一周的区域，例如 2026-W48；默认含全部已登记的变更。")
def list_areas(week: str | None) -> None:
    """列出全部区域。"""
    if week and not is_week(week):
        fail([Problem("areas.week_invalid", details={"week": week})])
    for area in area_tree(services().store, week):
        click.echo(f"{area.code}\t{area.name}\t{area.level}\t{area.parent}")


@areas.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_from_week
def import_file(file: Path, week: str | None) -> None:
    """从CSV或XLSX(code,name,parent_code)导入区域；全部正确才导入，名称有变的从指定的周起。"""
    table = read_table_file(file, COLUMNS)
    taken = _taken(
        lambda: areas_changing.import_areas_from(services(), _BY, table, file.name, week or _this_week(), _now())
    )
    renamed = f"，更改 {len(taken.change.areas)} 个（从{taken.change.week}起）" if taken.change else ""
    click.echo(f"新增 {taken.new} 个区域{renamed}")


@areas.command("outlines")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--system", type=click.Choice(list(SYSTEMS)), default="wgs84", help="文件的坐标系。")
@click.option("--parent", default="", metavar="代码", help="没有代码的要素，在哪个区域下按名称对应。")
@click.option("--check", is_flag=True, help="只看改动，不导入。")
def outlines(file: Path, system: str, parent: str, check: bool) -> None:
    """从GeoJSON导入区域轮廓；全部正确才导入。"""
    preview = area_outlines.preview_outlines(services(), file.read_bytes(), file.name, system=system, parent=parent)
    if isinstance(preview, list):
        fail(preview)
    for row in preview.rows:
        area = row.area.code if row.area else ""
        click.echo(f"{row.number}\t{row.effect.label}\t{area}\t{row.title}\t{row.remark}")
    if preview.advice:
        click.echo(preview.advice, err=True)
    if preview.problems:
        fail(preview.problems)
    if not check:
        taken = _taken(lambda: area_outlines.take_outlines(services(), _BY, preview, file.name, _now()))
        click.echo(f"已导入 {taken} 个轮廓")


@areas.command("rename")
@click.argument("code")
@click.argument("name")
@_from_week
@_reason
def rename(code: str, name: str, week: str | None, reason: str) -> None:
    """区域更名；之前各周仍用旧名。"""
    change = _taken(
        lambda: areas_changing.rename_area(services(), _BY, code, name, week or _this_week(), reason, _now())
    )
    click.echo(f"第{change.number}号变更：{code} 从{change.week}起更名为 {name}")


@areas.command("merge")
@click.argument("codes", nargs=-1, required=True)
@click.option("--into", required=True, metavar="代码", help="并入哪个区域；新设的须同时给出 --name。")
@click.option("--name", default="", help="合并后的名称；不写则不改名。")
@_from_week
@_reason
def merge(codes: tuple[str, ...], into: str, name: str, week: str | None, reason: str) -> None:
    """合并区域；之前各周仍是合并前的区域，点位从该周起归并入后的区域。"""
    change = _taken(
        lambda: areas_changing.merge_areas(services(), _BY, codes, into, name, week or _this_week(), reason, _now())
    )
    click.echo(f"第{change.number}号变更：{'、'.join(change.merged)} 从{change.week}起并入 {into}")


@areas.command("changes")
def changes() -> None:
    """列出历次更名与合并。"""
    for change in area_history(services().store).changes:
        renamed = [f"{area.code}={area.name}" for area in change.areas]
        merged = [f"{code}→{into}" for code, into in change.merged.items()]
        state = "已撤回" if change.withdrawn else "有效"
        said = " ".join([*merged, *renamed])
        click.echo(f"{change.number}\t{change.week}\t{change.kind}\t{said}\t{state}\t{change.reason}")


@areas.command("withdraw")
@click.argument("number", type=int)
def withdraw(number: int) -> None:
    """撤回最后一次变更；它生效的周已经发布的不能撤回。"""
    change = _taken(lambda: areas_changing.withdraw_change(services(), _BY, number, _now()))
    click.echo(f"已撤回第{change.number}号变更")


def _taken(act: Callable[[], _Done | list[Problem]]) -> _Done:
    """What an act made; ends the command where there were problems."""
    try:
        made = act()
    except Stale:
        fail([Problem("areas.changed_meanwhile")])
    if isinstance(made, list):
        fail(made)
    return made


def _now() -> datetime:
    return datetime.now(UTC)


def _this_week() -> str:
    return week_of(_now(), services().settings.timezone)
