"""The table in which a year's arrangement of holidays is put in: a workbook with the days that the law gives."""

from __future__ import annotations

import io

from ...domain.cases.arrangement_tables import FIRST, LAST, OFF, WHAT
from ...domain.cases.holidays import statutory_holidays


def arrangement_workbook(year: int) -> bytes:
    """A row for each lawful holiday, to be made longer, and room for the days that are worked instead."""
    from openpyxl import Workbook

    from ..sheets import SheetColumn, add_sheet

    book = Workbook()
    book.remove(book.active)
    columns = [SheetColumn(FIRST, 16), SheetColumn(LAST, 16), SheetColumn(WHAT, 12)]
    rows = [[day.isoformat(), day.isoformat(), OFF] for day in sorted(statutory_holidays(year))]
    add_sheet(book, "放假调休", f"{year}年放假调休", columns, rows, frozen="A2")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
