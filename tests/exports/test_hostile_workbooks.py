"""Workbooks made to do harm, and files that are none: a sentence for the sender, never an exception, never long."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from inspect_app.exports import workbook as reading
from inspect_app.exports.checklists.xlsx import checklist_workbook, parse_checklist_xlsx
from inspect_app.exports.workbook import MAX_BYTES, MAX_ROWS
from inspect_app.wording import say
from tests.measured import processor_s

from .checklists.test_checklist_xlsx import SAMPLE, edited, problems_of

GOOD = checklist_workbook(SAMPLE)
ITEMS_PART = "xl/worksheets/sheet2.xml"


def with_part(name: str, content: bytes | None, of: bytes = GOOD) -> bytes:
    """The workbook with one part replaced, added, or (None) left out."""
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(of)) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part.filename, old.read(part))
        if content is not None:
            new.writestr(name, content)
    return output.getvalue()


def part(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        return archive.read(name)


def sheet_of(rows: str, after: str = "") -> bytes:
    """The workbook whose items are these rows of XML."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return with_part(
        ITEMS_PART, f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData>{after}</worksheet>'.encode()
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "不是XLSX"),
        (b"id = 1", "不是XLSX"),
        (b"PK\x03\x04 and then nothing", "不是完好的XLSX"),
        (GOOD[:3000], "不是完好的XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old workbook", "XLS"),
        (b"PK" + b"0" * MAX_BYTES, "过大"),
    ],
)
def test_a_file_that_is_no_workbook(content, said):
    assert said in problems_of(content)[0]


def test_a_zip_bomb_is_not_unpacked():
    bomb = with_part("xl/bomb.xml", b"0" * 500_000_000)
    assert len(bomb) < MAX_BYTES
    tracemalloc.start()
    assert "解压后过大" in problems_of(bomb)[0]
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_too_many_parts_or_tags_are_refused():
    parts = io.BytesIO()
    with zipfile.ZipFile(parts, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}", b"")
    assert "最多200个" in problems_of(parts.getvalue())[0]
    assert "内容过多" in problems_of(sheet_of("<row>" + "<c/>" * 500_000 + "</row>"))[0]


def test_macros_are_refused_by_name_and_by_content():
    assert "宏" in str(say(parse_checklist_xlsx(GOOD, "清单.xlsm")[0]))
    assert "宏" in problems_of(with_part("xl/vbaProject.bin", b"x"))[0]


def test_entities_are_refused():
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + part(ITEMS_PART)
    assert "XML声明" in problems_of(with_part(ITEMS_PART, laughs))[0]
    hidden = laughs.replace(b'version="1.0"', b'version="1.0" encoding="utf-16"').decode().encode("utf-16")
    assert "不是完好的XLSX" in problems_of(with_part(ITEMS_PART, hidden))[0]


def ordinary_s() -> float:
    """What a small workbook that is as it should be takes to read."""
    return processor_s(lambda: parse_checklist_xlsx(GOOD, "清单.xlsx"))


@pytest.mark.parametrize("name", [ITEMS_PART, "xl/workbook.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("content", [None, b"", b"<a", b"<a/>", b"\xff\xfe\x00"])
def test_a_missing_or_broken_part_is_told(name, content):
    assert problems_of(with_part(name, content))


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="99999999999999"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="ZZZZZZZ1"><v>1</v></c></row>',
        '<row r="-5"><c r="A-5"><v>1</v></c></row>',
        '<row r="x"><c r="y"><v>z</v></c></row>',
        '<row r="2"><c r="A2"><v>1e999</v></c></row>',
        f'<row r="2"><c r="E2"><v>{"9" * 4000}</v></c></row>',
        f'<row r="2"><c r="E2"><v>{"9" * 9000}</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>999999</v></c></row>',
        '<row r="2"><c r="A2" t="d"><v>0000-99-99</v></c></row>',
        '<row r="2"><c r="A2" t="b"><v>7</v></c></row>',
        '<row r="2"><c r="A2" s="9999"><v>7</v></c></row>',
        '<row r="2"><c r="A2" t="inlineStr"><is><t>_xD800_</t></is></c></row>',
    ],
)
def test_cells_that_no_program_writes(rows):
    content = sheet_of(rows)
    assert problems_of(content)
    assert processor_s(lambda: problems_of(content)) < 200 * ordinary_s()


def test_areas_as_large_as_the_sheet_cost_nothing():
    """Merged cells, links and validations over all cells: read plainly, each would make 17 billion cells."""
    whole = "A1:XFD1048576"
    after = (
        f'<mergeCells><mergeCell ref="{whole}"/></mergeCells>'
        f'<dataValidations><dataValidation sqref="{whole}"/></dataValidations>'
        f'<hyperlinks><hyperlink ref="{whole}" location="x"/></hyperlinks>'
    )
    content = sheet_of("", after)
    assert any("合并单元格" in problem for problem in problems_of(content))
    assert processor_s(lambda: problems_of(content)) < 20 * ordinary_s()


def test_merged_cells_are_told_with_sheet_row_and_column():
    def change(workbook: Workbook) -> None:
        workbook["测评项"].merge_cells("C2:C4")

    assert problems_of(edited(change))[0] == "测评项 第2行 C列：请取消合并单元格（C2:C4）后逐格填写"


def test_too_many_rows_and_columns_are_told():
    def change(workbook: Workbook) -> None:
        workbook["等级"].cell(MAX_ROWS + 1, 1, "x")
        workbook["类别"].cell(2, 200, "x")

    problems = "\n".join(problems_of(edited(change)))
    assert f"等级 第{MAX_ROWS + 1}行：行数过多" in problems
    assert "类别 第2行 GR列：列数过多" in problems


def test_a_missing_sheet_and_a_chart_in_its_place_are_told():
    assert problems_of(edited(lambda workbook: workbook.remove(workbook["等级"]))) == ["清单.xlsx：缺少工作表「等级」"]

    def change(workbook: Workbook) -> None:
        workbook.remove(workbook["等级"])
        workbook.create_chartsheet("等级")

    assert problems_of(edited(change))


def test_errors_in_cells_are_told():
    def change(workbook: Workbook) -> None:
        workbook["测评项"]["B2"] = "#REF!"

    assert problems_of(edited(change)) == ["测评项 第2行 标准：单元格的值是错误「#REF!」"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_to_a_part_is_a_problem_or_harmless(data):
    name = data.draw(st.sampled_from([ITEMS_PART, "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"]))
    content = bytearray(part(name))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    found = parse_checklist_xlsx(with_part(name, bytes(content)), "清单.xlsx")
    assert found if isinstance(found, list) else found.items


def test_the_parsers_use_the_guard_against_entities():
    from openpyxl.xml import DEFUSEDXML

    assert DEFUSEDXML
    assert reading.MAX_UNPACKED <= 20_000_000
    assert load_workbook(io.BytesIO(GOOD)).sheetnames[0] == "清单"


def test_a_sheet_that_gives_a_wrong_dimension_is_read_whole():
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    book, out = Workbook(), io.BytesIO()
    book.save(out)
    data = rows + rows.replace("1", "2")
    sheet = f'<worksheet xmlns="{space}"><dimension ref="A1"/><sheetData>{data}</sheetData></worksheet>'
    content = with_part("xl/worksheets/sheet1.xml", sheet.encode(), out.getvalue())
    read = reading.read_first_sheet(content, "点位.xlsx", reading.CHECKLISTS)
    assert [[cell.value for cell in row.values()] for row in read.rows.values()] == [["a", "b"], ["a", "b"]]


def test_of_another_sheet_that_claims_all_rows_and_columns_only_a_few_are_looked_at(monkeypatch):
    book, out = Workbook(), io.BytesIO()
    book.active["A1"] = "a"
    book.create_sheet("大")
    book.create_sheet("说明")["C3"] = "看这里"
    book.save(out)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    ends = '<row r="1"><c r="A1"/><c r="XFD1"/></row><row r="1048576"><c r="XFD1048576"/></row>'
    sheet = f'<worksheet xmlns="{space}"><dimension ref="A1:XFD1048576"/><sheetData>{ends}</sheetData></worksheet>'
    content, read = with_part("xl/worksheets/sheet2.xml", sheet.encode(), out.getvalue()), 0
    given = ReadOnlyWorksheet._cells_by_row

    def counted(sheet, *bounds):
        nonlocal read
        for row in given(sheet, *bounds):
            read += max(1, len(row))
            assert read < 200_000, "as many as the sheet claims would be 17 thousand million"
            yield row

    monkeypatch.setattr(ReadOnlyWorksheet, "_cells_by_row", counted)
    found = reading.read_first_sheet(content, "点位.xlsx", reading.CHECKLISTS)
    assert found.others == ("说明",)
