"""The table in which an office fills in a scheme's figures: as a workbook to write into and send back."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from ...domain.index.schemes.filling import CODE, NAME
from ...domain.index.schemes.inputs import number_of
from ...domain.index.schemes.kept import SchemeFigures
from ...domain.index.schemes.scheme import PublicationScheme


def filling_workbook(scheme: PublicationScheme, about: str, areas: Mapping[str, str], typed: SchemeFigures) -> bytes:
    """A row for each area (name by code), a column for each figure, with what was filled in so far."""
    from openpyxl import Workbook

    from ..sheets import SheetColumn, add_sheet

    book = Workbook()
    book.remove(book.active)
    columns = [SheetColumn(CODE, 14), SheetColumn(NAME, 26), *(SheetColumn(column, 14) for column in scheme.columns)]
    rows: Sequence[Sequence[str | float | None]] = [
        [code, name, *(_cell(typed.get(code, {}).get(column, "")) for column in scheme.columns)]
        for code, name in areas.items()
    ]
    add_sheet(book, "填报", about, columns, rows, frozen="C2")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(typed: str) -> str | float | None:
    """What was typed: as a number where that reads back as the same text."""
    number = number_of(typed) if typed else None
    plain = float(number) if number is not None else None
    if plain is None:
        return typed or None
    return plain if typed in (str(plain), f"{plain:.0f}") else typed
