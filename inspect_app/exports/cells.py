"""Writing values into cells of a workbook."""

from __future__ import annotations

import re
from copy import copy
from weakref import WeakKeyDictionary

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment
from openpyxl.styles.cell_style import StyleArray
from openpyxl.worksheet.worksheet import Worksheet

from ..domain.text import xml_text

_LIKE_FORMULAS = ("=", "+", "-", "@", "'")
_STYLES: WeakKeyDictionary[Workbook, dict[str, StyleArray]] = WeakKeyDictionary()
"""By workbook, for its styles are numbered within it, how cells of each kind look."""


def put(sheet: Worksheet, row: int, column: int, value: str | float | None) -> None:
    """Write a value as what it is: a text that begins like a formula stays a text, here and in Excel."""
    if value is None:
        return
    if not isinstance(value, str) and float(f"{value:.16g}") != value:
        value = repr(value)  # openpyxl writes 16 digits; as a text the number keeps its seventeenth
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value, cell.data_type = _escaped(value), "s"
        _give_style(sheet, cell, "quoted" if value.startswith(_LIKE_FORMULAS) else "text")
    else:
        cell.value = value
        _give_style(sheet, cell, "number")


def _give_style(sheet: Worksheet, cell: Cell, kind: str) -> None:
    """Have a cell look as others of its kind: openpyxl hashes all of a style each time that one is said anew."""
    styles = _STYLES.setdefault(sheet.parent, {})
    if kind in styles:
        cell._style = copy(styles[kind])
        return
    if kind != "number":
        cell.number_format = "@"
    cell.alignment = Alignment(wrap_text=None if kind == "number" else True, vertical="top")
    cell.quotePrefix = kind == "quoted"
    styles[kind] = copy(cell._style)


def _escaped(text: str) -> str:
    """Text as the format writes it: without what XML cannot carry; ``_x000D_`` would be read as a carriage return."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", xml_text(text))
