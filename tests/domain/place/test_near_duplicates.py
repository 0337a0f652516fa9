"""Two codes for one site: similar names of one type, close by."""

from __future__ import annotations

import pytest

from inspect_app.domain.place.near_duplicates import Sites, similar_names
from inspect_app.domain.place.positions import Place
from inspect_app.domain.place.sites import Site

NORTH_100_M = 0.0009


def site(
    code: str, name: str, lat: float | None = 30.31, type: str = "public-toilet", accuracy_m: float = 20.0
) -> Site:
    return Site(code, name, type, "421002001", Place(lat, 112.24, accuracy_m) if lat else None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("中山公园公共厕所", "中山公园公厕"),
        ("沙市区实验小学", "实验小学"),
        ("北京路 (红门路口)", "北京路（红门路口）"),
        ("第１公厕", "第1公厕"),
        ("沙市一中", "沙市第一中学"),
        ("荆州中心医院门诊大楼", "荆州中心医院门诊楼前"),
        ("沃尔玛超市江汉路店", "沃尔玛江汉路店"),
    ],
)
def test_one_place_under_two_names(one, other):
    assert similar_names(one, other)
    assert similar_names(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("第一公厕", "第二公厕"),
        ("北京路东段", "北京路西段"),
        ("12路站台", "21路站台1"),
        ("中山公园", "人民医院"),
        ("公厕", "人民公园公厕"),
        ("甲", "乙"),
    ],
)
def test_two_places(one, other):
    assert not similar_names(one, other)


def test_a_twin_is_close_by_of_the_same_type_and_the_nearest():
    kept = Sites([site("far", "中山公园公厕", 30.311), site("near", "中山公园公厕", 30.3102), site("x", "人民医院")])
    twin = kept.twin(site("new", "中山公园公共厕所"))
    assert twin is not None
    assert twin.other.code == "near"
    assert twin.metres == pytest.approx(22.2, abs=0.2)
    assert str(twin) == "与「中山公园公厕」（near）名称相近，相距22米"
    assert kept.twin(site("new", "中山公园公共厕所", type="main-road")) is None
    assert kept.twin(site("new", "中山公园公共厕所", 30.32)) is None
    assert kept.twin(site("near", "中山公园公厕", 30.309)) is None, "a site is not its own twin"


def test_how_close_follows_from_how_well_the_positions_are_known():
    kept = Sites([site("a", "中山公园公厕")])
    there = 30.31 + 2 * NORTH_100_M
    assert kept.twin(site("b", "中山公园公厕", there)) is None
    assert kept.twin(site("b", "中山公园公厕", there, accuracy_m=250)) is not None
    assert kept.twin(site("b", "中山公园公厕", 30.31 + 5 * NORTH_100_M, accuracy_m=90_000)) is None


def test_without_a_position_the_name_decides_within_the_area():
    kept = Sites([site("a", "中山公园公厕", None)])
    twin = kept.twin(site("b", "中山公园 公厕"))
    assert twin is not None
    assert "位置未登记" in str(twin)
    assert kept.twin(site("b", "中山公园公共厕所")) is None


def test_across_the_border_of_two_cells_of_the_search():
    """The search looks around in steps of 0.004 degrees; 30.312 is such a border."""
    kept = Sites([site("a", "中山公园公厕", 30.31199)])
    assert kept.twin(site("b", "中山公园公厕", 30.31201)) is not None
