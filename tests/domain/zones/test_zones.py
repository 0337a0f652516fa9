"""Premises around schools: three answers, by the rule's own way of measuring, never surer than the positions are."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.place.outlines import Outline, parse_outline
from inspect_app.domain.place.positions import Place
from inspect_app.domain.place.proximity import Within
from inspect_app.domain.place.sites import Site
from inspect_app.domain.zones.files import ZoneRule, ZoneRules, parse_zones
from inspect_app.domain.zones.judging import Walk
from inspect_app.domain.zones.premises_files import RegisteredPremises, parse_premises
from inspect_app.domain.zones.school_files import parse_schools
from inspect_app.domain.zones.school_zones import School, judge, school_of
from inspect_app.services.zones.auditing import audit_zones, unnamed_categories
from inspect_app.settings import PROJECT
from inspect_app.wording import say

LAT, LON = 30.3105, 112.2412
REACH = 150.0


def east(metres: float, lat: float = LAT, lon: float = LON) -> tuple[float, float]:
    found = Geodesic.WGS84.Direct(lat, lon, 90, metres)
    return found["lat2"], found["lon2"]


def shop(metres: float, accuracy: float = 5.0, **more) -> RegisteredPremises:
    """A shop so many metres east of the school's eastern boundary."""
    lat, lon = east(metres)
    return RegisteredPremises(
        **{"row": 2, "name": "店", "category": "网吧", "lat": lat, "lon": lon, "accuracy_m": accuracy, **more}
    )


def ground() -> Outline:
    """A school of about 200 × 200 m whose eastern boundary runs through LAT, LON."""
    west = east(-200)[1]
    ring = [[west, LAT - 0.0009], [LON, LAT - 0.0009], [LON, LAT + 0.0009], [west, LAT + 0.0009], [west, LAT - 0.0009]]
    found = parse_outline({"type": "Polygon", "coordinates": [ring]}, {})
    assert isinstance(found, Outline)
    return found


def rule(measure: str = "boundary", **more) -> ZoneRule:
    return replace(ZoneRule("internet-cafe", "网吧", ("网咖",), 200.0, measure, ("中小学",), ("第九条",)), **more)


OUTLINED = School("实验小学", "中小学", None, ground(), (), 3.0)
GATED = replace(OUTLINED, gates=(Place(*east(-100), 3.0),))
POINT = School("实验小学", "中小学", Place(*east(-100), 5.0), None, (), 5.0)


@pytest.mark.parametrize(
    ("metres", "answer"),
    [(-50, "inside"), (0, "inside"), (150, "inside"), (191, "inside"), (193, "uncertain"), (205, "uncertain"),
     (207, "uncertain"), (209, "outside"), (400, "outside")],
)  # fmt: skip
def test_the_boundary_counts_and_what_lies_within_the_error_is_open(metres, answer):
    judged = judge(shop(metres), OUTLINED, rule(), REACH)
    assert judged.within == answer
    assert judged.low_m <= max(0, metres) <= judged.high_m


def test_an_answer_says_metres_interval_radius_and_way():
    assert str(judge(shop(143), OUTLINED, rule(), REACH)) == "到校园边界的直线距离143±8米，限200米：内"
    assert str(judge(shop(205, 20), OUTLINED, rule(), REACH)).endswith("205±23米，限200米：疑似，待复核")


def test_a_school_known_by_a_point_only_leaves_open_how_far_it_reaches():
    # 100 m from the point is surely inside; 300 m may be 150 m from the boundary; 420 m is outside even then.
    answers = [judge(shop(metres - 100), POINT, rule(), REACH).within for metres in (100, 300, 420)]
    assert answers == ["inside", "uncertain", "outside"]


def test_gates_count_where_the_rule_says_so():
    assert judge(shop(80), GATED, rule("gate"), REACH).within == "inside"
    assert judge(shop(120), GATED, rule("gate"), REACH).within == "outside"
    assert judge(shop(120), OUTLINED, rule("gate"), REACH).within == "uncertain", "its gate may be on the other side"


def test_where_walking_counts_the_straight_line_is_a_lower_bound():
    assert judge(shop(120), GATED, rule("walk"), REACH).within == "outside"
    near = judge(shop(50), GATED, rule("walk"), REACH)
    assert near.within == "uncertain"
    assert "至少" in str(near)
    assert judge(shop(50), GATED, rule("walk"), REACH, Walk(230, "wheel")).within == "outside"
    assert judge(shop(50), GATED, rule("walk"), REACH, Walk(199, "wheel")).within == "uncertain"
    assert judge(shop(50), GATED, rule("walk"), REACH, Walk(195, "track")).within == "uncertain"
    assert judge(shop(50), GATED, rule("walk"), REACH, Walk(180, "track")).within == "inside"


@settings(max_examples=150, deadline=None)
@given(st.floats(0, 800), st.floats(0, 60), st.floats(0, 60), st.floats(0, 360), st.floats(0, 1), st.floats(0, 1))
def test_whatever_the_true_positions_are_a_sure_answer_is_right(metres, ours, theirs, turn, part, other):
    """Premises and boundary may each be off by all of their accuracy, in any direction."""
    true = max(0.0, metres + (part * 2 - 1) * ours + (other * 2 - 1) * theirs)
    judged = judge(shop(metres, ours), replace(OUTLINED, accuracy_m=theirs), rule(), REACH)
    if judged.within is Within.INSIDE:
        assert true <= 200 + 0.01
    if judged.within is Within.OUTSIDE:
        assert true > 200 - 0.01


def test_the_rules_of_the_city_are_read():
    rules = parse_zones((PROJECT / "checklists" / "zones.toml").read_text("utf-8"))
    assert isinstance(rules, ZoneRules)
    assert [one.id for one in rules.of("网咖")] == ["internet-cafe"]
    assert [one.id for one in rules.of("烟酒店")] == ["alcohol"]
    assert [one.id for one in rules.of("ktv")] == ["karaoke"]
    assert rules.of("书店") == ()
    assert all(one.sources and one.radius_m > 0 for one in rules.rules)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = [", "TOML格式有误"),
        ("", "缺少"),
        ("rules = []", "至少一项"),
        ('[[rules]]\nid="a"', "第1条"),
        (
            '[[rules]]\nid="a"\ntitle="b"\nwords=["c"]\nradius_m=-1\nmeasure="boundary"\nschools=["中小学"]\nsources=["s"]',
            "米数",
        ),
        (
            '[[rules]]\nid="a"\ntitle="b"\nwords=["c"]\nradius_m=1\nmeasure="fly"\nschools=["中小学"]\nsources=["s"]',
            "measure",
        ),
        (
            '[[rules]]\nid="a"\ntitle="b"\nwords=["c"]\nradius_m=1\nmeasure="gate"\nschools=["大学"]\nsources=["s"]',
            "学校类别",
        ),
    ],
)
def test_what_is_wrong_with_the_rules_is_said(text, said):
    problems = parse_zones(text)
    assert isinstance(problems, list)
    assert any(said in str(say(problem)) for problem in problems), problems


def test_registers_are_read_in_any_system_and_wrong_rows_are_named():
    text = "name,category,lat,lon,accuracy_m\n甲,网吧,30.31,112.24,\n乙,网吧,30.32,112.25,3\n"
    first, second = parse_premises(text, "a.csv")
    assert (first.accuracy_m, second.accuracy_m, second.row) == (10.0, 3.0, 3)
    shifted, _ = parse_premises(text, "a.csv", "gcj02")
    assert 100 < Geodesic.WGS84.Inverse(first.lat, first.lon, shifted.lat, shifted.lon)["s12"] < 800
    wrong = parse_premises("name,category,lat,lon\n,网吧,95,x\n", "a.csv")
    assert [say(problem).where for problem in wrong] == ["a.csv 第2行 name", "a.csv 第2行 lat", "a.csv 第2行 lon"]
    assert "缺少列" in str(say(parse_premises("name,lat\n", "a.csv")[0]))


def test_schools_are_read_from_geojson_and_from_sites():
    text = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"阳光幼儿园","gates":[[112.24,30.31]]},'
        '"geometry":{"type":"Point","coordinates":[112.241,30.311]}}]}'
    )
    (school,) = parse_schools(text, "s.geojson")
    assert (school.kind, school.place, school.gates) == (
        "幼儿园",
        Place(30.311, 112.241, 5.0),
        (Place(30.31, 112.24, 5.0),),
    )
    site = Site("s", "实验小学周边", "school-perimeter", "421002", Place(LAT, LON, 8.0), outline=ground())
    assert school_of(site) == School("实验小学周边", "中小学", site.place, site.outline, (), 8.0)
    for wrong in (
        "[]",
        "{",
        '{"type":"FeatureCollection","features":[]}',
        '{"type":"FeatureCollection","features":[1]}',
    ):
        assert isinstance(say(parse_schools(wrong, "x")[0]).what, str)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(-700, 700), st.floats(-700, 700), st.floats(0, 50)), min_size=1, max_size=30))
def test_an_audit_finds_exactly_what_measuring_every_pair_finds(places):
    schools = [OUTLINED, replace(POINT, name="第二小学", place=Place(*east(900), 20.0)), replace(GATED, kind="幼儿园")]
    rules = ZoneRules(
        (rule(), rule("walk", id="tobacco", title="烟草", words=("烟",), schools=("中小学", "幼儿园"))), REACH
    )
    premises = []
    for row, (x, y, accuracy) in enumerate(places, start=2):
        lat, lon = east(x)
        category = ("网吧", "烟酒店", "书店")[row % 3]
        premises.append(RegisteredPremises(row, "店", category, lat + y / 111_000, lon, accuracy))
    expected = {
        (one.row, school.name, school.kind, each.id)
        for one in premises
        for school in schools
        for each in rules.of(one.category)
        if school.kind in each.schools and judge(one, school, each, REACH).within is not Within.OUTSIDE
    }
    found = audit_zones(premises, schools, rules)
    assert {(one.premises.row, one.school.name, one.school.kind, one.rule.id) for one in found} == expected
    assert [one.premises.row for one in found] == sorted(one.premises.row for one in found)
    assert set(unnamed_categories(premises, rules)) <= {"书店"}
    assert all(math.isfinite(one.judged.high_m) for one in found)
