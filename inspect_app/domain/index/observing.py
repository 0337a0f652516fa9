"""A week's inspections as columns: what the index is computed from.

Columns are numpy arrays, because a national week has twenty million item results.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.intp]
Places = NDArray[np.int32]
"""Numbers of results' visits and items, of which there are twenty million in a national week."""
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ItemKey:
    """An item as the index sees it: its checklist, id, text, dimension and the clauses that it checks."""

    checklist: str
    id: str
    text: str
    dimension: str
    clauses: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.checklist}/{self.id}"


@dataclass(frozen=True, slots=True)
class Result:
    """One item's part in an inspection: ``score`` in [0, 1], None where it does not count; ``weight`` is relative."""

    item: ItemKey
    score: float | None
    weight: float


@dataclass(frozen=True, slots=True)
class WeighedItems:
    """The items of a checklist with their weights, in order: many inspections have the same."""

    items: tuple[ItemKey, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ScoredResults(Sequence[Result]):
    """The results of one inspection as they are kept: ``scores`` are one float64 of this machine for each item of
    ``of``, NaN where it does not count.
    """

    of: WeighedItems
    scores: bytes

    @classmethod
    def made(cls, results: Sequence[Result]) -> ScoredResults:
        """The same as these."""
        scores = array("d", [np.nan if one.score is None else one.score for one in results])
        of = WeighedItems(tuple(one.item for one in results), tuple(one.weight for one in results))
        return cls(of, scores.tobytes())

    def __len__(self) -> int:
        return len(self.of.items)

    @overload
    def __getitem__(self, at: int) -> Result: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Result]: ...

    def __getitem__(self, at: int | slice) -> Result | Sequence[Result]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        score = memoryview(self.scores).cast("d")[at]
        return Result(self.of.items[at], None if np.isnan(score) else score, self.of.weights[at])


class Visit(NamedTuple):
    """One inspection: ``rate`` in percent, None where nothing could be scored; ``cap`` where a veto held it down.

    ``inspector`` is any label that is the same for one inspector within the computation, and is never published; empty
    where it is not known. ``planned`` is whether the week's plan asked for this visit, ``chance`` the one that its site
    had of being drawn, as the plan kept it: None where no plan drew it.
    """

    area: str
    site: str
    site_type: str
    rate: float | None
    results: Sequence[Result] = ()
    cap: float | None = None
    inspector: str = ""
    chance: float | None = None
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """The week's columns. Areas, site types, items and sites are numbered by their place in the first four fields.

    A site is one site in one area. ``visit_rate`` and ``visit_cap`` are percent, NaN where there is none; results are
    only those that count: ``result_score`` in [0, 1], ``result_weight`` as in the checklist. ``visit_inspector``
    numbers the inspectors, -1 where one is not known; ``visit_chance`` is NaN where no plan drew the site.
    """

    areas: tuple[str, ...]
    types: tuple[str, ...]
    items: tuple[ItemKey, ...]
    sites: tuple[str, ...]
    site_area: Numbers
    site_type: Numbers
    visit_site: Numbers
    visit_rate: Values
    visit_cap: Values
    visit_inspector: Numbers
    visit_chance: Values
    visit_planned: Mask
    result_visit: Places
    result_item: Places
    result_score: Values
    result_weight: Values


def _numbering() -> defaultdict[Any, int]:
    """Gives things numbers in the order they come."""
    numbers: defaultdict[Any, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    return numbers


def observe(visits: Iterable[Visit]) -> Observed:
    """The columns of these inspections; their order does not matter to what is computed from them."""
    areas, types, sites, inspectors = (_numbering() for _ in range(4))
    # Columns as they grow: lists of a million numbers would take four times the room.
    site_area, site_type, visit_site, visit_inspector = (array("q") for _ in range(4))
    visit_rate, visit_cap, visit_chance = (array("d") for _ in range(3))
    visit_planned = array("b")
    results = _Results()
    for number, (area, code, type_, rate, scores, cap, inspector, chance, planned) in enumerate(visits):
        site = sites[code, area, type_]
        if site == len(site_area):
            site_area.append(areas[area])
            site_type.append(types[type_])
        visit_site.append(site)
        visit_rate.append(nan if rate is None else rate)
        visit_cap.append(nan if cap is None else cap)
        visit_inspector.append(inspectors[inspector] if inspector else -1)
        visit_chance.append(nan if chance is None else chance)
        visit_planned.append(planned)
        results.add(number, scores)
    items, columns = results.columns(len(visit_site))
    # Else it would be held by itself, until the collector of garbage comes.
    sites.default_factory = None
    return Observed(
        areas=tuple(areas),
        types=tuple(types),
        items=items,
        sites=tuple(site[0] for site in sites),
        site_area=np.array(site_area, np.intp),
        site_type=np.array(site_type, np.intp),
        visit_site=np.array(visit_site, np.intp),
        visit_rate=np.array(visit_rate, np.float64),
        visit_cap=np.array(visit_cap, np.float64),
        visit_inspector=np.array(visit_inspector, np.intp),
        visit_chance=np.array(visit_chance, np.float64),
        visit_planned=np.array(visit_planned, np.bool_),
        result_visit=columns[0],
        result_item=columns[1],
        result_score=columns[2],
        result_weight=columns[3],
    )


class _Results:
    """Results of inspections, gathered by what they have in common, and made columns at once."""

    def __init__(self) -> None:
        self._numbers: dict[WeighedItems, int] = {}
        self._known: dict[int, int] = {}
        self._visits: list[array[int]] = []
        self._scores: list[bytearray] = []

    def add(self, visit: int, results: Sequence[Result]) -> None:
        """Take in those of an inspection, the next one."""
        packed = results if isinstance(results, ScoredResults) else ScoredResults.made(results)
        if not packed.scores:
            return
        # Nearly all are of the same object, and to compare all items each time would take longer than all else.
        number = self._known.get(id(packed.of))
        if number is None:
            number = self._numbers.setdefault(packed.of, len(self._visits))
            if number == len(self._visits):
                self._visits.append(array("q"))
                self._scores.append(bytearray())
            if next(reversed(self._numbers)) is packed.of:  # it lives as long as this does
                self._known[id(packed.of)] = number
        self._visits[number].append(visit)
        self._scores[number] += packed.scores

    def columns(self, visits: int) -> tuple[tuple[ItemKey, ...], tuple[Places, Places, Values, Values]]:
        """The items in the order in which they first count, and of each result that counts, in order, its inspection
        (of so many), item, score and weight.
        """
        groups = [
            (of, np.array(self._visits[number], np.intp), self._matrix(of, number))
            for of, number in self._numbers.items()
        ]
        items, ends = _first_seen(groups), np.zeros(visits + 1, np.intp)
        for _, visit, scores in groups:
            ends[visit + 1] = (~np.isnan(scores)).sum(axis=1)
        ends = np.cumsum(ends)
        of_visit, of_item = np.empty(ends[-1], np.int32), np.empty(ends[-1], np.int32)
        score, weight = np.empty(ends[-1]), np.empty(ends[-1])
        for of, visit, scores in groups:
            counts = ~np.isnan(scores)
            place = (ends[visit][:, None] + np.cumsum(counts, axis=1) - 1)[counts]
            row, column = np.nonzero(counts)
            of_visit[place] = visit[row]
            of_item[place] = np.array([items.get(item, -1) for item in of.items], np.intp)[column]
            score[place] = scores[counts]
            weight[place] = np.array(of.weights)[column]
        return tuple(items), (of_visit, of_item, score, weight)

    def _matrix(self, of: WeighedItems, number: int) -> Values:
        return np.frombuffer(self._scores[number]).reshape(-1, len(of.items))


def _first_seen(groups: Sequence[tuple[WeighedItems, Numbers, Values]]) -> dict[ItemKey, int]:
    """The items of which a result counts, numbered by the first inspection that has one, and by their place in it."""
    first: dict[ItemKey, tuple[int, int]] = {}
    for of, visit, scores in groups:
        counts = ~np.isnan(scores)
        for column, item in enumerate(of.items):
            if counts[:, column].any():
                at = int(visit[int(counts[:, column].argmax())]), column
                first[item] = min(first.get(item, at), at)
    return {item: number for number, item in enumerate(sorted(first, key=first.__getitem__))}


def only(observed: Observed, visits: Mask) -> Observed:
    """The same with these visits alone; sites keep their numbers, also those of which no visit is left."""
    if visits.all():
        return observed
    place = np.cumsum(visits) - 1
    results = np.flatnonzero(visits[observed.result_visit])
    return replace(
        observed,
        visit_site=observed.visit_site[visits],
        visit_rate=observed.visit_rate[visits],
        visit_cap=observed.visit_cap[visits],
        visit_inspector=observed.visit_inspector[visits],
        visit_chance=observed.visit_chance[visits],
        visit_planned=observed.visit_planned[visits],
        result_visit=place[observed.result_visit[results]].astype(np.int32),
        result_item=observed.result_item[results],
        result_score=observed.result_score[results],
        result_weight=observed.result_weight[results],
    )


def visit_rates(observed: Observed, dimension_weights: Mapping[str, float]) -> Values:
    """The score rate of each inspection, percent.

    As scored by its checklist; with weights for dimensions, the weighted mean of the rates of its dimensions, so that a
    checklist with many items of one dimension does not let that one decide. A dimension without a weight counts 0; an
    inspection none of whose dimensions counts has no rate. A failed veto item holds it down either way.
    """
    if not dimension_weights:
        return observed.visit_rate
    names = sorted(dimension_weights)
    of_item = np.array([names.index(i.dimension) if i.dimension in names else -1 for i in observed.items], np.intp)
    dimension = of_item[observed.result_item]
    counted = dimension >= 0
    cell = observed.result_visit[counted] * len(names) + dimension[counted]
    shape = (len(observed.visit_site), len(names))
    weight = observed.result_weight[counted]
    possible = np.bincount(cell, weight, shape[0] * shape[1]).reshape(shape)
    earned = np.bincount(cell, weight * observed.result_score[counted], shape[0] * shape[1]).reshape(shape)
    applied = possible > 0
    rates = np.divide(100 * earned, possible, out=np.zeros(shape), where=applied)
    weights = np.array([dimension_weights[name] for name in names]) * applied
    whole = weights.sum(axis=1)
    rate = np.divide((weights * rates).sum(axis=1), whole, out=np.full(shape[0], np.nan), where=whole > 0)
    capped: Values = np.fmin(rate, np.where(np.isnan(observed.visit_cap), np.inf, observed.visit_cap))
    return capped


def sums_by(values: Values, group: Numbers, groups: int) -> Values:
    """Columns of values summed by group, each sum in the order of its values."""
    parts = values.shape[1]
    cell = (group[:, None] * parts + np.arange(parts)).ravel()
    return np.asarray(np.bincount(cell, values.ravel(), groups * parts), np.float64).reshape(groups, parts)
