"""The weekly civility index (公共文明指数): one figure per area, with its 95 % interval.

The figure is the weighted mean over site types of the mean score rate of that type's inspections, so that an area with
many easy sites inspected is not better off for it. The interval is that of a stratified sample with the site types as
strata and a variance pooled over them (Cochran, Sampling Techniques, 3rd ed., 5.4); it is absent where too few types
were inspected more than once to know that variance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from statistics import fmean

from .areas import Area, AreaTree

# Student's t, two-sided 95 %, for 1 to 30 degrees of freedom; 1.96 beyond 200.
_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


MINIMUM_FREEDOM = 3
"""Degrees of freedom below which no interval is given: with one or two it is all or nothing by chance."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One inspection as the index sees it; ``rate`` in percent, None where nothing in it could be scored."""

    area: str
    site: str
    site_type: str
    rate: float | None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One area's week. ``rate``, ``low`` and ``high`` are percent; ``tier`` counts from 1, None where not ranked."""

    area: str
    name: str
    level: str
    inspections: int
    sites: int
    rate: float | None
    low: float | None
    high: float | None
    enough: bool
    tier: int | None = None


def area_index(
    inspections: Iterable[Scored],
    tree: AreaTree,
    *,
    minimum: int,
    weights: Mapping[str, float] | None = None,
) -> tuple[IndexRow, ...]:
    """A row for each area with inspections in or below it, best first within each level, tiers set per level.

    ``minimum`` is the number of scored inspections below which a row is 样本不足: it is shown and not ranked.
    ``weights`` by site type count 1 where they are missing.
    """
    by_area: dict[str, list[Scored]] = {}
    for scored in inspections:
        for area in tree.path(scored.area):
            by_area.setdefault(area.code, []).append(scored)
    rows = [_row(area, by_area[area.code], minimum, weights or {}) for area in tree if area.code in by_area]
    return tuple(
        row for level in sorted({row.level for row in rows}, key=_LEVEL_ORDER.index) for row in _ranked(rows, level)
    )


_LEVEL_ORDER = ("省", "市", "区县", "街道乡镇", "社区")


def stratified_mean(strata: Mapping[str, Sequence[float]], weights: Mapping[str, float]) -> tuple[float, float | None]:
    """Weighted mean over strata of each stratum's mean, and half of its 95 % interval (None where it is not known).

    Every stratum has at least one value.
    """
    share = {name: weights.get(name, 1.0) for name in strata}
    total = sum(share.values())
    means = {name: fmean(values) for name, values in strata.items()}
    mean = sum(share[name] / total * means[name] for name in strata)
    freedom = sum(len(values) - 1 for values in strata.values())
    if freedom < MINIMUM_FREEDOM:
        return mean, None
    squares = sum((value - means[name]) ** 2 for name, values in strata.items() for value in values)
    variance = sum((share[name] / total) ** 2 / len(values) for name, values in strata.items()) * squares / freedom
    return mean, _t95(freedom) * sqrt(variance)


def _row(area: Area, inspections: Sequence[Scored], minimum: int, weights: Mapping[str, float]) -> IndexRow:
    strata: dict[str, list[float]] = {}
    for scored in inspections:
        if scored.rate is not None:
            strata.setdefault(scored.site_type, []).append(scored.rate)
    count = sum(map(len, strata.values()))
    rate, half = stratified_mean(strata, weights) if strata else (None, None)
    return IndexRow(
        area=area.code,
        name=area.name,
        level=area.level,
        inspections=len(inspections),
        sites=len({scored.site for scored in inspections}),
        rate=rate,
        low=max(0.0, rate - half) if rate is not None and half is not None else None,
        high=min(100.0, rate + half) if rate is not None and half is not None else None,
        enough=count >= minimum,
    )


def _ranked(rows: Iterable[IndexRow], level: str) -> list[IndexRow]:
    """The rows of a level, best first, 样本不足 last. A row shares the tier above where the intervals overlap."""
    here = [row for row in rows if row.level == level]
    ranked = sorted((row for row in here if row.enough), key=lambda row: (-(row.rate or 0.0), row.area))
    done: list[IndexRow] = []
    for row in ranked:
        above = done[-1] if done else None
        tier = 1 if above is None else (above.tier or 1) + (0 if _overlap(above, row) else 1)
        done.append(replace(row, tier=tier))
    return done + sorted((row for row in here if not row.enough), key=lambda row: row.area)


def _overlap(above: IndexRow, row: IndexRow) -> bool:
    """Whether two rows cannot be told apart. Without an interval nothing is known of the spread, so they cannot."""
    if above.low is None or row.high is None:
        return True
    return row.high >= above.low


def _t95(freedom: int) -> float:
    if freedom <= len(_T95):
        return _T95[freedom - 1]
    # Peizer and Pratt's first correction; within 0.001 of the exact value from 30 degrees on.
    return 1.96 + 2.42 / freedom
