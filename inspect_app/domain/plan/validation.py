"""Independent validation (独立核验): some inspected sites, by lot, are seen again by people who inspect nothing else.

What is published is the mean difference over the whole city, never a site's. Which visits are chosen is a lot that only
the server can cast, after the visit came: nobody can know beforehand, and nothing of it is ever told outside.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from statistics import fmean, stdev

from ..numbers import signed_text

MOST_SHARE = 0.5
LEAST_PAIRS = 10
"""Of fewer pairs no figure is made: of few one could guess which they were."""
OVER_WEEKS = 13
"""So many weeks a figure is made of, its own the last."""


@dataclass(frozen=True, slots=True)
class ValidationRules:
    """Which share of inspected sites is seen again, and the accounts that do it; none where ``share`` is 0."""

    share: float = 0.0
    validators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A visit that is to be validated: its id, its site and checklist, who goes there, and when that was chosen."""

    first: str
    site: str
    checklist: str
    validator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WeekValidation:
    """What was chosen in a week. ``considered`` are the codes of the sites on which the lot was cast."""

    week: str
    considered: tuple[str, ...] = ()
    chosen: tuple[Chosen, ...] = ()


@dataclass(frozen=True, slots=True)
class ValidationFigure:
    """By how many points validators rate sites higher than the first visit did, with the 95 % interval, of so many."""

    pairs: int
    weeks: int
    mean: float
    low: float
    high: float

    @property
    def differs(self) -> bool:
        """Whether it is more than chance."""
        return self.low > 0 or self.high < 0


def is_chosen(key: bytes, week: str, site: str, share: float) -> bool:
    """The lot of a site's visit: true for this share of sites; without the key it cannot be foretold."""
    drawn = hmac.digest(key, f"validation {week} {site}".encode(), "sha256")
    return int.from_bytes(drawn[:8], "big") < share * 2**64


def who_goes(key: bytes, week: str, site: str, able: Iterable[str], load: Mapping[str, int]) -> str | None:
    """Of those who can go, one with the fewest sites so far, by lot; None where nobody can."""
    rank = {name: hmac.digest(key, f"validator {week} {site} {name}".encode(), "sha256") for name in able}
    return min(rank, key=lambda name: (load.get(name, 0), rank[name]), default=None)


def validation_figure(differences: Sequence[float], weeks: int) -> ValidationFigure | None:
    """The mean of paired differences with Student's interval; None of too few pairs.

    Sites are chosen independently of each other with one chance among all that were inspected, so the plain mean is of
    all of them (Horvitz and Thompson's estimator with equal chances, over its sample's size).
    """
    from scipy.special import stdtrit  # heavy, as in estimating

    count = len(differences)
    if count < LEAST_PAIRS:
        return None
    mean, error = fmean(differences), stdev(differences) / sqrt(count)
    half = float(stdtrit(count - 1, 0.975)) * error
    return ValidationFigure(count, weeks, mean, mean - half, mean + half)


def validation_text(figure: ValidationFigure) -> str:
    """What is said of it in public: of the city only."""
    verdict = "差别超出误差" if figure.differs else "看不出差别"
    mean, low, high = (signed_text(one, 1) for one in (figure.mean, figure.low, figure.high))
    return (
        f"独立核验：近{figure.weeks}周随机抽取测过的{figure.pairs}个点位，由不参加测评的人再测，互不知情；"
        f"核验比原测平均{mean}分（95%区间{low}—{high}分），{verdict}。"
    )
