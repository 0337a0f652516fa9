"""Reading a table out of a web page: what many office systems of the city export under the name of .xls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html  # type: ignore[import-untyped]

from ..domain.problems import Problem
from ..domain.tables import MAX_ROWS, MOST_ABOVE, RawTable, cell_text, hidden_rows
from ..domain.text import xml_text

_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_MOST_COLUMNS = 100


def html_table(text: str, file: str) -> RawTable | list[Problem]:
    """The rows of the page's largest table. A cell over several rows or columns holds no value, but where it is alone.

    Rows that the page hides are told.
    """
    # The parser knows no entities but those of HTML, and fetches nothing.
    try:
        page = html.document_fromstring(xml_text(_DECLARATION.sub("", text, count=1)))
    except (etree.ParserError, ValueError):
        return [Problem("tables.html_without_table", details={"file": file})]
    tables = [list(table.iter("tr")) for table in page.iter("table")]
    lines = max(tables, key=len, default=[])
    if not lines:
        return [Problem("tables.html_without_table", details={"file": file})]
    listed = list(enumerate(lines[: MAX_ROWS + 2 * MOST_ABOVE], start=1))
    rows = tuple((number, cells) for number, line in listed if (cells := dict(_cells(line, number))))
    hidden = [number for number, line in listed if _HIDDEN.search(line.get("style") or "")]
    return RawTable("HTML", rows, (hidden_rows(hidden, file),) if hidden else ())


def _cells(line: Any, number: int) -> Iterator[tuple[int, str | Problem]]:
    cells, column = line.xpath("./td|./th"), 1
    for cell in cells:
        wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
        if len(cells) > 1 and (wide > 1 or high > 1):
            yield column, Problem("tables.cell_spans", details={"row": number, "column_number": column})
        elif text := _text(cell):
            yield column, text
        column += wide
        if column > _MOST_COLUMNS:
            return


def _text(cell: Any) -> str:
    """What a cell shows; a number that Excel shows rounded is taken whole."""
    shown, number = cell_text(cell.text_content()), cell.get("x:num")
    return shown if not number or shown.isdecimal() else cell_text(number)


def _span(cell: Any, name: str) -> int:
    written = cell.get(name) or "1"
    return min(int(written), _MOST_COLUMNS) if re.fullmatch("[1-9][0-9]{0,4}", written) else 1
