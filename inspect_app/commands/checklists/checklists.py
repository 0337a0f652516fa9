"""``checklists``: checking the files, scoring answers without keeping them, spreadsheets and forms out and in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from ...domain.checklists.answers import parse_answers
from ...domain.checklists.catalogue import Catalogue
from ...domain.checklists.checklist import Checklist
from ...domain.checklists.coverage import coverage, coverage_table, unreached_units
from ...domain.checklists.differences import diff_checklists
from ...domain.checklists.editions import COMMAND
from ...domain.checklists.scoring import InspectionScore, format_rate, score_inspection
from ...domain.checklists.toml import checklist_to_toml, leading_comment
from ...domain.inspecting.inspection import AD_HOC
from ...domain.place.positions import Place
from ...domain.problems import Problem
from ...exports.checklists.xlsform import xlsform_workbook
from ...exports.checklists.xlsx import checklist_workbook, parse_checklist_xlsx
from ...services.checklists.library import read_checklists
from ...services.checklists.reading import ChecklistsInvalid
from ..shared import fail, read_text, services

checklists = AppGroup("checklists", help="测评清单。")


@checklists.command("list")
def list_checklists() -> None:
    """列出现行清单及其版本。"""
    for checklist in services().library.current.values():
        click.echo(f"{checklist.id}\t{checklist.title}\t{len(checklist.items)}项\t{checklist.version}")


@checklists.command("check")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path | None) -> None:
    """检查现行的清单与规则，或一个目录里的清单文件；有错误时逐条列出文件、测评项和字段。"""
    _, found = _plan_and_checklists(folder)
    click.echo(f"{len(found)}个清单、{sum(len(one.items) for one in found.values())}个测评项，全部正确")


@checklists.command("coverage")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def show_coverage(folder: Path | None) -> None:
    """列出条款与清单的对应表；有实地条款没有测评项时逐条列出并以1退出。"""
    plan, found = _plan_and_checklists(folder)
    # Nobody is sent to look at the clauses of ad-hoc reports.
    found.pop(AD_HOC, None)
    click.echo(coverage_table(plan, found))
    missing = [
        Problem("checklists.clause_uncovered", details={"clause": row.clause.number, "title": row.clause.title})
        for row in coverage(plan, found)
        if row.missing
    ]
    missing += [Problem("checklists.unit_unreached", details={"unit": unit}) for unit in unreached_units(plan, found)]
    if missing:
        fail(missing)


@checklists.command("score")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--checklist", "id", help="清单代号；不给则取文件中的 checklist")
@click.option("--json", "as_json", is_flag=True, help="输出JSON")
def score(file: Path, id: str | None, as_json: bool) -> None:
    """为一份答案打分而不保存。文件为 {"checklist": …, "answers": {…}, "site": {"lat", "lon", "accuracy_m"}}。"""
    result = _scored(file, id)
    if as_json:
        click.echo(json.dumps({**asdict(result), "rate_text": format_rate(result.rate)}, ensure_ascii=False))
        return
    click.echo(f"得分率 {format_rate(result.rate)}{'（一票否决封顶）' if result.capped else ''}")
    for item in result.items:
        points = "—" if item.score is None else f"{item.score:.4f}"
        click.echo(f"{item.item_id}\t{points}\t{item.weight:g}\t{item.detail}")


@checklists.command("export")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="写到这个目录")
def export(ids: tuple[str, ...], folder: Path) -> None:
    """把清单（不给代号则全部）写成XLSX，一个清单一个文件，改好后可用 import 读回。"""
    _write_workbooks(ids, folder, checklist_workbook, "{}.xlsx")


@checklists.command("xlsform")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="写到这个目录")
def xlsform(ids: tuple[str, ...], folder: Path) -> None:
    """把清单（不给代号则全部）写成XLSForm，供 ODK、KoboToolbox 使用。"""
    _write_workbooks(ids, folder, xlsform_workbook, "{}-xlsform.xlsx")


@checklists.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--write", is_flag=True, help="全部正确时采用，立即生效；不给则只列出会有的变化")
@click.option("--reason", default="", help="为什么改，记入改动记录")
def import_file(file: Path, write: bool, reason: str) -> None:
    """读入一个改好的XLSX，列出与现行清单相比的变化。"""
    library = services().library
    new = parse_checklist_xlsx(file.read_bytes(), file.name, library.plan)
    if isinstance(new, list):
        fail(new)
    old = library.current.get(new.id)
    changes = diff_checklists(old, new) if old else [f"新的清单「{new.title}」({new.id})，{len(new.items)}项"]
    for change in changes:
        click.echo(str(change))
    if not changes:
        click.echo("没有变化")
    elif write:
        text = checklist_to_toml(new, leading_comment(library.text(new.id)))
        if problems := library.keep(new.id, text, COMMAND, datetime.now(UTC), reason):
            fail(problems)
        click.echo(f"已采用「{new.title}」({new.id})，新版本 {new.version}")


def _plan_and_checklists(folder: Path | None) -> tuple[Catalogue, dict[str, Checklist]]:
    """Those of a folder, or those in force, where everything is right."""
    if folder:
        try:
            return read_checklists(folder)
        except ChecklistsInvalid as error:
            fail(error.problems)
    library = services().library
    if library.problems:
        fail(library.problems)
    return library.plan, dict(library.checklists)


def _write_workbooks(ids: tuple[str, ...], folder: Path, made: Callable[[Checklist], bytes], name: str) -> None:
    current = services().library.current
    if unknown := [id for id in ids if id not in current]:
        fail([Problem("checklists.unknown", details={"id": id, "accepted": tuple(current)}) for id in unknown])
    folder.mkdir(parents=True, exist_ok=True)
    for id in ids or current:
        (folder / name.format(id)).write_bytes(made(current[id]))
        click.echo(str(folder / name.format(id)))


def _scored(file: Path, id: str | None) -> InspectionScore:
    try:
        raw: Any = json.loads(read_text(file))
    except (ValueError, RecursionError) as error:
        fail([Problem("checklists.answers_not_json", details={"file": file.name, "error": str(error)})])
    if not isinstance(raw, dict):
        fail([Problem("checklists.answers_no_object", details={"file": file.name})])
    checklist = services().library.current.get(id or str(raw.get("checklist")))
    if checklist is None:
        fail(
            [
                Problem(
                    "checklists.answers_checklist_unknown",
                    details={"file": file.name, "accepted": tuple(services().library.current)},
                )
            ]
        )
    answers, place = parse_answers(checklist, raw.get("answers")), _place(raw.get("site"), file.name)
    if isinstance(answers, list) or isinstance(place, list):
        fail([*(answers if isinstance(answers, list) else []), *(place if isinstance(place, list) else [])])
    return score_inspection(checklist, answers, site=place)


def _place(raw: object, file: str) -> Place | list[Problem] | None:
    # A submission names its site by code, which settles nothing here: only a position can be measured from.
    if not isinstance(raw, dict):
        return None
    numbers = {field: raw.get(field) for field in ("lat", "lon", "accuracy_m")}
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in numbers.values()):
        return [Problem("checklists.answers_no_position", details={"file": file})]
    return Place(*(float(value) for value in numbers.values() if value is not None))
