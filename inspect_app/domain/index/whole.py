"""Every area's own figure, from the model where the week had a plan, else as a plain summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from .estimating import Estimates
from .gathering import STREET_DIGITS, AreaRows
from .observing import Mask, Values
from .sampling import predicted
from .severity_found import ALIKE, SeverityFound
from .weights import Weights

LEAST_SITES = 2
"""Sites below which an area has no interval."""
_ONE_SIDED = 0.05
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Whole:
    """By area: rate, its interval and error, the rate without adjustment for severity; areas × types: ``counts_with``.

    NaN where there is none. ``one_sided`` is where the interval is a bound. ``variances``, points²: of a type in a
    street (``cell``), of sites (``site``) and of one look at them (``look``, None where second visits do not tell it);
    ``severity`` is the mean standard deviation of inspectors.
    """

    rate: Values
    low: Values
    high: Values
    plain: Values
    error: Values
    freedom: Values
    one_sided: Mask
    counts_with: Values
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
    none = np.full((len(ground.areas), len(ground.observed.types)), np.nan)
    by_streets = next((of for _, of in predicted(ground, weights)), None)
    return Whole(
        rate,
        nothing,
        nothing,
        rate,
        nothing,
        nothing,
        np.zeros(len(rate), np.bool_),
        none,
        drawn=False,
        severity=by_streets.severity if by_streets else ALIKE,
    )


def from_model(ground: AreaRows, weights: Weights) -> Whole:
    """What the week's plan allows to say of each area."""
    from scipy.special import stdtrit  # heavy, and a server that shows frozen weeks has no need of it

    size = len(ground.areas)
    rate, plain, error, freedom = (np.full(size, np.nan) for _ in range(4))
    counts_with = np.full((size, len(ground.observed.types)), np.nan)
    variances: dict[str, float | None] = {}
    severity = ALIKE
    for here, of in predicted(ground, weights):
        severity = severity if variances else of.severity
        variances = variances or {**asdict(of.components), "severity": of.severity_deviation}
        rate[here], plain[here], counts_with[here] = of.rate[here], of.plain[here], of.expected[here]
        error[here], freedom[here] = of.error[here], of.freedom[here]
    scored = ground.known & ~np.isnan(ground.site_rate)
    sites = ground.under(np.bincount(ground.site_row[scored], minlength=size).astype(float))
    bound, perfect = _bounds(ground, scored, sites)
    known = (sites >= LEAST_SITES) & (error > _TINY)
    half = stdtrit(np.where(known, freedom, 1.0), 0.975) * error
    low = np.where(known, np.maximum(0.0, rate - half), np.nan)
    high = np.where(known, np.minimum(100.0, rate + half), np.nan)
    one_sided = perfect & (sites >= LEAST_SITES)
    end = np.where(one_sided & (bound > rate), 0.0, np.where(one_sided, 100.0, np.nan))
    low = np.where(one_sided & (end == 100), np.fmin(bound, np.where(known, low, bound)), low)
    high = np.where(one_sided & (end == 100), 100.0, high)
    high = np.where(one_sided & (end == 0), np.fmax(bound, np.where(known, high, bound)), high)
    low = np.where(one_sided & (end == 0), 0.0, low)
    shown = np.where(known, error, np.nan)
    return Whole(
        rate,
        low,
        high,
        plain,
        shown,
        freedom,
        one_sided,
        counts_with,
        drawn=True,
        variances=variances,
        severity=severity,
    )


def rolled_up(found: Whole, ground: AreaRows, weights: Weights) -> Whole:
    """Areas above streets as the weighted mean of the figures of the areas right below them that have one."""
    changed = {name: getattr(found, name).copy() for name in ("rate", "plain", "low", "high", "error", "freedom")}
    below: dict[int, list[int]] = {}
    for row, area in enumerate(ground.areas):
        if len(area.code) <= STREET_DIGITS and ground.above[row] >= 0:
            below.setdefault(int(ground.above[row]), []).append(row)
    for row in sorted(below, reverse=True):
        parts = [one for one in below[row] if not np.isnan(changed["rate"][one])]
        part = np.array([weights.areas.get(ground.areas[one].code, 1.0) for one in parts])
        if not part.sum():
            continue
        part = part / part.sum()
        for name in ("rate", "plain"):
            changed[name][row] = part @ changed[name][parts]
        variances = (part * changed["error"][parts]) ** 2
        changed["error"][row] = np.sqrt(variances.sum())
        changed["freedom"][row] = variances.sum() ** 2 / (variances**2 / changed["freedom"][parts]).sum()
        _interval(changed, row)
    return replace(found, **changed)


def _interval(changed: dict[str, Values], row: int) -> None:
    from scipy.special import stdtrit  # heavy, as above

    half = stdtrit(changed["freedom"][row], 0.975) * changed["error"][row]
    changed["low"][row] = max(0.0, changed["rate"][row] - half) if half == half else np.nan
    changed["high"][row] = min(100.0, changed["rate"][row] + half) if half == half else np.nan


def _bounds(ground: AreaRows, scored: Mask, sites: Values) -> tuple[Values, Mask]:
    """By area: the bound where all that was seen is at one end of the scale; and whether that is so.

    Of n sites none of which was short of the end, at most 1 - 0.05^(1/n) of all are, with 95 % confidence (the exact
    binomial bound). How far those are short is told by the wider area's sites; where none is, it may be all the scale.
    """
    size = len(ground.areas)
    rows, rate = ground.site_row[scored], ground.site_rate[scored]
    share = 1 - _ONE_SIDED ** (1 / np.maximum(1.0, sites))
    wider = ground.wider()
    bound, found = np.full(size, np.nan), np.zeros(size, np.bool_)
    for end, away in ((100.0, -1.0), (0.0, 1.0)):
        short = np.abs(rate - end)
        short_sites = ground.under(np.bincount(rows, short > _TINY, size).astype(float))
        total = ground.under(np.bincount(rows, short, size).astype(float))
        many, far = short_sites[wider], total[wider]
        typical = np.divide(far, many, out=np.full(size, 100.0), where=many > 0)
        here = (sites > 0) & (short_sites == 0)
        bound[here], found = (end + away * share * typical)[here], found | here
    return bound, found
