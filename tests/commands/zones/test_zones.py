"""``flask zones``: the audit of a register, and the rules."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from inspect_app.domain.place.outlines import parse_outline
from inspect_app.services.place.register import find_site
from tests.sites import keep_site
from tests.world import World

REGISTER = (
    "name,category,lat,lon,accuracy_m,address\n"
    "蓝天网吧,网吧,30.3118,112.2412,5,江津路1号\n"
    "远方网吧,网吧,30.3400,112.2412,5,\n"
    "=1+1,烟草零售,30.3112,112.2412,5,\n"
    "新华书店,书店,30.3105,112.2412,5,\n"
)
SQUARE = [[112.240, 30.309], [112.242, 30.309], [112.242, 30.311], [112.240, 30.311], [112.240, 30.309]]


@pytest.fixture
def run(world: World):
    store = world.services.store
    site = find_site(store, "school-perimeter-1")
    assert site
    outline = parse_outline({"type": "Polygon", "coordinates": [SQUARE]}, {})
    assert not isinstance(outline, list)
    keep_site(store, replace(site, name="实验小学", outline=outline))
    runner = world.app().test_cli_runner()
    return lambda *arguments: runner.invoke(args=["zones", *map(str, arguments)])


@pytest.fixture
def register(tmp_path: Path) -> Path:
    file = tmp_path / "场所.csv"
    file.write_text(REGISTER, "gb18030")
    return file


def test_an_audit_lists_what_is_inside_or_open_with_metres_and_sources(run, register, tmp_path):
    result = run("audit", register, "--csv", tmp_path / "out.csv", "--geojson", tmp_path / "out.geojson")
    assert result.exit_code == 0, result.output
    assert "4 处场所：内 1，疑似待复核 1" in result.stderr
    assert "书店" in result.stderr
    written = (tmp_path / "out.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    assert [(row["名称"], row["结论"], row["学校"]) for row in rows] == [
        ("蓝天网吧", "内", "实验小学"),
        ("'=1+1", "疑似，待复核", "实验小学"),
    ]
    assert float(rows[0]["最小(米)"]) == pytest.approx(88.7 - 10, abs=0.5)
    assert "第九条" in rows[0]["依据"]
    features = json.loads((tmp_path / "out.geojson").read_text("utf-8"))["features"]
    assert [one["properties"]["answer"] for one in features] == ["inside", "uncertain"]
    assert features[0]["geometry"]["coordinates"] == [112.2412, 30.3118]


def test_a_wrong_register_is_told_row_by_row_and_writes_nothing(run, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("name,category,lat,lon\n甲,网吧,30.3,112.2\n乙,,30.3,999\n", "utf-8")
    result = run("audit", file, "--csv", tmp_path / "out.csv")
    assert result.exit_code == 1
    assert "第3行 category" in result.stderr
    assert "第3行 lon" in result.stderr
    assert not (tmp_path / "out.csv").exists()


def test_schools_can_come_from_geojson_and_premises_in_another_system(run, register, tmp_path):
    schools = tmp_path / "schools.geojson"
    feature = {
        "type": "Feature",
        "properties": {"name": "第一小学"},
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    schools.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    here = run("audit", register, "--schools", schools)
    assert "第一小学" in here.stdout
    assert "0 " not in here.stderr.split("内")[0][-3:]
    shifted = run("audit", register, "--schools", schools, "--system", "gcj02")
    assert shifted.exit_code == 0
    assert shifted.stdout != here.stdout
    feature["geometry"]["coordinates"] = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
    schools.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    crossed = run("audit", register, "--schools", schools)
    assert crossed.exit_code == 1
    assert "与自身相交" in crossed.stderr


def test_the_rules_are_listed_with_their_sources(run):
    listed = run("rules").stdout
    assert "网吧\t200米\t到校园边界的直线距离\t中小学\t《互联网上网服务营业场所管理条例》第九条" in listed
