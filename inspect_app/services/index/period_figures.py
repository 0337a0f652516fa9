"""This tool's figures over a period, for everybody: areas, dimensions, site types, industries and items.

They are made of published weeks alone, so that they need no publication of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...domain.index.figures import PublishedWeek
from ...domain.index.industries import Industry
from ...domain.index.periods import Period
from ...domain.index.schemes.computing import AreaFigures
from ...domain.index.schemes.scheme import FigureSource, PublicationScheme, SchemePart
from ...domain.index.schemes.standing import Standing, table_of
from .. import Services
from ..accounts.units import all_units
from .industries import resolved
from .publishing import readable
from .scheme_figures import (
    over_weeks,
    seen_too_little,
    weekly_figures,
    weeks_seen,
    weeks_that_count,
    weeks_without_plan,
)

KINDS: Mapping[str, str] = {
    "dimensions": "维度",
    "types": "点位类型",
    "industries": "行业（责任单位）",
    "items": "测评项",
}
"""What an area's figures are shown by."""
_INDEX = SchemePart("index", "公共文明指数", source=FigureSource.INDEX)
_DETAILS = {"dimensions": FigureSource.DIMENSION, "types": FigureSource.TYPE, "items": FigureSource.ITEM}


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """The figures of a period: areas by level, and those of one area by kind, each ranked; of these weeks.

    ``weeks`` are those that the figures are made of, ``lacking`` not published. ``chosen`` are the weeks that sum up
    chosen places: they count where no week of the period had a plan. Areas that are 样本不足 stand last without a rank.
    """

    weeks: tuple[str, ...]
    lacking: tuple[str, ...]
    chosen: tuple[str, ...]
    areas: Mapping[str, tuple[Standing, ...]]
    area: str
    name: str
    kinds: Mapping[str, tuple[Standing, ...]]


def period_figures(services: Services, period: Period, area: str = "") -> PeriodFigures:
    """The figures of a period, in detail of one area; of the widest where none is named or known."""
    found = {week: readable(services, week) for week in period.weeks}
    published = [week for week in found.values() if week]
    weeks = weeks_that_count(published)
    names = {row.area: (row.name, row.level) for week in weeks for row in week.rows}
    chosen = area if area in names else min(names, key=len, default="")
    weekly = weekly_figures(_scheme([_INDEX]), weeks, {})
    seen = weeks_seen(weekly)
    known = [
        AreaFigures(code, names[code][0], figures, level=names[code][1], weeks=seen[code])
        for code, figures in over_weeks(_scheme([_INDEX]), weekly).items()
    ]
    few = seen_too_little(weeks)
    rows = (
        *_table([one for one in known if one.area not in few]),
        *(replace(row, rank=None) for one in known if one.area in few for row in _table([one])),
    )
    levels = dict.fromkeys(row.level for row in sorted(rows, key=lambda row: len(row.area)))
    return PeriodFigures(
        weeks=tuple(week.head.week for week in weeks),
        lacking=tuple(name for name, week in found.items() if not week),
        chosen=weeks_without_plan(published),
        areas={level: tuple(row for row in rows if row.level == level) for level in levels},
        area=chosen,
        name=names[chosen][0] if chosen else "",
        kinds=_kinds(services, weeks, chosen),
    )


def _scheme(parts: Sequence[SchemePart]) -> PublicationScheme:
    return PublicationScheme("period", "指数", tuple(parts))


def _kinds(services: Services, weeks: Sequence[PublishedWeek], area: str) -> dict[str, tuple[Standing, ...]]:
    """The area's figures of each kind, best first."""
    here = [replace(week, rows=tuple(row for row in week.rows if row.area == area)) for week in weeks]
    parts = {kind: _parts(kind, source, here, area) for kind, source in _DETAILS.items()}
    industries = _industries(services, weeks)
    parts["industries"] = [_part(FigureSource.INDUSTRY, name, name) for name in industries]
    scheme = _scheme([one for some in parts.values() for one in some])
    weekly = weekly_figures(scheme, here, industries)
    own = over_weeks(scheme, weekly).get(area, {})
    return {
        kind: _table(
            [
                AreaFigures(one.key, one.title, {_INDEX.column: own[one.column]}, weeks=len(weekly[area, one.column]))
                for one in parts[kind]
                if one.column in own
            ]
        )
        for kind in KINDS
    }


def _parts(kind: str, source: FigureSource, weeks: Sequence[PublishedWeek], area: str) -> list[SchemePart]:
    titles = {
        part.key: part.title for week in weeks if area in week.details for part in getattr(week.details[area], kind)
    }
    return [_part(source, key, title) for key, title in titles.items()]


def _part(source: FigureSource, key: str, title: str) -> SchemePart:
    return SchemePart(f"{source}-{key}", title, source=source, key=key)


def _industries(services: Services, weeks: Sequence[PublishedWeek]) -> Mapping[str, Sequence[str]]:
    """The items of each industry, as the city had them when the last of the weeks was published; or by unit, each by
    the name that it is registered under, where the city had none of its own.
    """
    if weeks and (frozen := max(weeks, key=lambda week: week.head.week).head.industries):
        return frozen
    units = [kept.unit for kept in all_units(services.store)]
    named = {name for checklist in services.library.current.values() for item in checklist.items for name in item.units}
    called = (next((unit.name for unit in units if unit.is_called(name)), name) for name in sorted(named))
    return resolved(services, [Industry(name, units=(name,)) for name in dict.fromkeys(called)])


def _table(known: Sequence[AreaFigures]) -> tuple[Standing, ...]:
    return table_of(_scheme([_INDEX]), known).rows
