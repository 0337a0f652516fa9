"""``doctor``: what is old, open or weak about this installation."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from ..services.checkup import Health, check_up
from .shared import services_of_installation

_MARKS = {Health.GOOD: "✓", Health.NOTE: "!", Health.BAD: "✗"}


@click.command()
@with_appcontext
def doctor() -> None:
    """检查本机的安装：权限、密码、HTTPS、磁盘、照片、时钟、备份、节假日、依赖；有问题时退出码为 1。"""
    found = check_up(services_of_installation(), datetime.now(UTC))
    for one in found:
        click.echo(f"{_MARKS[one.state]} {one.title}：{one.said}")
    bad = sum(one.state is Health.BAD for one in found)
    click.echo(f"{bad} 项有问题，请处理。" if bad else "没有发现问题。")
    sys.exit(1 if bad else 0)
