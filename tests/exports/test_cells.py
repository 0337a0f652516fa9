"""Cells of a kind share their style, and the file is as if each had said its own."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import datetime

import pytest
from openpyxl import Workbook
from openpyxl.styles import Alignment

from inspect_app.exports import cells
from inspect_app.exports.cells import put

VALUES = ("字", "=1+1", 3, 0.1, "-", "'引", None, "_x000D_", 12.5, "@", "末", 0.1 + 0.2)


def each_its_own(sheet, cell, kind: str) -> None:
    """How a style is said without any thought for time."""
    if kind == "number":
        cell.alignment = Alignment(vertical="top")
        return
    cell.number_format = "@"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.quotePrefix = kind == "quoted"


def written() -> str:
    book = Workbook()
    book.properties.created = book.properties.modified = datetime(2026, 11, 28)
    for sheet in (book.active, book.create_sheet()):
        for place, value in enumerate(VALUES * 3):
            put(sheet, 1 + place // 7, 1 + place % 7, value)
        sheet.cell(2, 2).number_format = "0.0"
    out = io.BytesIO()
    book.save(out)
    return hashlib.sha256(repr(_parts(out)).encode()).hexdigest()


def _parts(file: io.BytesIO) -> list[tuple[str, bytes]]:
    """Every file of the workbook but the properties, which have the time of saving."""
    with zipfile.ZipFile(file) as archive:
        return [(name, archive.read(name)) for name in archive.namelist() if name != "docProps/core.xml"]


def test_the_bytes_are_those_of_cells_that_say_their_style_each_for_itself(monkeypatch: pytest.MonkeyPatch):
    shared = written()
    monkeypatch.setattr(cells, "_give_style", each_its_own)
    assert written() == shared
