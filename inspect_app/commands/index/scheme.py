"""``scheme``: publication schemes in files: a city's table computed for trial."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from ...domain.index.schemes.inputs import headings_of, parse_inputs
from ...domain.index.schemes.reading import parse_scheme, scheme_json, scheme_toml
from ...domain.index.schemes.scheme import PublicationScheme
from ...domain.index.schemes.standing import table_of
from ...exports.index.scheme_tables import means_csv, scheme_csv, table_json
from ..shared import fail, read_table_file, read_text

scheme = AppGroup("scheme", help="发布方案：综合指数怎么合成、排名、分等级。")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@scheme.command("compute")
@click.argument("scheme_file", type=_FILE, metavar="方案.toml")
@click.argument("inputs", type=_FILE, metavar="数据.csv")
@click.option("--json", "as_json", is_flag=True, help="输出JSON")
@click.option("--means", is_flag=True, help="输出各级、各组的平均")
def compute(scheme_file: Path, inputs: Path, as_json: bool, means: bool) -> None:
    """按方案（TOML或JSON）和一张数据表（CSV或XLSX）算出成绩表，不读写数据目录里的任何内容。"""
    found = _read(scheme_file)
    areas = parse_inputs(read_table_file(inputs, headings_of(found)), inputs.name, found)
    if isinstance(areas, list):
        fail(areas)
    table = table_of(found, areas)
    content = table_json(found, table) if as_json else (means_csv if means else scheme_csv)(found, table)
    click.echo(content.decode().removeprefix("\ufeff"), nl=False)


@scheme.command("convert")
@click.argument("scheme_file", type=_FILE, metavar="方案.toml")
@click.option("--json", "as_json", is_flag=True, help="输出JSON，缺省TOML")
def convert(scheme_file: Path, as_json: bool) -> None:
    """检查一个方案，并按TOML或JSON整理后输出。"""
    found = _read(scheme_file)
    click.echo((scheme_json if as_json else scheme_toml)(found), nl=False)


def _read(path: Path) -> PublicationScheme:
    found = parse_scheme(read_text(path), path.name)
    if isinstance(found, list):
        fail(found)
    return found
