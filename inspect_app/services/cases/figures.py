"""The figures of the cases filed in some time, per unit, area, clause, week and month; the thresholds of 红黄牌."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from ...collections import Kept
from ...collections.cases.cards import CARDS, CASE_SETTINGS
from ...collections.cases.case import CASES
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import Scope
from ...domain.cases.case import Case, sent_back
from ...domain.cases.deadlines import Deadlines
from ...domain.cases.figures import Cards, Fact, Figures, Ranked, Reported, figures_of, grouped, ranked
from ...domain.cases.life_cycle import State
from ...domain.cases.recounting import reported_late
from ...domain.cases.spans import month_of, period_ends, period_starts
from ...domain.cases.working_time import Office, working_clock
from ...domain.place.areas import AreaTree
from ...domain.problems import Problem
from ...domain.weeks import first_day, shifted, week_of
from ...store import Stale
from .. import Services
from ..accounts.units import unit_names
from ..audit import Entry, keep
from ..place.register import area_tree
from ..place.scoped import those_in
from .acts import place_of

MOST_DAYS = 105 * 7
UNSENT = ""
"""Stands for the unit of cases that are with nobody."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: its name for readers, and its figures."""

    key: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """All tables, from a week or month to another. ``units`` are ranked; cases with nobody count in the whole only."""

    first: str
    last: str
    whole: Figures
    units: tuple[Ranked, ...]
    names: Mapping[str, str]
    areas: tuple[Line, ...]
    clauses: tuple[Line, ...]
    weeks: tuple[Line, ...]
    months: tuple[Line, ...]
    cards: Cards


def case_figures(
    services: Services, first: str, last: str, now: datetime, *, scope: Scope, week: str | None = None
) -> CaseFigures:
    """The figures of a scope's cases filed from one week or month to another, both included, as they stand now.

    Cancelled cases are left out: they should not have been filed. A case counts for the unit that leads it now, and
    for areas as they are in ``week``, with every change that is known for None.
    """
    cases = _not_cancelled(services)
    facts = _facts(services, _filed_within(services, cases, first, last, scope), first, now)
    problems = _reported(services, cases, first, last, scope)
    tree, names, cards = area_tree(services.store, week), unit_names(services.store), kept_cards(services).value
    by_unit = {str(key): figures for key, figures in grouped(facts, lambda fact: [fact.unit]).items() if key != UNSENT}
    areas = _areas_above(tree, scope)
    by_area = grouped(facts, lambda fact: areas(fact.area), _in_groups(problems, lambda one: areas(one.area)))
    by_clause = grouped(facts, lambda fact: fact.clauses)
    by_week = grouped(facts, lambda fact: [fact.week], _in_groups(problems, lambda one: [one.week]))
    by_month = grouped(facts, lambda fact: [fact.month], _in_groups(problems, lambda one: [one.month]))
    return CaseFigures(
        first=first,
        last=last,
        whole=figures_of(facts, problems),
        units=tuple(ranked(by_unit, cards)),
        names=names,
        areas=_lines(by_area, tree.full_name),
        clauses=_lines(by_clause, str),
        weeks=_lines(by_week, str),
        months=_lines(by_month, str),
        cards=cards,
    )


def cases_filed(services: Services, first: str, last: str, *, scope: Scope) -> list[Kept[Case]]:
    """A scope's cases filed from one week or month to another, without cancelled ones, in the order filed."""
    return _filed_within(services, _not_cancelled(services), first, last, scope)


def _not_cancelled(services: Services) -> list[Kept[Case]]:
    # Of all weeks: the finding's is no later than that of the filing, and mostly the same or the one before.
    return CASES.find(services.store, state=[state.value for state in State if state is not State.CANCELLED])


def _filed_within(
    services: Services, cases: Iterable[Kept[Case]], first: str, last: str, scope: Scope
) -> list[Kept[Case]]:
    start, end = _instants(services, first, last)
    filed = [one for one in cases if start <= one.value.filed_at < end]
    return those_in(services.store, scope, filed, place_of)


def kept_cards(services: Services) -> Kept[Cards]:
    """The thresholds in force; none, at revision 0, where none were set."""
    return CASE_SETTINGS.get(services.store, CARDS) or Kept(CARDS, 0, Cards())


def set_cards(services: Services, by: str, cards: Cards, expected_revision: int, now: datetime) -> list[Problem]:
    """Set the thresholds. Red is the worse one: its share is not above the yellow one's, its number not below.

    Raises ``Stale`` where they were set anew since ``expected_revision``.
    """
    problems = []
    for value in (cards.yellow_rate, cards.red_rate):
        if value is not None and not 0 <= value <= 100:
            problems.append(Problem("cards.rate_out_of_range"))
    for number in (cards.yellow_overdue, cards.red_overdue):
        if number is not None and number < 1:
            problems.append(Problem("cards.count_not_positive"))
    if None not in (cards.yellow_rate, cards.red_rate) and cards.red_rate > cards.yellow_rate:  # type: ignore[operator]
        problems.append(Problem("cards.red_rate_above_yellow"))
    if None not in (cards.yellow_overdue, cards.red_overdue) and cards.red_overdue < cards.yellow_overdue:  # type: ignore[operator]
        problems.append(Problem("cards.red_count_below_yellow"))
    if problems:
        return problems
    before = kept_cards(services)
    if before.revision != expected_revision:
        raise Stale(f"{CASE_SETTINGS.name}/{CARDS}")
    entry = Entry("cards.changed", "cards", before=asdict(before.value), after=asdict(cards))
    keep(services.store, by, now, [entry], [CASE_SETTINGS.writing(CARDS, cards, expected_revision)])
    return []


def _instants(services: Services, first: str, last: str) -> tuple[datetime, datetime]:
    """When the span begins, and when it is over."""
    timezone = services.settings.timezone
    after = period_ends(last) + timedelta(days=1)
    start, end = (datetime.combine(day, datetime.min.time(), timezone) for day in (period_starts(first), after))
    return start, end


def _reported(services: Services, cases: Iterable[Kept[Case]], first: str, last: str, scope: Scope) -> list[Reported]:
    """The problems of the visits that began in the span, each with whether it is one of the cases."""
    timezone, (start, end) = services.settings.timezone, _instants(services, first, last)
    filed = {(one.value.inspection, one.value.item) for one in cases}
    visits = [
        kept
        for week in _weeks(period_starts(first), period_ends(last))
        for kept in INSPECTIONS.find(services.store, week=week)
    ]
    within = those_in(services.store, scope, visits, lambda kept: (kept.value.week, kept.value.area))
    return [
        Reported(
            kept.value.area,
            kept.value.week,
            (kept.id, finding.item.item_id) in filed,
            month_of(kept.value.started_at, timezone),
        )
        for kept in within
        if start <= kept.value.started_at < end
        for finding in kept.value.findings
    ]


def _weeks(first: date, last: date) -> Iterator[str]:
    """The weeks that have days between two."""
    week = "{}-W{:02d}".format(*first.isocalendar()[:2])
    while first_day(week) <= last:
        yield week
        week = shifted(week, 1)


def _in_groups(
    problems: Iterable[Reported], keys: Callable[[Reported], Iterable[str]]
) -> dict[Hashable, list[Reported]]:
    groups: dict[Hashable, list[Reported]] = defaultdict(list)
    for one in problems:
        for key in keys(one):
            groups[key].append(one)
    return groups


def _areas_above(tree: AreaTree, scope: Scope) -> Callable[[str], tuple[str, ...]]:
    """District, street and community of the scope that an area lies in."""

    @cache
    def areas(code: str) -> tuple[str, ...]:
        found = (area.code for area in tree.path(code) if len(area.code) >= 6)
        return tuple(one for one in found if scope.covers(tree, one))

    return areas


def _facts(services: Services, cases: Sequence[Kept[Case]], first: str, now: datetime) -> list[Fact]:
    timezone = services.settings.timezone
    begin = datetime.combine(period_starts(first), datetime.min.time(), timezone)
    deadlines = services.library.deadlines
    office = deadlines.office(timezone)
    clock = working_clock(office, begin, max(now, begin))
    return [_fact(one.value, clock, now, deadlines, office) for one in cases]


def _fact(case: Case, clock: Callable[[datetime], float], now: datetime, deadlines: Deadlines, office: Office) -> Fact:
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


def _lines(groups: Mapping[Any, Figures], name: Callable[[str], str]) -> tuple[Line, ...]:
    return tuple(Line(str(key), name(str(key)), figures) for key, figures in groups.items())
