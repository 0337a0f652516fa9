"""The weekly draw: which sites are inspected, by chance that nobody can steer and everybody can repeat.

A stratified random sample without replacement (Cochran, Sampling Techniques, 3rd ed., ch. 5): strata are area and site
type. Within a stratum sites are ordered by the SHA-256 of seed, week and code, and the first ones are taken: the same
seed gives the same sites on any machine, whatever order the register is in, and a site added to one stratum changes no
other. Every site's chance is the share of its stratum that is drawn.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .problems import Problem

Stratum = tuple[str, str]
"""Area code and site type."""
MAX_SEED = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """A site of the register, as the draw sees it."""

    code: str
    area: str
    site_type: str

    @property
    def stratum(self) -> Stratum:
        return self.area, self.site_type


@dataclass(frozen=True, slots=True)
class Drawn:
    """A site that was drawn, and its chance of it: so many of its stratum's sites."""

    code: str
    stratum: Stratum
    taken: int
    of: int

    @property
    def chance(self) -> Fraction:
        return Fraction(self.taken, self.of)


def draw(
    register: Sequence[Listed], *, seed: str, week: str, count: int, least_per_area: int = 0
) -> list[Drawn] | list[Problem]:
    """``count`` sites, by area, type and code; each area with at least ``least_per_area`` or all that it has.

    Or what is wrong: too many asked for, or fewer than the areas' least.
    """
    strata: dict[Stratum, list[str]] = defaultdict(list)
    for site in register:
        strata[site.stratum].append(site.code)
    sizes = {stratum: len(codes) for stratum, codes in strata.items()}
    if problems := _problems(sizes, seed, count, least_per_area):
        return problems
    shares = allocate(sizes, count, least_per_area)
    return [
        Drawn(code, stratum, shares[stratum], sizes[stratum])
        for stratum in sorted(strata)
        for code in sorted(_first(strata[stratum], shares[stratum], seed, week))
    ]


def allocate(sizes: Mapping[Stratum, int], count: int, least_per_area: int = 0) -> dict[Stratum, int]:
    """How many of each stratum: proportional to its size, rounded so that the whole is ``count``.

    Each area first gets its least, proportionally to its strata; what is left goes where the share lags most behind
    (largest remainder). Ties go by area and type. ``count`` is at least the sum of the areas' least and at most all.
    """
    shares = dict.fromkeys(sizes, 0)
    areas: dict[str, list[Stratum]] = defaultdict(list)
    for stratum in sorted(sizes):
        areas[stratum[0]].append(stratum)
    for strata in areas.values():
        here = {stratum: sizes[stratum] for stratum in strata}
        _fill(shares, here, min(least_per_area, sum(here.values())))
    _fill(shares, sizes, count)
    return shares


def _fill(shares: dict[Stratum, int], sizes: Mapping[Stratum, int], count: int) -> None:
    """Raise the shares of some strata until they sum to ``count``, always that which lags most behind its part."""
    whole = sum(sizes.values())
    lacking = count - sum(shares[stratum] for stratum in sizes)
    if lacking <= 0:
        return
    parts = {stratum: Fraction(count * size, whole) for stratum, size in sizes.items()}
    # Whole steps first: what is certain without looking at remainders.
    for stratum in sorted(sizes):
        step = min(int(parts[stratum]) - shares[stratum], sizes[stratum] - shares[stratum], lacking)
        if step > 0:
            shares[stratum] += step
            lacking -= step
    while lacking > 0:
        open_strata = [stratum for stratum in sorted(sizes) if shares[stratum] < sizes[stratum]]
        stratum = max(open_strata, key=lambda one: parts[one] - shares[one])
        shares[stratum] += 1
        lacking -= 1


def _first(codes: Sequence[str], count: int, seed: str, week: str) -> list[str]:
    return sorted(codes, key=lambda code: (_lot(seed, week, code), code))[:count]


def _lot(seed: str, week: str, code: str) -> str:
    return hashlib.sha256("\0".join((seed, week, code)).encode()).hexdigest()


def _problems(sizes: Mapping[Stratum, int], seed: str, count: int, least_per_area: int) -> list[Problem]:
    problems = []
    if not seed.strip() or len(seed) > MAX_SEED:
        problems.append(Problem("种子", f"应为1到{MAX_SEED}个字，并在抽取之前公布"))
    whole = sum(sizes.values())
    if not 1 <= count <= whole:
        problems.append(Problem("抽取数", f"应为1到{whole}（在用的点位数），实为{count}"))
    by_area: dict[str, int] = defaultdict(int)
    for (area, _), size in sizes.items():
        by_area[area] += size
    least = sum(min(least_per_area, size) for size in by_area.values())
    if least_per_area < 0 or least > count:
        problems.append(Problem("每个区域至少", f"各区域合计至少{least}个，多于抽取数{count}"))
    return problems
