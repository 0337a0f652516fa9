"""``photos check``: what the tool makes of photo files on disk; ``photos sweep``: what came and nothing names;
``photos retry``: what failed too often in the background.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from ...domain.accounts.user import COMMAND_LINE
from ...domain.evidence.exif import exif_to_json
from ...domain.evidence.signals import SIGNALS
from ...domain.problems import Problem
from ...services.evidence.examining import CheckedFile, check_file
from ...services.evidence.sweeping import sweep
from ...services.evidence.working import TITLES
from ...services.place.register import find_site
from ...services.queued import try_again
from ...store.jobs import KILLED, Jobs, SetAside
from ..shared import fail, services


@click.group()
def photos() -> None:
    """照片。"""


@photos.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", "code", help="与这个点位（编码）的位置比较")
@click.option("--json", "as_json", is_flag=True, help="每个文件输出一行JSON")
@with_appcontext
def check(files: tuple[Path, ...], code: str | None, as_json: bool) -> None:
    """检查磁盘上的照片文件：能否接收、文件里的信息、全部提示。不保存任何内容。"""
    site = find_site(services().store, code) if code else None
    if code and site is None:
        fail([Problem("evidence.option_site_unknown", details={"code": code})])
    for path in files:
        found = check_file(services(), path.read_bytes(), datetime.now(UTC), site)
        click.echo(json.dumps(_told(path, found), ensure_ascii=False) if as_json else _words(path, found))


@photos.command("sweep")
@click.option("--dry-run", is_flag=True, help="只说会删除多少，不删除")
@with_appcontext
def sweep_command(dry_run: bool) -> None:
    """删除收到已久、没有任何测评或记录引用的照片和录音；运行中的服务器每天做一次。"""
    done = sweep(services(), datetime.now(UTC), dry_run=dry_run)
    days = services().settings.photo_keep_days
    verb = "可以删除" if dry_run else "已删除"
    click.echo(f"{verb} {done.files} 个文件，{done.bytes / 1024**2:.1f} MB：收到超过 {days} 天，没有被引用。")


@photos.command("retry")
@click.option("--dry-run", is_flag=True, help="只列出，不重新排队")
@with_appcontext
def retry_command(dry_run: bool) -> None:
    """把多次失败后搁置的照片检查、比对、查找重新排队；运行中的服务器随即开始，否则下次启动时。"""
    waiting = services().after.waiting
    found = _aside(waiting)
    if not dry_run:
        found = [one for one in found if try_again(services(), COMMAND_LINE, one.kind, one.id, datetime.now(UTC))]
    for one in found:
        click.echo(f"{TITLES[one.kind]}\t{one.id}\t{one.error or KILLED}")
    if not dry_run and _aside(waiting):
        click.echo("没有重新排队：数据目录的 waiting/ 写不了，原因见上面的日志。", err=True)
        sys.exit(1)
    click.echo(f"{'已搁置' if dry_run else '已重新排队'} {len(found)} 项。")


def _aside(waiting: Jobs) -> list[SetAside]:
    """What was set aside of the work on photos."""
    return [one for one in waiting.set_aside() if one.kind in TITLES]


def _told(path: Path, found: CheckedFile) -> Mapping[str, object]:
    """What was found as JSON; fingerprints in hexadecimal."""
    return {
        "file": str(path),
        "sha256": found.sha256,
        "bytes": found.bytes,
        "problem": found.problem,
        "whole": found.whole,
        "exif": exif_to_json(found.exif) if found.exif else None,
        "prints": None if found.prints is None else [f"{one:016x}" for one in found.prints],
        "signals": [asdict(signal) for signal in found.signals],
    }


def _words(path: Path, found: CheckedFile) -> str:
    facts = [f"SHA-256 {found.sha256}", f"{found.bytes} 字节"]
    if exif := found.exif:
        told = exif_to_json(exif)
        facts.append(f"{told['format']} {told['width']}×{told['height']} 像素")
        facts += [f"拍摄 {told['taken_at']}"] if told.get("taken_at") else []
        facts += [f"位置 {told['lat']:.6f}, {told['lon']:.6f}"] if told.get("lat") is not None else []
    lines = [f"{path}", f"  {'，'.join(facts)}"]
    lines += [f"  不能接收：{found.problem}"] if found.problem else []
    lines += [f"  [{SIGNALS[signal.name].title}] {signal.text}" for signal in found.signals]
    return "\n".join(lines)
