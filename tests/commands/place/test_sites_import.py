"""``flask sites import``: shown with --dry-run, taken all or nothing, in the named coordinate system."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspect_app.domain.place.coordinates import wgs84_to_gcj02
from inspect_app.services.place.register import find_site
from tests.domain.place.areas_drawn import collection, feature
from tests.world import HERE, STREET

HEADER = "code,name,type,area,lat,lon\n"


@pytest.fixture
def run(world, tmp_path: Path):
    runner = world.app().test_cli_runner()

    def run(content: bytes, *options: str, name: str = "点位.csv"):
        file = tmp_path / name
        file.write_bytes(content)
        return runner.invoke(args=["sites", "import", str(file), *options])

    return run


def found(world, code: str):
    return find_site(world.app().extensions["inspect"].store, code)


def test_a_dry_run_shows_and_keeps_nothing_then_the_import_keeps(world, run):
    text = f"{HEADER}I-1,滨江公厕,公共厕所,{STREET},30.305,112.236\npublic-toilet-1,改名,,,,\n".encode("gb18030")
    shown = run(text, "--dry-run")
    assert shown.exit_code == 0
    assert "2\t新增\tI-1\t滨江公厕" in shown.output
    assert "3\t更改\tpublic-toilet-1\t改名\t名称：public-toilet点位→改名" in shown.output
    assert "新增 1 个，更改 1 个，不变 0 个；没有导入" in shown.output
    assert found(world, "I-1") is None
    assert "已导入：新增 1 个，更改 1 个，不变 0 个" in run(text).output
    assert found(world, "I-1").name == "滨江公厕"
    assert found(world, "public-toilet-1").name == "改名"


def test_one_wrong_row_ends_with_1_and_keeps_nothing(world, run):
    result = run(f"{HEADER}I-1,滨江公厕,公共厕所,{STREET},,\nI-2,乙,坦克,{STREET},,\n".encode())
    assert result.exit_code == 1
    assert "第3行「type」列：没有点位类型「坦克」" in result.output
    assert "有1处错误，没有导入任何点位" in result.output
    assert found(world, "I-1") is None


def test_the_system_is_named_and_a_shift_is_said(world, run):
    lat, lon = wgs84_to_gcj02(HERE["lat"], HERE["lon"])
    codes = list(world.services.library.current)[:5]
    geojson = collection(*(feature({"type": "Point", "coordinates": [lon, lat]}, code=f"{code}-1") for code in codes))
    shifted = run(geojson, "--dry-run", name="点位.geojson")
    assert "文件像是GCJ-02" in shifted.output
    right = run(geojson, "--system", "gcj02", name="点位.geojson")
    assert "已导入：新增 0 个，更改 0 个，不变 5 个" in right.output
    assert "整体偏移" not in right.output
    assert run(geojson, "--system", "utm").exit_code == 2
