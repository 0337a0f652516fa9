"""Tables that somebody else made, as rows of cells: one reader for whatever is imported, and the rules of its texts.

Text is read here; workbooks and HTML become the same ``RawTable`` in ``exports/tables``.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from .problems import Problem, placed
from .text import cleaned_line, is_line

NAME_RULE = "名称应为1到100个字，不含控制字符"
MAX_ROWS = 50_000
MOST_ABOVE = 10
"""Rows that are not blank in which the headings are looked for: titles may stand above them."""
Cells = Mapping[int, str | Problem]
"""The cells of a row that are not blank, by number of column; a problem where one holds nothing that is taken."""
_ROWS_TOLD = 10
_SEPARATORS = ",\t;"
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|【.*?】|\s")
_AS_FORMULA = re.compile(r'="([^"]*)"')
"""How programs write a number with leading zeros so that spreadsheets leave it alone."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as it was read, from ``kind`` of file: rows by number. ``notes`` are what its sender should be told."""

    kind: str
    rows: tuple[tuple[int, Cells], ...]
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Headings:
    """The columns of a kind of table: each with the headings that mean it as well as its own name.

    ``key`` is the column by which the row of headings is known.
    """

    aliases: Mapping[str, tuple[str, ...]]
    key: str

    def named(self, heading: object) -> str | None:
        """The column that a heading means: what stands in brackets, blanks, width and case of letters do not count."""
        plain = heading_key(str(heading))
        return next((column for column, others in self.aliases.items() if plain in (column, *others)), None)

    def headings(self, cells: Cells) -> dict[int, str]:
        """The columns that a row names, by number of column."""
        return {place: name for place, cell in cells.items() if (name := self.named(cell))}

    def top(self, rows: Sequence[tuple[int, Cells]]) -> int:
        """Which of the rows has the headings, counted from 0; the first where none has the key."""
        above = islice(rows, MOST_ABOVE)
        return next((at for at, (_, cells) in enumerate(above) if self.key in self.headings(cells).values()), 0)


def text_of(content: bytes, file: str) -> str | Problem:
    """The text of a file in UTF-8, in UTF-16 as Excel's Unicode text, or in GB 18030 as Excel and WPS save it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = _decoded(content, "utf-16")
        return text if text is not None else Problem("tables.utf16_damaged", details={"file": file})
    if b"\0" in content[:4096]:
        return Problem("tables.not_text", details={"file": file})
    text = _decoded(content, "utf-8-sig")
    if text is not None:
        return text
    lenient = content.decode("utf-8", "replace")
    broken, other = lenient.count("\ufffd"), sum(character > "\x7f" for character in lenient)
    if content.startswith(b"\xef\xbb\xbf") or broken * 10 < other:
        line = lenient[: lenient.index("\ufffd")].count("\n") + 1
        return Problem("tables.utf8_damaged", details={"file": file, "line": line})
    text = _decoded(content, "gb18030")
    return text if text is not None else Problem("tables.encoding_unknown", details={"file": file})


def csv_table(text: str, file: str, columns: Headings, most_rows: int = MAX_ROWS) -> RawTable | list[Problem]:
    """The rows of a CSV; also of one that is separated by tabs or semicolons. The first row is row 1."""
    text = text.removeprefix("\ufeff")
    reader = _reader(text, _separator(text, columns))
    try:
        listed = list(islice(_rows(reader), most_rows + MOST_ABOVE + 1))
    except csv.Error:
        return [Problem("tables.not_csv", details={"file": file, "row": reader.line_num})]
    return RawTable("CSV", tuple(listed))


def cell_text(value: object) -> str:
    """What a cell says: a number without a fraction as a whole one, a text in one line and without hidden signs."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return cleaned_line(str(value))


def read_table(
    table: RawTable | str, file: str, columns: Headings, required: Collection[str], most_rows: int = MAX_ROWS
) -> dict[int, dict[str, str]] | list[Problem]:
    """The rows below the headings, by number: the text of each known column, empty where it says nothing.

    ``table`` may be the text of a CSV. Other columns are left alone. Wrong are missing columns, one that is there
    twice, cells beyond the headings, and those without a value that is taken.
    """
    read = csv_table(table, file, columns, most_rows) if isinstance(table, str) else table
    if isinstance(read, list):
        return read
    if not read.rows:
        return [Problem("tables.empty", details={"file": file})]
    top = columns.top(read.rows)
    number, header = read.rows[top]
    named, below = columns.headings(header), read.rows[top + 1 :]
    problems = [placed(cell, {"file": file}) for cell in header.values() if isinstance(cell, Problem)]
    if problems := problems or list(_heading_problems(named, file, number, columns, required)):
        return problems
    problems = [
        placed(cell, {"file": file})
        for _, cells in below
        for place, cell in cells.items()
        if place in named and isinstance(cell, Problem)
    ]
    problems += [
        Problem("tables.too_many_cells", details={"file": file, "row": row})
        for row, cells in below
        if max(cells) > max(header)
    ]
    if len(below) > most_rows:
        problems.append(Problem("tables.too_many_rows", details={"file": file, "most_rows": most_rows}))
    return problems or {row: _texts(cells, named, columns) for row, cells in below}


def hidden_rows(rows: Sequence[int], file: str) -> Problem:
    """That rows were read which their sender does not see."""
    told = (*map(str, rows[:_ROWS_TOLD]), *(["…"] if len(rows) > _ROWS_TOLD else []))
    return Problem("tables.hidden_rows", details={"file": file, "rows": told, "count": len(rows)})


def is_name(text: str) -> bool:
    """Whether a text can be shown as a name: 1 to 100 characters in one line, none hidden."""
    return 0 < len(text) <= 100 and is_line(text)


@lru_cache(maxsize=1_000)
def heading_key(heading: str) -> str:
    """A heading as headings are compared: without what stands in brackets, blanks, width and case of letters."""
    return _BRACKETS.sub("", unicodedata.normalize("NFKC", heading)).casefold()


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _reader(text: str, separator: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)


def _separator(text: str, columns: Headings) -> str:
    """The one by which most headings are found; where none is, the one that the first line has most of."""
    first, _, _ = text.partition("\n")
    return max(_SEPARATORS, key=lambda separator: (_headings_found(text, separator, columns), first.count(separator)))


def _headings_found(text: str, separator: str, columns: Headings) -> int:
    try:
        rows = list(islice(_rows(_reader(text, separator)), MOST_ABOVE))
    except csv.Error:
        return 0
    found = columns.headings(rows[columns.top(rows)][1]).values() if rows else ()
    return len(set(found)) if columns.key in found else 0


def _rows(reader: Any) -> Iterator[tuple[int, Cells]]:
    """The rows that are not blank, by number, as a spreadsheet counts them."""
    for number, cells in enumerate(reader, start=1):
        texts = ((column, cell_text(_unquoted(cell))) for column, cell in enumerate(cells, start=1) if cell)
        if found := {column: text for column, text in texts if text}:
            yield number, found


def _unquoted(cell: str) -> str:
    return _AS_FORMULA.sub(r"\1", cell) if cell.startswith('="') else cell


def _heading_problems(
    named: Mapping[int, str], file: str, row: int, columns: Headings, required: Collection[str]
) -> Iterator[Problem]:
    if missing := tuple(column for column in required if column not in named.values()):
        accepted = tuple(columns.aliases)
        yield Problem(
            "tables.columns_missing", details={"file": file, "row": row, "missing": missing, "accepted": accepted}
        )
    for column in {*named.values()}:
        if list(named.values()).count(column) > 1:
            yield Problem("tables.column_repeated", details={"file": file, "row": row, "column": column})


def _texts(cells: Cells, named: Mapping[int, str], columns: Headings) -> dict[str, str]:
    texts = {named[place]: str(cell) for place, cell in cells.items() if place in named}
    return {column: texts.get(column, "") for column in columns.aliases}
