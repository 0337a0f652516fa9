"""This tool's own figures over a period, from published weeks: what parts of a scheme are made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import hypot, inf

from ...domain.index.figures import AreaDetail, AreaWeek, Part, PublishedWeek
from ...domain.index.industries import Industry
from ...domain.index.schemes.computing import Measured
from ...domain.index.schemes.scheme import OWN, FigureSource, PublicationScheme, SchemePart, WeekWeights
from ...domain.numbers import exact_of
from .. import Services
from .industries import own_industries, resolved

CaseRates = Callable[[str, str, str], Mapping[str, Mapping[str, Fraction]]]
"""The rates of cases filed from one week or month to another, by the areas of a week: by area and name, percent."""
_DETAILS = {FigureSource.DIMENSION: "dimensions", FigureSource.TYPE: "types", FigureSource.ITEM: "items"}


@dataclass(frozen=True, slots=True)
class WeekFigure:
    """A rate with the lengths below and above it (percent), unknown ones infinite; of so many sites."""

    rate: float
    below: float
    above: float
    sites: int


WeeklyFigures = Mapping[tuple[str, str], Sequence[WeekFigure]]
"""By area and column of a scheme the figures of the weeks that have one."""


def over_weeks(scheme: PublicationScheme, weekly: WeeklyFigures) -> dict[str, dict[str, Measured]]:
    """A period's figures by area and column: the mean of its weeks, alike or by the sites inspected.

    Weeks are drawn anew, so their errors are added by squares: what is the same in all of them, as the severity of
    inspectors who go out each week, is not in the interval. Where one week has none the whole has none (an infinite
    one).
    """
    areas: dict[str, dict[str, Measured]] = {}
    for (area, column), some in weekly.items():
        areas.setdefault(area, {})[column] = _over_weeks(some, scheme.week_weights)
    return areas


def weeks_seen(weekly: WeeklyFigures) -> dict[str, int]:
    """By area, how many weeks have figures of all its parts' that have any: of the one of which the fewest have."""
    found: dict[str, int] = {}
    for (area, _), some in weekly.items():
        found[area] = min(len(some), found.get(area, len(some)))
    return found


def weekly_figures(
    scheme: PublicationScheme, weeks: Iterable[PublishedWeek], industries: Mapping[str, Collection[str]]
) -> WeeklyFigures:
    """By area and column the figures of the weeks that have one; ``industries`` are the items of each."""
    parts = [part for part in scheme.parts if part.source in OWN]
    found: dict[tuple[str, str], list[WeekFigure]] = {}
    items = {part.column: industries[part.key] for part in parts if part.source is FigureSource.INDUSTRY}
    needs = any(part.source is not FigureSource.INDEX for part in parts)
    for week in weeks if parts else ():
        for row in week.rows:
            detail = week.details[row.area] if needs and row.area in week.details else None
            for part in parts:
                if one := _of_week(part, row, detail, items.get(part.column, ())):
                    found.setdefault((row.area, part.column), []).append(one)
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


def _over_weeks(some: Sequence[WeekFigure], weights: WeekWeights) -> Measured:
    shares = [Fraction(one.sites if weights is WeekWeights.SITES else 1) for one in some]
    whole = sum(shares, Fraction(0)) or Fraction(1)
    value = sum((share * exact_of(one.rate) for share, one in zip(shares, some, strict=True)), Fraction(0)) / whole
    parts = [(float(share / whole), one) for share, one in zip(shares, some, strict=True)]
    return Measured(
        value, hypot(*(share * one.below for share, one in parts)), hypot(*(share * one.above for share, one in parts))
    )
