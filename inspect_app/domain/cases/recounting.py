"""Deadlines that were given before a year's holidays were arranged: what was promised, and where that ends by now.

A deadline by a limit is counted anew from the day it was given. One that somebody chose is a day, not a count: it
moves only off a weekday that turns out to be a holiday, to the end of the next working day (Civil Code of China,
article 203). None moves earlier: whoever was told a later day has planned for it, and what the calendar brings is not
the unit's fault.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .case import Case
from .deadlines import Deadlines, Limit, asks_calendar
from .life_cycle import Course, Provisional, Step
from .working_time import Office, end_of_working_day, working_hours_between

_DAYS, _HOURS = "working_days", "working_hours"


@dataclass(frozen=True, slots=True)
class Recount:
    """What a recount gives: the deadline from now on, that by the count, and the years that are still not arranged."""

    deadline: datetime
    counted: datetime
    years: tuple[int, ...]

    @property
    def is_final(self) -> bool:
        return not self.years

    @property
    def is_kept_later(self) -> bool:
        """Whether the count would end earlier than the deadline that the unit was given."""
        return self.counted < self.deadline


def provisional(limit: Limit, office: Office, start: datetime, deadline: datetime) -> Provisional | None:
    """What makes a deadline provisional that was given at ``start``; None where the calendar is known, or not asked.

    Where the office itself has put a year in, it may correct it: what was promised is kept, with no year unknown.
    """
    years = limit.guessed_years(office, deadline, start)
    if limit.unit not in (_DAYS, _HOURS) or not (years or office.has_put_in_between(start, deadline)):
        return None
    promised = _promised(limit, office, start, deadline)
    return Provisional(years, *promised) if promised else Provisional(years) if years else None


def _promised(
    limit: Limit, office: Office, start: datetime, deadline: datetime
) -> tuple[float, str, datetime | None] | None:
    """The count and unit of a limit that a deadline is by, and from when, if not from ``start``; None for a chosen day.

    The form proposed it when it was opened, which may be a working day ago.
    """
    if limit.unit == _DAYS:
        opened = (None, start - timedelta(days=1))
        since = [at for at in opened if limit.ends(office, at or start) == deadline]
        return (limit.count, _DAYS, since[0]) if since else None
    hours = working_hours_between(office, start, deadline)
    return (hours, _HOURS, None) if 0 <= limit.count - hours + 1 / 60 <= office.day_hours else None


def recounted(course: Course, office: Office) -> Recount | None:
    """Where the provisional deadline of a course lies by what is known of the calendar; None where it has none.

    None as well where nothing is to be said: the deadline stays, and is as provisional as before.
    """
    step = setting(course)
    if step is None or step.provisional is None or course.deadline is None:
        return None
    counted = _counted(step.provisional, step.provisional.since or step.at, course.deadline, office)
    years = office.unknown_years(step.at, counted)
    was_final, still_unknown = not step.provisional.years, set(years) & set(step.provisional.years)
    if counted <= course.deadline and (was_final or still_unknown):
        return None
    return Recount(max(counted, course.deadline), counted, years)


def setting(course: Course) -> Step | None:
    """The step that gave the deadline in force; what a unit only asked for gave none."""
    return next((step for step in reversed(course.steps) if step.deadline and step.act != "extend"), None)


def still_provisional(step: Step, recount: Recount) -> Provisional | None:
    """The same promise as a recounted deadline's, counted from the same instant, with the years not arranged yet.

    Kept without any such year as well: the arrangement may be corrected.
    """
    was = step.provisional
    return replace(was, years=recount.years, since=was.since or step.at) if was else None


def reported_late(case: Case, deadlines: Deadlines, office: Office) -> bool:
    """Whether any report of a unit came after the deadline that stood then; another one given later mends nothing.

    A provisional one that nobody recounted before the report is read by what is known of the calendar by now: when the
    office puts a year in is not the unit's fault.
    """
    giver, asks = None, asks_calendar(deadlines, case)
    for step in case.steps:
        late = step.act == "handle" and giver and giver.deadline and step.at > giver.deadline
        if late and giver and giver.deadline and not (asks and step.at <= _known(giver, giver.deadline, office)):
            return True
        # What a unit asks for is no deadline until it is granted.
        if step.act != "extend" and step.deadline:
            giver = step
    return False


def _known(giver: Step, deadline: datetime, office: Office) -> datetime:
    """Where the deadline that a step gave ends by what is known of the calendar, and not before it."""
    if giver.provisional is None:
        return deadline
    try:
        return max(deadline, _counted(giver.provisional, giver.provisional.since or giver.at, deadline, office))
    except ValueError:  # a calendar of the city's own in which no day is worked
        return deadline


def reason(recount: Recount, by_law: str, arranged: str, asked_until: datetime | None = None) -> str:
    """For readers, in the case's history: why it was recounted, and why it stays where the count is earlier.

    Also that a request for more time needs no answer, where the deadline now reaches what was asked for.
    """
    why = by_law if not recount.is_final else arranged
    if recount.is_final and recount.is_kept_later:
        why += "，按安排应为更早的时间，仍按原期限"
    return f"{why}，已到申请延期的时间，不必再答复" if asked_until and asked_until <= recount.deadline else why


def _counted(was: Provisional, since: datetime, deadline: datetime, office: Office) -> datetime:
    if was.unit:
        return Limit(was.count, was.unit).ends(office, since)
    chosen = deadline.astimezone(office.timezone).date()
    is_as_thought = chosen.weekday() >= 5 or office.works_on(chosen)
    return deadline if is_as_thought else end_of_working_day(office, deadline, 1)
