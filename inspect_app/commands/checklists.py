"""``checklists``: checking the files, and scoring answers without keeping them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from ..domain.answers import parse_answers
from ..domain.coverage import coverage, coverage_table, unreached_units
from ..domain.positions import Place
from ..domain.problems import Problem
from ..domain.scoring import InspectionScore, format_rate, score_inspection
from ..services.library import ChecklistsInvalid, read_checklists
from .shared import fail, read_text, services

checklists = AppGroup("checklists", help="测评清单。")


@checklists.command("list")
def list_checklists() -> None:
    """列出现行清单及其版本。"""
    for checklist in services().library.current.values():
        click.echo(f"{checklist.id}\t{checklist.title}\t{len(checklist.items)}项\t{checklist.version}")


@checklists.command("check")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path | None) -> None:
    """检查清单文件；有错误时逐条列出文件、测评项和字段。"""
    try:
        _, found = read_checklists(folder or services().settings.checklists)
    except ChecklistsInvalid as error:
        fail(error.problems)
    click.echo(f"{len(found)}个清单、{sum(len(one.items) for one in found.values())}个测评项，全部正确")


@checklists.command("coverage")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def show_coverage(folder: Path | None) -> None:
    """列出条款与清单的对应表；有实地条款没有测评项时逐条列出并以1退出。"""
    try:
        plan, found = read_checklists(folder or services().settings.checklists)
    except ChecklistsInvalid as error:
        fail(error.problems)
    click.echo(coverage_table(plan, found))
    missing = [
        Problem(row.clause.number, f"没有测评项：{row.clause.title}") for row in coverage(plan, found) if row.missing
    ]
    missing += [Problem(unit, "负责实地条款，却没有任何测评项指向它") for unit in unreached_units(plan, found)]
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


def _scored(file: Path, id: str | None) -> InspectionScore:
    try:
        raw: Any = json.loads(read_text(file))
    except ValueError as error:
        fail([Problem(file.name, f"不是有效的JSON:{error}")])
    if not isinstance(raw, dict):
        fail([Problem(file.name, "应为对象，含 checklist 和 answers")])
    checklist = services().library.current.get(id or str(raw.get("checklist")))
    if checklist is None:
        fail([Problem(f"{file.name} checklist", f"没有这个清单，可用：{'、'.join(services().library.current)}")])
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
        return [Problem(f"{file} site", "应含数字 lat、lon、accuracy_m")]
    return Place(*(float(value) for value in numbers.values() if value is not None))
