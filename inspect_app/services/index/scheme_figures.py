"""This tool's own figures over a period, from published weeks: what parts of a scheme are made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf, isinf, sqrt

import numpy as np

from ...domain.index.comparing import going_together, lag_one
from ...domain.index.figures import AreaDetail, AreaWeek, Part, PublishedWeek
from ...domain.index.industries import Industry
from ...domain.index.sample import CHOSEN, DRAWN
from ...domain.index.schemes.computing import Measured
from ...domain.index.schemes.scheme import OWN, FigureSource, PublicationScheme, SchemePart, WeekWeights
from ...domain.numbers import exact_of
from ...domain.weeks import first_day
from .. import Services
from .industries import own_industries, resolved

CaseRates = Callable[[str, str, str], Mapping[str, Mapping[str, Fraction]]]
"""The rates of cases filed from one week or month to another, by the areas of a week: by area and name, percent."""
_DETAILS = {FigureSource.DIMENSION: "dimensions", FigureSource.TYPE: "types", FigureSource.ITEM: "items"}


@dataclass(frozen=True, slots=True)
class WeekFigure:
    """A rate with the lengths below and above it (percent), unknown ones infinite; of so many sites, in a week.

    Weeks are numbered without gaps from one year to the next.
    """

    rate: float
    below: float
    above: float
    sites: int
    week: int = 0


WeeklyFigures = Mapping[tuple[str, str], Sequence[WeekFigure]]
"""By area and column of a scheme the figures of the weeks that have one."""


def over_weeks(scheme: PublicationScheme, weekly: WeeklyFigures) -> dict[str, dict[str, Measured]]:
    """A period's figures by area and column: the mean of its weeks, alike or by the sites inspected.

    Weeks are drawn anew, but what reaches over several of them (an inspector, a dirty month) makes their figures err
    alike: as far as successive weeks of all areas go together, as in ``domain.index.comparing.pooled``. What is the
    same in every week shows in no such comparison and is not in the interval. Where one week has none the whole has
    none (an infinite one).
    """
    together = _correlations(weekly)
    areas: dict[str, dict[str, Measured]] = {}
    for (area, column), some in weekly.items():
        r = together[column, len(area)]
        areas.setdefault(area, {})[column] = _over_weeks(some, scheme.week_weights, r)
    return areas


def _correlations(weekly: WeeklyFigures) -> dict[tuple[str, int], float]:
    """By column and level (digits of its codes) how far successive weeks go together; of few areas, that of all."""
    most: dict[str, int] = {}
    for (_, column), some in weekly.items():
        most[column] = max(len(some), most.get(column, 0))
    series: dict[str, list[tuple[int, list[float]]]] = {}
    for (area, column), some in weekly.items():
        if len(some) == most[column]:
            series.setdefault(column, []).append((len(area), [one.rate for one in some]))
    found: dict[tuple[str, int], float] = {}
    for column, level in {(column, len(area)) for area, column in weekly}:
        here = [rates for digits, rates in series[column] if digits == level]
        chosen = going_together(here, [rates for _, rates in series[column]])
        found[column, level] = lag_one(np.array(chosen, np.float64))
    return found


def weeks_seen(weekly: WeeklyFigures) -> dict[str, int]:
    """By area, how many weeks have figures of all its parts' that have any: of the one of which the fewest have."""
    found: dict[str, int] = {}
    for (area, _), some in weekly.items():
        found[area] = min(len(some), found.get(area, len(some)))
    return found


def weeks_without_plan(weeks: Iterable[PublishedWeek]) -> tuple[str, ...]:
    """The weeks that sum up chosen places, where those with a plan estimate all."""
    return tuple(week.head.week for week in weeks if any(row.basis == CHOSEN for row in week.rows))


def weeks_that_count(weeks: Sequence[PublishedWeek]) -> list[PublishedWeek]:
    """The weeks that a period's figures are made of: where a plan drew any of them, no summaries of chosen places."""
    is_drawn = any(row.basis == DRAWN for week in weeks for row in week.rows)
    without = weeks_without_plan(weeks) if is_drawn else ()
    return [week for week in weeks if week.head.week not in without]


def seen_too_little(weeks: Iterable[PublishedWeek]) -> set[str]:
    """The areas of which no week has enough sites, nor all weeks together: 样本不足."""
    sites: dict[str, int] = {}
    least: dict[str, int] = {}
    for week in weeks:
        for row in week.rows:
            least[row.area] = week.head.minimum
            sites[row.area] = max(sites.get(row.area, 0) + row.sites, week.head.minimum if row.enough else 0)
    return {area for area, known in sites.items() if known < least[area]}


def weekly_figures(
    scheme: PublicationScheme, weeks: Iterable[PublishedWeek], industries: Mapping[str, Collection[str]]
) -> WeeklyFigures:
    """By area and column the figures of the weeks that have one; ``industries`` are the items of each."""
    parts = [part for part in scheme.parts if part.source in OWN]
    found: dict[tuple[str, str], list[WeekFigure]] = {}
    items = {part.column: industries[part.key] for part in parts if part.source is FigureSource.INDUSTRY}
    needs = any(part.source is not FigureSource.INDEX for part in parts)
    for week in weeks if parts else ():
        number = first_day(week.head.week).toordinal() // 7
        for row in week.rows:
            detail = week.details[row.area] if needs and row.area in week.details else None
            for part in parts:
                if one := _of_week(part, row, detail, items.get(part.column, ())):
                    found.setdefault((row.area, part.column), []).append(replace(one, week=number))
    return found


def scheme_industries(services: Services, scheme: PublicationScheme) -> dict[str, tuple[str, ...]]:
    """The items of each industry that a scheme names."""
    return industry_items(services, [part.key for part in scheme.parts if part.source is FigureSource.INDUSTRY])


def industry_items(services: Services, industries: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The items (``checklist/item``) of each industry: as the city defines it, else those of the unit of that name."""
    own = own_industries(services)
    wanted = list(industries)
    units = [Industry(one, units=(one,)) for one in wanted if one not in own]
    return {**{one: own[one] for one in wanted if one in own}, **resolved(services, units)}


def _of_week(part: SchemePart, row: AreaWeek, detail: AreaDetail | None, items: Collection[str]) -> WeekFigure | None:
    if part.source is FigureSource.INDEX:
        return _estimate(row.rate, row.low, row.high, row.sites)
    if detail is None:
        return None
    if part.source is FigureSource.INDUSTRY:
        return _industry([one for one in detail.items if one.key in items and one.rate is not None])
    chosen: tuple[Part, ...] = getattr(detail, _DETAILS[part.source])
    one = next((one for one in chosen if part.key in (one.key, one.title)), None)
    return _estimate(one.rate, one.low, one.high, one.sites) if one else None


def _industry(items: list[Part]) -> WeekFigure | None:
    """The share of points kept among all results of the industry's items, each item by the sites that it was seen at.

    Items are judged at the same visits, so their errors are added in full.
    """
    sites = sum(one.sites for one in items)
    if not sites:
        return None
    known = [(one, estimate) for one in items if (estimate := _estimate(one.rate, one.low, one.high, one.sites))]
    return WeekFigure(
        sum(estimate.rate * one.sites for one, estimate in known) / sites,
        sum(estimate.below * one.sites for one, estimate in known) / sites,
        sum(estimate.above * one.sites for one, estimate in known) / sites,
        sites,
    )


def _estimate(rate: float | None, low: float | None, high: float | None, sites: int) -> WeekFigure | None:
    if rate is None:
        return None
    below, above = (inf, inf) if low is None or high is None else (rate - low, high - rate)
    return WeekFigure(rate, max(0.0, below), max(0.0, above), sites)


def _over_weeks(some: Sequence[WeekFigure], weights: WeekWeights, r: float) -> Measured:
    """The mean of some weeks of which one goes with the next as ``r`` says, with the one after as its square."""
    shares = [Fraction(one.sites if weights is WeekWeights.SITES else 1) for one in some]
    whole = sum(shares, Fraction(0)) or Fraction(1)
    value = sum((share * exact_of(one.rate) for share, one in zip(shares, some, strict=True)), Fraction(0)) / whole
    parts = np.array([float(share / whole) for share in shares])
    weeks = np.array([one.week for one in some])
    apart = np.abs(np.subtract.outer(weeks, weeks))
    alike = np.where(apart == 0, 1.0, r ** np.maximum(apart, 1))
    sides = [[one.below for one in some], [one.above for one in some]]
    if any(isinf(length) for side in sides for length in side):
        return Measured(value, inf, inf)
    below, above = (sqrt(float(side @ alike @ side)) for side in (parts * np.array(side) for side in sides))
    return Measured(value, below, above)
