"""``audit``: the log of every act on evidence and scores."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import with_appcontext

from ...domain.signed_heads import heads_in
from ...domain.weeks import utc_text
from ...services.audit import ACTS, entries_of, verify
from ...services.index.timestamping import published_heads, stamp_due, stamps_broken
from ...services.reconciling import Difference, compare, witness_unwitnessed
from ...store import Broken, Head
from ..shared import services, services_of_installation


@click.group()
def audit() -> None:
    """证据与评分的操作日志。"""


@audit.command("verify")
@click.option("--head", "known", help="先前记下的「编号:哈希」，核对日志至今仍包含它")
@click.option("--against", help="发布过的末条：文件（index.json、feed.atom、网页……）或贴来的文字，其中每一条都要在")
@click.option("--no-files", is_flag=True, help="不读照片和录音的原件（很多时要读很久）")
@with_appcontext
def verify_log(known: str | None, against: str | None, no_files: bool) -> None:
    """核对日志从头到尾没有被改动，数据与日志一致；有问题时指出第一处，退出码为1。"""
    services_of_installation()
    noted = ([_head(known)] if known else []) + (_published_heads(against) if against else [])
    found = verify(services(), noted)
    if isinstance(found, Broken):
        _fail(f"日志第 {found.line} 条有问题：{found.reason}")
    if broken := stamps_broken(services()):
        _fail(f"日志第 {broken.line} 条有问题：{broken.reason}")
    compared = compare(services(), files=not no_files)
    if isinstance(compared, Difference):
        _fail(_said(compared))
    click.echo(f"日志完整，共 {found.seq} 条。末条 {found.seq}:{found.hash}")
    if noted:
        click.echo(f"包含给出的 {len(noted)} 条末条")
    files = "（没有读照片和录音）" if no_files else f"、照片和录音 {compared.files} 个"
    click.echo(f"数据与日志一致：文档 {compared.documents} 份{files}、发布的版本 {compared.weeks} 个")
    if compared.unwitnessed:
        click.echo(f"其中 {compared.unwitnessed} 份写下时日志还不记内容摘要，只核对了日志里写明的；补记：audit witness")
    if not services().office.pem and any(published_heads(services())):
        _fail("发布的日志末条没有核对签名：receipt.key 缺失，它的公钥也没有记下，见 keys list")


@audit.command("witness")
@with_appcontext
def witness_rest() -> None:
    """把日志还没有内容摘要的数据按现状补记一次，此后的改动都能发现。"""
    count = witness_unwitnessed(services(), "命令行", datetime.now(UTC))
    if isinstance(count, Difference):
        _fail(_said(count))
    click.echo(f"补记了 {count} 份")


@audit.command("stamp")
@with_appcontext
def stamp_now() -> None:
    """现在就为还没有时间戳的已发布末条向时间戳服务申请（平时自动申请、自动重试）。"""
    if services().settings.timestamps is None:
        _fail("没有设置时间戳服务：INSPECT_TIMESTAMP_URL")
    done = stamp_due(services(), datetime.now(UTC), at_once=True)
    for problem in {one.problem for one in done if one.problem}:
        click.echo(problem, err=True)
    for one in published_heads(services()):
        state = f"{utc_text(one.stamp.stamped_at)}" if one.stamp and one.stamp.stamped_at else "还没有时间戳"
        click.echo(f"{one.week} 第{one.revision}版\t{one.head.head}\t{state}")


def _said(difference: Difference) -> str:
    at = "，".join(one for one in (difference.of, difference.id, difference.field) if one)
    return f"数据与日志不一致：{at}：{difference.reason}"


def _fail(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(1)


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


def _published_heads(given: str) -> list[Head]:
    try:
        text = Path(given).read_text("utf-8", errors="replace")
    except OSError:  # no file: the text itself
        text = given
    heads = heads_in(text)
    if not heads:
        raise click.BadParameter("里面没有「编号:64位哈希」这样的末条", param_hint="--against")
    return [Head(*head) for head in heads]


def _head(text: str) -> Head:
    seq, _, hash = text.partition(":")
    if not seq.isdecimal() or len(hash) != 64:
        raise click.BadParameter("应形如 12:64位哈希", param_hint="--head")
    return Head(int(seq), hash)
