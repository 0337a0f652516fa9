"""``figures``: figures of other indexes for the composite index."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from ...domain.index.outside_figures import COLUMNS
from ...domain.problems import Problem
from ...domain.weeks import is_week
from ...services.index.outside_figures import keep_outside_figures
from ..shared import fail, read_table_file, services

figures = AppGroup("figures", help="综合指数里其他指数的数。")


@figures.command("import")
@click.argument("week")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(week: str, file: Path) -> None:
    """从CSV或XLSX（area,part,value）导入一周其他指数的数，例如环卫指数；全部正确才导入，替换以前的。"""
    if not is_week(week):
        fail([Problem("index.argument_no_week", details={"week": week})])
    table = read_table_file(file, COLUMNS)
    done = keep_outside_figures(services(), "命令行", week, table, file.name, datetime.now(UTC))
    if isinstance(done, list):
        fail(done)
    click.echo(f"{done}个区域")
