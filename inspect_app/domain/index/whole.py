"""Every area's own figure, from the model where the week had a plan, else as a plain summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from math import floor

import numpy as np

from .estimating import MINIMUM_FREEDOM, Estimates
from .gathering import STREET_DIGITS, AreaRows
from .observing import Mask, Values
from .predicting import Predictions
from .sampling import predicted, severity_of_streets
from .severity_found import ALIKE, SeverityFound
from .weights import Weights

LEAST_SITES = 2
"""Sites below which an area has no interval."""
_ONE_SIDED = 0.05
_TINY = 1e-6
_FIGURE_DIGITS = 2
MOST_FREEDOM = 999.0
"""Degrees of freedom above which nothing changes."""


@dataclass(frozen=True, slots=True)
class Whole:
    """By area: rate, its interval and error, the rate without adjustment for severity; areas × types: ``counts_with``.

    NaN where there is none. ``one_sided`` is where the interval is a bound. ``sites``: scored ones of types that count.
    ``variances``, points²: of a type in a street (``cell``), of sites (``site``) and of one look at them (``look``,
    None where second visits do not tell it); ``severity`` is the mean standard deviation of inspectors, ``common`` the
    variance of their mean, which all areas' errors have in common; ``freedom_apart`` is that of errors without it.
    """

    rate: Values
    low: Values
    high: Values
    plain: Values
    error: Values
    freedom: Values
    freedom_apart: Values
    one_sided: Mask
    counts_with: Values
    sites: Values
    drawn: bool
    variances: Mapping[str, float | None] = field(default_factory=dict)
    severity: SeverityFound = ALIKE

    def estimates(self, of: Estimates) -> Estimates:
        """As rates and intervals with the counts of these."""
        return replace(of, rate=self.rate[:, None], low=self.low[:, None], high=self.high[:, None])


def chosen(ground: AreaRows, found: Estimates, weights: Weights) -> Whole:
    """What was seen at places chosen by hand: a figure without interval, because nobody knows what they stand for.

    Whether inspectors differ is told all the same: that is asked within streets and types, however these were chosen.
    """
    rate, nothing = found.rate[:, 0], np.full(len(ground.areas), np.nan)
    if weights.roll_up == "areas":
        rate = _rolled_up(rate, ground, weights)
    none = np.full((len(ground.areas), len(ground.observed.types)), np.nan)
    sites = _sites(ground, weights).sum(axis=1)
    return Whole(
        rate,
        nothing,
        nothing,
        rate,
        nothing,
        nothing,
        nothing,
        np.zeros(len(rate), np.bool_),
        none,
        sites,
        drawn=False,
        severity=severity_of_streets(ground, weights),
    )


def from_model(ground: AreaRows, weights: Weights, found: Estimates) -> Whole:
    """What the week's plan allows to say of each area. ``found``: the summary, of areas of which the model says less.

    Errors, degrees of freedom and variances are made as coarse as they are published before anything is made of them,
    so that everything can be repeated, and exact ones do not tell who saw what: errors to the next larger tenth.
    """
    size, types = len(ground.areas), len(ground.observed.types)
    rate, plain, error, freedom, apart = (np.full(size, np.nan) for _ in range(5))
    counts_with = np.full((size, types), np.nan)
    complete = np.zeros(size, np.bool_)
    variances: dict[str, float | None] = {}
    severity = ALIKE
    sites = _sites(ground, weights)
    for here, of in predicted(ground, weights):
        severity = severity if variances else of.severity
        variances = _with(variances, of)
        counts_with[here] = np.round(of.expected[here], _FIGURE_DIGITS)
        rate[here], plain[here] = of.rate[here], of.plain[here]
        error[here], freedom[here], apart[here] = of.error[here], of.freedom[here], of.freedom_apart[here]
        unseen, told_by = _unseen_types(ground, weights, of), max(1, of.type_freedom)
        added = unseen + of.untold_variance
        for known in (freedom, apart):
            known[here] = _combined(error, known, added, told_by)[here]
        error[here] = np.sqrt(error**2 + added)[here]
        complete[here] = ~((of.share > 0) & (sites == 0))[here].any(axis=1)
        if of.site_freedom < MINIMUM_FREEDOM and weights.roll_up != "areas":
            summed = here & ground.above_streets & ~np.isnan(found.error[:, 0])
            rate[summed] = plain[summed] = found.rate[summed, 0]
            counts_with[summed] = np.nan
            error[summed] = np.sqrt(found.error[summed, 0] ** 2 + of.common + unseen[summed])
            freedom[summed] = apart[summed] = found.freedom[summed, 0]
    adjusted = np.where(np.isnan(rate), 0.0, rate - plain)
    plain = np.round(plain, _FIGURE_DIGITS)
    rate = np.round(np.clip(plain + adjusted, 0.0, 100.0), _FIGURE_DIGITS)
    whole = sites.sum(axis=1)
    known = (whole >= LEAST_SITES) & (error > _TINY)
    error = np.where(known, np.ceil(error * 10 - _TINY) / 10, np.nan)
    freedom, apart = (np.where(known, np.clip(np.round(of), 1.0, MOST_FREEDOM), np.nan) for of in (freedom, apart))
    low, high = _interval(rate, error, freedom)
    bound, end = _bounds(ground, weights, whole)
    if weights.roll_up == "areas":
        end[ground.above_streets] = 0
    one_sided = (end != 0) & complete & (whole >= LEAST_SITES)
    upper, lower = one_sided & (end > 0), one_sided & (end < 0)
    low = np.where(upper, np.fmin(np.minimum(bound, rate), low), np.where(lower, 0.0, low))
    high = np.where(lower, np.fmax(np.maximum(bound, rate), high), np.where(upper, 100.0, high))
    return Whole(
        rate,
        low,
        high,
        plain,
        error,
        freedom,
        apart,
        one_sided,
        counts_with,
        whole,
        drawn=True,
        variances=variances,
        severity=severity,
    )


def _unseen_types(ground: AreaRows, weights: Weights, of: Predictions) -> Values:
    """By area: the variance that registered types bring of which the wider area saw nothing; NaN where it is unknown.

    The figure is that of the types that count, W of the weight of those registered. If types were drawn from many, the
    index over all of them differs from it with (1 - W)² · variance of types · (1/k + 1/m): k types count, m do not.
    """
    size = len(ground.areas)
    sums = {counts: np.zeros((2, size)) for counts in (True, False)}
    for column, id in enumerate((*ground.observed.types, *ground.listed_unseen)):
        weight = weights.types.get(id, 1.0)
        seen = id in ground.listed
        counts = of.share[:, column] > 0 if seen else np.zeros(size, np.bool_)
        registered = ground.under((ground.listed if seen else ground.listed_unseen)[id]) > 0
        for which, here in ((True, counts), (False, registered & ~counts)):
            sums[which] += np.outer([weight, weight**2], here)
    (there, there_squares), (gone, gone_squares) = sums[True], sums[False]
    some = (gone > 0) & (there > 0)
    part = np.divide(gone, there + gone, out=np.zeros(size), where=some)
    one, other = (
        np.divide(squares, total**2, out=np.zeros(size), where=some)
        for total, squares in ((there, there_squares), (gone, gone_squares))
    )
    return np.where(some, part**2 * of.type_variance * (one + other), 0.0)


def _combined(error: Values, freedom: Values, added: Values, added_freedom: float) -> Values:
    """Degrees of freedom of an error to which a variance is added (Satterthwaite)."""
    squares = error**4 / freedom + added**2 / added_freedom
    found: Values = np.divide((error**2 + added) ** 2, squares, out=freedom.copy(), where=(added > 0) & (squares > 0))
    return found


def _with(variances: Mapping[str, float | None], of: Predictions) -> dict[str, float | None]:
    """The variances of the estimate from streets; of what areas have in common no more than each estimate says."""
    known = variances.get("common")
    common = floor(of.common * 10) / 10
    return {
        **asdict(of.components),
        "severity": round(of.severity_deviation, 1),
        **variances,
        "common": common if known is None else min(known, common),
    }


def _sites(ground: AreaRows, weights: Weights) -> Values:
    """Scored sites of the types that count, areas × types."""
    scored = _scored(ground, weights)
    size, types = len(ground.areas), len(ground.observed.types)
    cell = ground.site_row[scored] * types + ground.observed.site_type[scored]
    there = np.bincount(cell, minlength=size * types).astype(float).reshape(size, types)
    found = np.zeros((size, types))
    for column in range(types):
        found[:, column] = ground.under(there[:, column])
    return found


def _scored(ground: AreaRows, weights: Weights) -> Mask:
    """The sites that have a rate and are of a type that counts."""
    counts = np.array([weights.types.get(id, 1.0) > 0 for id in ground.observed.types], np.bool_)
    found: Mask = ground.known & ~np.isnan(ground.site_rate) & counts[ground.observed.site_type]
    return found


def _rolled_up(rate: Values, ground: AreaRows, weights: Weights) -> Values:
    """Areas above streets as the weighted mean of the figures of the areas right below them that have one."""
    changed = rate.copy()
    below: dict[int, list[int]] = {}
    for row, area in enumerate(ground.areas):
        if len(area.code) <= STREET_DIGITS and ground.above[row] >= 0:
            below.setdefault(int(ground.above[row]), []).append(row)
    for row in sorted(below, reverse=True):
        parts = [one for one in below[row] if not np.isnan(changed[one])]
        part = np.array([weights.areas.get(ground.areas[one].code, 1.0) for one in parts])
        if part.sum():
            changed[row] = part @ changed[parts] / part.sum()
    return changed


def _interval(rate: Values, error: Values, freedom: Values) -> tuple[Values, Values]:
    """The 95 % interval, cut at 0 and 100."""
    from scipy.special import stdtrit  # heavy, and a server that shows frozen weeks has no need of it

    half = stdtrit(np.where(np.isnan(freedom), 1.0, freedom), 0.975) * error
    return np.maximum(0.0, rate - half), np.minimum(100.0, rate + half)


def _bounds(ground: AreaRows, weights: Weights, sites: Values) -> tuple[Values, Values]:
    """By area with so many scored ``sites``: the bound where all seen is at one end, and which: 1 upper, -1 lower.

    Of n sites none of which was short of the end, at most 1 - 0.05^(1/n) of all are, with 95 % confidence (the exact
    binomial bound). How far those are short is told by the wider area's sites; where none is, it may be all the scale.
    """
    scored, size = _scored(ground, weights), len(ground.areas)
    rows, rate = ground.site_row[scored], ground.site_rate[scored]
    share = 1 - _ONE_SIDED ** (1 / np.maximum(1.0, sites))
    wider = ground.wider()
    bound, end = np.full(size, np.nan), np.zeros(size)
    for at, which in ((100.0, 1.0), (0.0, -1.0)):
        short = np.abs(rate - at)
        short_sites = ground.under(np.bincount(rows, short > _TINY, size).astype(float))
        total = ground.under(np.bincount(rows, short, size).astype(float))
        many, far = short_sites[wider], total[wider]
        typical = np.divide(far, many, out=np.full(size, 100.0), where=many > 0)
        here = (sites > 0) & (short_sites == 0)
        bound[here], end[here] = (at - which * share * typical)[here], which
    return bound, end
