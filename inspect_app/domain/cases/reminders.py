"""Which cases are due to be told of, and to whom: the unit before and at the deadline, the office some time after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .deadlines import Deadlines
from .working_time import add_working_hours, guess_words, time_left

QUIET_BEFORE, QUIET_FROM = 8, 21
"""Hours of the city's day between which messages go out; at night nobody is woken for a fence."""
_LISTED = 12


class Occasion(StrEnum):
    NEW = "new"
    SOON = "soon"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    RECOUNTED = "recounted"
    TOLD_RECOUNTED = "told_recounted"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def to_office(self) -> bool:
        return self in (Occasion.ESCALATED, Occasion.TOLD_RECOUNTED)


_LABELS = {
    Occasion.NEW: "派遣或返工",
    Occasion.SOON: "即将到期",
    Occasion.OVERDUE: "已超期",
    Occasion.ESCALATED: "超期未办，告知督导",
    Occasion.RECOUNTED: "按放假调休安排重算期限",
    Occasion.TOLD_RECOUNTED: "按放假调休安排重算期限，告知督导",
}


@dataclass(frozen=True, slots=True)
class Due:
    """A case that is with a unit, as far as a message tells of it. ``since`` is when it was dispatched last;
    ``guessed`` are the years not arranged yet that its deadline reaches into, ``recounted`` tells that it was
    recounted since it was given."""

    id: str
    title: str
    place: str
    unit: str
    deadline: datetime
    since: datetime
    guessed: tuple[int, ...] = ()
    recounted: bool = False


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing to be told once. With another deadline, or sent to another unit, the case is told of again."""

    occasion: Occasion
    case: Due

    @property
    def key(self) -> str:
        """What tells one reminder from every other."""
        case = self.case
        about = case.since if self.occasion is Occasion.NEW else case.deadline
        return f"{case.id}/{case.unit}/{self.occasion}/{about:%Y%m%dT%H%M%S}"


def reminders(cases: Iterable[Due], deadlines: Deadlines, timezone: ZoneInfo, now: datetime) -> Iterator[Reminder]:
    """Everything that is due to have been told by ``now``: of each case the most pressing only, that its deadline was
    recounted, and what the office is told besides."""
    office = deadlines.office(timezone)
    soon = add_working_hours(office, now, deadlines.remind_hours)
    for case in cases:
        if case.recounted:
            yield Reminder(Occasion.RECOUNTED, case)
            yield Reminder(Occasion.TOLD_RECOUNTED, case)
        if case.deadline < now:
            yield Reminder(Occasion.OVERDUE, case)
            # Working hours are no fewer than they seem: what was due this very minute needs no closer look.
            since = now - case.deadline
            if since >= timedelta(hours=deadlines.escalate_hours):
                told = add_working_hours(office, case.deadline, deadlines.escalate_hours)
                if told <= now:
                    yield Reminder(Occasion.ESCALATED, case)
        else:
            yield Reminder(Occasion.SOON if case.deadline <= soon else Occasion.NEW, case)


def is_quiet(now: datetime, timezone: ZoneInfo) -> bool:
    """Whether it is night in the city."""
    return not QUIET_BEFORE <= now.astimezone(timezone).hour < QUIET_FROM


def message(
    found: Sequence[Reminder], deadlines: Deadlines, timezone: ZoneInfo, now: datetime, link: str, units: dict[str, str]
) -> tuple[str, str]:
    """Subject and text of one message about several cases, the most urgent first.

    ``link`` is the page to go to, empty where it is not known. ``units`` are names by id for the office's message,
    empty for a unit's. Nothing in it is about who inspected.
    """
    office = deadlines.office(timezone)
    ordered = sorted({one.case.id: one.case for one in found}.values(), key=lambda case: case.deadline)
    counts = {occasion: sum(one.occasion is occasion for one in found) for occasion in Occasion}
    words = "，".join(f"{occasion.label} {count} 件" for occasion, count in counts.items() if count)
    lines = [f"【明察暗访】整改件：{words}"]
    for case in ordered[:_LISTED]:
        unit = f"，{units.get(case.unit, case.unit)}" if units else ""
        day = f"{case.deadline.astimezone(timezone):%m-%d %H:%M}{'（暂定）' if case.guessed else ''}"
        by = f"{day}，{time_left(office, case.deadline, now)}"
        lines.append(f"{case.id} {case.title}（{case.place}{unit}）期限 {by}")
    if len(ordered) > _LISTED:
        lines.append(f"等 {len(ordered)} 件")
    if guess := guess_words(sorted({year for case in ordered for year in case.guessed})):
        lines.append(guess)
    if link:
        lines.append(link)
    return f"整改件：{words}", "\n".join(lines)
