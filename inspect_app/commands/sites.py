"""``sites``: the places to inspect."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from ..domain.sites import parse_site
from ..services.places import all_sites, area_tree, find_site, import_sites, keep_site
from .shared import fail, read_text, services

sites = AppGroup("sites", help="点位。")


@sites.command("list")
def list_sites() -> None:
    """列出全部点位。"""
    for site in all_sites(services().store):
        place = f"{site.place.lat},{site.place.lon}" if site.place else ""
        click.echo(f"{site.code}\t{site.name}\t{site.site_type}\t{site.area}\t{place}\t{site.state}")


@sites.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(file: Path) -> None:
    """从CSV(code,name,type,area,lat,lon,accuracy_m;WGS-84)导入点位；全部正确才导入。"""
    changed = import_sites(services().store, read_text(file), file.name, services().library.current)
    if isinstance(changed, list):
        fail(changed)
    click.echo(f"新增或更改 {changed} 个点位")


@sites.command("add")
@click.argument("code")
@click.option("--name", required=True)
@click.option("--type", "site_type", required=True, help="点位类型，即清单代号")
@click.option("--area", required=True, help="区划代码")
@click.option("--lat", default="", help="纬度(WGS-84)")
@click.option("--lon", default="", help="经度(WGS-84)")
def add(code: str, name: str, site_type: str, area: str, lat: str, lon: str) -> None:
    """新建一个点位。"""
    row = {"code": code, "name": name, "type": site_type, "area": area, "lat": lat, "lon": lon}
    codes = {known.code for known in area_tree(services().store)}
    site = parse_site(row, "点位", services().library.current.keys(), codes)
    if isinstance(site, list):
        fail(site)
    if find_site(services().store, code):
        raise click.ClickException(f"点位「{code}」已经存在")
    keep_site(services().store, site)
