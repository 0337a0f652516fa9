"""A year's arrangement of holidays (放假调休), as the State Council's notice gives it and the office puts it in.

It stands as one of the tables ``years`` in ``deadlines.toml``: the year, the days ``off``, the days of weekends that
are worked instead (``on``), and where it is from. The notice itself is read as well: its sentences have been the same
for years.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from ..problems import Problem
from ..reading import TableReader
from .holidays import FIRST_YEAR, statutory_holidays

_FIELDS = ("year", "off", "on", "source")
_EARLIEST = timedelta(days=7)
"""So long before its year an arrangement may begin."""
LAWFUL_WEEKDAYS = 13
"""So many weekdays more are off than days of weekends are worked: a lawful holiday at a weekend is made good."""
_LONGEST_SPAN = 31


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The days off (weekends within a holiday may be among them) and the days worked instead, of one year."""

    year: int
    off: frozenset[date]
    on: frozenset[date]
    source: str = ""

    @property
    def surplus(self) -> int:
        """How many weekdays more than the law gives are off, after those that are worked instead; mostly 0."""
        return sum(day.weekday() < 5 for day in self.off) - len(self.on) - LAWFUL_WEEKDAYS

    @property
    def words(self) -> str:
        """For readers: ``放假 1月1日至3日、…；上班 …``."""
        worked = f"；上班 {_spans(self.on)}" if self.on else ""
        return f"放假 {_spans(self.off)}{worked}"


def read_arrangements(
    tables: Sequence[Mapping[str, Any]], file: str, problems: list[Problem]
) -> tuple[Arrangement, ...]:
    """The arrangements of a file's tables; what is wrong is added to the problems."""
    found: list[Arrangement] = []
    for number, raw in enumerate(tables, start=1):
        reader = TableReader(raw, {"file": file, "list": "years", "list_entry": number}, problems)
        reader.only(_FIELDS)
        year = int(reader.number("year", is_year, "arrangements.year_out_of_range"))
        arrangement = Arrangement(
            year, days_of(reader, "off"), days_of(reader, "on"), reader.text("source", required=False)
        )
        if any(year == one.year for one in found):
            reader.complain("year", "arrangements.year_twice", year=year)
        elif is_year(year):
            problems += wrong_with(arrangement)
        found.append(arrangement)
    return tuple(found)


def days_of(reader: TableReader, field: str) -> frozenset[date]:
    """The days in a field of a table: dates (no instants), or texts that are."""
    raw = reader.table.get(field, [])
    days = []
    for entry in raw if isinstance(raw, list) else [raw]:
        try:
            days.append(date.fromisoformat(str(entry)))
        except ValueError:
            reader.complain(field, "deadlines.not_a_date", got=str(entry))
    return frozenset(days)


def wrong_with(arrangement: Arrangement) -> list[Problem]:
    """What an arrangement cannot be: it gives each holiday of the law, and only weekends are worked instead."""
    year, problems = arrangement.year, []
    first, last = date(year, 1, 1) - _EARLIEST, date(year, 12, 31)
    if outside := [day for day in arrangement.off | arrangement.on if not first <= day <= last]:
        problems.append(Problem("arrangements.day_outside", details={"year": year, "days": _told(outside)}))
    if both := arrangement.off & arrangement.on:
        problems.append(Problem("arrangements.on_and_off", details={"year": year, "days": _told(both)}))
    if weekdays := [day for day in arrangement.on if day.weekday() < 5]:
        problems.append(Problem("arrangements.worked_anyhow", details={"year": year, "days": _told(weekdays)}))
    if wanting := statutory_holidays(year) - arrangement.off:
        problems.append(Problem("arrangements.lawful_missing", details={"year": year, "days": _told(wanting)}))
    return problems


def parse_arrangement(text: str) -> Arrangement | list[Problem]:
    """The arrangement out of one table ``year``, ``off``, ``on`` of TOML, or out of the notice's own text."""
    try:
        table = tomllib.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        table = None
    if table is None:
        return _noticed(text)
    problems: list[Problem] = []
    tables = table.get("years", [table])
    if not isinstance(tables, list) or len(tables) != 1 or not isinstance(tables[0], Mapping):
        return [Problem("arrangements.one_year")]
    found = read_arrangements(tables, "", problems)
    return problems or found[0]


_YEAR = re.compile(r"(\d{4})年")
_TITLE = re.compile(r"(\d{4})年(?:部分节假日|元旦)")
_PAREN = re.compile(r"[（(][^）)]*[）)]")
_DAY = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日"
# What is said of a day 「起」 is a rule, and no day of the year's.
_TOKEN = re.compile(rf"{_DAY}(?!起)(?:\s*(?:至|到|—|-|－|~)\s*{_DAY})?|(放假|补休)|(上班)|共(\d+)天")


def _noticed(text: str) -> Arrangement | list[Problem]:
    """An arrangement out of a notice's words: spans of days before 放假 or 补休 are off, days before 上班 worked."""
    plain = _PAREN.sub("", text)
    named = _TITLE.search(plain) or _YEAR.search(plain)
    if named is None:
        return [Problem("arrangements.year_wanted")]
    year = int(named[1])
    if not is_year(year):
        return [Problem("arrangements.year_out_of_range", details={"got": year})]
    off: set[date] = set()
    on: set[date] = set()
    problems: list[Problem] = []
    for sentence in re.split(r"[。；;\n]", plain):
        _read_sentence(sentence, year, off, on, problems)
    if problems or not off:
        return problems or [Problem("arrangements.nothing_read")]
    found = Arrangement(year, frozenset(off), frozenset(on))
    return wrong_with(found) or found


def _read_sentence(sentence: str, year: int, off: set[date], on: set[date], problems: list[Problem]) -> None:
    waiting: list[date] = []
    given: list[date] = []
    for token in _TOKEN.finditer(sentence):
        if token[3]:
            try:
                waiting += _days(token.groups()[:6], year)
            except ValueError:
                problems.append(Problem("arrangements.no_day", details={"got": token[0]}))
        elif token[9]:
            if len(given) != int(token[9]):
                problems.append(_miscounted(sentence, int(token[9]), len(given)))
        else:
            (off if token[7] else on).update(waiting)
            given, waiting = waiting, []


def _miscounted(sentence: str, said: int, count: int) -> Problem:
    return Problem("arrangements.count_differs", details={"said": said, "count": count, "got": sentence.strip()[:60]})


def _days(parts: Sequence[str | None], year: int) -> list[date]:
    """The days of a span; ``ValueError`` where there are no such days."""
    first_year, first_month, first_day, last_year, last_month, last_day = (int(part) if part else 0 for part in parts)
    first = date(first_year or year, first_month, first_day)
    last = date(last_year or first.year, last_month or first.month, last_day) if last_day else first
    if not 0 <= (last - first).days < _LONGEST_SPAN:
        raise ValueError("a span that ends before it begins, or never")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


_BLOCK = re.compile(
    r"^[ \t]*\[\[[ \t]*years[ \t]*\]\][^\n]*\n(?:(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*[^\s#\[][^\n]*\n?)*", re.MULTILINE
)
"""A table of a year up to its last line that is neither blank nor a comment: what follows may be the next table's."""


def with_arrangement(text: str, arrangement: Arrangement) -> str:
    """The text of ``deadlines.toml`` with the arrangement in the place of the year's earlier one, else as it was."""

    def kept(block: re.Match[str]) -> str:
        return "" if tomllib.loads(block[0])["years"][0].get("year") == arrangement.year else block[0]

    return "\n".join([_BLOCK.sub(kept, text).rstrip("\n"), "", "[[years]]", arrangement_text(arrangement)])


def arrangement_text(arrangement: Arrangement) -> str:
    """The arrangement as a table of TOML, as ``parse_arrangement`` reads it."""
    lines = [f"year = {arrangement.year}", f"off = {_list(arrangement.off)}", f"on = {_list(arrangement.on)}"]
    source = " ".join(arrangement.source.replace("\\", "").replace('"', "”").split())
    lines += [f'source = "{source}"'] if source else []
    return "\n".join([*lines, ""])


def _list(days: frozenset[date]) -> str:
    return f"[{', '.join(day.isoformat() for day in sorted(days))}]"


def _spans(days: frozenset[date]) -> str:
    """``1月1日至3日、2月5日``."""
    runs = groupby(enumerate(sorted(days)), key=lambda one: one[1] - timedelta(days=one[0]))
    return "、".join(_span([day for _, day in run]) for _, run in runs)


def _span(days: Sequence[date]) -> str:
    first, last = days[0], days[-1]
    if first == last:
        return f"{first.month}月{first.day}日"
    return f"{first.month}月{first.day}日至{f'{last.month}月' if last.month != first.month else ''}{last.day}日"


def _told(days: Iterable[date]) -> tuple[str, ...]:
    return tuple(day.isoformat() for day in sorted(days))


def is_year(value: float) -> bool:
    """Whether an arrangement can be of this year."""
    return value == int(value) and FIRST_YEAR <= value <= 2100
