"""``store``: the documents that are kept."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from ..exports.index.files import week_files
from ..photos.objects import ObjectsAway
from ..services.index.week_files import freeze_files, weeks_without_files
from ..services.leftovers import leftovers, sweep_leftovers
from ..services.opening import is_in_database, migrated
from ..services.repairing import RepairedInstallation, repair_installation
from ..services.upgrading import Outdated, outdated, upgrade
from ..settings import SettingsError, settings_from
from ..store import StoreAway, StoreDamaged, StoreUnfit
from ..store.repair import Repaired
from ..store.repair.log import LogExamined
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


@store.command("repair")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="从备份恢复出来的数据目录，丢失的从那里取；只读不写",
)
@click.option("--dry-run", is_flag=True, help="只说会怎样，不改动任何内容")
def repair_command(source: Path | None, dry_run: bool) -> None:
    """修复损坏的数据目录：能救的救回来，丢了什么逐项说明；损坏的文件另存。先停下服务器。"""
    settings = settings_from()
    if settings.database or is_in_database(settings):
        raise click.ClickException("文档在数据库里，请用数据库自己的工具修复，或从备份恢复")
    if not settings.store.is_dir():
        raise click.ClickException(f"{settings.store} 不存在：目录可能写错了（INSPECT_DATA），没有可修复的")
    if source and not (source / "store").is_dir():
        raise click.ClickException(f"{source} 里没有 store/，不是数据目录：先用 backup restore 恢复到一个空目录")
    try:
        outcome = repair_installation(settings, datetime.now(UTC), source=source, dry_run=dry_run)
    except (StoreDamaged, StoreUnfit, ObjectsAway) as error:
        raise click.ClickException(str(error)) from error
    _tell_outcome(outcome, dry_run=dry_run)
    sys.exit(1 if outcome.loses else 0)


def _tell_outcome(outcome: RepairedInstallation, *, dry_run: bool) -> None:
    if outcome.is_nothing:
        click.echo("没有损坏的，无需修复（原件和已发布的周见 flask check）")
        return
    for one in outcome.sets:
        _tell_set(one)
    _tell_log(outcome.log)
    if outcome.inventory:
        click.echo("store/inventory.json：按现有文件重记")
    if outcome.originals:
        click.echo(f"从备份取回照片、录音和已发布的文件 {outcome.originals}个")
    click.echo(
        "以上没有做，去掉 --dry-run 再运行一次" if dry_run else f"损坏的文件另存在 {outcome.aside}；请再运行 check"
    )


def _tell_set(one: Repaired) -> None:
    more = [f"按校验码更正 {one.mended}条" if one.mended else "", f"从备份取回 {one.taken}份" if one.taken else ""]
    click.echo("，".join([f"store/{one.name}：救回 {one.kept}份", *filter(None, more)]))
    for lacking in one.lacks:
        click.echo(f"  ✗ {lacking}：只在其中的已丢失", err=True)
    for lost in one.lost:
        named = "、".join(lost.ids) or "认不出是哪一份"
        click.echo(f"  ✗ {lost.file} 第{lost.offset}字节起{lost.length}字节读不出来：{named}", err=True)
    if one.gone:
        click.echo(f"  ✗ 丢失 {len(one.gone)}份：{'、'.join(one.gone)}", err=True)
    if one.older:
        click.echo(f"  ✗ 可能是较早的内容 {len(one.older)}份：{'、'.join(one.older)}", err=True)


def _tell_log(log: LogExamined) -> None:
    for lines, verb in ((log.mended, "更正了一个字节，与前后的哈希相符"), (log.taken, "从备份取回，与前后的哈希相符")):
        if lines:
            click.echo(f"audit/log.jsonl：第{_listed(lines)}条{verb}")
    if log.damaged:
        click.echo(f"  ✗ audit/log.jsonl：第{_listed(log.damaged)}行读不出来，原样留着，audit verify 会指出", err=True)
    if log.lacks:
        click.echo(f"  ✗ audit/log.jsonl：末尾缺少{log.lacks}字节，audit verify 会指出", err=True)
    if log.cut:
        click.echo(f"  ✗ audit/log.jsonl：末尾{len(log.cut)}字节读不出来，已截去（另存），否则不能再记", err=True)


def _listed(numbers: tuple[int, ...]) -> str:
    return "、".join(map(str, numbers))


def _say(found: list[Outdated], verb: str) -> None:
    for one in found:
        click.echo(f"{verb} {one.collection} {one.documents}份")
    if not found:
        click.echo("全部文档已是现在的格式，无需改写")
