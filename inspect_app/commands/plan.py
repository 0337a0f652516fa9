"""``plan``: which sites are inspected in a week."""

from __future__ import annotations

import csv
import sys

import click
from flask.cli import AppGroup

from ..domain.drawing import Drawn
from ..domain.problems import Problem
from ..domain.weeks import is_week
from ..exports.geo import plain
from ..services.places import all_sites, area_tree
from ..services.planning import draw_week
from .shared import fail, services

plan = AppGroup("plan", help="每周抽查哪些点位。")


@plan.command("draw")
@click.argument("week")
@click.option("--seed", required=True, help="种子：先公布，再抽取；同一种子在任何机器上抽出同样的点位")
@click.option("--count", type=int, required=True, help="抽多少个点位")
@click.option("--least", type=int, default=0, help="每个街道至少几个（不足的全抽）；默认0")
@click.option("--area", default="", help="只从这个区域（区划代码）及其下级抽")
@click.option("--type", "site_type", default="", help="只抽这一类点位")
def draw(week: str, seed: str, count: int, least: int, area: str, site_type: str) -> None:
    """按街道和类型分层随机抽取一周的点位，输出CSV，每个点位写明抽中的机会。不保存任何内容。"""
    if not is_week(week):
        fail([Problem("WEEK", f"「{week}」不是一周，例如 2026-W48")])
    found = draw_week(services(), week, seed=seed, count=count, least_per_area=least, area=area, site_type=site_type)
    problems = [one for one in found if isinstance(one, Problem)]
    if problems:
        fail(problems)
    tree, titles = area_tree(services().store, week), services().library.titles
    sites = {site.code: site for site in all_sites(services().store, active_only=True)}
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("code", "name", "type", "area", "drawn", "of", "chance"))
    for one in (one for one in found if isinstance(one, Drawn)):
        site = sites[one.code]
        title, area_name = titles.get(site.site_type, site.site_type), tree.full_name(site.area)
        writer.writerow((site.code, plain(site.name), title, area_name, one.taken, one.of, f"{float(one.chance):.6f}"))
