"""``export route``: the order on foot as a table. (``export geo`` is tested where the layers are.)"""

from __future__ import annotations

import csv
import io

import pytest

from tests.sites import import_sites
from tests.world import HERE, STREET, World

LAT, LON = float(HERE["lat"]), float(HERE["lon"])  # type: ignore[arg-type]


@pytest.fixture
def run(world: World):
    """Five sites in the north, 100 m apart, in no order."""
    lines = ["code,name,type,area,lat,lon,accuracy_m", f"n-0,无位置,back-alley,{STREET},,,"]
    for number in (3, 1, 5, 2, 4):
        lines.append(f"n-{number},第{number},back-alley,{STREET},{LAT + number * 100 / 110_853:.7f},{LON},5")
    assert import_sites(world.services.store, "\n".join(lines), world.services.library.current) == 6
    return lambda *arguments: world.app().test_cli_runner().invoke(args=["export", "route", *arguments])


def test_the_table_has_the_order_the_legs_and_the_whole_way(run):
    result = run("--from", f"{LAT},{LON}", "--type", "back-alley", "--area", STREET)
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.output)))
    assert [row["编码"] for row in rows] == ["back-alley-1", *(f"n-{number}" for number in range(1, 6))]
    assert [row["距上一站（米）"] for row in rows] == ["0", *["100"] * 5]
    assert rows[-1]["累计（米）"] == "500"


def test_only_so_many_of_the_nearest(run):
    result = run("--from", f"{LAT},{LON}", "--type", "back-alley", "--most", "3")
    assert [row["第几站"] for row in csv.DictReader(io.StringIO(result.output))] == ["1", "2", "3"]
    assert "n-3" not in result.output


def test_without_a_start_the_way_begins_at_one_end(run):
    rows = list(csv.DictReader(io.StringIO(run("--type", "back-alley").output)))
    assert {rows[0]["编码"], rows[-1]["编码"]} == {"back-alley-1", "n-5"}
    assert rows[-1]["累计（米）"] == "500"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "here"], "「here」应形如"),
        (["--from", "300,1"], "不是纬度,经度"),
        (["--from", "nan,nan"], "不是纬度,经度"),
        (["--area", "999999"], "没有区域「999999」"),
    ],
)
def test_wrong_arguments_get_a_sentence(run, arguments: list[str], said: str):
    result = run(*arguments)
    assert result.exit_code == 1
    assert said in result.output
