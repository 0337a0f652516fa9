"""The cases of years as columns: figures of any span of them, as ``figures`` says, without going through cases.

Instants are microseconds since 1970, UTC or (``local``) as clocks in the city show them. What must come out to the last
bit is what ``figures_of`` gives of the same cases one by one (``test_figures_where_the_data_is.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ..weeks import week_of
from .brief import CaseBrief
from .case import WITH_UNIT
from .figures import Figures
from .life_cycle import State
from .spans import month_of
from .working_time import Office

Instants = NDArray[np.int64]
Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]
Hours = NDArray[np.float64]
NEVER = np.iinfo(np.int64).max
"""Stands for an instant that is not."""
_DAY = 24 * 3600 * 10**6
_EPOCH = datetime(1970, 1, 1)


class Texts:
    """Texts by number, in the order in which they came."""

    def __init__(self) -> None:
        self.numbers: dict[object, int] = {}

    def of(self, text: object) -> int:
        return self.numbers.setdefault(text, len(self.numbers))


class CaseColumns:
    """All cases in the order filed, by place. Not safe for threads; columns are never handed out whole."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._timezone = timezone
        self.briefs: list[CaseBrief] = []
        self.findings: dict[tuple[str, str], set[int]] = {}
        self.units, self.areas, self.clauses, self.weeks, self.months, self.spots = (Texts() for _ in range(6))
        self.changes: Counter[str] = Counter()
        """Of cases by the week of their finding, since this was begun."""
        self._columns = {name: np.zeros(1024, dtype) for name, dtype in _COLUMNS.items()}

    def __len__(self) -> int:
        return len(self.briefs)

    def __getattr__(self, name: str) -> NDArray[np.int64]:
        try:
            return self._columns[name][: len(self.briefs)]
        except KeyError:
            raise AttributeError(name) from None

    def put(self, place: int, brief: CaseBrief) -> None:
        """Take in a case, new (at the next place) or changed."""
        self.changes[brief.week] += 1
        if place == len(self.briefs):
            self.briefs.append(brief)
            self.findings.setdefault((brief.inspection, brief.item), set()).add(place)
        else:
            self.briefs[place] = brief
        if len(self.briefs) > len(self._columns["unit"]):
            self._columns = {name: np.resize(one, 2 * len(one)) for name, one in self._columns.items()}
        for name, value in self._row(brief).items():
            self._columns[name][place] = value

    def is_filed(self, inspection: str, item: str) -> bool:
        """Whether a finding is a case that is not cancelled."""
        places = self.findings.get((inspection, item), ())
        return any(self.briefs[place].state is not State.CANCELLED for place in places)

    def _row(self, brief: CaseBrief) -> Mapping[str, int]:
        sent, reported = brief.dispatched_at, brief.reported_at
        return {
            "unit": self.units.of(brief.unit),
            "area": self.areas.of(brief.area),
            "clause": self.clauses.of(brief.clauses),
            "week": self.weeks.of(week_of(brief.filed_at, self._timezone)),
            "month": self.months.of(month_of(brief.filed_at, self._timezone)),
            "spot": self.spots.of((brief.week, brief.area)),
            "filed": microseconds(brief.filed_at),
            "deadline": microseconds(brief.deadline) if brief.deadline else NEVER,
            "sent": microseconds(sent) if sent else NEVER,
            "sent_local": self._local(sent) if sent else 0,
            "reported": microseconds(reported) if reported else NEVER,
            "reported_local": self._local(reported) if reported else 0,
            "cancelled": brief.state is State.CANCELLED,
            "closed": brief.state is State.CLOSED,
            "with_unit": brief.state in WITH_UNIT,
            "late": -1 if brief.late is None else brief.late,
            "sent_back": brief.sent_back,
            "recurrent": brief.recurrent,
            "extended": brief.extended,
            "exposed": brief.exposed,
        }

    def _local(self, at: datetime) -> int:
        return local_microseconds(at, self._timezone)


_COLUMNS = {
    **dict.fromkeys(("unit", "area", "clause", "week", "month", "spot"), np.int32),
    **dict.fromkeys(("filed", "deadline", "sent", "sent_local", "reported", "reported_local"), np.int64),
    **dict.fromkeys(("cancelled", "closed", "with_unit", "late", "sent_back", "recurrent", "extended"), np.int8),
    "exposed": np.int8,
}


def microseconds(at: datetime) -> int:
    """An aware instant as columns have it."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def local_microseconds(at: datetime, timezone: ZoneInfo) -> int:
    """Likewise what clocks showed."""
    return (at.astimezone(timezone).replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ChosenCases:
    """Cases of a span as they stand at some instant: codes of ``CaseColumns``, and what figures ask of each.

    ``due``: closed, or late; ``hours`` are working hours from the first dispatch to the last report, NaN before that.
    """

    unit: Codes
    area: Codes
    clause: Codes
    week: Codes
    month: Codes
    closed: Mask
    due: Mask
    in_time: Mask
    sent_back: Mask
    overdue: Mask
    recurrent: Mask
    dispatched: Mask
    extended: Mask
    hours: Hours

    def figures(self, rows: Codes, groups: Codes, count: int) -> list[Figures]:
        """The figures of so many groups; ``rows`` are cases (also several times), each of the group beside it."""

        def summed(of: Mask) -> list[int]:
            return list(map(int, np.bincount(groups[of[rows]], minlength=count)))

        columns = [
            np.bincount(groups, minlength=count).tolist(),
            *map(summed, (self.closed, self.due, self.in_time, self.sent_back & self.due, self.overdue)),
            summed(self.recurrent),
            _medians(self.hours[rows], groups, self.closed[rows], count),
            *map(summed, (self.dispatched, self.extended & self.due)),
        ]
        return [Figures(*of_group) for of_group in zip(*columns, strict=True)]


def chosen(
    columns: CaseColumns,
    places: Codes,
    now: datetime,
    late: Callable[[int], bool],
    clock: Callable[[Instants, Instants], Hours],
) -> ChosenCases:
    """Cases at these places as they stand now; of one whose ``late`` the columns do not know it is asked for.

    ``clock`` gives working hours of instants, UTC and local.
    """
    column = {name: getattr(columns, name)[places] for name in _COLUMNS}
    told = column["late"] > 0
    for number in np.flatnonzero(column["late"] < 0).tolist():
        told[number] = late(int(places[number]))
    overdue = (column["with_unit"] > 0) & (column["deadline"] < microseconds(now))
    closed, late_once = column["closed"] > 0, overdue | told
    dispatched, reported = column["sent"] != NEVER, column["reported"] != NEVER
    both = np.flatnonzero(dispatched & reported)
    hours = np.full(len(places), np.nan)
    hours[both] = clock(column["reported"][both], column["reported_local"][both]) - clock(
        column["sent"][both], column["sent_local"][both]
    )
    unit, area, clause, week, month = (
        column[name].astype(np.intp) for name in ("unit", "area", "clause", "week", "month")
    )
    return ChosenCases(
        unit=unit,
        area=area,
        clause=clause,
        week=week,
        month=month,
        closed=closed,
        due=late_once | closed,
        in_time=closed & ~late_once,
        sent_back=column["sent_back"] > 0,
        overdue=overdue,
        recurrent=column["recurrent"] > 0,
        dispatched=dispatched,
        extended=column["extended"] > 0,
        hours=hours,
    )


def in_several(codes: Codes, keys: Sequence[Iterable[str]]) -> tuple[Codes, Codes, list[str]]:
    """Where each code stands for several keys: cases, the number of a key of each, and the keys.

    A case comes as often as its code has keys.
    """
    numbers = Texts()
    lists = [np.array([numbers.of(key) for key in some], np.intp) for some in keys]
    if not lists:
        return np.zeros(0, np.intp), np.zeros(0, np.intp), []
    lengths = np.array(list(map(len, lists)), np.intp)
    starts, flat = np.cumsum(lengths) - lengths, np.concatenate(lists)
    each = lengths[codes]
    rows = np.repeat(np.arange(len(codes)), each)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(each) - each, each)
    return rows, flat[np.repeat(starts[codes], each) + within], list(map(str, numbers.numbers))


def columns_clock(office: Office, first: datetime, last: datetime) -> Callable[[Instants, Instants], Hours]:
    """``working_clock`` of many instants at once, which are given in UTC and as clocks in the city show them."""
    start, end = (at.astimezone(office.timezone).date() for at in (first, last))
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    worked = np.array([office.works_on(day) for day in days], np.bool_)
    before = np.concatenate([[0.0], np.cumsum(np.where(worked, office.day_hours, 0.0))])
    begin = (start - _EPOCH.date()).days
    spans = [(opens.hour + opens.minute / 60, closes.hour + closes.minute / 60) for opens, closes in office.hours]
    ends = [(microseconds(at), local_microseconds(at, office.timezone)) for at in (first, last)]

    def clock(utc: Instants, local: Instants) -> Hours:
        (first_utc, first_local), (last_utc, last_local) = ends
        at = np.where(utc < first_utc, first_local, np.where(utc > last_utc, last_local, local))
        number, rest = at // _DAY - begin, at % _DAY
        hour, rest = rest // 3_600_000_000, rest % 3_600_000_000
        minute, rest = rest // 60_000_000, rest % 60_000_000
        now = hour + minute / 60 + (rest // 1_000_000 + rest % 1_000_000 / 1e6) / 3600
        today = np.zeros(len(at))
        for opens, closes in spans:
            today += np.minimum(np.maximum(now - opens, 0.0), closes - opens)
        found: Hours = np.where(worked[number], before[number] + today, before[number])
        return found

    return clock


def _medians(hours: Hours, groups: Codes, closed: Mask, count: int) -> list[float | None]:
    """The median of each group's closed cases that have hours."""
    there = np.flatnonzero(closed & ~np.isnan(hours))
    hours, groups = hours[there], groups[there]
    order = np.lexsort((hours, groups))
    hours, sizes = hours[order], np.bincount(groups, minlength=count)
    ends = np.cumsum(sizes)
    found: list[float | None] = []
    for size, end in zip(sizes.tolist(), ends.tolist(), strict=True):
        middle = end - size + size // 2
        if not size:
            found.append(None)
        elif size % 2:
            found.append(float(hours[middle]))
        else:
            found.append((float(hours[middle - 1]) + float(hours[middle])) / 2)
    return found
