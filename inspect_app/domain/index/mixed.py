"""The mixed model that a week's figures are predicted from (method 3).

    rate of a visit = site type + street + street × type + site + inspector + error of one look

Site types and streets are fixed: no street is drawn towards the others. What is peculiar to a type in a street, the
sites and the inspectors are random (Battese, Harter and Fuller 1988, doi:10.1080/01621459.1988.10478561; Henderson's
equations: Searle, Casella and McCulloch, Variance Components, 1992, ch. 7). Variances are found by the fitting of
constants (Searle, ch. 5.3: each sum of squares against its expectation), but that of inspectors, about which one week
says little: its posterior over ``SEVERITIES`` is kept whole and averaged over, so that not knowing it is part of every
error.

Types are estimated over a wider area (the city): in ``groups``. Everything here is about one group at a time: units
(streets) × types of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from statistics import NormalDist

import numpy as np

from .observing import Numbers, Values, sums_by

SEVERITIES = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0])
"""Standard deviations of inspectors that are weighed against each other, points."""
PRIOR_SEVERITY = 4.0
"""Scale of the half normal prior of that standard deviation (Gelman 2006, doi:10.1214/06-BA117A), points."""
PRIOR_FREEDOM = 3.0
"""Degrees of freedom that the prior is worth: with so many a few inspectors' severity counts as known at least."""
_LEAST_FREEDOM = 3
_RANK = 1e-9
_LEAST_VARIANCE = 1e-4
"""Points²: of sites that are all alike, a hundredth of a point. Nothing is divided by 0, nothing is singular."""
_LEAST_LOOK = 0.01
"""The least part of the variance of sites that is one look's: that a few second visits agree is no proof of more."""
_DIGITS = 3
"""Significant digits of the variances, as published: figures can be repeated, and the rest tells who saw what."""


@dataclass(frozen=True, slots=True)
class Components:
    """Variances, points²: of a type in a street (``cell``), of sites in it as one look sees them (``site``).

    ``look`` is the part of ``site`` that is the error of one look; None where second visits do not tell it.
    """

    cell: float
    site: float
    look: float | None

    @property
    def alike(self) -> bool:
        """Whether all sites are what their types and streets are: nothing is known of what others would be."""
        return self.site <= _LEAST_VARIANCE

    def precision(self, sites: Values) -> Values:
        """1 ÷ the variance of the mean of so many sites of a type in a street; 0 where there is none."""
        there = sites > 0
        return np.where(there, 1 / (self.cell + self.site / np.where(there, sites, 1.0)), 0.0)


def _rounded(variance: float) -> float:
    return float(f"{variance:.{_DIGITS}g}")


@dataclass(frozen=True, slots=True)
class GroupSample:
    """A wider area's sample. ``sites`` and ``mean``: of each unit and type, units × types.

    Of each site its unit, type and rate; of each visit its site, rate and inspector (-1: not known), all numbered
    within the group.
    """

    sites: Values
    mean: Values
    site_unit: Numbers
    site_type: Numbers
    site_rate: Values
    visit_site: Numbers
    visit_rate: Values
    visit_inspector: Numbers
    inspectors: int


@dataclass(frozen=True, slots=True)
class Squares:
    """Sums of squares and their degrees of freedom, of which the variances are made; those of groups add up."""

    look: Values
    """Within sites, after inspectors: squares, freedom."""
    site: Values
    """Within units and types, after inspectors."""
    whole: Values
    """After types, units and inspectors."""
    cells: float
    """By how much the variance of cells counts in the last."""

    def __add__(self, other: Squares) -> Squares:
        return Squares(
            self.look + other.look, self.site + other.site, self.whole + other.whole, self.cells + other.cells
        )

    def components(self) -> Components:
        """The variances; where nothing repeats within cells all is taken to be the sites'."""
        total = max(_LEAST_VARIANCE, self.whole[0] / self.whole[1] if self.whole[1] > 0 else 0.0)
        site = self.site[0] / self.site[1] if self.site[1] >= _LEAST_FREEDOM else total
        cell = max(0.0, (self.whole[0] - site * self.whole[1]) / self.cells) if self.cells > 0 else 0.0
        if cell == 0 or site < _LEAST_VARIANCE:
            cell, site = 0.0, total
        if self.look[1] < _LEAST_FREEDOM:
            return Components(_rounded(cell), _rounded(site), None)
        look = max(_LEAST_LOOK * site, min(self.look[0] / self.look[1], site))
        return Components(_rounded(cell), _rounded(site), _rounded(look))


@dataclass(frozen=True, slots=True)
class Equations:
    """The normal equations of types and inspectors after units: left side, right side, and the squares left."""

    left: Values
    right: Values
    squares: float


@dataclass(frozen=True, slots=True)
class Solution:
    """What a group's model says.

    ``types`` and ``severity`` (negative: scores lower than others) are effects; ``units`` the streets' levels;
    ``plain_types`` and ``plain_units`` the same if inspectors were all alike: these know nothing of who saw what.
    ``shares`` (units × inspectors) is each inspector's part in a street's level, ``cell_shares`` (nonempty cells ×
    inspectors, in the order of ``np.nonzero(sites)``) in a cell's mean. ``root`` is a root of the error covariance of
    types and inspectors: it times its transpose; ``types_root`` that of types if inspectors were all alike. Both are
    without ``untold`` (types × sets), what no sample tells: how high each set of types that streets connect lies as a
    whole, a direction of unit length for each.
    ``common`` is the variance of the inspectors' mean, which is part of every street's error.
    ``spread`` by unit: squares of standardised residuals, and their degrees of freedom.
    """

    types: Values
    severity: Values
    units: Values
    plain_types: Values
    plain_units: Values
    shares: Values
    cell_shares: Values
    root: Values
    types_root: Values
    untold: Values
    common: float
    spread: Values
    freedom: Values
    severity_deviation: float
    severity_p: float

    @property
    def type_freedom(self) -> int:
        """How many degrees of freedom tell by how much types differ: within the sets, each about its mean."""
        types, sets = self.untold.shape
        return int(types - sets)

    @property
    def type_variance(self) -> float:
        """By how much types differ, points²; NaN where nothing tells it."""
        return float(self.plain_types @ self.plain_types) / self.type_freedom if self.type_freedom else float("nan")

    @property
    def severity_error(self) -> Values:
        """The standard errors of the inspectors' effects."""
        found: Values = np.sqrt((self.root[len(self.types) :] ** 2).sum(axis=1))
        return found


def squares_of(group: GroupSample) -> Squares:
    """A group's part in the estimation of variances."""
    shares = _Shares(group)
    ones = Components(0.0, 1.0, 1.0)
    whole = _equations(group, shares, ones, looks=False)
    left, rank = _solved(whole)
    n = group.sites
    freedom = n.sum() - np.count_nonzero(n.sum(axis=1)) - rank
    within_left, within_rank = _solved(Equations(*shares.within_cells))
    within_freedom = float((n[n > 0] - 1).sum()) - within_rank
    look_left, look_rank = _solved(Equations(*shares.within_sites()))
    look_freedom = float(len(group.visit_site) - len(group.site_rate)) - look_rank
    square = n * n
    by_unit, by_type = n.sum(axis=1, keepdims=True), n.sum(axis=0, keepdims=True)
    cells = (
        n.sum()
        - np.divide(square, by_unit, out=np.zeros_like(n), where=by_unit > 0).sum()
        - np.divide(square, by_type, out=np.zeros_like(n), where=by_type > 0).sum()
        + square.sum() / max(1.0, n.sum())
    )
    return Squares(
        np.array([look_left, look_freedom]) * (look_freedom > 0),
        np.array([within_left, within_freedom]) * (within_freedom > 0),
        np.array([left, freedom]) * (freedom > 0),
        max(0.0, float(cells)) * (freedom > 0),
    )


def solve(group: GroupSample, components: Components) -> Solution:
    """The group's effects with their errors, averaged over what the inspectors' variance may be."""
    shares = _Shares(group)
    equations = _equations(group, shares, components)
    types, count = group.sites.shape[1], group.inspectors
    precision = components.precision(group.sites)
    scale = float(precision.sum(axis=0).max())
    untold = _untold(group.sites)
    found = _averaged(equations, np.vstack([untold, np.zeros((count, untold.shape[1]))]), scale, count)
    of_type, severity = found.effect[:types], found.effect[types:]
    whole = precision.sum(axis=1)
    there = whole > 0
    part = np.divide(precision, whole[:, None], out=np.zeros_like(precision), where=there[:, None])
    seen = _adjusted(group, shares, severity)
    units = np.where(there, (part * (seen - of_type)).sum(axis=1), np.nan)
    return Solution(
        of_type,
        severity,
        units,
        found.plain_types,
        np.where(there, (part * (group.mean - found.plain_types)).sum(axis=1), np.nan),
        shares.by_unit(part),
        shares.of_cell,
        found.root,
        found.types_root,
        untold,
        found.common,
        _spread(group, shares, seen, of_type, units, severity, components, precision),
        _freedom(group.sites, equations.left[:types, :types], float(whole.sum())),
        found.deviation,
        found.none,
    )


def _freedom(sites: Values, left: Values, whole: float) -> Values:
    """By unit: its sites but one, less its part of what the types take."""
    alone = np.maximum(0.0, sites.sum(axis=1) - 1)
    taken = np.linalg.matrix_rank(left, hermitian=True, tol=_RANK * whole)
    found: Values = alone * max(0.0, 1 - float(taken) / max(1.0, float(alone.sum())))
    return found


def _untold(sites: Values) -> Values:
    """How high types lie as a whole, each set of them that streets connect by itself: types × sets, of length 1."""
    types = sites.shape[1]
    label = np.arange(types)
    for there in sites > 0:
        if there.any():
            label[np.isin(label, label[there])] = label[there].min()
    sets = (label[:, None] == np.unique(label)).astype(float)
    found: Values = sets / np.sqrt(sets.sum(axis=0))
    return found


@dataclass(frozen=True, slots=True)
class _Averaged:
    """Effects and their errors over the posterior of the inspectors' standard deviation, and its mean; those of types
    where it is 0, and the probability of data as these there (``none``).

    A root times its transpose is the error covariance, but for what no sample tells.
    ``common`` is the variance of the inspectors' mean.
    """

    effect: Values
    root: Values
    plain_types: Values
    types_root: Values
    common: float
    deviation: float
    none: float


def _averaged(equations: Equations, free: Values, scale: float, count: int) -> _Averaged:
    """``free`` are directions of unit length that the equations leave open, in columns, all of them and of types alone.

    They are left out exactly, effects are 0 along them: with a next to nothing of a precision instead the figures would
    be known to six digits only, and other ones on another processor.
    """
    size, types = len(free), len(free) - count
    told = equations.right - free @ (free.T @ equations.right)
    found: list[tuple[float, Values, Values]] = []
    for deviation in SEVERITIES if count else SEVERITIES[:1]:
        keep = size if deviation else types
        closed = scale * free[:keep] @ free[:keep].T
        left = equations.left[:keep, :keep] + closed
        if deviation:
            left[range(types, keep), range(types, keep)] += deviation**-2
        root = np.linalg.cholesky(left)
        inverse = np.linalg.inv(left)
        effect, covariance = np.zeros(size), np.zeros((size, size))
        effect[:keep], covariance[:keep, :keep] = inverse @ told[:keep], inverse - closed / scale**2
        likelihood = 0.5 * float(told[:keep] @ effect[:keep]) - float(np.log(np.diag(root)).sum())
        likelihood -= count * np.log(deviation) if deviation else 0.0
        found.append((likelihood, effect, covariance))
    likelihoods = np.array([one[0] for one in found])
    height = likelihoods - 0.5 * (SEVERITIES[: len(found)] / PRIOR_SEVERITY) ** 2
    weight = np.exp(height - height.max()) * _steps(len(found))
    weight /= weight.sum()
    effects = np.array([one[1] for one in found])
    mean = weight @ effects
    apart = effects - mean
    covariance = np.tensordot(weight, np.array([one[2] for one in found]), 1) + (weight[:, None] * apart).T @ apart
    _, plain, alike = found[0]
    return _Averaged(
        mean,
        _root(covariance),
        plain[:types],
        _root(alike[:types, :types]),
        float(covariance[types:, types:].mean()) if count else 0.0,
        float(weight @ SEVERITIES[: len(found)]),
        _of_none(likelihoods),
    )


def _of_none(likelihoods: Values) -> float:
    """The p value of a variance of 0, the first of these restricted likelihoods (logarithms), against the best of them.

    By the likelihood ratio, which is 0 half the time and else chi squared (Self and Liang 1987,
    doi:10.1080/01621459.1987.10478472).
    """
    ratio = 2 * float(likelihoods.max() - likelihoods[0])
    return 1.0 if ratio <= 0 else NormalDist().cdf(-sqrt(ratio))


def _steps(count: int) -> Values:
    """The width that each value stands for on the uneven scale of ``SEVERITIES``."""
    if count == 1:
        return np.ones(1)
    edges = np.concatenate([[0.0], (SEVERITIES[1:] + SEVERITIES[:-1]) / 2, [SEVERITIES[-1] + 1]])
    return np.diff(edges)


class _Shares:
    """Each inspector's part in what was seen of a site, of a cell (a type in a unit) and of a unit."""

    def __init__(self, group: GroupSample) -> None:
        self._group = group
        units, types = group.sites.shape
        self.cell = group.site_unit * types + group.site_type
        self.cells = np.flatnonzero(group.sites.ravel())
        self._place = np.full(units * types, -1)
        self._place[self.cells] = np.arange(len(self.cells))
        visits = np.bincount(group.visit_site, minlength=len(group.site_rate)).astype(float)
        self.of_site = np.zeros((len(group.site_rate), group.inspectors))
        known = group.visit_inspector >= 0
        if group.inspectors:
            np.add.at(self.of_site, (group.visit_site[known], group.visit_inspector[known]), 1.0)
            self.of_site /= np.maximum(visits, 1.0)[:, None]
        self.of_cell = np.zeros((len(self.cells), group.inspectors))
        self.place = self._place[self.cell]
        for column in range(group.inspectors):
            self.of_cell[:, column] = np.bincount(self.place, self.of_site[:, column], len(self.cells))
        self.of_cell /= np.maximum(1.0, group.sites.ravel()[self.cells])[:, None]

    def by_unit(self, part: Values) -> Values:
        """Units × inspectors: cells' shares with these weights (units × types)."""
        units, types = part.shape
        weighted = self.of_cell * part.ravel()[self.cells][:, None]
        return sums_by(weighted, self.cells // types, units)

    @cached_property
    def within_cells(self) -> tuple[Values, Values, float]:
        """Squares and products within cells: inspectors × inspectors, inspectors × rate, rate × rate."""
        group = self._group
        apart = group.site_rate - group.mean.ravel()[self.cell]
        shares = self.of_site - self.of_cell[self.place]
        return shares.T @ shares, shares.T @ apart, float(apart @ apart)

    def within_sites(self) -> tuple[Values, Values, float]:
        """The same within sites."""
        group = self._group
        again = np.flatnonzero((np.bincount(group.visit_site, minlength=len(group.site_rate)) > 1)[group.visit_site])
        site, who = group.visit_site[again], group.visit_inspector[again]
        apart = group.visit_rate[again] - group.site_rate[site]
        shares = -self.of_site[site]
        known = np.flatnonzero(who >= 0)
        shares[known, who[known]] += 1.0
        return shares.T @ shares, shares.T @ apart, float(apart @ apart)


def _equations(group: GroupSample, shares: _Shares, components: Components, *, looks: bool = True) -> Equations:
    """Types and inspectors after units; ``looks`` is whether second visits of a site take part."""
    precision = components.precision(group.sites)
    whole = precision.sum(axis=1)
    part = np.divide(precision, whole[:, None], out=np.zeros_like(precision), where=whole[:, None] > 0)
    level = (part * group.mean).sum(axis=1)
    types, count = group.sites.shape[1], group.inspectors
    left, right = np.zeros((types + count, types + count)), np.zeros(types + count)
    left[:types, :types] = np.diag(precision.sum(axis=0)) - part.T @ precision
    right[:types] = (precision * group.mean).sum(axis=0) - precision.T @ level
    within_left, within_right, within = shares.within_cells
    site = components.site
    squares = float((precision * group.mean**2).sum() - (whole * level**2).sum()) + within / site
    if count:
        of_unit = shares.by_unit(part)
        weight = precision.ravel()[shares.cells]
        weighted = shares.of_cell * weight[:, None]
        crossed = sums_by(weighted, shares.cells % types, types) - precision.T @ of_unit
        left[:types, types:], left[types:, :types] = crossed, crossed.T
        left[types:, types:] = shares.of_cell.T @ weighted - (of_unit * whole[:, None]).T @ of_unit
        right[types:] = weighted.T @ group.mean.ravel()[shares.cells] - of_unit.T @ (whole * level)
        left[types:, types:] += within_left / site
        right[types:] += within_right / site
        if looks:
            look = site / 2 if components.look is None else components.look
            look_left, look_right, _ = shares.within_sites()
            left[types:, types:] += look_left / look
            right[types:] += look_right / look
    return Equations(left, right, squares)


def _solved(equations: Equations) -> tuple[float, int]:
    """The squares left after all effects as fixed ones, and how many of these there are."""
    if not len(equations.right):
        return equations.squares, 0
    value, vector = np.linalg.eigh(equations.left)
    # Of whole sites and parts of them: what is smaller than this is rounding.
    kept = value > _RANK * max(1.0, float(value.max()))
    rotated = vector[:, kept].T @ equations.right
    return max(0.0, equations.squares - float((rotated**2 / value[kept]).sum())), int(kept.sum())


def _adjusted(group: GroupSample, shares: _Shares, severity: Values) -> Values:
    """The cells' means without the inspectors' part."""
    seen = group.mean.copy()
    if len(severity):
        seen.ravel()[shares.cells] -= shares.of_cell @ severity
    return seen


def _spread(
    group: GroupSample,
    shares: _Shares,
    seen: Values,
    types: Values,
    units: Values,
    severity: Values,
    components: Components,
    precision: Values,
) -> Values:
    between = precision * (seen - types - np.where(np.isnan(units), 0.0, units)[:, None]) ** 2
    apart = group.site_rate - group.mean.ravel()[shares.cell]
    apart = apart - (shares.of_site - shares.of_cell[shares.place]) @ severity
    site = components.site
    found: Values = between.sum(axis=1) + np.bincount(group.site_unit, apart**2 / site, len(units))
    return found


def _root(covariance: Values) -> Values:
    value, vector = np.linalg.eigh(covariance)
    found: Values = vector * np.sqrt(np.maximum(value, 0.0))
    return found
