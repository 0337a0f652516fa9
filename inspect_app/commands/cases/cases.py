"""``cases``: cases on their way to being put right."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup

from ...domain.cases.arrangement_tables import COLUMNS, parse_arrangement_table
from ...domain.cases.arrangements import Arrangement, parse_arrangement
from ...domain.problems import Problem
from ...services.cases.delivering import NOTICES, notice_words
from ...services.cases.recounting import BY_ITSELF, Recounted, doubts, put_in, recount_all, would_recount
from ...services.cases.reminders import remind
from ...store import Stale
from ...wording import say
from ..shared import read_table_file, services

cases = AppGroup("cases", help="整改件。")
_TABLES = (".csv", ".xlsx")


@cases.command("remind")
@click.option("--at-night", is_flag=True, help="晚上九点到早上八点也发")
def remind_now(at_night: bool) -> None:
    """现在就提醒责任单位和督导（运行中的服务器每五分钟自己做一次）；每件事对每个地址只提醒一次，没有发出的隔一会儿再发。"""
    failed, tried = False, set[str]()
    for told in remind(services(), datetime.now(UTC), at_night=at_night):
        failed |= bool(told.problem)
        tried.add(told.problem)
        way = {"mail": "邮件", "robot": "群机器人"}[told.way]
        about = f"{told.cases}件" if told.cases else "服务器"
        click.echo(f"{told.to}\t{way}\t{about}\t{told.problem or '已发出'}")
    for one in services().after.waiting.troubled(NOTICES):
        if one.error not in tried:
            failed = True
            click.echo(f"{notice_words(services(), one.id)}\t还没有发出，稍后再发：{one.error}", err=True)
    if failed:
        sys.exit(1)


@cases.command("recount")
def recount() -> None:
    """按现在知道的放假调休安排重算暂定的期限（运行中的服务器每五分钟自己做一次）。"""
    for done in recount_all(services(), BY_ITSELF, datetime.now(UTC)):
        _say_recounted(done)


@cases.command("year")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", default=BY_ITSELF, help="谁填入的，记入操作日志")
@click.option("--preview", is_flag=True, help="只看会改变哪些期限，什么都不写")
@click.option("--force", is_flag=True, help="确认：与软件包或法定天数不符也采用")
def take_year(file: Path, by: str, preview: bool, force: bool) -> None:
    """填入一年的放假调休安排：通知原文，TOML（year、off、on、source），或表格（XLSX、CSV）。"""
    try:
        read = _arrangement(file)
        if isinstance(read, list):
            _refuse(read)
        if (doubtful := doubts(read)) and not (preview or force):
            _refuse([*doubtful, Problem("arrangements.force_wanted")])
        done = would_recount(services(), read) if preview else put_in(services(), by, read, datetime.now(UTC))
    except UnicodeDecodeError:
        _refuse([Problem("arrangements.file_unreadable", details={"file": file.name})])
    except Stale:
        _refuse([Problem("arrangements.changed_meanwhile")])
    if problems := [one for one in done if isinstance(one, Problem)]:
        _refuse(problems)
    click.echo(f"{read.year}年{'（预览）' if preview else ''}：{read.words}")
    for problem in doubtful:
        click.echo(str(say(problem)), err=True)
    for one in done:
        if isinstance(one, Recounted):
            _say_recounted(one)


def _arrangement(file: Path) -> Arrangement | list[Problem]:
    """Out of a table, which is known by the ending of its name, or a text."""
    if file.suffix.lower() not in _TABLES:
        return parse_arrangement(file.read_text("utf-8-sig"))
    return parse_arrangement_table(read_table_file(file, COLUMNS), file.name)


def _refuse(problems: list[Problem]) -> NoReturn:
    for problem in problems:
        click.echo(str(say(problem)), err=True)
    sys.exit(1)


def _say_recounted(done: Recounted) -> None:
    zone = services().settings.timezone
    before, after = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (done.before, done.recount.deadline))
    click.echo(f"{done.id}\t{before}\t{after}{'' if done.recount.is_final else '（暂定）'}")
