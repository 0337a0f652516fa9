"""Workbooks of sites: read like any table, and those made to do harm refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook

from inspect_app.domain.place.site_files import SiteFile
from inspect_app.exports.place.site_tables import read_sites
from inspect_app.exports.tables import LIMITS
from inspect_app.wording import say
from tests.domain.place.areas_drawn import A
from tests.measured import processor_s

HEADER = ["编码", "名称", "类型", "区域", "纬度", "经度", "备注"]


def workbook(*rows: list, before: int = 0, merge: str = "") -> bytes:
    book = Workbook()
    sheet = book.active
    for _ in range(before):
        sheet.append(["荆州市点位一览表"])
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def problem(content: bytes, name: str = "点位.xlsx") -> str:
    found = read_sites(content, name)
    assert isinstance(found, list)
    return str(say(found[0]))


def test_a_workbook_is_read_with_numbers_as_text_and_a_merged_title_above():
    content = workbook(HEADER, [421, "新公厕", "公共厕所", int(A), 30.31, 112, "好"], before=1, merge="A1:G1")
    found = read_sites(content, "名字.不算")
    assert isinstance(found, SiteFile)
    assert (found.kind, found.unused) == ("XLSX", ("备注",))
    (row,) = found.rows
    assert row.number == 3
    assert dict(row.cells) == {
        "code": "421",
        "name": "新公厕",
        "type": "公共厕所",
        "area": A,
        "lat": "30.31",
        "lon": "112",
    }


def test_cells_that_are_no_value_are_wrong_in_columns_that_count_only():
    rows = [
        ["N-1", "甲", "公共厕所", A, "=30+1", 112, date(2026, 1, 1)],
        ["N-2", date(2026, 1, 1), "公共厕所", A, "", "", ""],
    ]
    found = read_sites(workbook(HEADER, *rows), "s.xlsx")
    assert isinstance(found, SiteFile)
    first, second = found.rows
    assert "不接受公式" in say(first.wrong["lat"]).what
    assert "日期" in say(second.wrong["name"]).what
    assert set(first.wrong) == {"lat"}


def test_merged_cells_among_the_rows_are_refused():
    assert "请取消合并单元格（A2:A3）" in problem(workbook(HEADER, ["N-1"], ["N-2"], merge="A2:A3"))


def test_other_kinds_are_told_by_their_content():
    for name in ("s.xlsx", "s.csv", "s"):
        assert getattr(read_sites(b"code\nN-1\n", name), "kind", "") == "CSV"
        assert "FeatureCollection" in problem(b'\xef\xbb\xbf {"type": "x"}', name)


def bomb(megabytes: int) -> bytes:
    output = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(HEADER))) as old,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
        new.writestr("xl/media/x.xml", b"0" * (megabytes * 1_000_000))
    return output.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b" \n", "s.csv", "文件是空的"),
        (b"PK\x03\x04 nothing", "s.xlsx", "不是完好的XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "s.xls", "旧格式XLS"),
        (workbook(HEADER, ["N-1"]), "s.xlsm", "不接受含宏的工作簿"),
        (workbook(HEADER), "s.xlsx", "只有表头"),
        (workbook(["甲", "乙"], ["1", "2"]), "s.xlsx", "表头缺少「点位编码」"),
        (b"PK" + b"0" * LIMITS.bytes, "s.xlsx", "文件过大"),
    ],
)
def test_a_workbook_that_cannot_be_taken_says_why(content, name, said):
    assert said in problem(content, name)


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    content = bomb(LIMITS.unpacked // 1_000_000 + 1)
    assert len(content) < 1_000_000
    assert "解压后过大" in problem(content)
    unpacked = processor_s(lambda: zipfile.ZipFile(io.BytesIO(content)).testzip())
    assert processor_s(lambda: problem(content)) < unpacked / 10


def test_macros_are_refused_by_content_as_well():
    output = io.BytesIO(workbook(HEADER, ["N-1"]))
    with zipfile.ZipFile(output, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    assert "不接受含宏的工作簿" in problem(output.getvalue())


def long_workbook(count: int) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADER)
    for number in range(count):
        sheet.append([f"N-{number}", f"公厕{number}", "公共厕所", A, 30.31, 112.24, "备注"])
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def cells_of(content: bytes) -> list[tuple[object, ...]]:
    (sheet,) = load_workbook(io.BytesIO(content), read_only=True).worksheets
    return list(sheet.iter_rows(values_only=True))


def test_a_workbook_of_twenty_thousand_rows_takes_little_more_than_its_cells():
    """Ten times the rows are ten times the work, of which the library has most; each with each would be a hundred."""
    few, many = long_workbook(2_000), long_workbook(20_000)
    plain = processor_s(lambda: cells_of(few))
    found: list[object] = []
    assert processor_s(lambda: found.append(read_sites(many, "s.xlsx"))) < 40 * plain
    (file,) = found
    assert isinstance(file, SiteFile)
    assert len(file.rows) == 20_000
