"""``index``: a week's civility index."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from ...domain.accounts.scope import EVERYTHING
from ...domain.checklists.scoring import format_rate
from ...domain.problems import Problem
from ...domain.weeks import is_week, title
from ...exports.index.table import week_document
from ...services.index.publishing import preview
from ..shared import fail, services


@click.command()
@click.argument("week")
@click.option("--json", "as_json", is_flag=True, help="输出JSON")
@with_appcontext
def index(week: str, as_json: bool) -> None:
    """按现有数据计算一周的公共文明指数，例如 2026-W48。"""
    if not is_week(week):
        fail([Problem("index.not_a_week", details={"week": week})])
    found = preview(services(), week, scope=EVERYTHING, now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(week_document(found), ensure_ascii=False))
        return
    click.echo(title(week))
    for row in found.rows:
        interval = f"{format_rate(row.low)}—{format_rate(row.high)}" if row.low is not None else "—"
        rank = f"第{row.tier}档" if row.tier else "样本不足"
        click.echo(f"{row.level}\t{row.name}\t{row.inspections}次\t{format_rate(row.rate)}\t{interval}\t{rank}")
