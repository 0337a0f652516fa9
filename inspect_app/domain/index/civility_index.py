"""The weekly civility index (公共文明指数): every area's figures from the week's inspections.

A site inspected several times in a week counts once, with the mean of its inspections. An area's figure is the weighted
mean over its registered site types of the mean over that type's registered sites. How it and its interval are estimated
from the week's plan: ``predicting`` (areas), ``estimating`` (their parts); how areas are compared and ranked:
``comparing`` and ``ranking``. docs/develop/index.md says why so; the page ``/index/method`` works an example.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isnan

import numpy as np

from ..place.areas import Area, AreaTree
from .comparing import common_of
from .estimating import Estimates, Spread, WithinVariance, estimates, rates_alone, stratum_spread
from .figures import AreaDetail, AreaWeek, Part
from .gathering import LEVEL_ORDER, AreaRows, Listed, TypeWeek, site_means
from .observing import ItemKey, Numbers, Observed, Values, only, visit_rates
from .ranking import ranked
from .sample import CHOSEN, DRAWN
from .severity_found import SeverityFound
from .weights import Weights
from .whole import Whole, chosen, from_model

METHOD = "3"
"""The version of the way of computing, published with every week."""
_AT_ONCE = 8
"""Parts that are estimated at once."""
Find = Callable[[Spread, Numbers, WithinVariance], Estimates]
"""Estimates of parts from their spread, the levels of areas, and how far visits of one site differ."""
_TOLD = ("rate", "low", "high", "sites", "visits", "observations")
"""What is told of each part."""
_NOTABLE = 3
"""How many items are named as an area's best and worst."""


@dataclass(frozen=True, slots=True)
class OfType:
    """One site type's figures by area: of the type as a whole, and of each of its items."""

    id: str
    whole: Estimates
    items: tuple[ItemKey, ...]
    by_item: Estimates


@dataclass(frozen=True, slots=True)
class WeekTables:
    """The computed week as arrays, areas × parts; ``rows`` and ``detail`` give values to read."""

    areas: tuple[Area, ...]
    places: Mapping[str, int]
    whole: Estimates
    rows: tuple[AreaWeek, ...]
    weights: Weights
    minimum: int
    by_type: tuple[OfType, ...]
    dimensions: tuple[str, ...]
    by_dimension: Estimates
    clauses: tuple[str, ...]
    by_clause: Estimates
    site_rate: Values
    site_inspections: Values
    counts_with: Values
    variances: Mapping[str, float | None]
    severity: SeverityFound

    def detail(self, area: str, titles: Mapping[str, str]) -> AreaDetail:
        """An area's parts; ``titles`` of site types by id. ``KeyError`` for an area that is not in the tree."""
        row = self.places[area]
        items = [
            _part(one.by_item, row, column, item.key, item.text)
            for one in self.by_type
            for column, item in enumerate(one.items)
            if one.by_item.sites[row, column]
        ]
        notable = sorted(
            (part for part in items if part.rate is not None and part.sites >= self.minimum),
            key=lambda part: (part.rate, part.key),
        )
        worst = [part for part in notable[:_NOTABLE] if (part.rate or 0.0) < 100]
        best = [part for part in reversed(notable) if part not in worst][:_NOTABLE]
        return AreaDetail(
            area=area,
            types=self._types(row, titles),
            dimensions=self._parts(self.by_dimension, row, self.dimensions, self.weights.dimensions),
            clauses=self._parts(self.by_clause, row, self.clauses, {}),
            items=tuple(items),
            best=tuple(best),
            worst=tuple(worst),
        )

    def _types(self, row: int, titles: Mapping[str, str]) -> tuple[Part, ...]:
        counts = self.counts_with[row]
        there = [
            (one, _number(counts[n]))
            for n, one in enumerate(self.by_type)
            if one.whole.sites[row, 0] or not isnan(counts[n])
        ]
        whole = sum(_weight(self.weights, one.id) for one, _ in there)
        return tuple(
            replace(
                _part(one.whole, row, 0, one.id, titles.get(one.id, one.id)),
                share=100 * _weight(self.weights, one.id) / whole if whole else None,
                counts_with=counts_with,
            )
            for one, counts_with in there
        )

    def _parts(
        self, found: Estimates, row: int, names: tuple[str, ...], weights: Mapping[str, float]
    ) -> tuple[Part, ...]:
        there = [column for column in range(len(names)) if found.sites[row, column]]
        whole = sum(weights.get(names[column], 0.0) for column in there)
        return tuple(
            replace(
                _part(found, row, column, names[column], names[column]),
                share=100 * weights.get(names[column], 0.0) / whole if whole else None,
            )
            for column in there
        )


@dataclass(slots=True)
class _Gathered:
    """What the site types have brought together so far."""

    spread: Spread
    within: WithinVariance


def week_tables(
    observed: Observed,
    tree: AreaTree,
    *,
    minimum: int,
    weights: Weights | None = None,
    listed: Listed | None = None,
    progress: Callable[[int], object] = lambda done: None,
) -> WeekTables:
    """All figures of a week. ``listed`` are the register's sites; without it intervals know of no finite population.

    ``progress`` is told of each step; there are as many as ``observed`` has site types.

    ``minimum`` is the number of scored sites below which an area is 样本不足: shown, not ranked. Inspections in areas
    that the tree does not know have no part.
    """
    weights, listed = weights or Weights(), listed or {}
    everything, drawn = observed, bool(observed.visit_planned.any())
    if drawn:
        observed = only(observed, observed.visit_planned)
    ground = AreaRows(observed, tree, weights, listed)
    dimensions = tuple(sorted({item.dimension for item in observed.items}))
    clauses = tuple(sorted({clause for item in observed.items for clause in item.clauses}))
    size = len(ground.areas)
    gathered = {
        name: _Gathered(Spread.none(size, parts), WithinVariance(np.zeros(parts), np.zeros(parts)))
        for name, parts in (("whole", 1), ("dimensions", len(dimensions)), ("clauses", len(clauses)))
    }
    by_type: list[OfType] = []
    found_of: Find = estimates if drawn else lambda spread, level, within: rates_alone(spread)
    for number in sorted(range(len(observed.types)), key=observed.types.__getitem__):
        id = observed.types[number]
        type_ = TypeWeek(ground, number, dimensions, clauses)
        fraction, weight = ground.fraction(type_.sums("whole"), id), _weight(weights, id)
        for name, all_types in gathered.items():
            all_types.spread.add(stratum_spread(type_.sums(name), weight, fraction))
            all_types.within = all_types.within.and_of(type_.within(name))
        alone = {
            name: _told(found_of(stratum_spread(type_.sums(name), 1.0, fraction), ground.level, type_.within(name)))
            for name in ("whole", "items")
        }
        by_type.append(OfType(id=id, whole=alone["whole"], items=type_.items, by_item=alone["items"]))
        progress(1)
    estimated = {name: _estimated(gathered.pop(name), ground, found_of) for name in list(gathered)}
    found = estimated["whole"]
    whole = from_model(ground, weights, found) if drawn else chosen(ground, found, weights)
    order = sorted(range(len(observed.types)), key=observed.types.__getitem__)
    return WeekTables(
        areas=ground.areas,
        places=ground.places,
        whole=whole.estimates(found),
        rows=_rows(whole, found, ground, minimum),
        weights=weights,
        minimum=minimum,
        by_type=tuple(by_type),
        dimensions=dimensions,
        by_dimension=estimated["dimensions"],
        clauses=clauses,
        by_clause=estimated["clauses"],
        site_rate=site_means(everything, visit_rates(everything, weights.dimensions)),
        site_inspections=np.bincount(everything.visit_site, minlength=len(observed.sites)).astype(float),
        counts_with=whole.counts_with[:, order],
        variances=whole.variances,
        severity=whole.severity,
    )


def _estimated(gathered: _Gathered, ground: AreaRows, found_of: Find) -> Estimates:
    """The estimates of parts; a few at a time where they are many: each is by itself, and takes room while it is made.

    Of one alone all is told, of many what ``_told`` leaves.
    """
    spread, within, level = gathered.spread, gathered.within, ground.level
    count = spread.mean.shape[1]
    if count <= 1:
        return found_of(spread, level, within)
    if found_of is not estimates:
        return _told(found_of(spread, level, within))
    some = [slice(start, start + _AT_ONCE) for start in range(0, count, _AT_ONCE)]
    found = [_told(found_of(spread.of(parts), level, within.of(parts))) for parts in some]
    columns = {name: np.hstack([getattr(one, name) for one in found]) for name in _TOLD}
    nothing = np.broadcast_to(np.float64(np.nan), columns["rate"].shape)
    return Estimates(**columns, error=nothing, freedom=nothing)


def _told(found: Estimates) -> Estimates:
    """What is told of parts, which are many, in half the room: neither error nor freedom, and whole numbers."""
    nothing = _nothing(found)
    return replace(
        found,
        error=nothing,
        freedom=nothing,
        sites=found.sites.astype(np.int32),
        visits=found.visits.astype(np.int32),
        observations=found.observations.astype(np.int32),
    )


def _nothing(found: Estimates) -> Values:
    """NaN everywhere, in no room."""
    return np.broadcast_to(np.float64(np.nan), found.rate.shape)


def _rows(whole: Whole, found: Estimates, ground: AreaRows, minimum: int) -> tuple[AreaWeek, ...]:
    """A row for each area with inspections, by level from the top, each level ranked."""
    observed, size = ground.observed, len(ground.areas)
    site_of_visit = observed.visit_site[ground.known[observed.visit_site]]
    inspections = ground.under(np.bincount(ground.site_row[site_of_visit], minlength=size).astype(float))
    visited = np.zeros(len(observed.sites), bool)
    visited[site_of_visit] = True
    sites = ground.under(np.bincount(ground.site_row[visited], minlength=size).astype(float))
    listed = ground.under(sum(ground.listed.values(), start=np.zeros(size)))
    by_level: dict[str, list[AreaWeek]] = {}
    for row in np.flatnonzero(inspections):
        area = ground.areas[row]
        by_level.setdefault(area.level, []).append(
            AreaWeek(
                area=area.code,
                name=area.name,
                level=area.level,
                parent=area.parent,
                rate=_number(whole.rate[row]),
                low=_number(whole.low[row]),
                high=_number(whole.high[row]),
                sites=int(sites[row]),
                inspections=int(inspections[row]),
                observations=int(found.observations[row, 0]),
                listed=int(listed[row]),
                planned=None,
                planned_done=0,
                enough=bool(whole.sites[row] >= minimum and not isnan(whole.rate[row])),
                basis=DRAWN if whole.drawn else CHOSEN,
                plain=_number(whole.plain[row]),
                error=_number(whole.error[row]),
                freedom=_number(whole.freedom[row]),
                freedom_apart=_number(whole.freedom_apart[row]),
                one_sided=bool(whole.one_sided[row]),
            )
        )
    common = common_of(whole.variances)
    return tuple(
        row for level in sorted(by_level, key=LEVEL_ORDER.__getitem__) for row in ranked(by_level[level], common)
    )


def _part(found: Estimates, row: int, column: int, key: str, title: str) -> Part:
    return Part(
        key=key,
        title=title,
        rate=_number(found.rate[row, column]),
        low=_number(found.low[row, column]),
        high=_number(found.high[row, column]),
        sites=int(found.sites[row, column]),
        inspections=int(found.visits[row, column]),
        observations=int(found.observations[row, column]),
    )


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)


def _weight(weights: Weights, type_id: str) -> float:
    return weights.types.get(type_id, 1.0)
