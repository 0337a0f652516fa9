"""Files of sites, and what taking them over would do: new, changed, unchanged, in error by row and column."""

from __future__ import annotations

import json

import pytest

from inspect_app.domain.place.area_outlines import Effect
from inspect_app.domain.place.coordinates import wgs84_to_gcj02
from inspect_app.domain.place.outlines import Outline
from inspect_app.domain.place.positions import Place
from inspect_app.domain.place.site_files import SiteFile, geojson_sites
from inspect_app.domain.place.site_import import FieldChange, Known, judge, pairs_of, problems_of
from inspect_app.domain.place.sites import Site
from inspect_app.domain.tables import MAX_ROWS, text_of
from inspect_app.exports.place.site_tables import read_sites
from inspect_app.wording import say
from tests.domain.place.areas_drawn import TREE, A, B, collection, feature, outline, rectangle, street
from tests.measured import processor_s

TYPES = {"public-toilet": "公共厕所", "school-perimeter": "校园周边", "main-road": "主干道"}
TOILET = Site("T-1", "中山公园公厕", "public-toilet", A, Place(30.31, 112.24, 5.0))
RETIRED = Site("R-1", "老公厕", "public-toilet", A, None, "retired")
SCHOOL = Site(
    "S-1", "实验小学", "school-perimeter", A, Place(30.305, 112.235, 5.0),
    outline=outline(rectangle(112.234, 30.304, 112.236, 30.306)), gates=(Place(30.304, 112.235, 5.0),),
)  # fmt: skip
KNOWN = Known({one.code: one for one in (TOILET, RETIRED, SCHOOL)}, TYPES, TREE, {A: outline(street(A))})
BOW = [[112.24, 30.3], [112.25, 30.31], [112.25, 30.3], [112.24, 30.31], [112.24, 30.3]]
PROJECTED = json.dumps({"type": "FeatureCollection", "features": [], "crs": {"properties": {"name": "EPSG:2383"}}})
BROKEN = "编码,名称\nN-1,中山公园公共厕所\n".encode() + "中山公园公共厕所".encode()[:-1] + b"\n"
HEADER = "code,name,type,area,lat,lon,accuracy_m\n"


def read(text: str) -> SiteFile:
    found = read_sites(text.encode(), "点位.csv")
    assert isinstance(found, SiteFile), found
    return found


def rows(text: str, system: str = "wgs84"):
    return judge(read(text), KNOWN, system)


def features(*listed: object):
    found = geojson_sites(collection(*listed), "点位.geojson")
    assert isinstance(found, SiteFile), found
    return judge(found, KNOWN, "wgs84")


def said(listed) -> list[str]:
    return [str(say(problem)) for problem in problems_of(listed)]


# What a row would do


def test_rows_are_new_changed_and_unchanged():
    new, changed, same = rows(
        f"{HEADER}N-1,新公厕,public-toilet,{A},30.305,112.245,8\n"
        f"T-1,中山公园公厕,public-toilet,{B},30.31,112.24,5\n"
        f"S-1,实验小学,school-perimeter,{A},30.305,112.235,5\n"
    )
    assert [new.effect, changed.effect, same.effect] == [Effect.NEW, Effect.CHANGED, Effect.UNCHANGED]
    assert new.site == Site("N-1", "新公厕", "public-toilet", A, Place(30.305, 112.245, 8.0))
    assert changed.changes == (FieldChange("区域", "沙市区 中山街道", "沙市区 崇文街道"),)
    assert [new.number, changed.number, same.number] == [2, 3, 4]


def test_what_a_file_does_not_say_stays():
    """Outline, gates, accuracy and state are kept; empty cells and missing columns change nothing."""
    (row,) = rows("code,lat,lon\nS-1,30.3055,112.235\n")
    assert row.site is not None
    assert (row.site.outline, row.site.gates, row.site.name) == (SCHOOL.outline, SCHOOL.gates, "实验小学")
    assert row.site.place == Place(30.3055, 112.235, 20.0)
    assert row.remarks == ("位置移动55米",)
    same, retired = rows("code,name,lat,lon\nT-1,,,\nR-1,老公共厕所,,\n")
    assert (same.effect, same.site) == (Effect.UNCHANGED, TOILET)
    assert retired.site is not None
    assert retired.site.state == "retired"
    assert retired.remarks == ("已停用，导入后仍为停用",)


def test_positions_are_converted_and_a_millimetre_is_no_change():
    lat, lon = wgs84_to_gcj02(30.31, 112.24)
    moved, new = rows(f"{HEADER}T-1,,,,{lat:.8f},{lon:.8f},\nN-1,新公厕,public-toilet,{A},{lat},{lon},\n", "gcj02")
    assert (moved.effect, moved.site) == (Effect.UNCHANGED, TOILET)
    assert new.site is not None
    assert new.site.place is not None
    assert (new.site.place.lat, new.site.place.lon) == pytest.approx((30.31, 112.24), abs=1e-8)


def test_chinese_headers_titles_of_types_and_names_of_areas_are_understood():
    text = (
        "荆州市点位表\n点位编码,点位名称,点位类型,所属街道,经度（GCJ-02）,纬度,备注\n"
        f"N-1,新公厕,公共厕所,沙市区 中山街道,112.245,30.305,好\nN-2,新路,主干道,{A}000,,,\n"
    )
    file = read(text)
    assert file.unused == ("备注",)
    first, second = judge(file, KNOWN, "wgs84")
    assert first.site == Site("N-1", "新公厕", "public-toilet", A, Place(30.305, 112.245, 20.0))
    assert second.site == Site("N-2", "新路", "main-road", A, None)
    assert (first.number, second.number) == (3, 4)


def test_geojson_points_are_positions_and_polygons_outlines():
    ground = rectangle(112.24, 30.30, 112.241, 30.301)
    point, drawn, line = features(
        feature(
            {"type": "Point", "coordinates": [112.245, 30.305]}, 编码="N-1", 名称="新公厕", 类型="公共厕所", area=int(A)
        ),
        feature(ground, code="N-2", name="新学校", type="校园周边", area=A),
        feature({"type": "LineString", "coordinates": [[112.24, 30.3], [112.25, 30.3]]}, code="T-1"),
    )  # fmt: skip
    assert point.site == Site("N-1", "新公厕", "public-toilet", A, Place(30.305, 112.245, 20.0))
    assert drawn.site is not None
    assert drawn.site.outline == outline(ground)
    assert line.site is not None
    assert isinstance(line.site.outline, Outline)
    assert line.changes == (FieldChange("轮廓", "没有", "线（1条边）"),)
    assert line.site.place == TOILET.place


def test_geometries_of_one_part_are_that_part_as_qgis_writes_them():
    line = [[112.24, 30.3], [112.25, 30.3]]
    labels = {"编码": "N-1", "名称": "新", "类型": "公共厕所", "area": A}
    point, drawn = features(
        feature({"type": "MultiPoint", "coordinates": [[112.245, 30.305]]}, **labels),
        feature({"type": "MultiLineString", "coordinates": [line]}, code="T-1"),
    )  # fmt: skip
    assert point.site is not None
    assert point.site.place == Place(30.305, 112.245, 20.0)
    assert drawn.site is not None
    assert drawn.site.outline is not None
    assert (drawn.site.outline.kind, drawn.site.outline.coordinates) == ("LineString", tuple(map(tuple, line)))


# What is wrong, by row and column


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("坏 码,新,public-toilet,{A},,,", "第2行「code」列：点位编码应为1到40个"),
        (",新,public-toilet,{A},,,", "第2行「code」列：是空的"),
        ("N-1,,public-toilet,{A},,,", "第2行「name」列：是空的"),
        ("N-1,新,tank,{A},,,", "第2行「type」列：没有点位类型「tank」，可用：公共厕所、"),
        ("N-1,新,public-toilet,999,,,", "第2行「area」列：没有区域「999」"),
        ("N-1,新,public-toilet,中山街道,,,", "第2行「area」列：名为「中山街道」的区域有2个"),
        ("N-1,新,public-toilet,{A},NaN,112.24,", "第2行「lat」列：「NaN」应为-90到90之间的数"),
        ("N-1,新,public-toilet,{A},30.31,inf,", "第2行「lon」列：「inf」应为"),
        (
            "N-1,新,public-toilet,{A},112.24,30.31,",
            "第2行「lat」列：「112.24」应为-90到90之间的数，纬度和经度像是写反了",
        ),
        ("N-1,新,public-toilet,{A},3354321,542100,", "像是投影坐标（米）"),
        ("N-1,新,public-toilet,{A},30°18′38″,112.24,", "第2行「lat」列：「30°18′38″」应为十进制的度数"),
        ("N-1,新,public-toilet,{A},30.31,,", "第2行「lon」列：是空的；经度和纬度要么都写"),
        ("N-1,新,public-toilet,{A},30.31,112.24,-5", "第2行「accuracy_m」列：「-5」应为0到100000之间的数"),
        ("N-1,新,public-toilet,{A},30.31,112.24,5,多", "第2行：单元格比表头的列多"),
        ("N-1,{long},public-toilet,{A},,,", "第2行「name」列：名称应为1到100个字"),
    ],
)
def test_a_wrong_row_says_where_and_what(row, problem):
    (found,) = rows(HEADER + row.replace("{A}", A).replace("{long}", "长" * 101) + "\n")
    assert (found.effect, found.site) == (Effect.ERROR, None)
    assert problem in said([found])[0]


def test_all_that_is_wrong_with_a_row_is_said_and_a_code_given_twice():
    first, second = rows(f"{HEADER}N-1,,tank,999,200,,\nT-1,甲,,,,,\n")
    assert [text.split("：")[0] for text in said([first])] == [
        f"第2行「{column}」列" for column in ("name", "type", "area", "lat", "lon")
    ]
    assert not second.problems
    _, again = rows(f"{HEADER}T-1,甲,,,,,\nT-1,乙,,,,,\n")
    assert said([again]) == ["第3行「code」列：与第2行的编码「T-1」重复，每个点位只能有一行"]


@pytest.mark.parametrize(
    ("geometry", "problem"),
    [
        ({"type": "Polygon", "coordinates": [BOW]}, "第1个要素「geometry」列：轮廓与自身相交"),
        ({"type": "Polygon", "coordinates": [BOW[:2]]}, "至少要有三个不同的点"),
        ({"type": "Point", "coordinates": [float("nan"), 30.3]}, "点应为[经度, 纬度]，实为[nan"),
        ({"type": "Point", "coordinates": ["x"]}, "点应为[经度, 纬度]"),
        ({"type": "MultiPoint", "coordinates": [[112.24, 30.3], [112.24, 30.31]]}, "MultiPoint"),
        ("POINT(1 2)", "应为GeoJSON的几何对象"),
        (rectangle(113.24, 30.3, 113.25, 30.31), "公里"),
    ],
)  # fmt: skip
def test_a_wrong_geometry_says_so(geometry, problem):
    (found,) = features(feature(geometry, code="S-1"))
    assert found.effect is Effect.ERROR
    assert problem in said([found])[0]


def test_a_feature_that_is_none_is_one_error_among_the_rows():
    right, wrong = features(feature(None, code="T-1"), 7)
    assert right.effect is Effect.UNCHANGED
    assert said([wrong]) == ["第2个要素：应为Feature，含properties和geometry"]


# What to look at although it is no error


def test_remarks_tell_what_to_look_at():
    outside, abroad, swapped = rows(
        f"{HEADER}N-1,新公厕,public-toilet,{A},30.35,112.24,\nN-2,远公厕,public-toilet,{B},51.5,-0.1,\n"
        f"T-1,人民医院,,,30.36,112.24,\n"
    )
    assert outside.remarks == ("不在中山街道的轮廓内",)
    assert abroad.remarks == ("位置不在中国境内",)
    assert "可能是编码用错了" in swapped.remarks[0]


def test_near_duplicates_are_told_with_both_and_are_no_error():
    kept, _, own, fine = rows(
        f"{HEADER}N-1,中山公园公共厕所,public-toilet,{A},30.3101,112.24,\nN-2,滨江公厕,public-toilet,{A},30.305,112.236,\n"
        f"N-3,滨江公共厕所,public-toilet,{A},30.3051,112.236,\nN-4,滨江二号公厕,public-toilet,{A},30.3051,112.236,\n"
    )
    assert kept.twin == "与「中山公园公厕」（T-1）名称相近，相距11米"
    assert own.twin == "与「滨江公厕」（N-2）名称相近，相距11米"
    assert (fine.twin, kept.problems) == ("", ())


def test_known_positions_are_found_by_code_and_by_a_name_given_once():
    listed = rows(
        f"{HEADER}T-1,,,,30.32,112.25,\nN-1,实验小学,校园周边,{A},30.306,112.236,\nN-2,新,主干道,{A},30.3,112.2,\n"
    )
    assert pairs_of(listed, KNOWN) == [((30.32, 112.25), (30.31, 112.24)), ((30.306, 112.236), (30.305, 112.235))]


# Files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_csv_of_any_usual_encoding_is_read(encoding):
    text = text_of(f"{HEADER}N-1,镕基路公厕,public-toilet,{A},,,\r\n".encode(encoding), "s.csv")
    assert isinstance(text, str)
    assert rows(text)[0].site.name == "镕基路公厕"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (BROKEN, "第3行：文件是UTF-8编码，但这里的字节已损坏"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "不是文本文件"),
        (b"code\n\xff\xff\xff\n", "编码既不是UTF-8也不是GBK"),
        (b"\xff\xfe\x00\x00\x81", "UTF-16"),
    ],
)  # fmt: skip
def test_what_cannot_be_decoded_says_how_to_save_it(content, problem):
    assert problem in str(say(text_of(content, "s.csv")))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "文件是空的"),
        (",\n,\n", "没有任何内容"),
        ("名称,类型\n甲,乙\n", "表头缺少「点位编码」（code）"),
        ("code,name\n", "只有表头"),
        ("code,编码\nA,B\n", "有几列都是点位编码（code、编码），只能留一列"),
        ("code,lat\nA,30\n", "有纬度，缺少经度"),
        ('code,name\nA,"没有关\n', "引号没有成对"),
        ("code\n" + "A\n" * (MAX_ROWS + 1), f"超过{MAX_ROWS}行"),
    ],
)
def test_a_csv_that_is_no_table_of_sites_says_why(text, problem):
    found = read_sites(text.encode(), "s.csv")
    assert isinstance(found, list)
    assert problem in str(say(found[0]))


@pytest.mark.parametrize("separator", ["\t", ";"])
def test_tabs_and_semicolons_separate_too(separator):
    (row,) = rows(f"code,name,type,area\nN-1,新公厕,公共厕所,{A}\n".replace(",", separator))
    assert row.effect is Effect.NEW


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "不是有效的JSON"),
        (b"[" * 100_000, "不是有效的JSON"),
        (b'{"type": "Feature"}', "FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": []}', "应有1到"),
        ('{"type": "FeatureCollection", "features": [], "x": "名"}'.encode("gbk"), "应为UTF-8"),
        (PROJECTED.encode(), "EPSG:2383"),
    ],
)  # fmt: skip
def test_a_geojson_that_is_none_says_why(content, problem):
    found = geojson_sites(content, "s.geojson")
    assert isinstance(found, list)
    assert problem in str(say(found[0]))


def apart(count: int) -> str:
    names = (
        f"N-{n},公厕{n},public-toilet,{A},{30.301 + n % 50 / 10_000},{112.231 + n // 50 / 10_000},\n"
        for n in range(count)
    )
    return HEADER + "".join(names)


def in_one_place(count: int) -> str:
    return HEADER + "".join(f"N-{n},中山公园公共厕所,public-toilet,{A},30.31,112.24,\n" for n in range(count))


def test_twenty_thousand_rows_are_judged_one_by_one_even_all_in_one_place():
    """All of one name at one spot is the worst case of the search for duplicates.

    Ten times the rows, each of them some three times the work: where each was compared with each, a hundred times.
    """
    usual = processor_s(lambda: rows(apart(2_000), "bd09"))
    few = processor_s(lambda: rows(in_one_place(2_000), "bd09"))
    listed: list = []
    many = processor_s(lambda: listed.extend(rows(in_one_place(20_000), "bd09")))
    assert few < 12 * usual
    assert many < 40 * few
    assert sum(bool(row.twin) for row in listed) == 20_000 - 1
