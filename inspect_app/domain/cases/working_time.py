"""Working time by the Chinese calendar: weekdays, public holidays, make-up days (调休), and the office's hours.

Which days are worked is what the State Council announces each November for the next year; the package
``chinesecalendar`` follows, and the office may be quicker (``arrangements.py``). In a year that neither knows, Monday
to Friday are worked but for the holidays that the law itself gives (``holidays.py``), and ``Office.knows`` says that
the rest is provisional.
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

from .arrangements import Arrangement
from .holidays import LAST_YEAR as _LAST_LAWFUL_YEAR
from .holidays import statutory_holidays

_FIRST_YEAR: int = min(chinese_calendar.constants.holidays).year
_LAST_YEAR: int = max(chinese_calendar.constants.holidays).year
_LONGEST = timedelta(days=3_660)
"""No deadline is further away: ten years."""
_NEW_YEAR = timedelta(days=7)
"""So far back a year's arrangement may reach: Saturday 29 December 2018 was worked for the next year's first day."""

Span = tuple[time, time]
USUAL_HOURS: tuple[Span, ...] = ((time(8, 30), time(12)), (time(14, 30), time(18)))


@dataclass(frozen=True, slots=True)
class Office:
    """When the office works: spans of local time on working days.

    ``off`` and ``on`` are days decided by the city, ``years`` the arrangements that the office has put in.
    """

    timezone: ZoneInfo
    hours: tuple[Span, ...] = USUAL_HOURS
    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()
    years: tuple[Arrangement, ...] = ()

    @property
    def day_hours(self) -> float:
        """Hours of a working day."""
        return sum((_length(span) for span in self.hours), timedelta()) / timedelta(hours=1)

    def knows(self, year: int) -> bool:
        """Whether a year's arrangement is known, by the package or by the office. Single days of the city tell none."""
        return self._has_put_in(year) or is_packaged(year)

    def unknown_years(self, start: datetime, end: datetime) -> tuple[int, ...]:
        """The years whose arrangement is not known and may change working time between two instants.

        The last days of December belong to the next year's arrangement as well.
        """
        first, last = sorted(at.astimezone(self.timezone).date() for at in (start, end))
        return tuple(year for year in range(first.year, (last + _NEW_YEAR).year + 1) if not self.knows(year))

    def has_put_in_between(self, start: datetime, end: datetime) -> bool:
        """Whether working time between two instants rests on an arrangement that the office has put in."""
        first, last = sorted(at.astimezone(self.timezone).date() for at in (start, end))
        return any(first.year <= one.year <= (last + _NEW_YEAR).year for one in self.years)

    def works_on(self, day: date) -> bool:
        """Whether a local day is worked."""
        tables: tuple[Office | Arrangement, ...] = (self, *self.years)
        for told in tables:
            if day in told.on:
                return True
            if day in told.off:
                return False
        if self._has_put_in(day.year):
            return day.weekday() < 5
        if is_packaged(day.year):
            return bool(chinese_calendar.is_workday(day))
        return day.weekday() < 5 and not (day.year > _LAST_YEAR and day in statutory_holidays(day.year))

    def _has_put_in(self, year: int) -> bool:
        return any(one.year == year for one in self.years)


def is_packaged(year: int) -> bool:
    """Whether the package knows a year's arrangement."""
    return _FIRST_YEAR <= year <= _LAST_YEAR


def unlike_package(arrangement: Arrangement) -> list[date]:
    """The days of its year that are worked by an arrangement and not by the package, or the other way about."""
    year = arrangement.year
    if not is_packaged(year):
        return []
    office, first = Office(ZoneInfo("UTC"), years=(arrangement,)), date(year, 1, 1)
    days = (first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days))
    return [day for day in days if office.works_on(day) != chinese_calendar.is_workday(day)]


def last_known_day(office: Office | None = None) -> date:
    """The last day of which the package, or the office, knows whether it is a holiday."""
    year = _LAST_YEAR
    while office and office.knows(year + 1):
        year += 1
    return date(year, 12, 31)


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
    until = last.year // 10 * 10 + 9
    days = _worked_before(office, last, until) - _worked_before(office, first, until) - office.works_on(first)
    return hours + days * office.day_hours


def _within(office: Office, day: date, start: datetime, end: datetime) -> timedelta:
    """Working time of one day between two instants."""
    return sum((finish - begin for begin, finish in _spans_of(office, day, start, end)), timedelta())


def _worked_before(office: Office, day: date, until: int) -> int:
    """Working days before a day, since the calendar began: as weekdays have it, and what differs until that year."""
    weeks, rest = divmod(day.toordinal() - 1, 7)  # day 1 was a Monday
    days, differences = _unlike_weekdays(office, until)
    return 5 * weeks + min(rest, 5) + differences[bisect_left(days, day)]


@lru_cache(maxsize=32)
def _unlike_weekdays(office: Office, until: int) -> tuple[list[date], list[int]]:
    """The days worked at a weekend, or off on a weekday, in order; and what those before each of them add."""
    told = {*chinese_calendar.constants.holidays, *chinese_calendar.constants.workdays, *office.on, *office.off}
    told |= {day for one in office.years for day in one.off | one.on}
    for year in range(_LAST_YEAR + 1, min(until, _LAST_LAWFUL_YEAR) + 1):
        told |= statutory_holidays(year)
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
    """For readers: that a deadline is provisional, as the arrangement of these years is not known; empty for none."""
    if not years:
        return ""
    named = f"{years[0]}年" if len(years) == 1 else f"{years[0]}至{years[-1]}年"
    return f"{named}放假调休安排尚未公布，期限按法定节假日和周一至周五暂定，公布后自动重算"


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
