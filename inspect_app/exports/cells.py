"""Writing values into cells of a workbook."""

from __future__ import annotations

import re

from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from ..domain.text import xml_text


def put(sheet: Worksheet, row: int, column: int, value: str | float | None) -> None:
    """Write a value as what it is: a text that begins like a formula stays a text, here and in Excel."""
    if value is None:
        return
    if not isinstance(value, str) and float(f"{value:.16g}") != value:
        value = repr(value)  # openpyxl writes 16 digits; as a text the number keeps its seventeenth
    cell = sheet.cell(row, column)
    cell.value = _escaped(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type, cell.number_format = "s", "@"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.quotePrefix = value.startswith(("=", "+", "-", "@", "'"))
    else:
        cell.alignment = Alignment(vertical="top")


def _escaped(text: str) -> str:
    """Text as the format writes it: without what XML cannot carry; ``_x000D_`` would be read as a carriage return."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", xml_text(text))
