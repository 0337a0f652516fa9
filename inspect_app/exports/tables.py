"""Reading a table out of any file that people send, by what is in it and not by its name: workbook, HTML or text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain.problems import Problem, placed
from ..domain.tables import MAX_ROWS, MOST_ABOVE, Cells, Headings, RawTable, cell_text, csv_table, hidden_rows, text_of
from .html_table import html_table
from .workbook import Cell, Sheet, WorkbookLimits, read_first_sheet

LIMITS = WorkbookLimits(
    bytes=20_000_000, unpacked=150_000_000, parts=300, tags=4_000_000, rows=MAX_ROWS + 2 * MOST_ABOVE, columns=100
)
"""Of a workbook: a row of seven columns has some forty tags and 500 bytes."""
_WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")
_MACROS = (".xlsm", ".xltm", ".xlam")
_HTML = re.compile(
    r"\s*(<\?xml[^>]{0,200}\?>\s*)?<(!doctype\s+html|html|head|meta|body|table|div|style)\b", re.IGNORECASE
)
_OTHER = {
    re.compile(r"\s*<\?xml.{0,400}?urn:schemas-microsoft-com:office:spreadsheet", re.DOTALL): "XML表格2003",
    re.compile(r"\s*MIME-Version:", re.IGNORECASE): "单个文件网页（MHTML）",
}
"""Kinds of files that spreadsheets save as .xls or .xml as well."""
_SHOWN = re.compile(r'\[[^\]]*\]|_.|\*.|"[^"]*"|\\.')
_ZEROS = re.compile(r"0{2,}")
_WITH_SIGNS = re.compile(r"[^#0?,\s¥￥$€]+[#0?,]*[#0?]|0{2,}[^#0?,\s¥￥$€]")
"""Signs before or between the digits, or behind leading zeros: a code. A unit behind a number is none."""
_MEASURED = re.compile(r"[.%E@]|general|通用格式|常规", re.IGNORECASE)


def read_rows(content: bytes, file: str, columns: Headings) -> RawTable | list[Problem]:
    """The rows of a CSV, an XLSX or an HTML table, or why it is none of them."""
    if not content.strip():
        return [Problem("tables.file_empty", details={"file": file})]
    if content.startswith(_WORKBOOKS) or file.lower().endswith(_MACROS):
        return _workbook(content, file, columns)
    text = text_of(content, file)
    if isinstance(text, Problem):
        return [text]
    if kind := next((kind for sign, kind in _OTHER.items() if sign.match(text)), ""):
        return [Problem("tables.save_as_xlsx", details={"file": file, "kind": kind})]
    return html_table(text, file) if _HTML.match(text) else csv_table(text, file, columns)


def _workbook(content: bytes, file: str, columns: Headings) -> RawTable | list[Problem]:
    sheet = read_first_sheet(content, file, LIMITS)
    if isinstance(sheet, list):
        return sheet
    rows = tuple(_rows(sheet))
    first = rows[columns.top(rows)][0] if rows else 0
    if merged := [placed(problem, {"file": file}) for row, problem in sheet.merged if row > first]:
        return merged
    return RawTable("XLSX", rows, tuple(_notes(sheet, file, first)))


def _notes(sheet: Sheet, file: str, first: int) -> Iterator[Problem]:
    if hidden := [row for row in sheet.hidden if row > first and row in sheet.rows]:
        yield hidden_rows(hidden, file)
    if sheet.others:
        yield Problem("tables.other_sheets", details={"file": file, "title": sheet.title, "others": sheet.others})


def _rows(sheet: Sheet) -> Iterator[tuple[int, Cells]]:
    for number, cells in sheet.rows.items():
        texts = {column: _text(cell, number, column) for column, cell in cells.items()}
        if said := {column: text for column, text in texts.items() if text}:
            yield number, said


def _text(cell: Cell, row: int, column: int) -> str | Problem:
    """What a cell shows: codes are numbers to spreadsheets, and their leading zeros a number format."""
    value = cell.value
    if not isinstance(value, bool) and isinstance(value, int | float) and float(value).is_integer():
        value = _shown(int(value), cell.number_format)
    if isinstance(value, Problem):
        return placed(value, {"row": row, "column_number": column})
    return cell_text(value)


def _shown(value: int, number_format: str) -> str | Problem:
    """A whole number as its format shows it, where that adds zeros; a problem where it adds anything else."""
    wanted = number_format.partition(";")[0]
    plain = _SHOWN.sub(lambda found: "" if found[0][0] in "[_*" else "字", wanted)
    if _ZEROS.fullmatch(plain.strip()):
        return str(value).zfill(len(plain.strip()))
    if not _MEASURED.search(plain) and _WITH_SIGNS.search(plain):
        return Problem("workbooks.number_shown_otherwise", details={"format": number_format[:40], "got": value})
    return str(value)
