"""Outlines of areas from GeoJSON: which feature is which area, what is in error, in which coordinate system."""

from __future__ import annotations

import json

import pytest

from inspect_app.domain.place.area_history import AreaChange, AreaHistory
from inspect_app.domain.place.area_outlines import Effect, FeatureRow, parse_area_outlines, problems_of, sites_outside
from inspect_app.domain.place.coordinates import gcj02_to_bd09, wgs84_to_gcj02
from inspect_app.domain.place.outlines import contains, outline_to_json
from inspect_app.domain.place.positions import Place
from inspect_app.wording import say
from tests.domain.place.areas_drawn import TREE, A, B, C, collection, feature, outline, rectangle, street, streets


def rows(content: bytes, kept=None, **more) -> list[FeatureRow]:
    parsed = parse_area_outlines(content, "街道.geojson", TREE, kept or {}, **more)
    assert all(isinstance(row, FeatureRow) for row in parsed), list(map(str, map(say, parsed)))
    return parsed


def said(content: bytes, **more) -> str:
    parsed = parse_area_outlines(content, "街道.geojson", TREE, {}, **more)
    return "\n".join(str(say(one)) for one in (problems_of(parsed) if isinstance(parsed[0], FeatureRow) else parsed))


@pytest.mark.parametrize(
    ("properties", "area"),
    [
        ({"code": A}, A),
        ({"adcode": 421002}, "421002"),
        ({"adcode": "421000"}, "4210"),
        ({"PAC": 421002001.0}, A),
        ({"code": None, "区划代码": "421002001000"}, A),
        ({"XZQDM": "421002000000"}, "421002"),
        ({"code": "421002001001"}, "421002001001"),
        ({"name": "崇文街道"}, B),
        ({"街道名": "崇文街道", "PAC": ""}, B),
    ],
)
def test_a_feature_is_matched_by_code_in_any_of_its_forms_or_by_name(properties, area):
    (row,) = rows(collection(feature(street(A), **properties)))
    assert row.area
    assert row.area.code == area


def test_a_name_that_two_districts_have_needs_the_district():
    content = collection(feature(street(A), name="中山街道"))
    assert "有2个" in said(content)
    (row,) = rows(content, parent="421003")
    assert row.area.code == "421003001"


def test_each_feature_is_new_changed_unchanged_or_in_error():
    kept = {B: outline(street(B)), C: outline(street(A))}
    crossing = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    content = collection(
        *json.loads(streets(A, B, C))["features"],
        feature(crossing, code="421002001001"),
        feature(street(A), code="421002999"),
        feature(street(A), title="x"),
        feature({"type": "Point", "coordinates": [112.2, 30.3]}, code="421003001"),
        feature(None, code="421003"),
        {"type": "Feature"},
        feature(street(B), code=A),
    )
    found = rows(content, kept)
    assert [row.effect for row in found[:3]] == [Effect.NEW, Effect.UNCHANGED, Effect.CHANGED]
    assert {row.effect for row in found[3:]} == {Effect.ERROR}
    problems = problems_of(found)
    for number in range(4, 11):
        assert [one for one in problems if say(one).where.startswith(f"第{number}个要素")], number
    assert "没有代码为「421002999」的区域" in str([str(say(problem)) for problem in problems])
    assert "与第1个要素是同一区域" in str(say(problems[-1]))


def test_a_code_whose_street_was_merged_says_into_which():
    tree = AreaHistory(TREE, [AreaChange(1, "2026-W48", (), {A: B}, "合并", "", "")]).tree()
    (row,) = parse_area_outlines(streets(A), "f", tree, {})
    assert "已并入或属于「崇文街道」" in str(say(row.problems[0]))


def test_another_name_beside_a_known_code_is_remarked_and_taken():
    (row,) = rows(collection(feature(street(A), code=A, name="中山路街道")))
    assert row.effect is Effect.NEW
    assert "中山路街道" in row.remark


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b'{"type": "Feature"}', "FeatureCollection"),
        (collection(), "1到5000个要素"),
        (collection(feature(None), crs={"properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}), "坐标系"),
        (collection(feature(None), crs=3), "坐标系"),
    ],
)
def test_what_is_no_collection_of_features_in_degrees_is_refused_whole(content, sentence):
    assert sentence in said(content)


def test_the_names_of_wgs84_and_cgcs2000_are_taken():
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490"):
        content = collection(feature(street(A), code=A), crs={"type": "name", "properties": {"name": name}})
        assert rows(content)[0].effect is Effect.NEW


def moved(geometry: dict, convert) -> dict:
    ring = [list(reversed(convert(lat, lon))) for lon, lat in geometry["coordinates"][0]]
    return {"type": "Polygon", "coordinates": [ring]}


def to_bd09(lat: float, lon: float) -> tuple[float, float]:
    return gcj02_to_bd09(*wgs84_to_gcj02(lat, lon))


@pytest.mark.parametrize(("system", "convert"), [("gcj02", wgs84_to_gcj02), ("bd09", to_bd09)])
def test_a_file_in_a_named_system_is_converted(system, convert):
    (row,) = rows(collection(feature(moved(street(A), convert), code=A)), system=system)
    converted = outline_to_json(row.outline)["coordinates"][0]
    for (lon, lat), (lon_then, lat_then) in zip(converted, street(A)["coordinates"][0], strict=True):
        assert (lon, lat) == (pytest.approx(lon_then, abs=1e-8), pytest.approx(lat_then, abs=1e-8))


def test_positions_with_an_altitude_are_converted_as_well():
    ring = [[*point, 1200.5] for point in moved(street(A), wgs84_to_gcj02)["coordinates"][0]]
    (row,) = rows(collection(feature({"type": "Polygon", "coordinates": [ring]}, code=A)), system="gcj02")
    assert outline_to_json(row.outline)["coordinates"][0][0] == pytest.approx(street(A)["coordinates"][0][0], abs=1e-8)


def test_the_sites_tell_which_system_a_file_is_in():
    """Sites along the inner edges of small areas: a shift of half a kilometre puts them outside."""
    small = rectangle(112.240, 30.308, 112.242, 30.310)
    sites = {A: [Place(30.3081 + 0.0002 * n, 112.2401 + 0.0002 * n, 5) for n in range(9)]}
    assert all(contains(outline(small), one.lat, one.lon) for one in sites[A])
    content = collection(feature(moved(small, wgs84_to_gcj02), code=A))
    outside = sites_outside(rows(content), TREE, sites)
    assert outside["gcj02"] == 0
    assert outside["wgs84"] > 4
    assert outside["bd09"] > 4
