"""``store``: the documents that are kept."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from ..exports.index.files import week_files
from ..services.index.week_files import freeze_files, weeks_without_files
from ..services.upgrading import Outdated, outdated, upgrade
from .shared import services

store = AppGroup("store", help="数据目录里的文档")


@store.command("upgrade")
@click.option("--dry-run", is_flag=True, help="只说会改写什么，不改动任何内容")
def upgrade_command(dry_run: bool) -> None:
    """把旧版本写下的文档改写成现在的格式，冻结旧版本发布的文件；中断后再运行一次即可，服务器可以照常运行。"""
    if dry_run:
        _say(outdated(services().store), "将改写")
        for week in weeks_without_files(services()):
            click.echo(f"将冻结 {week} 的文件")
        return
    done, backup = upgrade(services().store, services().settings.data / "before-upgrade", datetime.now(UTC))
    _say(done, "已改写")
    if backup:
        click.echo(f"改写前的内容保存在 {backup}")
    for week in weeks_without_files(services()):
        if count := freeze_files(services(), week, week_files, datetime.now(UTC)):
            click.echo(f"已冻结 {week} 的文件：{count}版")
        else:
            click.echo(f"没有冻结 {week} 的文件：冻结的数据已损坏（见 flask check），或别人正在发布", err=True)


def _say(found: list[Outdated], verb: str) -> None:
    for one in found:
        click.echo(f"{verb} {one.collection} {one.documents}份")
    if not found:
        click.echo("全部文档已是现在的格式，无需改写")
