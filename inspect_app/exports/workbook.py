"""Reading workbooks (XLSX) that anybody may have sent: plain cells, or a list of what is wrong.

The parts of the file are measured before they are parsed, and parsed as a stream: a workbook of a few kilobytes can
otherwise claim gigabytes (a zip bomb, one merged area over a whole sheet, one cell in the last row).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from ..domain.problems import Problem

MAX_BYTES, MAX_UNPACKED, MAX_PARTS, MAX_TAGS = 2_000_000, 16_000_000, 200, 400_000
"""Bytes of the file, bytes and number of its parts unpacked, and XML tags in all of them."""
MAX_ROWS, MAX_COLUMNS = 7_000, 40


@dataclass(frozen=True, slots=True)
class WorkbookLimits:
    """How much a workbook may hold: bytes of the file, bytes and number of its parts unpacked, tags, rows, columns."""

    bytes: int
    unpacked: int
    parts: int
    tags: int
    rows: int
    columns: int


CHECKLISTS = WorkbookLimits(MAX_BYTES, MAX_UNPACKED, MAX_PARTS, MAX_TAGS, MAX_ROWS, MAX_COLUMNS)
_LAST_ROW = 1_048_576
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]{0,200}?ref\s*=\s*["\']([A-Z0-9:$]{1,30})["\']')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What stands in a cell instead of a value."""

    what: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that is not blank."""

    value: str | float | bool | Wrong
    is_percentage: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet that are not blank, by number; in each the cells by number of their column.

    ``merged`` are the rows at which merged cells begin and what is to be said of them.
    """

    title: str
    rows: dict[int, dict[int, Cell]]
    merged: tuple[tuple[int, Problem], ...] = ()


def read_workbook(
    content: bytes, file: str, titles: Collection[str], younger: Collection[str] = ()
) -> dict[str, Sheet] | list[Problem]:
    """The sheets with these titles; other sheets are left alone. Merged cells are problems.

    ``younger`` ones may be missing: the file may have been written before there were such.
    """

    def wanted(found: Mapping[str, Worksheet]) -> Collection[str]:
        return [title for title in titles if title in found or title not in younger]

    return _read(content, file, CHECKLISTS, wanted, refuse_merged=True)


def read_first_sheet(content: bytes, file: str, limits: WorkbookLimits) -> Sheet | list[Problem]:
    """The first sheet that is not hidden; other sheets are left alone."""

    def first(found: Mapping[str, Worksheet]) -> Collection[str]:
        return [next((title for title, sheet in found.items() if sheet.sheet_state == "visible"), next(iter(found)))]

    sheets = _read(content, file, limits, first, refuse_merged=False)
    return sheets if isinstance(sheets, list) else next(iter(sheets.values()))


def _read(
    content: bytes,
    file: str,
    limits: WorkbookLimits,
    titles: Callable[[Mapping[str, Worksheet]], Collection[str]],
    refuse_merged: bool,
) -> dict[str, Sheet] | list[Problem]:
    if what := _not_a_workbook(content, file, limits):
        return [Problem(file, what)]
    try:
        # Whatever is broken inside, the parser says so in exceptions of many kinds: all mean the same to the sender.
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if what := _too_large(archive, limits) or _too_many_tags(archive, limits):
                return [Problem(file, what)]
            sheets = _read_sheets(content, archive, file, titles, limits)
    except Exception:
        return [Problem(file, "不是完好的XLSX工作簿，请用表格软件打开后另存为XLSX")]
    if refuse_merged and not isinstance(sheets, list):
        return [problem for sheet in sheets.values() for _, problem in sheet.merged] or sheets
    return sheets


def _not_a_workbook(content: bytes, file: str, limits: WorkbookLimits) -> str:
    if len(content) > limits.bytes:
        return f"文件过大（{len(content)}字节），最多{limits.bytes}字节"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return "是旧格式XLS或加了密码的文件，请另存为没有密码的XLSX"
    if not content.startswith(b"PK"):
        return "不是XLSX工作簿"
    return "不接受含宏的工作簿，请另存为XLSX" if file.lower().endswith((".xlsm", ".xltm", ".xlam")) else ""


def _too_large(archive: zipfile.ZipFile, limits: WorkbookLimits) -> str:
    parts = archive.infolist()
    if len(parts) > limits.parts:
        return f"文件内部有{len(parts)}个部分，最多{limits.parts}个"
    if sum(part.file_size for part in parts) > limits.unpacked:
        return f"解压后过大，最多{limits.unpacked}字节"
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        return "不接受含宏的工作簿，请另存为XLSX"
    return ""


def _too_many_tags(archive: zipfile.ZipFile, limits: WorkbookLimits) -> str:
    """Each tag takes some hundred bytes of memory once it is parsed, however short it is written."""
    tags = 0
    for part in archive.infolist():
        text = archive.read(part)
        tags += text.count(b"<")
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            return "文件内部含有不接受的XML声明"
    return f"内容过多，请删去多余的行、列和格式（最多{limits.rows}行）" if tags > limits.tags else ""


def _read_sheets(
    content: bytes,
    archive: zipfile.ZipFile,
    file: str,
    wanted: Callable[[Mapping[str, Worksheet]], Collection[str]],
    limits: WorkbookLimits,
) -> dict[str, Sheet] | list[Problem]:
    workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        found = {sheet.title: sheet for sheet in workbook.worksheets}
        titles = wanted(found)
        if missing := [title for title in titles if title not in found]:
            return [Problem(file, f"缺少工作表「{title}」") for title in missing]
        problems: list[Problem] = []
        sheets = {}
        for title in titles:
            rows = _read_rows(found[title], limits, problems)
            merged = _merged(archive.read(found[title]._worksheet_path.lstrip("/")), title)
            sheets[title] = Sheet(title, rows, tuple(merged))
        return problems or sheets
    finally:
        workbook.close()


def _read_rows(sheet: Any, limits: WorkbookLimits, problems: list[Problem]) -> dict[int, dict[int, Cell]]:
    rows: dict[int, dict[int, Cell]] = {}
    for number, row in enumerate(sheet.iter_rows(max_row=_LAST_ROW), start=1):
        cells = dict(_cells(row))
        if not cells:
            continue
        if number > limits.rows:
            problems.append(Problem(f"{sheet.title} 第{number}行", f"行数过多，最多{limits.rows}行"))
            break
        if beyond := [column for column in cells if column > limits.columns]:
            where = f"{sheet.title} 第{number}行 {get_column_letter(beyond[0])}列"
            problems.append(Problem(where, f"列数过多，最多{limits.columns}列"))
            break
        rows[number] = cells
    return rows


def _cells(row: tuple[Any, ...]) -> Iterator[tuple[int, Cell]]:
    for column, cell in enumerate(row, start=1):
        value = _value(cell)
        if value is not None and not (isinstance(value, str) and not value.strip()):
            yield column, Cell(value, "%" in (cell.number_format or ""))


def _value(cell: Any) -> str | float | bool | Wrong | None:
    if cell.data_type == "f":
        return Wrong("不接受公式，请改为数值或文字（复制后选择性粘贴为数值）")
    if cell.data_type == "e":
        return Wrong(f"单元格的值是错误「{cell.value}」")
    if isinstance(cell.value, date | datetime | time | timedelta):
        return Wrong(f"单元格是日期或时间（{cell.value}），请改为常规或文本格式后重填")
    if isinstance(cell.value, str):
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell.value).replace("\r\n", "\n")
        return Wrong("含有不能显示的字符") if re.search("[\ud800-\udfff]", text) else text
    return cell.value if cell.value is None or isinstance(cell.value, bool | int | float) else Wrong("不能识别的内容")


def _merged(text: bytes, title: str) -> list[tuple[int, Problem]]:
    """Of merged cells only the first has a value, so the others would be read as blank without a word."""
    areas = [found[1].decode().replace("$", "") for found in _MERGED.finditer(text)]
    problems = []
    for area in areas[:20]:
        column, row, _, _ = range_boundaries(area)
        where = f"{title} 第{row}行 {get_column_letter(column)}列"
        problems.append((row, Problem(where, f"请取消合并单元格（{area}）后逐格填写")))
    return problems
