"""One reader for every table that people send, whatever program saved it: each rule with the right values."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from inspect_app.domain.index.outside_figures import COLUMNS as FIGURES
from inspect_app.domain.place.areas import COLUMNS as AREAS
from inspect_app.domain.place.areas import Area, parse_areas
from inspect_app.domain.tables import Headings, RawTable, read_table
from inspect_app.domain.zones.premises_files import COLUMNS as PREMISES
from inspect_app.exports.place.site_tables import read_sites
from inspect_app.exports.tables import read_rows
from inspect_app.wording import say

ROWS = [["区划代码", "名称", "上级代码"], ["421002", "沙市区", "4210"], ["421003", "荆州区", "4210"]]
FOUND = [Area("421002", "沙市区", "4210"), Area("421003", "荆州区", "4210")]
KNOWN = {"4210": Area("4210", "荆州市", "")}
HTML = "<table><tr><td colspan=3>区划</td></tr>{}</table>".format(
    "".join("<tr>{}</tr>".format("".join(f"<td>{cell}</td>" for cell in row)) for row in ROWS)
)
HEAD = '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset=gb2312></head><body>'


def lines(separator: str, end: str = "\n") -> str:
    return end.join(separator.join(row) for row in ROWS)


def book(*rows: list, formats: dict[str, str] | None = None, hide: tuple[int, ...] = (), more: bool = False) -> bytes:
    made, out = Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(row)
    for cell, form in (formats or {}).items():
        made.active[cell].number_format = form
    for row in hide:
        made.active.row_dimensions[row].hidden = True
    if more:
        made.create_sheet("旧表").append(["编码"])
        made.create_sheet("空表")
    made.save(out)
    return out.getvalue()


def table(content: bytes, columns: Headings = AREAS) -> RawTable:
    found = read_rows(content, "表", columns)
    assert isinstance(found, RawTable), [str(say(one)) for one in found]
    return found


def problem(content: bytes, columns: Headings = AREAS) -> str:
    found = read_rows(content, "表", columns)
    found = found if isinstance(found, list) else read_table(found, "表", columns, tuple(columns.aliases))
    assert isinstance(found, list), found
    return str(say(found[0]))


@pytest.mark.parametrize(
    "content",
    [
        lines(",").encode(),
        lines(", ").encode("utf-8-sig"),
        lines(";", "\r\n").encode("gb18030"),
        lines("\t").encode("utf-16"),
        lines("\t", "\r").encode(),
        f"荆州市区划一览，2026年\n\n{lines(';')}".encode(),
        f"sep=;\n{lines(';')}".encode(),
        lines(",").replace("名称", '"名称\n（全称）"').encode(),
        lines(",").replace("区划代码", "code").replace("上级代码", "PARENT_CODE").encode(),
        lines(",").replace("421002,", '="421002",').encode(),
        lines(",").replace("沙市区", "\ufeff\u3000沙市\v区\u200b").replace("\v", "").encode(),
        book(["荆州市区划一览"], *ROWS),
        book(ROWS[0], *([int(code), name, int(parent)] for code, name, parent in ROWS[1:])),
        (HEAD + HTML).encode("gb18030"),
        f"<?xml version='1.0' encoding='UTF-8'?>{HEAD}{HTML}".encode(),
    ],
    ids=[
        "comma", "blank", "semicolon", "tab", "CR", "title", "sep", "two lines", "English", "formula", "hidden signs",
        "XLSX", "numbers", "HTML", "XHTML",
    ],
)  # fmt: skip
def test_the_same_areas_out_of_every_kind_of_file(content):
    assert parse_areas(table(content), "表", KNOWN) == FOUND


def test_figures_and_premises_are_read_by_the_same_reader():
    figures = "九月环卫指数\n区域代码；指标；得分\n421002；sanitation；95.5\n".replace("；", ";").encode("gb18030")
    premises = book(["场所名称", "类别", "经度", "纬度", "电话"], ["网吧", "网吧", 112.24, 30.31, 7160])
    assert read_table(table(figures, FIGURES), "表", FIGURES, ("area", "part", "value")) == {
        3: {"area": "421002", "part": "sanitation", "value": "95.5"}
    }
    assert read_table(table(premises, PREMISES), "表", PREMISES, ("name", "lat", "lon")) == {
        2: {"name": "网吧", "category": "网吧", "lat": "30.31", "lon": "112.24", "accuracy_m": "", "address": ""}
    }


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (7, "000", "007"),
        (7.0, "[$-804]0000;@", "0007"),
        (1234, "000", "1234"),
        (7, "0", "7"),
        (7, "General", "7"),
        (1234, "#,##0", "1234"),
        (7, "0_ ", "7"),
        (30.5, "000", "30.5"),
        (7, '0"米"', "7"),
        (7, "0.00", "7"),
    ],
)
def test_a_number_is_what_its_cell_shows_where_zeros_lead(value, form, shown):
    content = book(["编码"], [value], formats={"A2": form})
    assert table(content).rows[1][1][1] == shown


@pytest.mark.parametrize("form", ['"A"000', "000-0000", '000"号"', "A0"])
def test_a_code_whose_cell_shows_more_than_its_number_is_refused(form):
    found = read_sites(book(["编码", "名称"], [7, "甲"], formats={"A2": form}), "表")
    assert not isinstance(found, list)
    assert "请改为文本格式后照所见重填" in str(say(found.rows[0].wrong["code"]))


def test_hidden_rows_and_other_sheets_are_told():
    content = book(["编码"], ["N-1"], ["N-2"], ["N-3"], hide=(3,), more=True)
    found = table(content, Headings({"code": ("编码",)}, key="code"))
    assert [cells[1] for _, cells in found.rows] == ["编码", "N-1", "N-2", "N-3"]
    assert [str(say(note)) for note in found.notes] == [
        "表：第3行在表格里是隐藏的（例如筛选后），也一起读入；共1行",
        "表：只读了工作表「Sheet」，没有读：旧表",
    ]
    hidden = HTML.replace("<tr><td>421003", "<tr style='DISPLAY: none'><td>421003")
    assert "第4行" in str(say(table(hidden.encode()).notes[0]))
    assert table(book(*ROWS)).notes == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的"),
        (b"\xff\xfe", "没有任何内容"),
        (b"\xff\xfea", "像是UTF-16文本"),
        (b"\x89PNG\0\0", "不是文本文件，也不是XLSX工作簿"),
        (lines(",").encode() + b",\xff", "UTF-8编码，但这里的字节已损坏"),
        (b'code,name,parent_code\n1,"a,b\n', "引号没有成对"),
        (b"code,name\n1,a\n", "第1行：缺少列 parent_code"),
        ("标题\ncode,名称,name,上级\n1,a,b,c\n".encode(), "第2行：有几列都是name"),
        (b"code,name,parent_code\n1,a,,d\n", "第2行：单元格比表头的列多"),
        (b"<html><body><p>x</p></body></html>", "是网页，里面没有表格"),
        (b"<html>", "是网页，里面没有表格"),
        ((HEAD + HTML.replace("<td>沙市区", "<td rowspan=2>沙市区")).encode(), "第2列：是合并的单元格"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>", "是XML表格2003"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n", "是单个文件网页"),
        (book(ROWS[0], ["=1+1", "a", "4210"]), "不接受公式"),
        (book([*ROWS[0], "=A1"]), "不接受公式"),
    ],
    ids=range(16),
)
def test_what_cannot_be_read_is_told(content, said):
    assert said in problem(content)


def test_a_number_that_excel_rounded_in_a_page_is_taken_whole():
    content = "<table><tr><td>纬度<td>编码<tr><td x:num='30.310512'>30.31</td><td x:num='7'>007</table>"
    assert table(content.encode()).rows[1][1] == {1: "30.310512", 2: "007"}
