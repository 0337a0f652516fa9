"""Plausibility: does the index say of streets what citizens and ad-hoc reports say of them?

New York's street scorecard was given up when its figures no longer matched what people saw. Spearman's rank correlation
between the index and problems per listed site (both with middle ranks for equal values), with Bonett and Wright's
interval for it (Psychometrika 65, 2000: the standard error of Fisher's z is √((1 + r²/2) / (n − 3))). A low one says
that the two differ, not which is wrong: people complain of other things, and where it is easy to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh

import numpy as np

from ..index.observing import Values

LEAST_STREETS = 6
"""Of fewer nothing is said."""
FAR = 0.5
"""A street is far off where its two ranks differ by this part of all streets, or more."""


@dataclass(frozen=True, slots=True)
class Street:
    """A street: its index (percent), how many problems came from elsewhere, and how many sites it has."""

    area: str
    name: str
    rate: float
    problems: int
    sites: int

    @property
    def per_site(self) -> float:
        return self.problems / max(1, self.sites)


@dataclass(frozen=True, slots=True)
class FarOff:
    """A street whose two ranks differ much; ranks count from 1, the best first."""

    street: Street
    rank: float
    rank_by_problems: float

    @property
    def better_than_reported(self) -> bool:
        """Whether the index says better than the problems do."""
        return self.rank < self.rank_by_problems


@dataclass(frozen=True, slots=True)
class Plausibility:
    """Rank correlation of good index with few problems, its 95 % interval, and the streets far off, farthest first."""

    streets: int
    correlation: float | None
    low: float | None
    high: float | None
    far: tuple[FarOff, ...]


def plausibility(streets: Sequence[Street]) -> Plausibility | None:
    """How far the index agrees with problems from elsewhere; None of too few streets, or without any problem."""
    if len(streets) < LEAST_STREETS or not any(one.problems for one in streets):
        return None
    by_index = _ranks([-one.rate for one in streets])
    by_problems = _ranks([one.per_site for one in streets])
    if np.ptp(by_index) == 0 or np.ptp(by_problems) == 0:
        return Plausibility(len(streets), None, None, None, ())
    found = float(np.corrcoef(by_index, by_problems)[0, 1])
    pairs = zip(streets, by_index.tolist(), by_problems.tolist(), strict=True)
    far = [FarOff(street, one, other) for street, one, other in pairs if abs(one - other) >= FAR * len(streets)]
    farthest = sorted(far, key=lambda one: (-abs(one.rank - one.rank_by_problems), one.street.area))
    return Plausibility(len(streets), found, *_interval(found, len(streets)), tuple(farthest))


def add_counts(*several: Mapping[str, int]) -> dict[str, int]:
    """Counts by area, added up."""
    areas = sorted({area for one in several for area in one})
    return {area: sum(one.get(area, 0) for one in several) for area in areas}


def _ranks(values: Sequence[float]) -> Values:
    from scipy.stats import rankdata  # heavy, as in estimating

    return np.asarray(rankdata(values), float)


def _interval(correlation: float, count: int) -> tuple[float | None, float | None]:
    if abs(correlation) >= 1 or count <= 3:
        return None, None
    middle, half = atanh(correlation), 1.96 * sqrt((1 + correlation**2 / 2) / (count - 3))
    return tanh(middle - half), tanh(middle + half)
