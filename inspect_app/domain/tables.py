"""Reading a CSV table that somebody else made, and the few rules that texts of every table keep."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from .problems import Problem
from .text import is_line

NAME_RULE = "名称应为1到100个字，不含控制字符"


def read_table(
    text: str, file: str, required: Sequence[str], columns: Sequence[str]
) -> dict[int, Mapping[str, str | None]] | list[Problem]:
    """The rows of CSV text by row number (the header is row 1), or why it is no table with these columns.

    A byte-order mark is allowed; columns beyond ``columns`` are, too, and are left to the caller.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        missing = [column for column in required if column not in (reader.fieldnames or ())]
        if missing:
            return [
                Problem(
                    "tables.columns_missing",
                    details={"file": file, "missing": tuple(missing), "accepted": tuple(columns)},
                )
            ]
        rows: dict[int, Mapping[str, str | None]] = dict(enumerate(reader, start=2))
    except csv.Error:
        return [Problem("tables.not_csv", details={"file": file, "row": reader.line_num})]
    # DictReader files cells beyond the header under the key None.
    surplus = [number for number, row in rows.items() if any(key is None for key in row)]
    return [Problem("tables.too_many_cells", details={"file": file, "row": number}) for number in surplus] or rows


def is_name(text: str) -> bool:
    """Whether a text can be shown as a name: 1 to 100 characters in one line, none hidden."""
    return 0 < len(text) <= 100 and is_line(text)
