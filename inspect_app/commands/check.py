"""``check``: whether the data folder holds what it is said to hold."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from ..services.checking import accept as accepted
from ..services.checking import check as checked
from ..services.leftovers import Leftovers, leftovers
from .shared import services_of_installation

_NAMED = 20
"""Files that are named one by one."""


@click.command()
@click.option("--no-files", is_flag=True, help="不读照片和录音的原件（很多时要读很久）")
@click.option("--accept", is_flag=True, help="没有备份可恢复时：承认现有的就是全部，缺失的不再提示")
@with_appcontext
def check(no_files: bool, accept: bool) -> None:
    """检查数据目录：文件是否缺失、变短、损坏，数据与日志、原件、已发布的周是否一致；有问题时退出码为1。"""
    services = services_of_installation()
    if accept:
        found = accepted(services)
        click.echo("已按现有文件重记库存。以后打开时不再提示这些缺失；日志里记着的，audit verify 仍会指出。")
        _tell(found, "仍有 {} 处损坏，读不出来：请从备份恢复。", "")
    else:
        _tell_leftovers(leftovers(services, datetime.now(UTC)))
        _tell(checked(services, files=not no_files), "{} 处有问题。", "数据完整。")


def _tell_leftovers(found: Leftovers) -> None:
    """They do no harm, so they are no reason to end with 1."""
    for path in found.files[:_NAMED]:
        click.echo(f"! {path}：不属于任何一期，是中断的发布留下的")
    if found.files:
        click.echo(f"! 这样的文件共 {len(found.files)} 个、{found.bytes} 字节，不影响使用；删除：store sweep")


def _tell(found: list[str], bad: str, good: str) -> None:
    """Say what was found, and end with 1 where anything was."""
    for said in found:
        click.echo(f"✗ {said}")
    if end := bad.format(len(found)) if found else good:
        click.echo(end)
    sys.exit(1 if found else 0)
