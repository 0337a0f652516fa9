"""What the figures of areas and weeks say about differences: tests, letters, pooled weeks, and what a sample can show.

All of it needs no more than what is published of an area: its figure, the standard error and its degrees of freedom,
and of the week the variance that all its areas have in common (``common_of``): they err alike by how severe the week's
inspectors are on the whole, so that it is in every error and goes out of their differences. What else two streets share
(the types' means, one inspector) is told by nothing that is published, and stays in (benchmarks/index_truths.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TypeAlias, TypeVar

import numpy as np

from .figures import AreaWeek, PastWeek
from .observing import Mask, Values

LEVEL = 0.05
"""The probability with which equal areas may be told apart."""
MOST_COMMON = 0.9
"""The part of the smaller variance of two figures that they may have in common at most."""
MOST_LETTERED = 60
"""Areas of a level above which letters say nothing to a reader."""
POOLED_WEEKS = (4, 8, 13)
LEAST_AREAS = 5
"""Areas of a level of which the weeks' correlation is estimated from them alone: one's own would be chance."""
T = TypeVar("T")


def common_of(variances: Mapping[str, float | None]) -> float:
    """The variance that the areas of a week have in common, of what was published of it; 0 where that is not told."""
    return variances.get("common") or 0.0


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
    """The mean of so many weeks with its 95 % interval; ``correlation`` is that of one week with the next.

    ``error`` and ``freedom`` as of a week's figure.
    """

    weeks: int
    rate: float
    low: float
    high: float
    correlation: float
    error: float
    freedom: float


Compared: TypeAlias = AreaWeek | PastWeek | Pooled


def compared(one: Compared, other: Compared, common: float = 0.0) -> ComparedFigures | None:
    """How much higher one figure is than the other; None where one of them has no error.

    Of two areas of a week, ``common`` being what these have in common (``common_of``); of pooled weeks, or of an area
    in two weeks, whose inspectors are others. Student's t with degrees of freedom by Welch and Satterthwaite.
    """
    from scipy.special import stdtr, stdtrit  # heavy, as in ``whole``

    if one.rate is None or other.rate is None or not one.error or not other.error:
        return None
    out = _out(np.array([one.error**2]), np.array([other.error**2]), common)
    first, second = (
        _left(np.array([of.error or 0.0]), out, np.array([known_apart(of, common)])) for of in (one, other)
    )
    error, freedom = sqrt(first[0][0] + second[0][0]), float(_freedom(first, second)[0])
    points = one.rate - other.rate
    half = float(stdtrit(freedom, 1 - LEVEL / 2)) * error
    return ComparedFigures(points, points - half, points + half, float(2 * stdtr(freedom, -abs(points) / error)))


def known_apart(of: Compared, common: float) -> float:
    """The degrees of freedom of a figure's error, without what the week's areas have in common where that goes out."""
    apart = of.freedom_apart if common and isinstance(of, AreaWeek) else None
    return apart or of.freedom or 1.0


def _out(one: Values, other: Values, common: float) -> Values:
    """What goes out of the variances of each two figures."""
    found: Values = np.minimum(common, MOST_COMMON * np.minimum(one, other))
    return found


def _left(error: Values, out: Values, freedom: Values) -> tuple[Values, Values]:
    """What is left of a figure's variance; and its square by degree of freedom."""
    left = error**2 - out
    return left, left**2 / freedom


def _freedom(first: tuple[Values, Values], second: tuple[Values, Values]) -> Values:
    found: Values = (first[0] + second[0]) ** 2 / (first[1] + second[1])
    return found


def told_apart(rate: Values, error: Values, freedom: Values, common: float = 0.0) -> Mask:
    """Which pairs differ, areas × areas, all pairs at once (Benjamini and Hochberg 1995): of all that are told apart,
    5 % on average do not differ. An area without an error (NaN) is told from none. ``freedom`` is that of the errors
    without what areas have in common.
    """
    from scipy.special import stdtr  # heavy, as in ``whole``

    count = len(rate)
    apart = np.zeros((count, count), np.bool_)
    first, second = np.triu_indices(count, 1)
    known = ~np.isnan(error[first] + error[second])
    first, second = first[known], second[known]
    out = _out(error[first] ** 2, error[second] ** 2, common)
    one, other = (_left(error[of], out, freedom[of]) for of in (first, second))
    t = np.abs(rate[first] - rate[second]) / np.sqrt(one[0] + other[0])
    p = 2 * stdtr(_freedom(one, other), -t)
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
        error = float(np.sqrt(errors @ alike @ errors)) / weeks
        half = float(stdtrit(freedom, 0.975)) * error
        found.append(Pooled(weeks, rate, max(0.0, rate - half), min(100.0, rate + half), r, error, freedom))
    return found


def going_together(here: Sequence[T], everywhere: Sequence[T]) -> Sequence[T]:
    """The areas of which it is estimated how far successive weeks go together: a level's own, of few those of all."""
    return here if len(here) >= LEAST_AREAS else everywhere


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
