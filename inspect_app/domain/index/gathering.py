"""Inspections gathered: from item results to inspections, to sites, to areas and all areas above them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..place.areas import LEVELS, Area, AreaTree
from .estimating import Sums, WithinVariance, sums_under
from .observing import Numbers, Observed, Values, sums_by, visit_rates
from .weights import Weights

STREET_DIGITS = 9
CITY_DIGITS = 4
LEVEL_ORDER = {level: number for number, level in enumerate(LEVELS.values())}

Listed = Mapping[tuple[str, str], int]
"""The number of sites in use that the register has, by area code and site type."""


class AreaRows:
    """The tree as ranges of rows (an area's subtree is ``[row, end)``), and where each site stands in it."""

    def __init__(self, observed: Observed, tree: AreaTree, weights: Weights, listed: Listed) -> None:
        self.observed = observed
        self.areas, self.ends, self.streets = _in_order(tree)
        self.rows = np.arange(len(self.areas))
        self.level = np.array([LEVEL_ORDER[area.level] for area in self.areas], np.intp)
        self.above_streets = np.array([len(area.code) < STREET_DIGITS for area in self.areas], np.bool_)
        self.places = {area.code: row for row, area in enumerate(self.areas)}
        self.above = np.array([self.places.get(area.parent, -1) for area in self.areas], np.intp)
        of_area = np.array([self.places.get(tree.standing(code), -1) for code in observed.areas], np.intp)
        self.site_row = of_area[observed.site_area] if len(observed.sites) else np.zeros(0, np.intp)
        self.known = self.site_row >= 0
        self.visit_rate = visit_rates(observed, weights.dimensions)
        self.site_rate = site_means(observed, self.visit_rate)
        self.listed, self.listed_unseen = self._listed(listed, tree)
        self.site_chance = _means(observed.visit_chance, observed.visit_site, len(observed.sites))
        self.result_type = observed.site_type.astype(np.int32)[observed.visit_site][observed.result_visit]
        self.site_weight = self._site_weights() if weights.roll_up == "sites" else np.ones(len(observed.sites))

    def under(self, by_row: Values) -> Values:
        """Sums over each area's subtree of values by row."""
        sums: Values = np.add.reduceat(np.append(by_row, 0.0), np.column_stack([self.rows, self.ends]).ravel())[::2]
        return sums

    def fraction(self, sums: Sums, type_id: str) -> Values:
        """What share of a type's sites was inspected, by area; 0 where the register has none."""
        sites, listed = sums.sites[:, 0], self.under(self.listed[type_id])
        return np.where(
            listed > 0, np.minimum(1.0, np.divide(sites, listed, out=np.zeros_like(sites), where=listed > 0)), 0.0
        )

    def wider(self) -> Numbers:
        """The row of the wider area over which each area's site types are compared: its city, or the widest below."""
        found: Numbers = self.rows.copy()
        for row, above in enumerate(self.above):
            if above >= 0 and len(self.areas[above].code) >= CITY_DIGITS:
                found[row] = found[above]
        return found

    def _listed(self, listed: Listed, tree: AreaTree) -> tuple[dict[str, Values], dict[str, Values]]:
        """The register's sites by row: of each type of which any site was visited, and of each of the others."""
        found = {id: np.zeros(len(self.areas)) for id in self.observed.types}
        unseen: dict[str, Values] = {}
        row_of = {area: self.places.get(tree.standing(area)) for area in {area for area, _ in listed}}
        for (area, type_id), count in listed.items():
            row = row_of[area]
            if row is None:
                continue
            kept = found if type_id in found else unseen
            if type_id not in kept:
                kept[type_id] = np.zeros(len(self.areas))
            kept[type_id][row] += count
        return found, unseen

    def _site_weights(self) -> Values:
        """How many of the register's sites each inspected one stands for: 1 / the chance that the plan kept of it.

        Where no plan kept one, those of its type in its street; 1 where the register has fewer than were inspected.
        """
        observed, streets = self.observed, self.streets
        scored = self.known & ~np.isnan(self.site_rate)
        cell = streets[self.site_row] * len(observed.types) + observed.site_type
        size = len(self.areas) * max(1, len(observed.types))
        inspected = np.bincount(cell[scored], minlength=size)
        listed = np.zeros(size)
        for number, id in enumerate(observed.types):
            np.add.at(listed, streets * len(observed.types) + number, self.listed[id])
        weight = np.ones(len(observed.sites))
        enough = scored & (listed[cell] > inspected[cell])
        weight[enough] = listed[cell[enough]] / inspected[cell[enough]]
        drawn: Values = np.where(
            self.site_chance > 0, 1 / np.where(self.site_chance > 0, self.site_chance, 1.0), weight
        )
        return drawn


class TypeWeek:
    """One site type's sums by area, of the type as a whole, its dimensions, clauses and items (zero elsewhere)."""

    def __init__(self, ground: AreaRows, number: int, dimensions: tuple[str, ...], clauses: tuple[str, ...]) -> None:
        self._ground, observed = ground, ground.observed
        self._sites = np.flatnonzero((observed.site_type == number) & ground.known)
        local_site = np.full(len(observed.sites), -1)
        local_site[self._sites] = np.arange(len(self._sites))
        self._visits = np.flatnonzero(local_site[observed.visit_site] >= 0)
        self._visit_site = local_site[observed.visit_site[self._visits]]
        kind = observed.types[number]
        self._item_numbers = [place for place, item in enumerate(observed.items) if item.checklist == kind]
        self.items = tuple(observed.items[place] for place in self._item_numbers)
        weight, earned, counted = self._matrix(number)
        memberships = {
            "dimensions": _membership([(item.dimension,) for item in self.items], dimensions),
            "clauses": _membership([item.clauses for item in self.items], clauses),
        }
        self._found = {"items": self._by_area(_rates(weight, earned), counted)}
        for name, membership in memberships.items():
            rates = _rates(weight @ membership, earned @ membership)
            self._found[name] = self._by_area(rates, counted @ membership)
        every = np.ones((len(self.items), 1))
        rate = ground.visit_rate[self._visits][:, None]
        self._found["whole"] = self._by_area(rate, counted @ every)

    def sums(self, part: str) -> Sums:
        return self._found[part][0]

    def within(self, part: str) -> WithinVariance:
        return self._found[part][1]

    def _matrix(self, number: int) -> tuple[Values, Values, Values]:
        """Visits × items: weight and weight × score where the result counts, and whether it does."""
        observed = self._ground.observed
        local_visit = np.full(len(observed.visit_site), -1)
        local_visit[self._visits] = np.arange(len(self._visits))
        local_item = np.full(len(observed.items), -1)
        local_item[self._item_numbers] = np.arange(len(self.items))
        mine = np.flatnonzero(self._ground.result_type == number)
        visit, item = local_visit[observed.result_visit[mine]], local_item[observed.result_item[mine]]
        counts = (visit >= 0) & (item >= 0)
        mine, at = mine[counts], (visit[counts], item[counts])
        weight, score, counted = (np.zeros((len(self._visits), len(self.items))) for _ in range(3))
        weight[at], score[at], counted[at] = observed.result_weight[mine], observed.result_score[mine], 1.0
        return weight, weight * score, counted

    def _by_area(self, rates: Values, observations: Values) -> tuple[Sums, WithinVariance]:
        """Visits × parts (percent, NaN where there is none) gathered to sites, to areas and all above them.

        Beside it, how far visits of one site differ.
        """
        ground, count = self._ground, len(self._sites)
        made = ~np.isnan(rates)
        of_visit = np.where(made, rates, 0.0)
        visits = sums_by(made.astype(np.float64), self._visit_site, count)
        there = visits > 0
        m: Values = np.where(there, visits, 1.0)
        y = sums_by(of_visit, self._visit_site, count) / m
        within = WithinVariance(
            np.sum((of_visit - y[self._visit_site]) ** 2 * made, axis=0),
            np.sum(np.where(there, visits - 1, 0.0), axis=0),
        )
        seen = sums_by(np.where(made, observations, 0.0), self._visit_site, count)
        sites, weight = there.astype(np.float64), ground.site_weight[self._sites]
        once = visits.max(initial=0.0) <= 1
        # As a rule no site weighs more than another and each is visited once: then most of the sums are one.
        w = sites if (weight == 1).all() else np.where(there, weight[:, None], 0.0)
        ww = sites if w is sites else w * w
        of_site = (sites, w, ww, ww if once else ww / m, w * y, w * y * y, sites if once else visits, seen)
        rows, size = ground.site_row[self._sites], len(ground.areas) + 1
        found = {id(one): sums_under(sums_by(one, rows, size), ground.ends) for one in of_site}
        return Sums(*(found[id(one)] for one in of_site)), within


def site_means(observed: Observed, visit_rate: Values) -> Values:
    """The mean of each site's visits."""
    return _means(visit_rate, observed.visit_site, len(observed.sites))


def _rates(possible: Values, earned: Values) -> Values:
    """Each visit's rate in each part, percent; NaN where nothing counted."""
    there = possible > 0
    return np.where(there, 100 * earned / np.where(there, possible, 1.0), np.nan)


def _membership(of_items: list[tuple[str, ...]], names: tuple[str, ...]) -> Values:
    """Items × parts, 1 where the item belongs to the part."""
    place = {name: column for column, name in enumerate(names)}
    matrix = np.zeros((len(of_items), len(names)))
    for row, parts in enumerate(of_items):
        for part in parts:
            matrix[row, place[part]] = 1.0
    return matrix


def _means(values: Values, group: Numbers, groups: int) -> Values:
    """The mean of each group's values that are not NaN; NaN where it has none."""
    there = ~np.isnan(values)
    count = np.bincount(group[there], minlength=groups)
    total = np.bincount(group[there], values[there], minlength=groups)
    means: Values = np.divide(total, count, out=np.full(groups, np.nan), where=count > 0)
    return means


def _in_order(tree: AreaTree) -> tuple[tuple[Area, ...], Numbers, Numbers]:
    """The areas so that each stands before all below it, where each subtree ends, and the row of each one's street.

    An area above the streets, or outside any, is its own.
    """
    areas: list[Area] = []
    ends: list[int] = []
    streets: list[int] = []

    def walk(area: Area, street: int | None) -> None:
        row = len(areas)
        street = row if len(area.code) == STREET_DIGITS else street
        areas.append(area)
        ends.append(0)
        streets.append(row if street is None else street)
        for child in tree.children(area.code):
            walk(child, street)
        ends[row] = len(areas)

    for area in tree:
        if not area.parent or area.parent not in tree:
            walk(area, None)
    return tuple(areas), np.array(ends, np.intp), np.array(streets, np.intp)
