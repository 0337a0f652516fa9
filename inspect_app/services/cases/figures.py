"""The figures of the cases filed in some time, per unit, area, clause, week and month; the thresholds of 红黄牌."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from ...collections import Kept
from ...collections.cases.cards import CARDS, CASE_SETTINGS
from ...collections.cases.case import CASES
from ...domain.accounts.scope import Scope
from ...domain.cases.case import Case
from ...domain.cases.columns import (
    CaseColumns,
    ChosenCases,
    Codes,
    chosen,
    columns_clock,
    in_several,
    microseconds,
)
from ...domain.cases.figures import Cards, Figures, Ranked, Reported, ranked
from ...domain.cases.recounting import reported_late
from ...domain.cases.spans import period_ends, period_starts
from ...domain.place.areas import AreaTree
from ...domain.problems import Problem
from ...domain.weeks import first_day, shifted
from ...store import Stale
from .. import Services
from ..accounts.units import unit_names
from ..audit import Entry, keep
from ..place.register import area_tree
from ..place.scoped import those_in
from .at_hand import WeekProblems, covered

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
    tree, names, cards = area_tree(services.store, week), unit_names(services.store), kept_cards(services).value
    areas = _areas_above(tree, scope)
    span = _weeks(period_starts(first), period_ends(last))
    found = [services.cases.problems(services.store, one) for one in span]
    with services.cases.now(services.store) as columns:
        of = _chosen(services, columns, first, last, now, scope)
        problems = _reported(services, columns, found, first, last, scope)
        units, spots, clauses, weeks, months = (
            list(map(_keys, one.numbers))
            for one in (columns.units, columns.areas, columns.clauses, columns.weeks, columns.months)
        )
    whole = of.figures(np.arange(len(of.unit)), np.zeros(len(of.unit), np.intp), 1)[0]
    by_unit = _grouped(of, of.unit, units)
    by_unit.pop(UNSENT, None)
    by_area = _grouped(of, of.area, [areas(*one) for one in spots], _in_groups(problems, lambda one: areas(one.area)))
    by_clause = _grouped(of, of.clause, clauses)
    by_week = _grouped(of, of.week, weeks, _in_groups(problems, lambda one: (one.week,)))
    by_month = _grouped(of, of.month, months, _in_groups(problems, lambda one: (one.month,)))
    return CaseFigures(
        first=first,
        last=last,
        whole=_with_problems(whole, _counted(problems)),
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
    with services.cases.now(services.store) as columns:
        places = _filed_within(services, columns, first, last, scope).tolist()
        ids = {columns.briefs[place].id for place in places}
        weeks = {columns.briefs[place].week for place in places}
    return [one for one in CASES.find(services.store, week=weeks) if one.id in ids]


def _filed_within(services: Services, columns: CaseColumns, first: str, last: str, scope: Scope) -> Codes:
    """The places of a scope's cases that were filed in the span and not cancelled."""
    start, end = map(microseconds, _instants(services, first, last))
    filed = (columns.filed >= start) & (columns.filed < end) & (columns.cancelled == 0)
    return np.flatnonzero(filed & covered(columns, services.store, scope))


def _chosen(
    services: Services, columns: CaseColumns, first: str, last: str, now: datetime, scope: Scope
) -> ChosenCases:
    timezone, deadlines = services.settings.timezone, services.library.deadlines
    begin = datetime.combine(period_starts(first), datetime.min.time(), timezone)
    office = deadlines.office(timezone)

    def late(place: int) -> bool:
        kept = CASES.get(services.store, columns.briefs[place].id)
        return kept is not None and reported_late(kept.value, deadlines, office)

    places = _filed_within(services, columns, first, last, scope)
    return chosen(columns, places, now, late, columns_clock(office, begin, max(now, begin)))


def _keys(one: object) -> tuple[str, ...]:
    """What a code stands for, as keys of groups: a text, or several."""
    return one if isinstance(one, tuple) else (str(one),)


def _grouped(
    of: ChosenCases,
    codes: Codes,
    keys: Sequence[tuple[str, ...]],
    reported: Mapping[str, tuple[int, int]] | None = None,
) -> dict[str, Figures]:
    """The figures of each group that has any cases, or problems, in the order of the keys."""
    rows, groups, names = in_several(codes, keys)
    figures = zip(names, of.figures(rows, groups, len(names)), strict=True)
    found = {name: one for name, one in figures if one.filed}
    if reported is not None:
        none = of.figures(rows[:0], groups[:0], 1)[0]
        found = {
            name: _with_problems(found.get(name, none), reported.get(name, (0, 0))) for name in (*found, *reported)
        }
    return dict(sorted(found.items()))


def _with_problems(figures: Figures, counts: tuple[int, int]) -> Figures:
    return replace(figures, reported=counts[0], reported_filed=counts[1])


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


def _reported(
    services: Services, columns: CaseColumns, found: Iterable[WeekProblems], first: str, last: str, scope: Scope
) -> Counter[Reported]:
    """How many problems of the visits that began in the span are alike, each with whether it is a case."""
    start, end = _instants(services, first, last)
    counted: Counter[Reported] = Counter()
    for week in found:
        counted.update(week.reported(columns, start, end))
    mine = those_in(services.store, scope, counted, lambda one: (one.week, one.area))
    return Counter({one: counted[one] for one in mine})


def _weeks(first: date, last: date) -> Iterator[str]:
    """The weeks that have days between two."""
    week = "{}-W{:02d}".format(*first.isocalendar()[:2])
    while first_day(week) <= last:
        yield week
        week = shifted(week, 1)


def _in_groups(
    problems: Mapping[Reported, int], keys: Callable[[Reported], Iterable[str]]
) -> dict[str, tuple[int, int]]:
    """How many problems each group has, and how many of them are cases."""
    groups: dict[str, Counter[Reported]] = defaultdict(Counter)
    for one, count in problems.items():
        for key in keys(one):
            groups[key][one] += count
    return {key: _counted(some) for key, some in groups.items()}


def _counted(problems: Mapping[Reported, int]) -> tuple[int, int]:
    return sum(problems.values()), sum(count for one, count in problems.items() if one.filed)


def _areas_above(tree: AreaTree, scope: Scope) -> Callable[[str], tuple[str, ...]]:
    """District, street and community of the scope that an area lies in."""

    @cache
    def areas(code: str) -> tuple[str, ...]:
        found = (area.code for area in tree.path(code) if len(area.code) >= 6)
        return tuple(one for one in found if scope.covers(tree, one))

    return areas


def _lines(groups: Mapping[Any, Figures], name: Callable[[str], str]) -> tuple[Line, ...]:
    return tuple(Line(str(key), name(str(key)), figures) for key, figures in groups.items())
