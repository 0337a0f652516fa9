"""Reading any file of sites by what is in it, not by its name: a workbook, GeoJSON, or text."""

from __future__ import annotations

from collections.abc import Iterator

from ...domain.place.site_files import MAX_ROWS, SiteFile, csv_sites, geojson_sites, table_sites, text_of
from ...domain.problems import Problem, placed
from ..workbook import Cell, Sheet, WorkbookLimits, read_first_sheet

_ROOM_ABOVE = 20
LIMITS = WorkbookLimits(
    bytes=20_000_000, unpacked=150_000_000, parts=300, tags=4_000_000, rows=MAX_ROWS + _ROOM_ABOVE, columns=100
)
"""Of a workbook: a row of seven columns has some forty tags and 500 bytes."""
_WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")
_MACROS = (".xlsm", ".xltm", ".xlam")


def read_sites(content: bytes, file: str) -> SiteFile | list[Problem]:
    """The rows of a CSV, XLSX or GeoJSON file, or why it is none of them."""
    if not content.strip():
        return [Problem("sites.file_empty", details={"file": file})]
    if content.startswith(_WORKBOOKS) or file.lower().endswith(_MACROS):
        return _workbook(content, file)
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return geojson_sites(content, file)
    text = text_of(content, file)
    return [text] if isinstance(text, Problem) else csv_sites(text, file)


def _workbook(content: bytes, file: str) -> SiteFile | list[Problem]:
    sheet = read_first_sheet(content, file, LIMITS)
    if isinstance(sheet, list):
        return sheet
    read = table_sites("XLSX", _rows(sheet), file)
    if isinstance(read, list) or not read.rows:
        return read
    return [problem for row, problem in sheet.merged if row >= read.rows[0].number] or read


def _rows(sheet: Sheet) -> Iterator[tuple[int, dict[int, str | Problem]]]:
    for number, cells in sheet.rows.items():
        yield number, {column: _text(cell, number, column) for column, cell in cells.items()}


def _text(cell: Cell, row: int, column: int) -> str | Problem:
    value = cell.value
    if isinstance(value, Problem):
        return placed(value, {"row": row, "column_number": column})
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
