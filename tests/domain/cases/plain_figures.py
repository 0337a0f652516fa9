"""The figures of cases as they are defined, case by case: what the program makes of columns must be the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from inspect_app.domain.cases.case import Case, sent_back
from inspect_app.domain.cases.deadlines import Deadlines
from inspect_app.domain.cases.figures import Figures, Reported
from inspect_app.domain.cases.life_cycle import State
from inspect_app.domain.cases.recounting import reported_late
from inspect_app.domain.cases.spans import month_of
from inspect_app.domain.cases.working_time import Office
from inspect_app.domain.weeks import week_of


@dataclass(frozen=True, slots=True)
class Fact:
    """A case as the figures need it. ``in_time`` is None where it is neither closed nor late.

    ``hours`` are working hours from the first dispatch to the unit's last report, None before that.
    """

    unit: str
    area: str
    clauses: tuple[str, ...]
    week: str
    closed: bool
    overdue: bool
    in_time: bool | None
    sent_back: bool
    recurrent: bool
    hours: float | None
    dispatched: bool = True
    extended: bool = False
    month: str = ""


def figures_of(facts: Iterable[Fact], reported: Iterable[Reported] | None = None) -> Figures:
    """The figures of these cases together, and of the problems reported where they are given."""
    found = list(facts)
    problems = None if reported is None else list(reported)
    hours = [fact.hours for fact in found if fact.hours is not None and fact.closed]
    return Figures(
        filed=len(found),
        closed=sum(fact.closed for fact in found),
        due=sum(fact.in_time is not None for fact in found),
        in_time=sum(fact.in_time is True for fact in found),
        sent_back=sum(fact.sent_back and fact.in_time is not None for fact in found),
        overdue=sum(fact.overdue for fact in found),
        recurrent=sum(fact.recurrent for fact in found),
        median_hours=median(hours) if hours else None,
        dispatched=sum(fact.dispatched for fact in found),
        extended=sum(fact.extended and fact.in_time is not None for fact in found),
        reported=None if problems is None else len(problems),
        reported_filed=None if problems is None else sum(one.filed for one in problems),
    )


def grouped(
    facts: Iterable[Fact],
    keys: Callable[[Fact], Iterable[Hashable]],
    reported: Mapping[Hashable, Iterable[Reported]] | None = None,
) -> dict[Hashable, Figures]:
    """The figures of each group; a case counts in every group that ``keys`` names, in the order of the keys.

    ``reported`` are the problems of each group, where groups have any.
    """
    groups: dict[Hashable, list[Fact]] = defaultdict(list)
    for fact in facts:
        for key in keys(fact):
            groups[key].append(fact)
    told = {key: reported.get(key, ()) for key in (*groups, *reported)} if reported is not None else {}
    return {key: figures_of(groups[key], told.get(key)) for key in sorted({*groups, *told}, key=str)}


def fact_of(
    case: Case, clock: Callable[[datetime], float], now: datetime, deadlines: Deadlines, office: Office
) -> Fact:
    """A case at some instant."""
    closed, overdue = case.state is State.CLOSED, case.overdue(now)
    reported = case.last("handle")
    late_once = overdue or reported_late(case, deadlines, office)
    hours = None
    if case.dispatched_at and reported:
        hours = clock(reported.at) - clock(case.dispatched_at)
    return Fact(
        unit=case.unit,
        area=case.area,
        clauses=case.clauses,
        week=week_of(case.filed_at, office.timezone),
        closed=closed,
        overdue=overdue,
        in_time=False if late_once else True if closed else None,
        sent_back=sent_back(case) > 0,
        recurrent=case.recurrence.times > 1,
        hours=hours,
        dispatched=case.dispatched_at is not None,
        extended=case.last("grant") is not None,
        month=month_of(case.filed_at, office.timezone),
    )
