"""``inspections import``: what a phone exported because it could not send it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...services.cases.held_reports import accept_held as take_over
from ...services.inspecting.holding import waiting
from ...services.inspecting.importing import ImportedInspection, import_archive
from ...services.inspecting.submitting import Taken
from ...store import Stale
from ...wording import all_said, say
from ..shared import services

COMMAND_LINE = "命令行"
_WORDS = {
    Taken.CREATED: "已导入",
    Taken.HELD: "已收下，等待办公室核实",
    Taken.SAME: "先前已有，未改动",
    Taken.CONFLICT: "编号已有另一份内容不同的测评，未导入",
    Taken.REFUSED: "未导入",
    None: "草稿，未导入",
}


@click.group()
def inspections() -> None:
    """测评。"""


@inspections.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--inspector", help="记在这个测评员账号名下；默认取导出文件中的账号")
@click.option("--json", "as_json", is_flag=True, help="每份测评输出一行JSON")
@with_appcontext
def import_files(files: tuple[Path, ...], inspector: str | None, as_json: bool) -> None:
    """导入手机「待发」页导出的 ZIP。

    测评员本人的手机签了名的直接记在其名下。没有签名的谁都能写，逐份收下，等办公室在「管理」的「待核实」页核实，
    或用 inspections accept。有错误没有导入的也放进「待核实」，写明原因。
    重复导入不会产生第二份；有未收下的，退出码为1。
    """
    failed = False
    for path in files:
        found = import_archive(services(), path, COMMAND_LINE, datetime.now(UTC), inspector)
        for one in found:
            failed = failed or isinstance(one, Problem) or one.taken in (Taken.REFUSED, Taken.CONFLICT)
            click.echo(_json(path, one) if as_json else _line(path, one))
    services().after.wait()
    sys.exit(1 if failed else 0)


@inspections.command("waiting")
@with_appcontext
def list_waiting() -> None:
    """列出导入以后等待核实的测评。"""
    for kept in waiting(services()):
        held = kept.value
        click.echo(f"{kept.id}\t{utc_text(held.at)}\t{held.week}\t{held.site}\t{held.inspector}\t{held.by}")


@inspections.command("accept")
@click.argument("ids", nargs=-1, required=True)
@click.option("--reason", required=True, help="怎样核实是这个测评员测的")
@with_appcontext
def accept_held(ids: tuple[str, ...], reason: str) -> None:
    """接受导入的测评，记在文件所写的测评员名下；谁接受的、理由都记入日志。"""
    failed = False
    for id in ids:
        try:
            found = take_over(services(), COMMAND_LINE, id, reason, datetime.now(UTC))
        except Stale:
            found = [Problem("importing.handled_meanwhile")]
        failed = failed or bool(found)
        click.echo(f"{id}\t{all_said(found) if found else '已记入'}")
    services().after.wait()
    sys.exit(1 if failed else 0)


def _line(path: Path, one: ImportedInspection | Problem) -> str:
    if isinstance(one, Problem):
        return f"{path.name}\t未导入\t{say(one)}"
    problems = all_said(one.problems) if one.taken is not None else ""
    held = "，已放进「待核实」" if one.held else ""
    return f"{path.name}\t{one.id}\t{_WORDS[one.taken]}{held}\t{problems}".rstrip()


def _json(path: Path, one: ImportedInspection | Problem) -> str:
    if isinstance(one, Problem):
        return json.dumps({"file": path.name, "taken": "refused", "problems": [str(say(one))]}, ensure_ascii=False)
    taken = one.taken.value if one.taken else "draft"
    problems = [str(say(problem)) for problem in one.problems]
    told = {"file": path.name, "id": one.id, "taken": taken, "problems": problems, "held": one.held}
    return json.dumps(told, ensure_ascii=False)
