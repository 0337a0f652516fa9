"""Every area's figure from the mixed model: streets, and all above them by their own design (method 3).

A street's type counts with what was seen of it as far as that goes, and for the rest with what the model predicts
(Royall 1970; Ghosh and Rao 1994, doi:10.1214/ss/1177010647):

    value of a type in a street  a · seen + (1 - a) · (type + street),  a = f + (1 - f) · v / (v + s / n)

with f = n / N the part of its registered sites that was seen, v and s the variances of a type in a street and of
sites. A type that was not drawn there counts with its prediction; one of which every site was seen counts with what
was seen. An area above gives each street the part that its registered sites of the type have there; a street that the
draw need not have reached counts 1 / (its chance of being reached) times.

The error of a figure is the part of its cells and of its streets' levels, moderated by how far each street's sites
spread (Smyth 2004, doi:10.2202/1544-6115.1027), and that of the types and inspectors, which streets share.

What is told without the adjustment for severity comes from a model that knows no inspectors: nothing in it depends on
who saw what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .mixed import PRIOR_FREEDOM, Components, GroupSample, Solution, Squares, solve, squares_of
from .observing import Mask, Numbers, Values
from .severity_found import ALIKE, SeverityFound, severity_found

LENT_FREEDOM = 16.0
"""Degrees of freedom with which the other streets' spread counts in that of a street, where little is known of how far
streets differ in spread; more where they are seen to be alike, never fewer."""
_NONE = 1e-12
"""What is rounding: no part of a figure."""
SEVERITY_STEP = 0.5
"""Adjustments for severity are made in steps of so many points: finer ones would tell who saw which street."""


@dataclass(frozen=True, slots=True)
class Design:
    """What was drawn and seen: ``units`` (streets, rows of areas) of ``groups`` (wider areas), in the order of rows.

    ``listed`` and ``sites`` (units × types) are the register's sites and those seen, ``mean`` what was seen there,
    ``once`` the mean of 1 / visits of its sites, ``mass`` what a unit's type counts for in areas above. ``reach``: each
    unit's chance that the draw takes any of its sites. ``above`` gives each area's row above it, -1 for none. Sites and
    visits as in ``mixed.GroupSample``, over all. ``area_weight``: where an area above streets is the mean of those
    right below it, what each area counts for in it; None where ``mass`` decides.
    """

    units: Numbers
    groups: Numbers
    listed: Values
    sites: Values
    mean: Values
    once: Values
    mass: Values
    reach: Values
    above: Numbers
    type_weight: Values
    site_unit: Numbers
    site_type: Numbers
    site_rate: Values
    visit_site: Numbers
    visit_rate: Values
    visit_inspector: Numbers
    area_weight: Values | None = None


@dataclass(slots=True)
class Predictions:
    """By area: the figure without and with the adjustment for severity, its error's parts, and what types count with.

    NaN where there is none. ``own`` is the variance that no other area of the level shares, ``shared_variance`` that of
    types and inspectors. ``freedom`` is that of the variance.
    ``expected`` (areas × types) is what each type counts with, unadjusted, ``share`` its weight.
    ``common`` is the variance that all areas share, of the inspectors' mean; 0 where there are several wider areas,
    each with a mean of its own; ``freedom_apart`` that of the variance without it. ``site_freedom``: of all variances.
    ``type_variance``: by how much types differ, NaN where nothing tells it; ``type_freedom``: its degrees of freedom.
    ``untold`` is by what part of it an area's figure errs further: where no street connects its registered types.
    """

    plain: Values
    rate: Values
    own: Values
    shared_variance: Values
    freedom: Values
    freedom_apart: Values
    expected: Values
    share: Values
    components: Components
    severity_deviation: float
    untold: Values
    severity: SeverityFound = ALIKE
    common: float = 0.0
    site_freedom: float = 0.0
    type_variance: float = float("nan")
    type_freedom: int = 0

    @property
    def untold_variance(self) -> Values:
        """By area: the variance of what no sample tells, where types are as if drawn from many; NaN: not known."""
        return np.where(self.untold > _NONE, self.untold * self.type_variance, 0.0)

    @property
    def error(self) -> Values:
        found: Values = np.sqrt(self.own + self.shared_variance)
        return found


def figures(design: Design, areas: int) -> Predictions:
    """The figures of all areas (rows) that hold units."""
    groups, components, freedom = _with_variances(design)
    types = design.sites.shape[1]
    if not groups:
        return _nothing(areas, types)
    parts = _Parts(design, areas)
    found = Predictions(
        plain=np.zeros(areas),
        rate=np.zeros(areas),
        own=np.zeros(areas),
        shared_variance=np.zeros(areas),
        freedom=np.zeros(areas),
        freedom_apart=np.zeros(areas),
        expected=np.zeros((areas, types)),
        share=parts.share,
        components=components,
        severity_deviation=0.0,
        untold=np.zeros(areas),
        site_freedom=freedom,
    )
    sums = _Sums(*np.zeros((6, areas)))
    for group in groups:
        solution = solve(group.sample, components)
        found.severity_deviation = max(found.severity_deviation, solution.severity_deviation)
        found.common = solution.common
        found.severity = found.severity.and_of(severity_found(solution, len(groups), freedom))
        if solution.type_freedom > found.type_freedom:
            found.type_freedom, found.type_variance = solution.type_freedom, solution.type_variance
        _add(found, sums, group, solution, parts, design, freedom)
    found.common = found.common if len(groups) == 1 else 0.0
    found.freedom, found.freedom_apart = sums.freedom(found.own, found.shared_variance)
    seen = parts.share.any(axis=1)
    plain = np.where(seen, found.plain, np.nan)
    found.plain = np.clip(plain, 0.0, 100.0)
    found.rate = np.clip(plain + np.floor(sums.adjustment / SEVERITY_STEP + 0.5) * SEVERITY_STEP, 0.0, 100.0)
    found.own[~seen | components.alike] = np.nan
    there = parts.share > 0
    found.expected = np.divide(found.expected, parts.share, out=np.full((areas, types), np.nan), where=there)
    return found


def severity_alone(design: Design) -> SeverityFound:
    """Whether inspectors differ, without the figures."""
    groups, components, freedom = _with_variances(design)
    found = ALIKE
    for group in groups:
        found = found.and_of(severity_found(solve(group.sample, components), len(groups), freedom))
    return found


def _with_variances(design: Design) -> tuple[list[_Ground], Components, float]:
    """The groups in which anything was seen; the variances, and of how many degrees of freedom they are."""
    groups = [group for group in _groups(design) if group.sample.sites.any()]
    squares = Squares(np.zeros(2), np.zeros(2), np.zeros(2), 0.0)
    for group in groups:
        squares = squares + squares_of(group.sample)
    return groups, squares.components(), float(squares.whole[1])


def _severity_freedom(solution: Solution) -> float:
    """Degrees of freedom with which it is known how far inspectors differ."""
    return max(PRIOR_FREEDOM, len(solution.severity) - 1.0)


def _nothing(areas: int, types: int) -> Predictions:
    none = np.full(areas, np.nan)
    cells = np.full((areas, types), np.nan)
    return Predictions(none, none, none, none, none, none, cells, cells, Components(0.0, 0.0, None), 0.0, none)


@dataclass(frozen=True, slots=True)
class _Ground:
    """A group's units (numbers within the design) and its sample."""

    units: slice
    types: Numbers
    """Those of which the group has seen anything."""
    sample: GroupSample


def _groups(design: Design) -> Iterator[_Ground]:
    """Each group with what was seen in it; units of a group stand together.

    Visits of which it is not known who made them count as made by one more inspector, where any others are known.
    """
    if not len(design.units):
        return
    starts = np.flatnonzero(np.diff(design.groups, prepend=-1))
    site_order = np.argsort(design.site_unit, kind="stable")
    unit_of_visit = design.site_unit[design.visit_site]
    visit_order = np.argsort(unit_of_visit, kind="stable")
    local = np.zeros(len(design.site_unit), np.intp)
    for start, end in zip(starts, [*starts[1:], len(design.units)], strict=True):
        sites = site_order[slice(*np.searchsorted(design.site_unit, [start, end], sorter=site_order))]
        visits = visit_order[slice(*np.searchsorted(unit_of_visit, [start, end], sorter=visit_order))]
        local[sites] = np.arange(len(sites))
        here = slice(int(start), int(end))
        types = np.flatnonzero(design.sites[here].any(axis=0))
        place = np.full(design.sites.shape[1], -1)
        place[types] = np.arange(len(types))
        who = design.visit_inspector[visits]
        names, inspector = np.unique(who, return_inverse=True)
        if not (names >= 0).any():
            names, inspector = names[:0], who
        yield _Ground(
            here,
            types,
            GroupSample(
                design.sites[here][:, types],
                design.mean[here][:, types],
                design.site_unit[sites] - start,
                place[design.site_type[sites]],
                design.site_rate[sites],
                local[design.visit_site[visits]],
                design.visit_rate[visits],
                inspector,
                len(names),
            ),
        )


@dataclass(slots=True)
class _Sums:
    """By area, over its groups: the adjustment, and variances with their squares by degree of freedom (Satterthwaite).

    ``squares`` is of streets' own variances, ``severity`` what not knowing inspectors adds to the shared one: as many
    inspectors as there are but one tell how far they differ, and the prior. ``apart`` and ``apart_squares`` are the
    same without what areas have in common.
    """

    squares: Values
    adjustment: Values
    severity: Values
    severity_squares: Values
    apart: Values
    apart_squares: Values

    def freedom(self, own: Values, shared: Values) -> tuple[Values, Values]:
        """Of the whole variance, and of it without what areas have in common.

        Of types so much is known that their part has the streets' own freedom.
        """
        plain = own + shared - self.severity
        of_plain = self.squares * np.divide(plain, own, out=np.ones_like(own), where=own > 0) ** 2
        return (
            _satterthwaite(plain + self.severity, of_plain + self.severity_squares),
            _satterthwaite(plain + self.apart, of_plain + self.apart_squares),
        )


def _satterthwaite(variance: Values, squares: Values) -> Values:
    found: Values = np.divide(variance**2, squares, out=np.full(len(variance), 1e6), where=squares > 0)
    return found


class _Parts:
    """What each type of each unit counts for in each area that holds the unit."""

    def __init__(self, design: Design, areas: int) -> None:
        sampled: Mask = np.asarray(design.sites.any(axis=1))
        known = np.zeros((int(design.groups.max(initial=0)) + 1, design.sites.shape[1]))
        np.add.at(known, design.groups, design.sites)
        reach = np.where(design.reach > 0, design.reach, 1.0)
        self.mass = np.where((known > 0)[design.groups] & sampled[:, None], design.mass / reach[:, None], 0.0)
        pairs = []
        rows = design.units.copy()
        while np.any(rows >= 0):
            unit = np.flatnonzero((rows >= 0) & sampled)
            pairs.append((unit, rows[unit]))
            rows = np.where(rows >= 0, design.above[np.maximum(rows, 0)], -1)
        self.unit, self.area = (np.concatenate(column) for column in zip(*pairs, strict=True))
        order = np.argsort(self.unit, kind="stable")
        self.unit, self.area = self.unit[order], self.area[order]
        whole = np.zeros((areas, design.sites.shape[1]))
        for column in range(design.sites.shape[1]):
            whole[:, column] = np.bincount(self.area, self.mass[self.unit, column], areas)
        weight = np.where(whole > 0, design.type_weight, 0.0)
        total = weight.sum(axis=1, keepdims=True)
        self._whole_of_type = whole
        self.share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
        self._of_unit, self._part = self.share[design.units], None
        if design.area_weight is not None:
            self._part = _parts_by_area(design, self._of_unit.any(axis=1), self.unit, self.area)
            self.share = np.zeros_like(weight)
            np.add.at(self.share, self.area, self._part[:, None] * self._of_unit[self.unit])

    def of(self, units: slice, types: Numbers) -> tuple[Numbers, Numbers, Values]:
        """The pairs of units (within the slice) and areas, and what each type of the unit counts for in the area."""
        first, last = np.searchsorted(self.unit, [units.start, units.stop])
        unit, area = self.unit[first:last], self.area[first:last]
        if self._part is not None:
            return unit - units.start, area, self._part[first:last, None] * self._of_unit[unit][:, types]
        whole = self._whole_of_type[area][:, types]
        part = np.divide(self.mass[unit][:, types], whole, out=np.zeros_like(whole), where=whole > 0)
        return unit - units.start, area, self.share[area][:, types] * part


def _parts_by_area(design: Design, usable: Mask, unit: Numbers, area: Numbers) -> Values:
    """What part each unit has in an area, by pairs: on the way up, its area's weight among those beside it."""
    assert design.area_weight is not None
    weight, reached = design.area_weight, np.zeros(len(design.above), np.bool_)
    rows = design.units[usable]
    while len(rows):
        reached[rows] = True
        rows = np.unique(design.above[rows][design.above[rows] >= 0])
    below = np.flatnonzero(reached & (design.above >= 0))
    total = np.bincount(design.above[below], weight[below], len(reached))
    beside = np.bincount(design.above[below], minlength=len(reached))
    part = np.ones(len(reached))
    above = design.above[below]
    # Where no weight is left the areas count alike.
    weighed = np.divide(weight[below], total[above], out=np.zeros(len(below)), where=total[above] > 0)
    part[below] = np.where(total[above] > 0, weighed, 1 / beside[above])
    found = usable[unit].astype(float)
    rows = design.units[unit]
    while (climbing := rows != area).any():
        found[climbing] *= part[rows[climbing]]
        rows = np.where(climbing, design.above[rows], rows)
    return found


def _add(
    found: Predictions,
    sums: _Sums,
    group: _Ground,
    solution: Solution,
    parts: _Parts,
    design: Design,
    freedom: float,
) -> None:
    """Take a group into the figures of all areas that hold units of it."""
    components, sample = found.components, group.sample
    listed = design.listed[group.units][:, group.types]
    kept = _kept(sample.sites, listed, components)
    cells = np.nonzero(sample.sites)
    levels = np.nan_to_num(solution.units) + solution.shares @ solution.severity
    value = kept * sample.mean + (1 - kept) * (solution.types + levels[:, None])
    plain = kept * sample.mean + (1 - kept) * (solution.plain_types + np.nan_to_num(solution.plain_units)[:, None])
    shown = np.clip(plain, 0.0, 100.0)
    unit, area, share = parts.of(group.units, group.types)
    here, place = np.unique(area, return_inverse=True)
    for column, type_ in enumerate(group.types):
        found.expected[:, type_] += np.bincount(area, share[:, column] * shown[unit, column], len(found.plain))
    found.plain += np.bincount(area, (share * shown[unit]).sum(axis=1), len(found.plain))
    sums.adjustment += np.bincount(area, (share * (value - plain)[unit]).sum(axis=1), len(found.plain))
    predicted = share * (1 - kept)[unit]
    level = predicted.sum(axis=1)
    precision = components.precision(sample.sites)
    whole = precision.sum(axis=1)
    drawn = np.divide(precision, whole[:, None], out=np.zeros_like(precision), where=whole[:, None] > 0)
    once = design.once[group.units][:, group.types]
    inside = (share**2 * _cell_error(sample.sites, listed, kept, once, components)[unit]).sum(axis=1)
    above = np.divide(level**2, whole[unit], out=np.zeros_like(level), where=whole[unit] > 0)
    lent = np.clip(freedom - solution.freedom, 0.0, lent_freedom(solution.spread, solution.freedom))
    spread, known = moderated(solution.spread, solution.freedom, lent)
    own = (inside + above) * spread[unit]
    found.own += np.bincount(area, own, len(found.plain))
    sums.squares += np.bincount(area, own**2 / np.maximum(1.0, known)[unit], len(found.plain))
    load = np.hstack([predicted - level[:, None] * drawn[unit], np.zeros((len(unit), len(solution.severity)))])
    if len(solution.severity):
        dense = np.zeros((*sample.sites.shape, len(solution.severity)))
        dense[cells] = solution.cell_shares
        of_cells = np.einsum("pk,pkj->pj", share * kept[unit], dense[unit])
        load[:, len(group.types) :] = -of_cells - level[:, None] * solution.shares[unit]
    loads = np.zeros((len(here), load.shape[1]))
    np.add.at(loads, place, load)
    if len(solution.severity):
        sums.adjustment[here] += loads[:, len(group.types) :] @ solution.severity
    of_kinds = loads[:, : len(group.types)]
    found.untold[here] += ((of_kinds @ solution.untold) ** 2).sum(axis=1)
    shared = ((loads @ solution.root) ** 2).sum(axis=1)
    found.shared_variance[here] += shared
    if len(solution.severity):
        of_types = ((of_kinds @ solution.types_root) ** 2).sum(axis=1)
        of_severity = np.maximum(0.0, shared - of_types)
        sums.severity[here] += of_severity
        sums.severity_squares[here] += of_severity**2 / _severity_freedom(solution)
        apart = np.maximum(0.0, of_severity - solution.common)
        sums.apart[here] += apart
        sums.apart_squares[here] += apart**2 / _severity_freedom(solution)


def lent_freedom(squares: Values, own: Values) -> float:
    """Degrees of freedom with which the others' spread counts in that of a street, from how far streets differ in it.

    If variances are as drawn from a scaled inverse chi squared of d degrees, their squared coefficient of variation c
    is 2 / (d - 4), and squares of f degrees have the variance 2f + c (f² + 2f) about f (Smyth 2004, by moments). The c
    of the sample counts by its variance where all are alike, beside one of ``LENT_FREEDOM`` known to itself only.
    """
    told = float((own**2 + 2 * own).sum())
    if not told:
        return LENT_FREEDOM
    seen = float(((squares - own) ** 2 - 2 * own).sum()) / told
    unsure = float((8 * own**2 + 48 * own).sum()) / told**2
    before = 2 / (LENT_FREEDOM - 4)
    differing = (seen * before**2 + before * unsure) / (before**2 + unsure)
    return max(LENT_FREEDOM, 4 + 2 / differing) if differing > 0 else np.inf


def moderated(squares: Values, own: Values, lent: Values) -> tuple[Values, Values]:
    """Each street's spread against that of all, of its own degrees of freedom and those lent; and how many these are.

    NaN where there is not even one.
    """
    known = own + lent
    return np.divide(squares + lent, known, out=np.full(len(known), np.nan), where=known >= 1 - 1e-9), known


def _kept(sites: Values, listed: Values, components: Components) -> Values:
    """How far what was seen of a type in a street counts, 0 to 1."""
    there = sites > 0
    n = np.where(there, sites, 1.0)
    seen = np.where(listed > 0, np.minimum(1.0, n / np.where(listed > 0, listed, 1.0)), 0.0)
    noise = components.cell + components.site / n
    alike = components.cell / noise if noise.any() else np.zeros_like(n)
    return np.where(there, seen + (1 - seen) * alike, 0.0)


def _cell_error(sites: Values, listed: Values, kept: Values, once: Values, components: Components) -> Values:
    """The variance of a cell's value when types, streets and inspectors are known.

    Of sites that were seen, the error of one look remains. Where second visits do not tell it, it may be all of what
    sites differ by, or nothing: the larger error is taken.
    """
    there = sites > 0
    n = np.where(there, sites, 1.0)
    least = [components.look] if components.look is not None else [0.0, components.site]
    registered: Mask = listed > 0
    found = np.zeros_like(n)
    for look in least:
        whole = components.cell + np.where(
            registered, (components.site - look) / np.where(registered, np.maximum(listed, n), 1.0), 0.0
        )
        looked = kept**2 * (components.cell + (components.site - look + look * once) / n)
        error = np.where(there, whole - 2 * kept * whole + looked, whole)
        found = np.maximum(found, error)
    return found
