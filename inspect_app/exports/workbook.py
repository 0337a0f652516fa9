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

from ..domain.problems import Details, Problem, placed
from ..domain.text import cleaned

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
_LOOKED_AT = 1_000, 100
"""Rows and columns of a sheet that is not read, in which something stands where anything does."""
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]{0,200}?ref\s*=\s*["\']([A-Z0-9:$]{1,30})["\']')
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]{0,2000}>")
_ROW_NUMBER, _ROW_HIDDEN = re.compile(rb'\sr\s*=\s*["\'](\d{1,7})["\']'), re.compile(rb'\shidden\s*=\s*["\'](?:1|true)')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that is not blank; a problem, not yet placed, where it holds no value that is taken."""

    value: str | float | bool | Problem
    number_format: str = "General"

    @property
    def is_percentage(self) -> bool:
        """Whether its number is shown a hundred times as large."""
        return "%" in self.number_format


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet that are not blank, by number; in each the cells by number of their column.

    ``merged`` are the rows at which merged cells begin and what is to be said of them; ``hidden`` are the rows that its
    reader does not see; ``others`` are sheets of the workbook that the reader sees, and that were not read.
    """

    title: str
    rows: dict[int, dict[int, Cell]]
    merged: tuple[tuple[int, Problem], ...] = ()
    hidden: tuple[int, ...] = ()
    others: tuple[str, ...] = ()


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
    if problem := _not_a_workbook(content, file, limits):
        return [placed(problem, {"file": file})]
    try:
        # Whatever is broken inside, the parser says so in exceptions of many kinds: all mean the same to the sender.
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if problem := _too_large(archive, limits) or _too_many_tags(archive, limits):
                return [placed(problem, {"file": file})]
            sheets = _read_sheets(content, archive, file, titles, limits)
    except Exception:
        return [Problem("workbooks.damaged", details={"file": file})]
    if refuse_merged and not isinstance(sheets, list):
        return [problem for sheet in sheets.values() for _, problem in sheet.merged] or sheets
    return sheets


def _not_a_workbook(content: bytes, file: str, limits: WorkbookLimits) -> Problem | None:
    if len(content) > limits.bytes:
        return Problem("workbooks.too_large", details={"bytes": len(content), "most_bytes": limits.bytes})
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return Problem("workbooks.old_or_locked")
    if not content.startswith(b"PK"):
        return Problem("workbooks.not_a_workbook")
    return Problem("workbooks.macros") if file.lower().endswith((".xlsm", ".xltm", ".xlam")) else None


def _too_large(archive: zipfile.ZipFile, limits: WorkbookLimits) -> Problem | None:
    parts = archive.infolist()
    if len(parts) > limits.parts:
        return Problem("workbooks.too_many_parts", details={"count": len(parts), "most_parts": limits.parts})
    if sum(part.file_size for part in parts) > limits.unpacked:
        return Problem("workbooks.too_large_unpacked", details={"most_bytes": limits.unpacked})
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        return Problem("workbooks.macros")
    return None


def _too_many_tags(archive: zipfile.ZipFile, limits: WorkbookLimits) -> Problem | None:
    """Each tag takes some hundred bytes of memory once it is parsed, however short it is written."""
    tags = 0
    for part in archive.infolist():
        text = archive.read(part)
        tags += text.count(b"<")
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            return Problem("workbooks.declarations")
    return Problem("workbooks.too_many_tags", details={"most_rows": limits.rows}) if tags > limits.tags else None


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
            return [Problem("workbooks.sheet_missing", details={"file": file, "title": title}) for title in missing]
        problems: list[Problem] = []
        sheets = {}
        for title in titles:
            rows = _read_rows(found[title], limits, problems)
            written = archive.read(found[title]._worksheet_path.lstrip("/"))
            others = tuple(other for other, sheet in found.items() if other not in titles and _is_seen(sheet))
            sheets[title] = Sheet(title, rows, tuple(_merged(written, title)), tuple(_hidden(written)), others)
        return problems or sheets
    finally:
        workbook.close()


def _read_rows(sheet: Any, limits: WorkbookLimits, problems: list[Problem]) -> dict[int, dict[int, Cell]]:
    rows: dict[int, dict[int, Cell]] = {}
    sheet.reset_dimensions()  # WPS and others write "A1" whatever the sheet holds
    for number, row in enumerate(sheet.iter_rows(max_row=_LAST_ROW), start=1):
        cells = dict(_cells(row))
        if not cells:
            continue
        if number > limits.rows:
            problems.append(
                Problem(
                    "workbooks.too_many_rows", details={"sheet": sheet.title, "row": number, "most_rows": limits.rows}
                )
            )
            break
        if beyond := [column for column in cells if column > limits.columns]:
            where: Details = {"sheet": sheet.title, "row": number, "column_letter": get_column_letter(beyond[0])}
            problems.append(Problem("workbooks.too_many_columns", details={**where, "most_columns": limits.columns}))
            break
        rows[number] = cells
    return rows


def _cells(row: tuple[Any, ...]) -> Iterator[tuple[int, Cell]]:
    for column, cell in enumerate(row, start=1):
        value = _value(cell)
        if value is not None and not (isinstance(value, str) and not value.strip()):
            yield column, Cell(value, cell.number_format or "General")


def _value(cell: Any) -> str | float | bool | Problem | None:
    if cell.data_type == "f":
        return Problem("workbooks.formula")
    if cell.data_type == "e":
        return Problem("workbooks.error_value", details={"got": str(cell.value)})
    if isinstance(cell.value, date | datetime | time | timedelta):
        return Problem("workbooks.date_value", details={"got": str(cell.value)})
    if isinstance(cell.value, str):
        return cleaned(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell.value))
    return (
        cell.value
        if cell.value is None or isinstance(cell.value, bool | int | float)
        else Problem("workbooks.value_unknown")
    )


def _is_seen(sheet: Worksheet) -> bool:
    """Whether a sheet is shown and has anything in it."""
    if sheet.sheet_state != "visible":
        return False
    sheet.reset_dimensions()  # a sheet of one cell may claim all that there can be
    rows, columns = _LOOKED_AT
    looked_at = sheet.iter_rows(max_row=rows, max_col=columns)
    return any(cell.value is not None for row in looked_at for cell in row)


def _hidden(text: bytes) -> Iterator[int]:
    """The numbers of rows that are hidden by hand or by a filter, which the parser does not tell."""
    number = 0
    for found in _ROW.finditer(text):
        said = _ROW_NUMBER.search(found[0])
        number = int(said[1]) if said else number + 1
        if _ROW_HIDDEN.search(found[0]):
            yield number


def _merged(text: bytes, title: str) -> list[tuple[int, Problem]]:
    """Of merged cells only the first has a value, so the others would be read as blank without a word."""
    areas = [found[1].decode().replace("$", "") for found in _MERGED.finditer(text)]
    problems = []
    for area in areas[:20]:
        column, row, _, _ = range_boundaries(area)
        where: Details = {"sheet": title, "row": row, "column_letter": get_column_letter(column)}
        problems.append((row, Problem("workbooks.merged_cells", details={**where, "area": area})))
    return problems
