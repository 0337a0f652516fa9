"""Independent validation (独立核验): some inspected sites, by lot, are seen again by people who inspect nothing else.

What is published is the mean difference over the whole city, never a site's. Which visits are chosen is a lot that only
the server can cast, after the visit came: nobody can know beforehand, and nothing of it is ever told outside.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import sqrt
from statistics import fmean, stdev

from ..numbers import signed_text

MOST_SHARE = 0.5
LEAST_VALIDATORS = 2
"""What one person is strict or lenient by cannot be told from what the city is."""
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
    """By how many points validators rate sites higher than the first visit did, with the 95 % interval, of so many.

    ``low`` and ``high`` are None where there is no interval. ``validators`` is by how many people; 0 of figures that
    were published when pairs were still taken for independent, whoever made them.
    """

    pairs: int
    weeks: int
    mean: float
    low: float | None
    high: float | None
    validators: int = 0

    @property
    def differs(self) -> bool:
        """Whether it is more than chance."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def validation_to_json(figure: ValidationFigure) -> dict[str, float | None]:
    """The figure as kept and published; those of before validators were counted stay as they were."""
    found = asdict(figure)
    if not figure.validators:
        del found["validators"]
    return found


def is_chosen(key: bytes, week: str, site: str, share: float) -> bool:
    """The lot of a site's visit: true for this share of sites; without the key it cannot be foretold."""
    drawn = hmac.digest(key, f"validation {week} {site}".encode(), "sha256")
    return int.from_bytes(drawn[:8], "big") < share * 2**64


def who_goes(key: bytes, week: str, site: str, able: Iterable[str], load: Mapping[str, int]) -> str | None:
    """Of those who can go, one with the fewest sites so far, by lot; None where nobody can."""
    rank = {name: hmac.digest(key, f"validator {week} {site} {name}".encode(), "sha256") for name in able}
    return min(rank, key=lambda name: (load.get(name, 0), rank[name]), default=None)


def validation_figure(by_validator: Mapping[str, Sequence[float]], weeks: int) -> ValidationFigure | None:
    """The mean of paired differences, points, with Student's interval; None of too few pairs.

    Sites are chosen independently of each other with one chance among all that were inspected, so the plain mean is of
    all of them (Horvitz and Thompson's estimator with equal chances, over its sample's size). All pairs of one
    validator have that person's severity in common, so the error is that of clusters: ``_clustered``. Validators who
    agree by chance do not make it small: of the interval of clusters and that of independent pairs the wider stands.
    """
    from scipy.special import stdtrit  # heavy, as in estimating

    clusters = [list(some) for some in by_validator.values() if some]
    pairs = [one for some in clusters for one in some]
    if len(pairs) < LEAST_PAIRS:
        return None
    mean = fmean(pairs)
    if len(clusters) < LEAST_VALIDATORS:
        return ValidationFigure(len(pairs), weeks, mean, None, None, len(clusters))
    variance, freedom = _clustered(clusters, mean)
    alone = stdev(pairs) ** 2 / len(pairs)
    halves = (float(stdtrit(known, 0.975)) * sqrt(of) for of, known in ((variance, freedom), (alone, len(pairs) - 1)))
    half = max(halves)
    return ValidationFigure(len(pairs), weeks, mean, mean - half, mean + half, len(clusters))


def _clustered(clusters: Sequence[Sequence[float]], mean: float) -> tuple[float, float]:
    """The variance of a mean over clusters, and its degrees of freedom: as many as there are clusters but one where
    these are alike in size, else fewer.

    With few clusters: Bell and McCaffrey 2002 (Survey Methodology 28, 169-181), as in Imbens and Kolesár 2016
    (doi:10.1162/REST_a_00552). A cluster with the part f of the pairs counts with (sum of its deviations)² ÷ (1 - f);
    were all pairs alike and independent, such sums would have the covariance n·(f·[same] - f·f').
    """
    count = sum(map(len, clusters))
    part = [len(one) / count for one in clusters]
    sums = [sum(one) - mean * len(one) for one in clusters]
    variance = sum(total**2 / (1 - f) for total, f in zip(sums, part, strict=True)) / count**2
    # The squares of that matrix, whose trace is 1.
    apart = [f**2 / (1 - f) for f in part]
    squares = sum(f**2 for f in part) + sum(apart) ** 2 - sum(one**2 for one in apart)
    return variance, 1 / squares


def validation_text(figure: ValidationFigure) -> str:
    """What is said of it in public: of the city only."""
    return (
        f"独立核验：近{figure.weeks}周随机抽取测过的{figure.pairs}个点位，由不参加测评的人再测，互不知情；"
        f"核验比原测平均{signed_text(figure.mean, 1)}分{_how_sure(figure)}。"
    )


def _how_sure(figure: ValidationFigure) -> str:
    if figure.low is None or figure.high is None:
        return "。核验只由一人做，分不出是这个人宽严不同，还是原测有偏，所以没有区间"
    verdict = "差别超出误差" if figure.differs else "看不出差别"
    low, high = signed_text(figure.low, 1), signed_text(figure.high, 1)
    who = f"，已计入{figure.validators}名核验员各自的宽严" if figure.validators else ""
    return f"（95%区间{low}—{high}分{who}），{verdict}"
