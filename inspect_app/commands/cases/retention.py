"""``retention plan`` and ``retention run``: photos, recordings, and what records keep of people, in their time."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from ...services import PHOTOS
from ...services.cases import retaining, thinning
from ..shared import services

_MB = 1024**2
OFF = "没有设置保存期限（INSPECT_RETENTION_DAYS），不删除任何照片和录音。"
VERSIONS = (
    "对象存储的桶开着版本控制：删除只是加一个标记，旧版本还在桶里。"
    "请给桶设生命周期规则，永久删去旧版本（docs/operate/retention.md）。"
)
NONE_THINNED = "没有设置记录里个人信息的保存期限（INSPECT_PERSONAL_DAYS），记录原样保存。"


@click.group()
def retention() -> None:
    """保存期限。"""


@retention.command("plan")
@with_appcontext
def plan_command() -> None:
    """只说会删除哪些照片、录音，减去哪些个人信息：按期、按种类，多少个；不改动任何内容。"""
    now = datetime.now(UTC)
    _tell(retaining.plan(services(), now), "可以删除")
    _tell_thinned(thinning.plan(services(), now), "到期")


@retention.command("run")
@with_appcontext
def run_command() -> None:
    """删除到期的照片和录音，减去记录里到期的个人信息，写入操作日志；服务器可以照常运行，中断了再运行一次。"""
    now = datetime.now(UTC)
    try:
        _tell(retaining.run(services(), now), "已删除")
    except OSError as error:
        raise click.ClickException(f"没有做完：{error}。已写进日志、文件还在的，下一次运行补删。") from error
    _tell_thinned(thinning.run(services(), now), "已处理")


def _tell(found: retaining.Expiry, verb: str) -> None:
    if not services().settings.retention_days:
        click.echo(OFF)
        return
    counts = found.counts()
    for (week, kind), (files, size) in counts.items():
        click.echo(f"{week}\t{'照片' if kind == PHOTOS else '录音'}\t{files} 个\t{size / _MB:.1f} MB")
    files, size = sum(one for one, _ in counts.values()), sum(size for _, size in counts.values())
    click.echo(f"{verb} {files} 个文件，{size / _MB:.1f} MB：保存期限 {services().settings.retention_days} 天。")
    if found.left:
        click.echo(f"另有以前删除过、又出现的 {len(found.left)} 个文件（中断，或从备份恢复），{verb}。")
    if found.later:
        click.echo(f"其中 {found.later} 个文件 20 小时内又写入过，还在，下一次运行才删。")
    objects = services().objects
    if objects and objects.keeps_versions():
        click.echo(VERSIONS)
    for why, number in found.stay.items():
        click.echo(f"到期但保留 {number} 个：{why.value}。")


def _tell_thinned(found: thinning.Thinning, verb: str) -> None:
    if not services().settings.personal_days:
        click.echo(NONE_THINNED)
        return
    for rule, title in thinning.RULES.items():
        click.echo(f"{found.done[rule]}\t{title}")
    number = sum(found.done.values())
    click.echo(f"记录里的个人信息{verb} {number} 条：保存期限 {services().settings.personal_days} 天。")
    for why, number in found.stay.items():
        click.echo(f"到期但原样保留的测评 {number} 次：{why.value}。")
