"""``store``: the documents that are kept."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from ..exports.index.files import week_files
from ..services.index.week_files import freeze_files, weeks_without_files
from ..services.leftovers import leftovers, sweep_leftovers
from ..services.opening import is_in_database, migrated
from ..services.upgrading import Outdated, outdated, upgrade
from ..settings import SettingsError, settings_from
from ..store import StoreAway, StoreUnfit
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


@store.command("migrate")
def migrate_command() -> None:
    """把数据库的表改成这个版本的程序需要的样子；换了新版本的程序、启动时这样要求的，先停下服务器并备份，再运行一次。"""
    try:
        settings = settings_from()
        if not settings.database and is_in_database(settings):
            raise click.ClickException(f"{settings.data} 的文档在数据库里，请设置 INSPECT_DATABASE")
        if not settings.database:
            click.echo("文档在数据目录里，没有数据库，无需改写（INSPECT_DATABASE 没有设置）")
            return
        done = migrated(settings.database)
    except (SettingsError, StoreAway, StoreUnfit) as error:
        raise click.ClickException(str(error)) from error
    for one in done:
        click.echo(f"已完成 {one}")
    if not done:
        click.echo("数据库的表已是现在的样子，无需改写")


@store.command("sweep")
@click.option("--dry-run", is_flag=True, help="只说会删除什么，不删除")
def sweep_command(dry_run: bool) -> None:
    """删除 published/ 里不属于任何一期的文件（中断的发布留下的，一天以前的）。"""
    now = datetime.now(UTC)
    found = leftovers(services(), now) if dry_run else sweep_leftovers(services(), now)
    for path in found.files:
        click.echo(f"{'可以删除' if dry_run else '已删除'} {path}")
    if found.doubt:
        click.echo(f"不知道哪些还有用，没有删除完整的文件：{found.doubt}", err=True)
    elif not found.files:
        click.echo("没有不属于任何一期的文件")


def _say(found: list[Outdated], verb: str) -> None:
    for one in found:
        click.echo(f"{verb} {one.collection} {one.documents}份")
    if not found:
        click.echo("全部文档已是现在的格式，无需改写")
