"""What the figures of areas and weeks say about differences: tests, letters, pooled weeks, and what a sample can show.

All of it needs no more than what is published of an area: its figure, the standard error and its degrees of freedom.
What two streets share (the types' means, an inspector) makes their figures err alike; leaving that out of a difference
makes its error rather too large than too small (benchmarks/index_truths.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from .figures import AreaWeek, PastWeek
from .observing import Mask, Values

LEVEL = 0.05
"""The probability with which equal areas may be told apart."""
MOST_LETTERED = 60
"""Areas of a level above which letters say nothing to a reader."""
POOLED_WEEKS = (4, 8, 13)


@dataclass(frozen=True, slots=True)
class ComparedFigures:
    """``points`` with its 95 % interval and the probability ``p`` of one as large where nothing differs."""

    points: float
    low: float
    high: float
    p: float

    @property
    def sure(self) -> bool:
        """Whether it is beyond chance."""
        return self.p < LEVEL


@dataclass(frozen=True, slots=True)
class Pooled:
    """The mean of so many weeks with its 95 % interval; ``correlation`` is that of one week with the next."""

    weeks: int
    rate: float
    low: float
    high: float
    correlation: float


def compared(one: AreaWeek | PastWeek, other: AreaWeek | PastWeek) -> ComparedFigures | None:
    """How much higher one figure is than the other; None where one of them has no error.

    Of two areas of a week, or of an area in two weeks. Student's t with degrees of freedom by Welch and Satterthwaite.
    """
    from scipy.special import stdtr, stdtrit  # heavy, as in ``whole``

    if one.rate is None or other.rate is None or one.error is None or other.error is None:
        return None
    variance = one.error**2 + other.error**2
    freedom = variance**2 / sum(of.error**4 / (of.freedom or 1.0) for of in (one, other) if of.error)
    points, error = one.rate - other.rate, sqrt(variance)
    half = float(stdtrit(freedom, 1 - LEVEL / 2)) * error
    return ComparedFigures(points, points - half, points + half, float(2 * stdtr(freedom, -abs(points) / error)))


def told_apart(rate: Values, error: Values, freedom: Values) -> Mask:
    """Which pairs differ, areas × areas, all pairs at once (Benjamini and Hochberg 1995): of all that are told apart,
    5 % on average do not differ. An area without an error (NaN) is told from none.
    """
    from scipy.special import stdtr  # heavy, as in ``whole``

    count = len(rate)
    apart = np.zeros((count, count), np.bool_)
    first, second = np.triu_indices(count, 1)
    known = ~np.isnan(error[first] + error[second])
    first, second = first[known], second[known]
    squares = error**2
    variance = squares[first] + squares[second]
    per = squares**2 / freedom
    p = 2 * stdtr(variance**2 / (per[first] + per[second]), -np.abs(rate[first] - rate[second]) / np.sqrt(variance))
    order = np.argsort(p)
    below = np.flatnonzero(p[order] <= LEVEL * np.arange(1, len(p) + 1) / max(1, len(p)))
    if len(below):
        sure = order[: below[-1] + 1]
        apart[first[sure], second[sure]] = apart[second[sure], first[sure]] = True
    return apart


def letters(apart: Mask) -> list[str]:
    """A compact letter display: two areas share a letter where they are not told apart (Piepho 2004).

    By inserting and absorbing. Empty where more letters would be needed than the alphabet has, or there are too many
    areas to read them.
    """
    count = len(apart)
    if count > MOST_LETTERED:
        return [""] * count
    groups: list[frozenset[int]] = [frozenset(range(count))]
    for first, second in np.argwhere(np.triu(apart)).tolist():
        split: list[frozenset[int]] = []
        for group in groups:
            split += [group - {first}, group - {second}] if {first, second} <= group else [group]
        groups = [one for n, one in enumerate(split) if not _absorbed(one, n, split)]
        if len(groups) > 4 * count:
            return [""] * count
    groups.sort(key=lambda group: (min(group), max(group), sorted(group)))
    if len(groups) > len(_ALPHABET):
        return [""] * count
    return ["".join(_ALPHABET[n] for n, group in enumerate(groups) if area in group) for area in range(count)]


_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _absorbed(one: frozenset[int], number: int, groups: Sequence[frozenset[int]]) -> bool:
    return any(one < other or (one == other and n < number) for n, other in enumerate(groups))


def pooled(of_areas: Sequence[Sequence[PastWeek]], weeks: int) -> list[Pooled | None]:
    """Each area's mean of its last ``weeks`` figures, oldest first in; None where it has fewer, or one has no error.

    Weeks are not independent: an inspector, a site that was seen again, a dirty month reach over several. How far
    the figures of successive weeks go together, r, is estimated from all areas (of the level) about their own means,
    and corrected for the means' having been estimated (Kendall 1954); below 0 it counts as 0. The variance of a mean of
    weeks with errors s is then the sum of r^|t-u| · s_t · s_u over all pairs of weeks, divided by weeks².
    """
    from scipy.special import stdtrit  # heavy, as in ``whole``

    windows = [[week for week in area if week.rate is not None][-weeks:] for area in of_areas]
    usable = [len(one) == weeks and all(week.error is not None for week in one) for one in windows]
    rates = np.array([[week.rate for week in one] for one, use in zip(windows, usable, strict=True) if use], np.float64)
    if not len(rates):
        return [None] * len(of_areas)
    r = lag_one(rates)
    apart = np.abs(np.subtract.outer(np.arange(weeks), np.arange(weeks)))
    alike = np.where(apart == 0, 1.0, r ** np.maximum(apart, 1))
    found: list[Pooled | None] = []
    for one, use in zip(windows, usable, strict=True):
        if not use:
            found.append(None)
            continue
        errors = np.array([week.error or 0.0 for week in one])
        freedom = float(sum(week.freedom or 1.0 for week in one))
        rate = float(np.mean([week.rate or 0.0 for week in one]))
        half = float(stdtrit(freedom, 0.975)) * float(np.sqrt(errors @ alike @ errors)) / weeks
        found.append(Pooled(weeks, rate, max(0.0, rate - half), min(100.0, rate + half), r))
    return found


def lag_one(rates: Values) -> float:
    """How far figures of successive weeks (areas × weeks) go together, as in ``pooled``: from 0 to 0.95."""
    about = rates - rates.mean(axis=1, keepdims=True)
    squares = float((about**2).sum())
    weeks = rates.shape[1]
    if not squares or weeks < 3:
        return 0.0
    r = float((about[:, 1:] * about[:, :-1]).sum()) / squares * weeks / (weeks - 1)
    return float(min(0.95, max(0.0, r + (1 + 4 * max(0.0, r)) / weeks)))


def detectable(site_deviation: float, sites: float, other_sites: float | None = None, *, power: float = 0.8) -> float:
    """The difference, in points, that two streets with so many sites show in ``power`` of all weeks.

    ``site_deviation``: by how much sites of a street differ after their types, points. ``other_sites``: the same
    street's next week, or another street; as many where it is not given.
    """
    normal = NormalDist()
    wanted = normal.inv_cdf(1 - LEVEL / 2) + normal.inv_cdf(power)
    return wanted * site_deviation * sqrt(1 / sites + 1 / (other_sites or sites))
