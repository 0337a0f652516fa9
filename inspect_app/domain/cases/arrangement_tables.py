"""A year's arrangement of holidays out of a table: a row for each span of days, off or worked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from ..problems import Details, Problem
from ..tables import Headings, RawTable, read_table
from .arrangements import Arrangement, is_year, wrong_with

FIRST, LAST, WHAT = "开始", "结束", "安排"
COLUMNS = Headings(
    {
        FIRST: ("日期", "开始日期", "起", "first"),
        LAST: ("结束日期", "至", "止", "last"),
        WHAT: ("类型", "放假或上班", "what"),
    },
    key=FIRST,
)
OFF, ON = "放假", "上班"
_MEANS: Mapping[str, str] = {
    **dict.fromkeys((OFF, "休", "休息", "调休", "补休", "节假日"), OFF),
    **dict.fromkeys((ON, "班", "补班", "调休上班", "工作日"), ON),
}
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")
"""As people and spreadsheets write a day; a workbook's dates are read with their midnight."""
_LONGEST_SPAN = 31


def parse_arrangement_table(table: RawTable | str, file: str) -> Arrangement | list[Problem]:
    """The arrangement, of the year that its last day lies in; or all that is wrong, by row.

    ``table`` may be the text of a CSV. Where a row has no last day it is of one day.
    """
    read = read_table(table if isinstance(table, str) else _with_dates(table), file, COLUMNS, (FIRST, WHAT))
    if isinstance(read, list):
        return read
    problems: list[Problem] = []
    days: dict[str, set[date]] = {OFF: set(), ON: set()}
    for number, row in read.items():
        where: Details = {"file": file, "row": number}
        means, span = _MEANS.get(row[WHAT]), _span(row)
        if means is None:
            problems.append(Problem("arrangements.neither", details={**where, "got": row[WHAT][:40]}))
        if not span:
            got = f"{row[FIRST]}—{row[LAST]}" if row[LAST] else row[FIRST]
            problems.append(Problem("arrangements.row_no_day", details={**where, "got": got[:40]}))
        days[means or OFF].update(span)
    if problems or not days[OFF]:
        return problems or [Problem("arrangements.nothing_read")]
    year = max(days[OFF] | days[ON]).year
    if not is_year(year):
        return [Problem("arrangements.year_out_of_range", details={"file": file, "got": year})]
    found = Arrangement(year, frozenset(days[OFF]), frozenset(days[ON]))
    return wrong_with(found) or found


def _with_dates(table: RawTable) -> RawTable:
    """The table with cells that hold dates as texts: elsewhere those are a mistake of the spreadsheet's."""
    rows = tuple((number, {at: _said(cell) for at, cell in cells.items()}) for number, cells in table.rows)
    return replace(table, rows=rows)


def _said(cell: str | Problem) -> str | Problem:
    got = str(cell.details.get("got", "")) if isinstance(cell, Problem) else ""
    return got if _DATE.fullmatch(got) else cell


def _span(row: Mapping[str, str]) -> list[date]:
    """The days from the first to the last; none where there are no such days."""
    first, last = _day(row[FIRST]), _day(row[LAST] or row[FIRST])
    if first is None or last is None or not 0 <= (last - first).days < _LONGEST_SPAN:
        return []
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _day(text: str) -> date | None:
    match = _DATE.fullmatch(text.strip())
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
