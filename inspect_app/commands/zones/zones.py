"""``zones``: premises around schools."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from ...domain.place.coordinates import SYSTEMS
from ...domain.place.proximity import Within
from ...domain.problems import Problem
from ...domain.zones.files import ZoneRules
from ...domain.zones.judging import MEASURES
from ...domain.zones.premises_files import COLUMNS, RegisteredPremises, parse_premises
from ...domain.zones.school_files import parse_schools
from ...domain.zones.school_zones import School
from ...durable import replace_file
from ...exports.zones.audit import zones_csv, zones_geojson
from ...services.zones.auditing import audit_zones, registered_schools, unnamed_categories
from ..shared import fail, read_table_file, read_text, services

zones = AppGroup("zones", help="校园周边的禁设场所。")


@zones.command("rules")
def list_rules() -> None:
    """列出各类场所的规定：半径、怎样量、管哪些学校、依据。"""
    for rule in _rules().rules:
        schools, sources = "、".join(rule.schools), "、".join(rule.sources)
        click.echo(f"{rule.title}\t{rule.radius_m:g}米\t{MEASURES[rule.measure]}\t{schools}\t{sources}")


@zones.command("audit")
@click.argument("premises", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--schools", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="学校的GeoJSON；默认取校园周边点位"
)
@click.option("--system", type=click.Choice(list(SYSTEMS)), default="wgs84", help="场所表的坐标系；默认 wgs84")
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="结果写成CSV")
@click.option(
    "--geojson", "geojson_file", type=click.Path(dir_okay=False, path_type=Path), help="结果写成GeoJSON(WGS-84)"
)
def audit(premises: Path, schools: Path | None, system: str, csv_file: Path | None, geojson_file: Path | None) -> None:
    """登记的场所(CSV或XLSX：name,category,lat,lon,accuracy_m)中，哪些在学校的禁设范围内，或近得不能断定。"""
    rules, found = _rules(), _premises(premises, system)
    result = audit_zones(found, _schools(schools), rules)
    if csv_file:
        replace_file(csv_file, zones_csv(result).encode())
    if geojson_file:
        replace_file(geojson_file, zones_geojson(result).encode())
    if not csv_file and not geojson_file:
        click.echo(zones_csv(result).removeprefix("\ufeff"), nl=False)
    inside = {one.premises.row for one in result if one.judged.within is Within.INSIDE}
    open_ = {one.premises.row for one in result} - inside
    click.echo(f"{len(found)} 处场所：内 {len(inside)}，疑似待复核 {len(open_)}", err=True)
    if unnamed := unnamed_categories(found, rules):
        click.echo(f"没有规定的类别，未判定：{'、'.join(unnamed[:10])}", err=True)


def _rules() -> ZoneRules:
    rules = services().library.zones
    if isinstance(rules, list):
        fail(rules)
    return rules


def _premises(file: Path, system: str) -> list[RegisteredPremises]:
    parsed = parse_premises(read_table_file(file, COLUMNS), file.name, system)
    problems = [one for one in parsed if isinstance(one, Problem)]
    if problems:
        fail(problems)
    return [one for one in parsed if isinstance(one, RegisteredPremises)]


def _schools(file: Path | None) -> list[School]:
    if file is None:
        found = registered_schools(services().store)
        if not found:
            fail([Problem("zones.no_schools")])
        return found
    parsed = parse_schools(read_text(file), file.name)
    problems = [one for one in parsed if isinstance(one, Problem)]
    if problems:
        fail(problems)
    return [one for one in parsed if isinstance(one, School)]
