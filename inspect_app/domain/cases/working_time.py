"""Working time by the Chinese calendar: weekdays, public holidays, make-up days (调休), and the office's hours.

Which days are worked is what the State Council announces each November for the next year; the package
``chinesecalendar`` follows. A city adds what the package does not know yet in ``checklists/deadlines.toml``. In a year
that neither knows Monday to Friday are worked, and ``Office.knows`` says that this is a guess.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import chinese_calendar

_FIRST_YEAR = min(chinese_calendar.constants.holidays).year
_LAST_YEAR = max(chinese_calendar.constants.holidays).year
_LONGEST = timedelta(days=3_660)
"""No deadline is further away: ten years."""

Span = tuple[time, time]
USUAL_HOURS: tuple[Span, ...] = ((time(8, 30), time(12)), (time(14, 30), time(18)))


@dataclass(frozen=True, slots=True)
class Office:
    """When the office works: spans of local time on working days; ``off`` and ``on`` are days decided by the city."""

    timezone: ZoneInfo
    hours: tuple[Span, ...] = USUAL_HOURS
    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()

    @property
    def day_hours(self) -> float:
        """Hours of a working day."""
        return sum((_length(span) for span in self.hours), timedelta()) / timedelta(hours=1)

    def knows(self, year: int) -> bool:
        """Whether the holidays of a year are known, by the package or by days that the city gave for it."""
        return _FIRST_YEAR <= year <= _LAST_YEAR or any(day.year == year for day in self.off | self.on)

    def unknown_years(self, start: datetime, end: datetime) -> tuple[int, ...]:
        """The local years, from the earlier of two instants to the later, in which working time is a guess."""
        first, last = sorted(at.astimezone(self.timezone).year for at in (start, end))
        return tuple(year for year in range(first, last + 1) if not self.knows(year))

    def works_on(self, day: date) -> bool:
        """Whether a local day is worked."""
        if day in self.on:
            return True
        if day in self.off:
            return False
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return bool(chinese_calendar.is_workday(day))
        return day.weekday() < 5


def last_known_day() -> date:
    """The last day of which the package knows whether it is a holiday."""
    return date(_LAST_YEAR, 12, 31)


def add_working_hours(office: Office, start: datetime, hours: float) -> datetime:
    """The UTC instant at which so many working hours have passed since ``start``.

    Time outside office hours does not count: what begins at night begins in the morning. Zero hours end where work
    begins. ``ValueError`` where they would end more than ten years on, as where no day is worked.
    """
    left = timedelta(hours=hours)
    for begin, end in _spans(office, start, start + _LONGEST):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise ValueError(f"{hours} working hours end nowhere")


def working_hours_between(office: Office, start: datetime, end: datetime) -> float:
    """Working hours from one instant to a later one; negative where ``end`` is before ``start``."""
    if end < start:
        return -working_hours_between(office, end, start)
    first, last = start.astimezone(office.timezone).date(), end.astimezone(office.timezone).date()
    hours = sum((_within(office, day, start, end) for day in {first, last}), timedelta()) / timedelta(hours=1)
    if first == last:
        return hours
    days = _worked_before(office, last) - _worked_before(office, first) - office.works_on(first)
    return hours + days * office.day_hours


def _within(office: Office, day: date, start: datetime, end: datetime) -> timedelta:
    """Working time of one day between two instants."""
    return sum((finish - begin for begin, finish in _spans_of(office, day, start, end)), timedelta())


def _worked_before(office: Office, day: date) -> int:
    """Working days before a day, since the calendar began: as weekdays have it, and what differs from that."""
    weeks, rest = divmod(day.toordinal() - 1, 7)  # day 1 was a Monday
    days, differences = _unlike_weekdays(office)
    return 5 * weeks + min(rest, 5) + differences[bisect_left(days, day)]


@lru_cache(maxsize=16)
def _unlike_weekdays(office: Office) -> tuple[list[date], list[int]]:
    """The days worked at a weekend, or off on a weekday, in order; and what those before each of them add."""
    told = {*chinese_calendar.constants.holidays, *chinese_calendar.constants.workdays, *office.on, *office.off}
    days = sorted(day for day in told if office.works_on(day) != (day.weekday() < 5))
    return days, list(accumulate((1 if office.works_on(day) else -1 for day in days), initial=0))


def end_of_working_day(office: Office, start: datetime, days: int) -> datetime:
    """The UTC instant at which the office closes on the ``days``-th working day after the local day of ``start``.

    The day on which a period begins does not count (Civil Code of China, article 201). ``ValueError`` as above.
    """
    first = start.astimezone(office.timezone).date()
    day, left = first, days
    while left > 0:
        day += timedelta(days=1)
        if day - first > _LONGEST:
            raise ValueError(f"{days} working days end nowhere")
        left -= office.works_on(day)
    return _instant(office, day, office.hours[-1][1])


def time_left(office: Office, deadline: datetime, now: datetime) -> str:
    """For readers: ``还剩 5 小时``, ``还剩 3 个工作日``, ``已超 2 小时``; in working time, as deadlines are."""
    late = deadline < now
    whole = abs(working_hours_between(office, now, deadline))
    if whole * 60 < 1:
        return "刚刚超期" if late else "即将到期"
    if whole >= office.day_hours:
        words = f"{int(whole / office.day_hours + 1e-9)} 个工作日"
    elif whole >= 1:
        words = f"{int(whole)} 小时"
    else:
        words = f"{int(whole * 60)} 分钟"
    return f"已超 {words}" if late else f"还剩 {words}"


def guess_words(years: Sequence[int]) -> str:
    """For readers: that a deadline is a guess because the holidays of these years are not known; empty for none."""
    if not years:
        return ""
    named = f"{years[0]}年" if len(years) == 1 else f"{years[0]}至{years[-1]}年"
    return f"{named}节假日安排尚未公布，期限按周一至周五推算，公布后请核对"


def _spans(office: Office, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans of work between two instants, in UTC and in order, each with what lies within."""
    day, last = start.astimezone(office.timezone).date(), end.astimezone(office.timezone).date()
    while day <= last:
        yield from _spans_of(office, day, start, end)
        day += timedelta(days=1)


def _spans_of(office: Office, day: date, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """As ``_spans``, of one local day."""
    if not office.works_on(day):
        return
    for opens, closes in office.hours:
        begin, finish = max(start, _instant(office, day, opens)), min(end, _instant(office, day, closes))
        if begin <= finish and finish > _instant(office, day, opens):
            yield begin.astimezone(UTC), finish.astimezone(UTC)


def _instant(office: Office, day: date, at: time) -> datetime:
    return datetime.combine(day, at, office.timezone).astimezone(UTC)


def _length(span: Span) -> timedelta:
    opens, closes = span
    return timedelta(hours=closes.hour - opens.hour, minutes=closes.minute - opens.minute)


def working_clock(office: Office, first: datetime, last: datetime) -> Callable[[datetime], float]:
    """A clock of working hours for many instants between two: ``clock(b) - clock(a)`` are those from ``a`` to ``b``.

    Instants before and after are taken for the nearest of the two.
    """
    start, end = first.astimezone(office.timezone).date(), last.astimezone(office.timezone).date()
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    worked = [office.works_on(day) for day in days]
    before = list(accumulate((office.day_hours * works for works in worked), initial=0.0))

    def clock(at: datetime) -> float:
        local = min(max(at, first), last).astimezone(office.timezone)
        number = (local.date() - start).days
        if not worked[number]:
            return before[number]
        now = local.hour + local.minute / 60 + (local.second + local.microsecond / 1e6) / 3600
        today = sum(min(max(now - _hour(opens), 0.0), _hour(closes) - _hour(opens)) for opens, closes in office.hours)
        return before[number] + today

    return clock


def _hour(at: time) -> float:
    return at.hour + at.minute / 60
