"""``plan``: which sites are inspected in a week."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from ...domain.plan.draw import Drawn, Listed, read_register
from ...domain.plan.draw import draw as draw_from
from ...domain.problems import Problem
from ...domain.weeks import is_week
from ...exports.csv_text import plain
from ...services.place.register import all_sites, area_tree
from ...services.plan.planning import draw_week
from ..shared import fail, read_text, services

plan = AppGroup("plan", help="每周抽查哪些点位。")


@plan.command("draw")
@click.argument("week")
@click.option("--seed", required=True, help="种子：先公布，再抽取；同一种子在任何机器上抽出同样的点位")
@click.option("--count", type=int, required=True, help="抽多少个点位")
@click.option("--least", type=int, default=0, help="每个街道至少几个（不足的全抽）；默认0")
@click.option("--area", default="", help="只从这个区域（区划代码）及其下级抽")
@click.option("--type", "site_type", default="", help="只抽这一类点位")
@click.option(
    "--register",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="从公开的登记文件（CSV：code,area,type）抽，用来核对以往的抽取；不与 --area、--type 同用",
)
def draw(week: str, seed: str, count: int, least: int, area: str, site_type: str, file: Path | None) -> None:
    """按街道和类型分层随机抽取一周的点位，输出CSV，每个点位写明抽中的机会。不保存任何内容。"""
    if not is_week(week):
        fail([Problem("plan.argument_no_week", details={"week": week})])
    if file and (area or site_type):
        fail([Problem("plan.register_alone")])
    if file:
        found = draw_from(_listed(file), seed=seed, week=week, count=count, least_per_area=least)
    else:
        found = draw_week(
            services(), week, seed=seed, count=count, least_per_area=least, area=area, site_type=site_type
        )
    problems = [one for one in found if isinstance(one, Problem)]
    if problems:
        fail(problems)
    tree, titles = area_tree(services().store, week), services().library.titles
    sites = {site.code: site for site in all_sites(services().store)}
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("code", "name", "type", "area", "drawn", "of", "chance"))
    for one in (one for one in found if isinstance(one, Drawn)):
        site, (street, type_id) = sites.get(one.code), one.stratum
        name, area_name = (site.name, tree.full_name(site.area)) if site else ("", street)
        row = (one.code, name, titles.get(type_id, type_id), area_name)
        writer.writerow((*map(plain, row), one.taken, one.of, f"{float(one.chance):.6f}"))


def _listed(file: Path) -> list[Listed]:
    """The sites of a register's file; ends the command where it is none."""
    found = read_register(read_text(file), file.name)
    if problems := [one for one in found if isinstance(one, Problem)]:
        fail(problems)
    return [one for one in found if isinstance(one, Listed)]
