"""``export``: map layers for other programs, and walking orders."""

from __future__ import annotations

import contextlib
import csv
import sys
import uuid
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from ...domain.accounts.scope import EVERYTHING
from ...domain.place.positions import Place, distance_m
from ...domain.place.routes import MOST_STOPS, best_order, distances
from ...domain.problems import Problem
from ...domain.weeks import is_week, week_of
from ...exports.csv_text import plain
from ...exports.place.geo import FORMATS, Feature
from ...exports.place.geo_layers import LAYERS, LayerChoice
from ...services.place.register import all_sites, area_tree
from ..shared import fail, services

export = AppGroup("export", help="导出给其他软件。")


@export.command("geo")
@click.argument("layers", nargs=-1, type=click.Choice(list(LAYERS)))
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="geojson", help="默认 geojson")
@click.option("--week", help="只导出这一期（如 2026-W48）的测评和问题，区域用这一期的；默认全部期")
@click.option("--area", default="", help="只导出这个区域（区划代码）及其下级")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    help="写到这个文件夹；默认当前的",
)
def geo(layers: tuple[str, ...], form: str, week: str | None, area: str, folder: Path) -> None:
    """区域、点位、测评、问题导出成图层：GeoJSON，或带WKT的CSV（另有 .csvt 和 .prj）。坐标都是WGS-84，QGIS可直接打开。

    不写 LAYERS 就导出全部图层。图层中没有测评员，也没有能看出谁在何时走到哪里的内容。
    """
    chosen = _chosen(week, area)
    folder.mkdir(parents=True, exist_ok=True)
    for name in layers or LAYERS:
        layer, count = LAYERS[name], 0
        for file, write in FORMATS[form](layer.columns).items():
            counted = _Counted(layer.features(services(), chosen))
            _write(folder / file, write(counted))
            count = max(count, counted.count)
        click.echo(f"{layer.title}\t{count}\t{folder / next(iter(FORMATS[form](layer.columns)))}")


@export.command("route")
@click.option("--from", "start", help="出发的位置：纬度,经度（WGS-84）；不写则从任一点位开始")
@click.option("--area", default="", help="只走这个区域（区划代码）及其下级的点位")
@click.option("--type", "site_type", help="只走这一类点位")
@click.option("--most", type=click.IntRange(1, MOST_STOPS), default=20, help="最多几个点位，取离出发处最近的；默认20")
def route(start: str | None, area: str, site_type: str | None, most: int) -> None:
    """在用点位的步行顺序（CSV），总路程尽量短。距离是直线距离。手机的点位列表里「按路线」用的是同样的办法。"""
    here, within = _position(start), _within(area)
    sites = [site for site in all_sites(services().store, active_only=True) if site_type in (None, site.site_type)]
    placed = [(site, place) for site in sites if (place := site.place) and (within is None or site.area in within)]
    if here:
        placed.sort(key=lambda one: distance_m(here, one[1]))
    chosen = placed[:most]
    metres = distances(here, [place for _, place in chosen])
    writer, before, whole = csv.writer(sys.stdout), 0, 0.0
    writer.writerow(("第几站", "编码", "名称", "距上一站（米）", "累计（米）", "纬度", "经度"))
    for number, stop in enumerate(best_order(metres), start=1):
        site, place = chosen[stop - 1]
        leg, before = metres[before][stop], stop
        whole += leg
        writer.writerow((number, site.code, plain(site.name), round(leg), round(whole), place.lat, place.lon))


def _position(text: str | None) -> Place | None:
    if text is None:
        return None
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        fail([Problem("export.position_malformed", details={"text": text})])
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        fail([Problem("export.position_not_on_earth", details={"text": text})])
    return Place(lat, lon, 0.0)


def _within(area: str) -> Collection[str] | None:
    tree = area_tree(services().store)
    if area and not tree.path(area):
        fail([Problem("export.area_unknown", details={"area": area})])
    return tree.within(tree.standing(area)) if area else None


class _Counted:
    """Features that are counted while they are read."""

    def __init__(self, features: Iterator[Feature]) -> None:
        self.count = 0
        self._features = features

    def __iter__(self) -> Iterator[Feature]:
        for feature in self._features:
            self.count += 1
            yield feature


def _chosen(week: str | None, area: str) -> LayerChoice:
    this_week = week_of(datetime.now(UTC), services().settings.timezone)
    problems = []
    if week is not None and not is_week(week):
        problems.append(Problem("export.week_invalid", details={"week": week}))
    elif area and not area_tree(services().store, week or this_week).path(area):
        problems.append(Problem("export.area_unknown", details={"area": area}))
    if problems:
        fail(problems)
    return LayerChoice(this_week, EVERYTHING, week, area)


def _write(path: Path, pieces: Iterator[str]) -> None:
    """Write piece by piece; whoever looks finds the old file or the whole new one."""
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with partial.open("x", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
        partial.replace(path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()
        if isinstance(error, OSError):
            fail([Problem("export.not_writable", details={"file": str(path), "error": error.strerror or ""})])
        raise
