"""``audit``: the log of every act on evidence and scores."""

from __future__ import annotations

import json
import sys

import click
from flask.cli import with_appcontext

from ...services.audit import ACTS, entries_of, verify
from ...store import Broken, Head
from ..shared import services


@click.group()
def audit() -> None:
    """证据与评分的操作日志。"""


@audit.command("verify")
@click.option("--head", "known", help="先前记下的「编号:哈希」，核对日志至今仍包含它")
@with_appcontext
def verify_log(known: str | None) -> None:
    """核对日志从头到尾没有被改动；有问题时指出第一处，退出码为1。"""
    noted = _head(known) if known else None
    found = verify(services(), noted)
    if isinstance(found, Broken):
        click.echo(f"日志第 {found.line} 条有问题：{found.reason}", err=True)
        sys.exit(1)
    click.echo(f"日志完整，共 {found.seq} 条。末条 {found.seq}:{found.hash}")


@audit.command("show")
@click.argument("of")
@click.option("--json", "as_json", is_flag=True, help="每条输出一行JSON")
@with_appcontext
def show(of: str, as_json: bool) -> None:
    """显示一次测评（编号）或一周（如 2026-W48）的全部操作。"""
    for entry in entries_of(services(), of):
        if as_json:
            click.echo(json.dumps(entry, ensure_ascii=False))
        else:
            click.echo(f"{entry['seq']}\t{entry['at']}\t{entry['who']}\t{ACTS[str(entry['act'])]}\t{entry['of']}")


def _head(text: str) -> Head:
    seq, _, hash = text.partition(":")
    if not seq.isdecimal() or len(hash) != 64:
        raise click.BadParameter("应形如 12:64位哈希", param_hint="--head")
    return Head(int(seq), hash)
