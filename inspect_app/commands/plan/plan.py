"""``plan``: a week's draw, announced, made and revealed; a draw for practice; the rules of sharing out."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import click
from flask.cli import AppGroup

from ...collections import Kept
from ...domain.checklists.editions import COMMAND
from ...domain.plan.beacon import SOURCES, parse_beacon
from ...domain.plan.draw import Drawn
from ...domain.plan.week_plan import How, WeekPlan
from ...domain.problems import Problem
from ...domain.weeks import is_week, utc_text
from ...exports.csv_text import plain
from ...services.place.register import all_sites, area_tree
from ...services.plan import assigning, planning, revealing
from ...store import Stale
from ..shared import fail, services

plan = AppGroup("plan", help="每周抽查哪些点位。")

_SOURCES = "、".join(f"{one.id}（{one.title}）" for one in SOURCES.values() if one.real)


@plan.command("announce")
@click.argument("week")
@click.option("--source", required=True, help=f"公开数的来源：{_SOURCES}")
@click.option("--day", required=True, help="哪一天的公开数，如 2026-11-27；须是现在谁也不知道的")
@click.option("--count", type=int, required=True, help="抽多少个点位")
@click.option("--least", type=int, default=0, help="每个街道至少几个（不足的全抽）；默认0")
def announce(week: str, source: str, day: str, count: int, least: int) -> None:
    """公布一周的抽取：生成封存数，公布它的指纹、公开数的来源和日期、抽多少、登记的指纹。公布以后不能更改。"""
    _require_week(week)
    beacon = parse_beacon(source, day)
    if isinstance(beacon, list):
        fail(beacon)
    made = _done(planning.announce(services(), COMMAND, week, beacon, _now(), count=count, least_per_area=least))
    click.echo(f"{week} 已公布：公开数 {beacon.title}，封存数的指纹 {made.commitment}，登记的指纹 {made.register}")


@plan.command("draw")
@click.argument("week")
@click.option("--value", required=True, help="公开数的值，如 3987.15")
@click.option("--day", default="", help="公布的那一天没有公开数时，其后第一个有的日子")
@click.option("--yes", is_flag=True, help="不再询问")
def draw(week: str, value: str, day: str, yes: bool) -> None:
    """用封存数和公开数抽取、分派一周的点位，只能抽一次，不能试抽。"""
    _require_week(week)
    kept = planning.find_plan(services(), week)
    if kept is None:
        fail([Problem("plan.not_announced", details={"week": week})])
    if not yes:
        click.confirm(f"用「{value}」抽取 {week}，抽了就不能改，确定吗？", abort=True)
    how = assigning.rules(services())
    try:
        made = _done(planning.make_plan(services(), COMMAND, kept, value, how, _now(), day=day))
    except Stale:
        fail([Problem("plan.drawn_meanwhile", details={"week": week})])
    click.echo(f"{week} 抽取了{len(made.sites)}个点位")
    for words in assigning.departure_words(services(), made):
        click.echo(f"没有照规则分派：{words}")


@plan.command("reveal")
def reveal() -> None:
    """公开已经结束的各周的封存数。打开公开页面时也会自动公开，不必专门运行。"""
    weeks = revealing.reveal_due(services(), _now())
    click.echo("、".join(sorted(weeks)) + " 的封存数已公开" if weeks else "没有要公开的")


@plan.command("practise")
@click.argument("week")
@click.option("--count", type=int, required=True, help="抽多少个点位")
@click.option("--least", type=int, default=0, help="每个街道至少几个（不足的全抽）；默认0")
@click.option("--area", default="", help="只从这个区域（区划代码）及其下级抽")
@click.option("--type", "site_type", default="", help="只抽这一类点位")
def practise(week: str, count: int, least: int, area: str, site_type: str) -> None:
    """用虚构的数练习：看这么抽大致是什么样。每次都不同，与真正的抽取无关；输出CSV，不保存任何内容。"""
    _require_week(week)
    found = planning.practise(services(), week, count=count, least_per_area=least, area=area, site_type=site_type)
    if problems := [one for one in found if isinstance(one, Problem)]:
        fail(problems)
    click.echo("练习：用虚构的数抽取，不是真的", err=True)
    tree, titles = area_tree(services().store, week), services().library.titles
    sites = {site.code: site for site in all_sites(services().store)}
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("practice_code", "name", "type", "area", "drawn", "of", "chance"))
    for one in (one for one in found if isinstance(one, Drawn)):
        site, type_id = sites[one.code], one.stratum[1]
        row = (one.code, site.name, titles.get(type_id, type_id), tree.full_name(site.area))
        writer.writerow((*map(plain, row), one.taken, one.of, f"{float(one.chance):.6f}"))


@plan.command("rules")
@click.option("--per-street", type=int, help="每个街道至少几人分测；1：不限")
@click.option("--street-gap", type=int, help="几周内不去同一街道")
@click.option("--gap", type=int, help="几周内不去同一点位")
@click.option("--second", type=float, help="复测比例（%）")
@click.option("--response", type=float, help="应答率低于多少要提醒（%）")
@click.option("--pairs/--no-pairs", default=None, help="两人一组")
def rules(
    per_street: int | None,
    street_gap: int | None,
    gap: int | None,
    second: float | None,
    response: float | None,
    pairs: bool | None,
) -> None:
    """分派的规则：不带选项则列出现行的和每一次更改；带选项则更改，从下一次抽取起适用。"""
    changes: Mapping[str, Any] = {
        "per_street": per_street,
        "street_gap_weeks": street_gap,
        "gap_weeks": gap,
        "second_share": None if second is None else second / 100,
        "least_response": None if response is None else response / 100,
        "in_pairs": pairs,
    }
    changed = {name: value for name, value in changes.items() if value is not None}
    before, revision = assigning.rules_kept(services())
    how = replace(before, **changed)
    try:
        problems = assigning.set_rules(services(), COMMAND, how, revision, _now()) if changed else []
    except Stale:
        problems = [Problem("plan.rules_changed_meanwhile")]
    if problems:
        fail(problems)
    click.echo(_row(utc_text(_now()), "现行", asdict(how)))
    if not changed:
        for entry in assigning.rules_history(services()):
            click.echo(_row(str(entry["at"]), str(entry["who"]), entry["after"]))


def _row(at: str, who: str, how: Any) -> str:
    known = {name: how[name] for name in asdict(How()) if name in how and name != "value"}
    return "\t".join([at, who, *(f"{name}={value}" for name, value in known.items())])


def _done(made: Kept[WeekPlan] | list[Problem]) -> WeekPlan:
    """The plan that was made; ends the command where it was not."""
    if isinstance(made, list):
        fail(made)
    return made.value


def _require_week(week: str) -> None:
    if not is_week(week):
        fail([Problem("plan.argument_no_week", details={"week": week})])


def _now() -> datetime:
    return datetime.now(UTC)
