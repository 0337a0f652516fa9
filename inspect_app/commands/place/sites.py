"""``sites``: the places to inspect."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from ...domain.accounts.user import COMMAND_LINE
from ...domain.place.area_outlines import Effect
from ...domain.place.coordinates import SYSTEMS
from ...domain.place.site_import import ImportRow
from ...domain.place.sites import parse_site
from ...domain.problems import Problem
from ...exports.place.site_tables import read_sites
from ...services.place.register import all_sites, area_tree
from ...services.place.sites_changing import add_site
from ...services.place.sites_importing import MAX_BYTES, preview_sites, reason_of, take_sites
from ...store import Stale
from ..shared import fail, services, tell

sites = AppGroup("sites", help="点位。")
_COUNTED = (Effect.NEW, Effect.CHANGED, Effect.UNCHANGED)


@sites.command("list")
def list_sites() -> None:
    """列出全部点位。"""
    for site in all_sites(services().store):
        place = f"{site.place.lat},{site.place.lon}" if site.place else ""
        click.echo(f"{site.code}\t{site.name}\t{site.site_type}\t{site.area}\t{place}\t{site.state}")


@sites.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--system", type=click.Choice(list(SYSTEMS)), default="wgs84", help="文件里经纬度的坐标系。")
@click.option("--dry-run", is_flag=True, help="只看改动，不导入。")
def import_file(file: Path, system: str, dry_run: bool) -> None:
    """从CSV、XLSX或GeoJSON导入点位；全部正确才导入，编码相同的更改。"""
    if file.stat().st_size > MAX_BYTES:
        fail([Problem("sites.file_too_large", details={"file": file.name, "megabytes": MAX_BYTES // 1024 // 1024})])
    content = file.read_bytes()
    read = read_sites(content, file.name)
    preview = read if isinstance(read, list) else preview_sites(services(), read, system)
    if isinstance(preview, list):
        fail(preview)
    tell(preview.notes)
    for row in preview.rows:
        if line := _told(row):
            click.echo(line)
    for sentence in preview.advice:
        click.echo(sentence, err=True)
    if preview.problems:
        fail(
            [
                *preview.problems,
                Problem("sites.nothing_imported", details={"file": file.name, "count": len(preview.problems)}),
            ]
        )
    counts = "，".join(f"{effect.label} {len(preview.of(effect))} 个" for effect in _COUNTED)
    if dry_run:
        click.echo(f"{counts}；没有导入")
        return
    try:
        take_sites(services(), COMMAND_LINE, preview, reason_of(file.name, content, system), datetime.now(UTC))
    except Stale:
        fail([Problem("sites.changed_meanwhile")])
    click.echo(f"已导入：{counts}")


def _told(row: ImportRow) -> str:
    """A row as a line, where there is anything to say of it."""
    said = [f"{change.what}：{change.before}→{change.after}" for change in row.changes]
    said += [*row.remarks, *([f"可能重复：{row.twin}"] if row.twin else [])]
    if row.effect is Effect.ERROR or (row.effect is Effect.UNCHANGED and not said):
        return ""
    return f"{row.number}\t{row.effect.label}\t{row.code}\t{row.name}\t{'；'.join(said)}"


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
    site = parse_site(row, {"thing": "site"}, services().library.current.keys(), codes)
    if isinstance(site, list):
        fail(site)
    if not add_site(services(), COMMAND_LINE, site, datetime.now(UTC)):
        raise click.ClickException(f"点位「{code}」已经存在")
