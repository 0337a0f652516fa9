"""Estimates from a stratified sample with few sites in each stratum, for many areas at once.

A figure is the weighted mean over strata (site types) of each stratum's mean. Its interval is Student's, with

* the sites' variance within strata pooled over the strata of an area (Cochran, Sampling Techniques, 3rd ed., 5A.11) and
  moderated by that of the other areas of its level (Smyth 2004, doi:10.2202/1544-6115.1027): it counts with as many
  degrees of freedom as the sites give, the others' with at most ``PRIOR_FREEDOM``. By its few sites alone
  every second small street would have no interval, and the others one that holds the truth too seldom:
  ``benchmarks/index_coverage.py`` shows both;
* the finite-population correction where the number of sites is known (Cochran, 2.6), and in its place what an
  inspection of the same site by another inspector differs by (two-stage sampling, Cochran, 10.3): a register all of
  whose sites were inspected once still leaves the error of one look. Second visits of the week tell how large that is;
  where there are too few of them, nothing is corrected;
* the design effect of unequal weights (Kish, Survey Sampling, 11.7).

Arrays are areas × parts: a part is the whole, a dimension, a clause or an item.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from .observing import Numbers, Values, sums_by

Counts = Values | NDArray[np.int32]
PRIOR_FREEDOM = 8
"""Degrees of freedom with which the variance of the level's other areas counts at most."""
MINIMUM_FREEDOM = 3
"""Degrees of freedom below which no interval is given: with one or two it is all or nothing by chance."""
_LOOKED_UP = 200


@dataclass(slots=True)
class Sums:
    """Of one stratum, areas × parts: how many sites, their sums of w, w², w²/m, w·y, w·y², visits, item results.

    ``w`` is a site's weight, ``m`` how often it was visited, ``y`` the mean of its visits.
    """

    sites: Values
    w: Values
    ww: Values
    wwm: Values
    wy: Values
    wyy: Values
    visits: Values
    observations: Values


@dataclass(frozen=True, slots=True)
class WithinVariance:
    """How far visits of the same site differ, by part: squares about the sites' means and their degrees of freedom."""

    squares: Values
    freedom: Values

    def and_of(self, other: WithinVariance) -> WithinVariance:
        """Both together, as of two site types."""
        return WithinVariance(self.squares + other.squares, self.freedom + other.freedom)

    def of(self, parts: slice) -> WithinVariance:
        """That of these parts alone."""
        return WithinVariance(self.squares[parts], self.freedom[parts])

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether there are second visits enough, by part."""
        return self.freedom >= MINIMUM_FREEDOM

    @property
    def variance(self) -> Values:
        return np.divide(self.squares, self.freedom, out=np.zeros_like(self.squares), where=self.freedom > 0)


@dataclass(slots=True)
class Spread:
    """The parts' figures as they gather over strata, areas × parts.

    ``mean`` and ``share`` are sums over strata. The variance of ``mean`` times ``share``² is ``factor`` times that
    between the sites of a stratum (``squares``, ``freedom``); where a finite population counts, ``factor - inspected``
    times it, and ``looks`` times that between visits of one site.
    """

    mean: Values
    share: Values
    factor: Values
    inspected: Values
    looks: Values
    squares: Values
    freedom: Values
    sites: Values
    visits: Values
    observations: Values

    @classmethod
    def none(cls, areas: int, parts: int) -> Spread:
        return cls(*(np.zeros((areas, parts)) for _ in fields(cls)))

    def of(self, parts: slice) -> Spread:
        """That of these parts alone."""
        return Spread(*(getattr(self, one.name)[:, parts] for one in fields(self)))

    def add(self, stratum: Spread, parts: Numbers | slice = slice(None)) -> None:
        """Take in a stratum, whose columns are these parts."""
        for one in fields(self):
            getattr(self, one.name)[:, parts] += getattr(stratum, one.name)


@dataclass(frozen=True, slots=True)
class Estimates:
    """Areas × parts: rate, low and high (NaN where there is none) in the unit of what was observed, and counts.

    ``error`` and ``freedom`` are those of the interval.
    """

    rate: Values
    low: Values
    high: Values
    sites: Counts
    visits: Counts
    observations: Counts
    error: Values
    freedom: Values


def stratum_spread(sums: Sums, weight: float, fraction: Values) -> Spread:
    """One stratum's part in the figures. ``fraction``: of its sites that were inspected, by area (0 where unknown)."""
    there = (sums.sites > 0) & (weight > 0)
    w = np.where(there, sums.w, 1.0)
    n = np.where(there, sums.sites, 1.0)
    mean = np.where(there, sums.wy / w, 0.0)
    # Weights are brought to a mean of 1 before they weigh squares, so that they stay squares of single sites.
    squares = np.maximum(0.0, sums.wyy - w * mean**2) * n / w
    squares = np.where(there & (n > 1), squares, 0.0)
    unequal = n * sums.ww / w**2
    factor = np.where(there, weight**2 * unequal / n, 0.0)
    share = np.where(there, weight, 0.0)
    return Spread(
        mean=share * mean,
        share=share,
        factor=factor,
        inspected=factor * fraction[:, None],
        looks=np.where(there, weight**2 * fraction[:, None] * sums.wwm / w**2, 0.0),
        squares=squares,
        freedom=np.where(there, n - 1, 0.0),
        sites=sums.sites,
        visits=sums.visits,
        observations=sums.observations,
    )


def estimates(spread: Spread, level: Numbers, within: WithinVariance) -> Estimates:
    """Rates and 95 % intervals, percent, cut at 0 and 100.

    ``level`` numbers the level of each area: others of it lend their variance. The degrees of freedom are those of the
    larger part of the variance: that of the draw, or that of one look. Where all that was seen is alike there is no
    interval: a handful of sites at 100 does not show that all are.
    """
    there = spread.share > 0
    share = np.where(there, spread.share, 1.0)
    rate = np.where(there, spread.mean / share, np.nan)
    squares_of_level = _level_sums(spread.squares, level)
    freedom_of_level = _level_sums(spread.freedom, level)
    other_squares = np.maximum(0.0, squares_of_level - spread.squares)
    other_freedom = freedom_of_level - spread.freedom
    lent = np.minimum(PRIOR_FREEDOM, other_freedom)
    prior = np.divide(other_squares, other_freedom, out=np.zeros_like(share), where=other_freedom > 0)
    freedom = spread.freedom + lent
    known = there & (freedom >= MINIMUM_FREEDOM)
    between = (spread.squares + lent * prior) / np.where(known, freedom, 1.0)
    of_draw = (spread.factor - np.where(within.known, spread.inspected, 0.0)) * between
    of_look = np.where(within.known, spread.looks * within.variance, 0.0)
    deciding = np.where(of_look > of_draw, within.freedom, freedom)
    known &= of_draw + of_look > 0
    error = np.sqrt(np.where(known, of_draw + of_look, np.nan)) / share
    half = _quantiles(np.where(known, deciding, 1.0)) * error
    low, high = np.maximum(0.0, rate - half), np.minimum(100.0, rate + half)
    return Estimates(
        rate=rate,
        low=np.where(known, low, np.nan),
        high=np.where(known, high, np.nan),
        sites=spread.sites,
        visits=spread.visits,
        observations=spread.observations,
        error=error,
        freedom=deciding,
    )


def rates_alone(spread: Spread) -> Estimates:
    """The rates, and nothing of how far they may be off: of places chosen by hand nobody knows what they stand for."""
    there = spread.share > 0
    rate = np.where(there, spread.mean / np.where(there, spread.share, 1.0), np.nan)
    nothing = np.broadcast_to(np.float64(np.nan), rate.shape)
    return Estimates(rate, nothing, nothing, spread.sites, spread.visits, spread.observations, nothing, nothing)


def _quantiles(freedom: Values) -> Values:
    """Student's t at 97.5 % for degrees of freedom, which are whole numbers: small ones are looked up."""
    from scipy.special import stdtrit  # heavy, and a server that shows frozen weeks has no need of it

    table = stdtrit(np.arange(1, _LOOKED_UP + 1), 0.975)
    found: Values = table[np.minimum(freedom, _LOOKED_UP).astype(np.intp) - 1]
    many = freedom > _LOOKED_UP
    found[many] = stdtrit(freedom[many], 0.975)
    return found


def _level_sums(values: Values, level: Numbers) -> Values:
    return sums_by(values, level, int(level.max(initial=0)) + 1)[level]


def sums_under(values: Values, ends: Numbers) -> Values:
    """Sums of areas whose subtrees are the rows from their own to these ends, made in place of values by row.

    The last row belongs to no area, and is zero.
    """
    # Nearly all areas have none below them, and are their own sums.
    inner = np.flatnonzero(ends - np.arange(len(ends)) > 1)
    if len(inner):
        pairs = np.column_stack([inner, ends[inner]]).ravel()
        values[inner] = np.add.reduceat(values, pairs, axis=0)[::2]
    return values[:-1]
