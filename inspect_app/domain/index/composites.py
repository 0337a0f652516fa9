"""The composite index (综合指数) of a week: each area's with its interval, rolled up, and ranked within its level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import inf, isinf

from ..numbers import exact_of, rounded
from .figures import AreaWeek
from .outside_figures import OutsideFigures
from .schemes.computing import AreaFigures, AreaResult, Measured, results
from .schemes.scheme import Basis, FigureSource, PublicationScheme, RollUp, SchemePart
from .weights import OWN_PART, Weights

DECIMALS = 4
"""Streets are parted by tenths of a point: 罗湖 prints four decimals."""


@dataclass(frozen=True, slots=True)
class CompositeRank:
    """An area's place by composite: equal figures as printed share it; it may be any from ``low`` to ``high``."""

    row: AreaWeek
    rank: int
    low: int
    high: int


def with_composites(rows: Sequence[AreaWeek], weights: Weights, others: OutsideFigures) -> tuple[AreaWeek, ...]:
    """The rows with composite and interval; ``others`` are other indexes' figures by area and part.

    An area without a figure of its own for some part is made of the areas right below it, by sites or weights as the
    index is, where all of these have a composite. Figures of others count as exact.
    """
    if not weights.parts:
        return tuple(rows)
    scheme = _scheme(weights)
    found = {one.known.area: one for one in results(scheme, [_known(row, weights, others) for row in rows])}
    below: dict[str, list[str]] = {}
    for row in rows:
        below.setdefault(row.parent, []).append(row.area)
    whole = {area for area, one in found.items() if _is_whole(one, found, below)}
    return tuple(_with(row, found[row.area].total) if row.area in whole else row for row in rows)


def composite_ranking(rows: Sequence[AreaWeek]) -> Mapping[str, list[CompositeRank]]:
    """Those that have a composite and enough sites, by level, best first.

    Empty where no composite has an interval: weeks that were frozen before these were kept say what they said then.
    """
    if all(row.composite_low is None for row in rows):
        return {}
    levels: dict[str, list[CompositeRank]] = {}
    for level in dict.fromkeys(row.level for row in rows):
        some = [row for row in rows if row.level == level and row.composite is not None and row.enough]
        ends = [(_end(row.composite_low, -inf), _end(row.composite_high, inf)) for row in some]
        ranked = [
            CompositeRank(
                row,
                1 + sum(_printed(other) > _printed(row) for other in some),
                1 + sum(other[0] > high for other in ends),
                len(some) - sum(other[1] < low for other in ends),
            )
            for row, (low, high) in zip(some, ends, strict=True)
        ]
        if ranked:
            levels[level] = sorted(ranked, key=lambda one: (one.rank, one.row.area))
    return levels


def composite_text(value: float | None) -> str:
    """A composite as it is printed; ``—`` where there is none."""
    return "—" if value is None else str(rounded(exact_of(value), DECIMALS))


def _scheme(weights: Weights) -> PublicationScheme:
    return PublicationScheme(
        id="composite",
        title="综合指数",
        parts=tuple(
            SchemePart(
                id=part.id,
                title=part.id,
                source=FigureSource.INDEX if part.id == OWN_PART else FigureSource.INPUT,
                weight=Decimal(repr(part.weight)),
            )
            for part in weights.parts
        ),
        basis=Basis.EXACT,
        roll_up=RollUp.WEIGHTED,
    )


def _known(row: AreaWeek, weights: Weights, others: OutsideFigures) -> AreaFigures:
    figures = {part: Measured(exact_of(value)) for part, value in others.get(row.area, {}).items()}
    if row.rate is not None:
        known = row.low is not None and row.high is not None
        below, above = (row.rate - row.low, row.high - row.rate) if known else (inf, inf)  # type: ignore[operator]
        figures[f"{FigureSource.INDEX}:"] = Measured(exact_of(row.rate), max(0.0, below), max(0.0, above))
    by_area = weights.roll_up == "areas"
    size = weights.areas.get(row.area, 1.0) if by_area else row.listed if weights.roll_up == "sites" else row.sites
    return AreaFigures(row.area, row.name, figures, row.level, above=row.parent, weight=exact_of(float(size)))


def _is_whole(one: AreaResult, found: Mapping[str, AreaResult], below: Mapping[str, list[str]]) -> bool:
    """Whether a composite stands for all of an area: its own does, one made of others where these all have one."""
    if one.total is None or not one.lacking:
        return one.total is not None
    return all(_is_whole(found[area], found, below) for area in below.get(one.known.area, ()))


def _with(row: AreaWeek, total: Measured | None) -> AreaWeek:
    assert total is not None
    value = float(total.value)
    if isinf(total.below + total.above):
        return replace(row, composite=value)
    return replace(row, composite=value, composite_low=value - total.below, composite_high=value + total.above)


def _printed(row: AreaWeek) -> Fraction:
    return Fraction(rounded(exact_of(row.composite or 0.0), DECIMALS))


def _end(value: float | None, unknown: float) -> float:
    return unknown if value is None else value
