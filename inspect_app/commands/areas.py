"""``areas``: the tree of districts, streets and communities."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from ..services.places import area_tree, import_areas
from .shared import fail, read_text, services

areas = AppGroup("areas", help="区域。")


@areas.command("list")
def list_areas() -> None:
    """列出全部区域。"""
    for area in area_tree(services().store):
        click.echo(f"{area.code}\t{area.name}\t{area.level}\t{area.parent}")


@areas.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(file: Path) -> None:
    """从CSV(code,name,parent_code)导入区域；全部正确才导入。"""
    changed = import_areas(services().store, read_text(file), file.name)
    if isinstance(changed, list):
        fail(changed)
    click.echo(f"新增或更名 {changed} 个区域")
