"""Areas, sites, positions, distances and weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.place.areas import Area, AreaTree, parse_areas
from inspect_app.domain.place.positions import Fix, Place, distance_m, fix_to_json, parse_fix
from inspect_app.domain.place.proximity import Within
from inspect_app.domain.place.sites import DEFAULT_ACCURACY_M, Site, parse_site
from inspect_app.domain.weeks import first_day, is_week, last_day, shifted, title, week_of
from inspect_app.domain.zones.judging import judge_distance
from inspect_app.services.place.register import BUILT_IN_AREAS
from inspect_app.wording import say

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATITUDES, LONGITUDES = st.floats(-89, 89), st.floats(-180, 180)


def built_in() -> AreaTree:
    parsed = parse_areas(BUILT_IN_AREAS.read_text("utf-8"), "jingzhou-areas.csv")
    areas = [area for area in parsed if isinstance(area, Area)]
    assert len(areas) == len(parsed)
    return AreaTree(areas)


def test_jingzhous_three_districts_and_27_streets_are_built_in():
    tree = built_in()
    assert [area.name for area in tree.children("4210")] == ["沙市区", "荆州区", "荆州经济技术开发区"]
    assert sum(area.level == "街道乡镇" for area in tree) == 27
    assert tree.full_name("421002001") == "沙市区 中山街道"
    assert len(tree.within("421002")) == 11


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ("421009001,孤街,421009", "第2行 parent_code"),
        ("42100,短码,4210", "第2行 code"),
        ("4210,荆州市,\n4210,荆州市,", "第3行 code"),
        ("4210,,", "第2行 name"),
        ("4210,荆州市,421002\n421002,沙市区,4210", "第2行 parent_code"),
        ("4210,荆州市,\n430199,别处,4210", "第3行 parent_code"),
        ("４２１０,荆州市,", "第2行 code"),
        (f"4210,{'长' * 101},", "第2行 name"),
        ("4210,荆州市,,多了", "第2行"),
        (f'4210,"{"x" * 140_000}",', "CSV"),
    ],
    ids=["orphan", "code", "twice", "no name", "loop", "elsewhere", "digits", "long", "cells", "huge"],
)
def test_a_wrong_area_file_is_refused_with_row_and_column(rows, where):
    problems = parse_areas("code,name,parent_code\n" + rows, "areas.csv")
    assert [str(say(problem)) for problem in problems if where in str(say(problem))], list(map(str, map(say, problems)))


def test_an_area_file_without_a_column_or_rows_is_refused():
    assert "parent_code" in str(say(parse_areas("code,name\n4210,荆州市", "a.csv")[0]))
    assert "没有任何区域" in str(say(parse_areas("code,name,parent_code\n", "a.csv")[0]))


def test_areas_under_chinese_headings_with_blanks_and_hidden_signs_are_read():
    text = "荆州市区划\n区划代码；名称；上级代码\n421002； 荆\0州\u3000市\ufeff；4210\n".replace("；", ";")
    assert parse_areas(text, "a.csv", {"4210": Area("4210", "荆州市", "")}) == [Area("421002", "荆州\u3000市", "4210")]


def test_a_parent_that_is_known_already_is_no_orphan_and_a_byte_order_mark_is_fine():
    known = {"4210": Area("4210", "荆州市", "")}
    assert parse_areas("\ufeffcode,name,parent_code\n421002,沙市区,4210\n", "a.csv", known) == [
        Area("421002", "沙市区", "4210")
    ]


INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31))
SITE = {"code": "A1", "name": "路口", "type": "zebra-crossing", "area": "421002001", "lat": "30.3", "lon": "112.2"}


def test_a_site_is_right_or_every_wrong_field_is_named():
    known = ["zebra-crossing"], ["421002001"]
    wrong = {"code": "A 2", "name": "", "type": "tank", "area": "9", "lat": "95", "lon": "x", "accuracy_m": "-1"}
    assert {say(problem).where for problem in parse_site(wrong, {"row": 4}, *known)} == {
        f"第4行 {field}" for field in wrong
    }
    right = parse_site({**SITE, "accuracy_m": "5"}, {"row": 2}, *known)
    assert right == Site("A1", "路口", "zebra-crossing", "421002001", Place(30.3, 112.2, 5.0))
    assert parse_site(SITE, {"row": 2}, *known).place.accuracy_m == DEFAULT_ACCURACY_M


@given(LATITUDES, LONGITUDES, st.floats(0, 10_000), st.sampled_from(["browser", "exif", "manual"]), INSTANTS)
def test_a_fix_survives_its_json(lat, lon, accuracy_m, source, at):
    at = at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
    fix = Fix(lat, lon, accuracy_m, source, at)
    assert parse_fix(fix_to_json(fix), {}) == fix


@pytest.mark.parametrize(
    "change",
    [
        {"lat": 200}, {"lat": -91}, {"lat": None}, {"lat": "30"}, {"lat": float("nan")}, {"lat": True}, {"lon": 181},
        {"accuracy_m": -1}, {"accuracy_m": float("inf")}, {"source": "gps"}, {"source": []}, {"at": "yesterday"},
        {"at": "2026-11-23T08:00:00"}, {"at": 3}, {"altitude": 30},
    ],
)  # fmt: skip
def test_a_fix_that_cannot_be_is_refused(change):
    right = {"lat": 30.3, "lon": 112.2, "accuracy_m": 8, "source": "browser", "at": "2026-11-23T02:30:00Z"}
    assert isinstance(parse_fix(right, {}), Fix)
    problems = parse_fix({**right, **change}, {})
    assert isinstance(problems, list)
    assert next(iter(change)) in say(problems[0]).where


def test_a_degree_of_latitude_at_jingzhou_is_110_859_metres():
    """WGS-84 meridian from 30° to 31°, as printed in geodetic tables: 110 859 m."""
    assert distance_m(Place(30, 112, 0), Place(31, 112, 0)) == pytest.approx(110_859, abs=5)


@given(LATITUDES, LONGITUDES, st.floats(-0.01, 0.01), st.floats(-0.01, 0.01), st.floats(0, 300), st.floats(0, 300))
def test_the_three_answers_agree_with_the_distance_and_its_uncertainty(lat, lon, north, east, first, second):
    a, b = Place(lat, lon, first), Place(lat + north, max(-180, min(180, lon + east)), second)
    measured = judge_distance(b, a, 200)
    metres = distance_m(a, b)
    low, high = max(0, metres - first - second), metres + first + second
    assert (measured.low_m, measured.high_m) == pytest.approx((low, high))
    expected = Within.INSIDE if high <= 200 else Within.OUTSIDE if low > 200 else Within.UNCERTAIN
    assert measured.within is expected


def test_the_week_is_that_of_the_citys_own_date():
    """Sunday 2026-11-22 23:30 in Shanghai is week 47; half an hour later, still Sunday in UTC, it is week 48."""
    sunday = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    assert week_of(sunday, SHANGHAI) == "2026-W47"
    assert week_of(sunday + timedelta(minutes=30), SHANGHAI) == "2026-W48"
    assert title("2026-W48") == "2026年第48周（11月23日—11月29日）"


@given(st.dates(date(2000, 1, 8), date(2100, 1, 1)))
def test_every_day_lies_in_its_week_and_weeks_follow_one_another(day):
    noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    week = week_of(noon, SHANGHAI)
    assert is_week(week)
    assert first_day(week) <= day <= last_day(week)
    assert shifted(shifted(week, 1), -1) == week
    assert first_day(shifted(week, 1)) == first_day(week) + timedelta(days=7)


@pytest.mark.parametrize(
    "text", ["2026-W54", "2026-W00", "2025-W53", "2026W48", "2026-W4", "今周", "0000-W01", "9999-W52", "２０２６-W４８"]
)
def test_what_is_no_week_is_known_as_such(text):
    assert not is_week(text)
