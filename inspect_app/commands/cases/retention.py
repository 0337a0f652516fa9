"""``retention plan`` and ``retention run``: photos and recordings whose time is over."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from ...services import PHOTOS
from ...services.cases import retaining
from ..shared import services

_MB = 1024**2
OFF = "没有设置保存期限（INSPECT_RETENTION_DAYS），不删除任何照片和录音。"


@click.group()
def retention() -> None:
    """保存期限。"""


@retention.command("plan")
@with_appcontext
def plan_command() -> None:
    """只说会删除哪些：按期、按种类，多少个、多少 MB；不改动任何内容。"""
    _tell(retaining.plan(services(), datetime.now(UTC)), "可以删除")


@retention.command("run")
@with_appcontext
def run_command() -> None:
    """删除到期的照片和录音，写入操作日志；服务器可以照常运行，中断了再运行一次。"""
    _tell(retaining.run(services(), datetime.now(UTC)), "已删除")


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
    for why, number in found.stay.items():
        click.echo(f"到期但保留 {number} 个：{why.value}。")
