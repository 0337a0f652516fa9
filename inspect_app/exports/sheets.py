"""Sheets of figures for people who live in Excel and WPS: frozen headings, filters, ready to print on A4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from .cells import put

_HEAD = PatternFill("solid", fgColor="DDE7F0")
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """Heading, width in characters and, for numbers, how they are shown."""

    heading: str
    width: float
    shown: str = ""


def add_sheet(
    book: Workbook, name: str, about: str, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Value]], frozen: str
) -> None:
    """A sheet; ``about`` stands above each printed page, ``frozen`` is the first cell that scrolls."""
    sheet = book.create_sheet(name)
    for number, column in enumerate(columns, start=1):
        cell = sheet.cell(1, number, column.heading)
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    last = 1
    for last, values in enumerate(rows, start=2):
        for number, (column, value) in enumerate(zip(columns, values, strict=True), start=1):
            put(sheet, last, number, value)
            if column.shown and value is not None:
                sheet.cell(last, number).number_format = column.shown
    sheet.freeze_panes = frozen
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{last}"
    _print_setup(sheet, about)


def _print_setup(sheet: Worksheet, about: str) -> None:
    """A4 across, as wide as the page, headings on every page."""
    sheet.page_setup.paperSize, sheet.page_setup.orientation = sheet.PAPERSIZE_A4, "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    sheet.oddHeader.center.text = f"{about} · {sheet.title}"
    sheet.oddFooter.center.text = "— &P / &N —"
