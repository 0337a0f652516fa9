"""By when a case is to be put right: limits by clause, checklist and item (``checklists/deadlines.toml``).

GB/T 30428.8 counts a limit in urgent hours (紧急工作时, which run day and night), working hours or working days; so do
these. The figures are the city's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from ..problems import Details, Problem
from ..reading import TableReader, toml_reader
from ..starting_set import DEADLINES_FILE
from .arrangements import Arrangement, days_of, read_arrangements
from .brief import CaseBrief
from .case import WITH_UNIT, Case
from .working_time import USUAL_HOURS, Office, Span, add_working_hours, end_of_working_day

_FIELDS = ("hours", "off", "on", "remind_hours", "escalate_hours", "default", "limits", "years")
_LIMIT_FIELDS = ("title", "clause", "checklist", "item", "urgent_hours", "working_hours", "working_days", "source")
_UNITS = {"urgent_hours": "小时", "working_hours": "个工作小时", "working_days": "个工作日"}
_MOST = {"urgent_hours": 720, "working_hours": 700, "working_days": 250}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: so many of ``unit``, a key of ``_UNITS``, for cases of a clause, checklist, item; empty for all."""

    count: float
    unit: str
    title: str = ""
    clause: str = ""
    checklist: str = ""
    item: str = ""
    source: str = ""

    @property
    def words(self) -> str:
        return f"{self.count:g}{_UNITS[self.unit]}"

    def fits(self, clauses: Sequence[str], checklist: str, item: str) -> bool:
        return (
            (not self.clause or any(clause.startswith(self.clause) for clause in clauses))
            and self.checklist in ("", checklist)
            and self.item in ("", item)
        )

    def rank(self) -> tuple[bool, bool, int]:
        return bool(self.item), bool(self.checklist), len(self.clause)

    def ends(self, office: Office, start: datetime) -> datetime:
        """The UTC instant of the deadline of a case dispatched at ``start``."""
        if self.unit == "urgent_hours":
            return start + timedelta(hours=self.count)
        if self.unit == "working_hours":
            return add_working_hours(office, start, self.count)
        return end_of_working_day(office, start, int(self.count))

    def guessed_years(self, office: Office, deadline: datetime, now: datetime) -> tuple[int, ...]:
        """The years without a known arrangement that a deadline of this limit reaches into from ``now``, or lay in.

        Whoever reads it then cannot be sure of it. Urgent hours run day and night and ask no calendar.
        """
        return () if self.unit == "urgent_hours" else office.unknown_years(deadline, now)


USUAL_LIMIT = Limit(5, "working_days", title="一般问题", source="本市自定")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The city's limits and calendar.

    ``remind_hours`` are the working hours before a deadline at which its unit is reminded, ``escalate_hours`` those
    after it at which the office is told.
    """

    hours: tuple[Span, ...] = USUAL_HOURS
    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()
    remind_hours: float = 7.0
    escalate_hours: float = 7.0
    default: Limit = USUAL_LIMIT
    limits: tuple[Limit, ...] = ()
    years: tuple[Arrangement, ...] = ()

    def office(self, timezone: ZoneInfo) -> Office:
        return Office(timezone, self.hours, self.off, self.on, self.years)

    def limit_for(self, clauses: Sequence[str], checklist: str, item: str) -> Limit:
        """The closest limit that fits, of equal ones the last; the usual one where none does."""
        found = [limit for limit in self.limits if limit.fits(clauses, checklist, item)]
        return max(enumerate(found), key=lambda one: (one[1].rank(), one[0]))[1] if found else self.default


def asks_calendar(deadlines: Deadlines, case: Case) -> bool:
    """Whether the limit of a case counts working time; urgent hours run day and night."""
    return deadlines.limit_for(case.clauses, case.checklist, case.item).unit != "urgent_hours"


def guessed_years(deadlines: Deadlines, timezone: ZoneInfo, case: Case | CaseBrief, now: datetime) -> tuple[int, ...]:
    """The years that make the deadline of a case a guess, while a unit has it to keep."""
    if case.deadline is None or case.state not in WITH_UNIT:
        return ()
    limit = deadlines.limit_for(case.clauses, case.checklist, case.item)
    return limit.guessed_years(deadlines.office(timezone), case.deadline, now)


def parse_deadlines(text: str, file: str = DEADLINES_FILE) -> Deadlines | list[Problem]:
    """The limits from TOML text, or all that is wrong, each with its field."""
    problems: list[Problem] = []
    reader = toml_reader(text, file, _FIELDS, problems)
    if reader is None:
        return problems
    usual = Deadlines()
    deadlines = Deadlines(
        hours=_hours(reader),
        off=days_of(reader, "off"),
        on=days_of(reader, "on"),
        remind_hours=_or(
            reader.optional_number("remind_hours", _is_wait, "deadlines.wait_out_of_range"), usual.remind_hours
        ),
        escalate_hours=_or(
            reader.optional_number("escalate_hours", _is_wait, "deadlines.wait_out_of_range"), usual.escalate_hours
        ),
        default=_limit(reader.table["default"], {"file": file, "within": ("default",)}, problems)
        if "default" in reader.table
        else USUAL_LIMIT,
        limits=tuple(
            _limit(raw, {"file": file, "list": "limits", "list_entry": number}, problems)
            for number, raw in enumerate(reader.tables("limits", at_most=500), start=1)
        ),
        years=read_arrangements(reader.tables("years", at_most=100), file, problems),
    )
    if both := deadlines.off & deadlines.on:
        reader.complain("on", "deadlines.day_on_and_off", day=str(min(both)))
    return problems or deadlines


def _limit(raw: Any, where: Details, problems: list[Problem]) -> Limit:
    if not isinstance(raw, Mapping):
        problems.append(Problem("deadlines.not_a_table", details=where))
        return USUAL_LIMIT
    reader = TableReader(raw, where, problems)
    reader.only(_LIMIT_FIELDS)
    given = [unit for unit in _UNITS if unit in raw]
    if len(given) != 1:
        problems.append(Problem("deadlines.one_unit", details={**where, "accepted": tuple(_UNITS)}))
        return USUAL_LIMIT
    (unit,) = given
    whole = unit == "working_days"
    count = reader.number(
        unit,
        lambda value: 0 < value <= _MOST[unit] and (not whole or value == int(value)),
        "deadlines.whole_out_of_range" if whole else "deadlines.count_out_of_range",
        most=_MOST[unit],
    )
    title = reader.text("title") if "title" in raw else ""
    texts = {field: str(raw.get(field, "")) for field in ("clause", "checklist", "item", "source")}
    return Limit(count, unit, title, **texts)


def _hours(reader: TableReader) -> tuple[Span, ...]:
    raw = reader.table.get("hours")
    if raw is None:
        return USUAL_HOURS
    spans = []
    for entry in raw if isinstance(raw, list) else [raw]:
        try:
            opens, closes = (time.fromisoformat(part.strip()) for part in str(entry).split("-"))
        except ValueError:
            reader.complain("hours", "deadlines.hours_malformed", got=str(entry))
            return USUAL_HOURS
        spans.append((opens, closes))
    edges = [edge for span in spans for edge in span]
    if not spans or any(later <= earlier for earlier, later in pairwise(edges)):
        reader.complain("hours", "deadlines.hours_out_of_order")
        return USUAL_HOURS
    return tuple(spans)


def _is_wait(value: float) -> bool:
    return 0 <= value <= 200


def _or(value: float | None, usual: float) -> float:
    return usual if value is None else value
