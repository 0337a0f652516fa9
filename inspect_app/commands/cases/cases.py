"""``cases``: cases on their way to being put right."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from ...services.cases.reminders import remind
from ..shared import services

cases = AppGroup("cases", help="整改件。")


@cases.command("remind")
@click.option("--at-night", is_flag=True, help="晚上九点到早上八点也发")
def remind_now(at_night: bool) -> None:
    """现在就提醒责任单位和督导（运行中的服务器每五分钟自己做一次）；每件事每种方式只提醒一次，没有发出的下次再发。"""
    failed = False
    for told in remind(services(), datetime.now(UTC), at_night=at_night):
        failed |= bool(told.problem)
        way = {"mail": "邮件", "robot": "群机器人"}[told.way]
        about = f"{told.cases}件" if told.cases else "磁盘"
        click.echo(f"{told.to}\t{way}\t{about}\t{told.problem or '已发出'}")
    if failed:
        sys.exit(1)
