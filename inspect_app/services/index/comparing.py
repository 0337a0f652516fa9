"""Pooled weeks of every area, and two named areas compared, for the office; made of published weeks.

The week that is running, or any that is not published, can be compared as it stands; it is part of no pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ...domain.accounts.scope import Scope
from ...domain.index.comparing import POOLED_WEEKS, ComparedFigures, Pooled, common_of, compared, going_together, pooled
from ...domain.index.figures import AreaWeek, PastWeek, PublishedWeek
from ...domain.problems import Problem
from .. import Services
from ..place.register import area_tree
from ..place.scoped import areas_in
from ..publications import published_weeks
from .publishing import preview, readable

ONE_WEEK = 1
SPANS = (ONE_WEEK, *POOLED_WEEKS)
"""Over how many weeks two areas can be compared."""
_LOOKED_BACK = 2 * max(POOLED_WEEKS)
"""How many published weeks an area's last figures are looked for in."""


@dataclass(frozen=True, slots=True)
class PooledArea:
    """An area's pooled figures by number of weeks; ``since``: the first week of each. None where it has too few."""

    area: str
    name: str
    level: str
    figures: Mapping[int, Pooled | None]
    since: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class PooledFigures:
    """Pooled figures up to a week, by level from the top. ``weeks``: those published that have any, newest first."""

    week: str
    weeks: tuple[str, ...]
    levels: Mapping[str, tuple[PooledArea, ...]]

    def area(self, code: str) -> PooledArea | None:
        return next((row for rows in self.levels.values() for row in rows if row.area == code), None)

    def correlations(self, level: str) -> Mapping[int, float]:
        """That of successive weeks, by number of weeks, as far as there are so many."""
        figures = [found for row in self.levels[level] for found in row.figures.values() if found]
        return {found.weeks: found.correlation for found in sorted(figures, key=lambda one: one.weeks)}


@dataclass(frozen=True, slots=True)
class ComparedAreas:
    """Two areas of a level, the higher one first; ``found`` is None where one of them has no error.

    ``weeks``: over how many; ``since``: the first of them, the earlier one where the two differ.
    """

    higher: str
    lower: str
    weeks: int
    since: str
    week: str
    found: ComparedFigures | None


def pooled_figures(services: Services, week: str, *, scope: Scope) -> PooledFigures:
    """The areas of a scope over the last 4, 8 and 13 published weeks up to one, in which each has a figure with error.

    Areas of that week's tree: one that was merged into another since has no figure of its own any more.

    The weeks' own correlation is that of all areas of a level, of the scope or not; where these are few, of all levels.
    """
    past, tree = _past(services, week), area_tree(services.store, week)
    mine = areas_in(services.store, scope, week)
    levels: dict[str, list[AreaWeek]] = {}
    for row in sorted(past.newest.values(), key=lambda row: (len(row.area), row.area)):
        if row.area in tree:
            levels.setdefault(row.level, []).append(row)
    everywhere = [row for rows in levels.values() for row in rows]
    found = {
        level: tuple(_pooled(rows, going_together(rows, everywhere), past.figures, mine))
        for level, rows in levels.items()
    }
    return PooledFigures(week, past.weeks, {level: rows for level, rows in found.items() if rows})


@dataclass(frozen=True, slots=True)
class ShownWeek:
    """A week of a scope's areas, as it was published last or as it stands, and what is pooled up to it."""

    week: PublishedWeek
    pooled: PooledFigures


def shown_week(services: Services, week: str, *, scope: Scope) -> ShownWeek:
    """What two areas of a scope are compared by."""
    shown, mine = (
        readable(services, week) or preview(services, week, scope=scope),
        areas_in(services.store, scope, week),
    )
    rows = tuple(row for row in shown.rows if mine is None or row.area in mine)
    return ShownWeek(replace(shown, rows=rows), pooled_figures(services, week, scope=scope))


def compare(shown: ShownWeek, one: str, other: str, weeks: int) -> ComparedAreas | list[Problem]:
    """Two areas (codes) compared, in the week or over the last ``weeks``; or what is wrong with the question.

    Only areas of one level: a district is not independent of its streets.
    """
    if weeks not in SPANS:
        return [Problem("index.span_unknown", details={"spans": tuple(map(str, SPANS))})]
    if not one or not other:
        return [Problem("index.two_areas_wanted")]
    if one == other:
        return [Problem("index.same_area_twice")]
    return (_in_week if weeks == ONE_WEEK else _in_pool)(shown, (one, other), weeks)


@dataclass(frozen=True, slots=True)
class _Past:
    """The newest row of each area, its figures that have an error (oldest first), and the weeks that have any."""

    newest: Mapping[str, AreaWeek]
    figures: Mapping[str, Sequence[PastWeek]]
    weeks: tuple[str, ...]


def _past(services: Services, week: str) -> _Past:
    newest: dict[str, AreaWeek] = {}
    figures: dict[str, list[PastWeek]] = {}
    known = [one for one in published_weeks(services.store) if one <= week][:_LOOKED_BACK]
    weeks = []
    for name in known:
        shown = readable(services, name)
        sure = [row for row in shown.rows if row.error is not None] if shown else []
        weeks += [name] if sure else []
        for row in sure:
            newest.setdefault(row.area, row)
            past = PastWeek(name, row.rate, row.low, row.high, row.error, row.freedom)
            figures.setdefault(row.area, []).insert(0, past)
    return _Past(newest, figures, tuple(weeks))


def _pooled(
    rows: Sequence[AreaWeek],
    together: Sequence[AreaWeek],
    figures: Mapping[str, Sequence[PastWeek]],
    mine: Iterable[str] | None,
) -> list[PooledArea]:
    """The rows pooled; how far weeks go ``together`` is estimated from these, the rows among them."""
    of_rows = [figures[row.area] for row in (*rows, *(row for row in together if row not in rows))]
    by_weeks = {weeks: pooled(of_rows, weeks) for weeks in POOLED_WEEKS}
    shown = None if mine is None else frozenset(mine)
    return [
        PooledArea(
            row.area,
            row.name,
            row.level,
            {weeks: by_weeks[weeks][n] for weeks in POOLED_WEEKS},
            {weeks: of_rows[n][-weeks].week for weeks in POOLED_WEEKS if by_weeks[weeks][n]},
        )
        for n, row in enumerate(rows)
        if shown is None or row.area in shown
    ]


def _in_week(shown: ShownWeek, areas: tuple[str, str], weeks: int) -> ComparedAreas | list[Problem]:
    head = shown.week.head
    found = {row.area: row for row in shown.week.rows if row.area in areas}
    if problems := _wrong([(code, found[code].level if code in found else "") for code in areas]):
        return problems
    one, other = found[areas[0]], found[areas[1]]
    difference = compared(one, other, common_of(head.variances))
    return _ordered(one.name, other.name, difference, (weeks, head.week, head.week))


def _in_pool(shown: ShownWeek, areas: tuple[str, str], weeks: int) -> ComparedAreas | list[Problem]:
    week = shown.pooled.week
    rows = [shown.pooled.area(code) for code in areas]
    if problems := _wrong([(code, row.level if row else "") for code, row in zip(areas, rows, strict=True)]):
        return problems
    one, other = (row for row in rows if row)
    first, second = one.figures[weeks], other.figures[weeks]
    found = compared(first, second) if first and second else None
    since = min([*(row.since[weeks] for row in (one, other) if weeks in row.since), week])
    return _ordered(one.name, other.name, found, (weeks, since, week))


def _wrong(areas: Sequence[tuple[str, str]]) -> list[Problem]:
    """What is wrong with two areas of these codes and levels; of one that has no figure the level is empty."""
    unknown = [code for code, level in areas if not level]
    if unknown:
        return [Problem("index.area_without_figure", details={"area": code}) for code in unknown]
    if areas[0][1] != areas[1][1]:
        return [Problem("index.levels_differ", details={"one": areas[0][1], "other": areas[1][1]})]
    return []


def _ordered(one: str, other: str, found: ComparedFigures | None, span: tuple[int, str, str]) -> ComparedAreas:
    weeks, since, week = span
    if found and found.points < 0:
        turned = ComparedFigures(-found.points, -found.high, -found.low, found.p)
        return ComparedAreas(other, one, weeks, since, week, turned)
    return ComparedAreas(one, other, weeks, since, week, found)
