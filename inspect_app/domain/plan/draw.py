"""The weekly draw: which sites are inspected, by chance that nobody can steer and everybody can repeat afterwards.

A stratified random sample without replacement (Cochran, Sampling Techniques, 3rd ed., ch. 5): strata are area and site
type. Within a stratum sites are ordered by the SHA-256 of seed, week and code, and the first ones are taken: the same
seed gives the same sites on any machine, whatever order the register is in. How many of a stratum are taken is its part
of the whole, rounded by lot; so every site has the same chance, but in areas that are lifted to their least.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from sys import intern

from ..problems import Problem
from ..tables import Headings, read_table

Stratum = tuple[str, str]
"""Area code and site type."""
MAX_SEED = 200
COLUMNS = ("code", "area", "type")
"""Of the file of the register that a draw is made from."""
_REGISTER = Headings(dict.fromkeys(COLUMNS, ()), key="code")
_MOST_LISTED = 10_000_000
_AS_WRITTEN = re.compile(",".join(COLUMNS) + r"\n(?:[A-Za-z0-9_-]+,[A-Za-z0-9_-]+,[A-Za-z0-9_-]+\n)+")


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
    """A site that was drawn: ``taken`` of its stratum's sites were, ``chance`` is the one it had beforehand."""

    code: str
    stratum: Stratum
    taken: int
    of: int
    chance: Fraction


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
    shares = allocate(sizes, count, least_per_area, seed=seed, week=week)
    mean, whole = parts(sizes, count, least_per_area), Counter(site.area for site in register)
    return [
        Drawn(code, stratum, shares[stratum], sizes[stratum], mean[stratum[0]] / whole[stratum[0]])
        for stratum in sorted(strata)
        for code in sorted(_first(strata[stratum], shares[stratum], seed, week))
    ]


def order_in_strata(register: Sequence[Listed], *, seed: str, week: str) -> list[tuple[Listed, int]]:
    """Every site of the register with its place in its stratum by lot, from 1: the first ones are drawn."""
    strata: dict[Stratum, list[Listed]] = defaultdict(list)
    for site in sorted(register, key=lambda site: (site.stratum, _lot(seed, week, site.code), site.code)):
        strata[site.stratum].append(site)
    return [(site, place) for sites in strata.values() for place, site in enumerate(sites, start=1)]


def register_csv(register: Sequence[Listed]) -> str:
    """The register as a file that is the same on any machine: by code, so that its SHA-256 stands for it."""
    rows = sorted((site.code, site.area, site.site_type) for site in register)
    return "".join(f"{','.join(row)}\n" for row in (COLUMNS, *rows))


def digest_of(csv: str) -> str:
    """The SHA-256 (hex) of a register's file."""
    return hashlib.sha256(csv.encode()).hexdigest()


def read_register(text: str, file: str) -> list[Listed] | list[Problem]:
    """The register from such a file; no code may come twice."""
    if _AS_WRITTEN.fullmatch(text) and (listed := _read_as_written(text)):
        return listed
    table = read_table(text, file, _REGISTER, COLUMNS, most_rows=_MOST_LISTED)
    if isinstance(table, list):
        return table
    listed = [Listed(*(row[column] for column in COLUMNS)) for row in table.values()]
    if not all(site.code and site.area and site.site_type for site in listed):
        return [Problem("plan.register_incomplete", details={"file": file, "accepted": tuple(COLUMNS)})]
    if len({site.code for site in listed}) < len(listed):
        return [Problem("plan.register_code_repeated", details={"file": file})]
    return listed


def _read_as_written(text: str) -> list[Listed] | None:
    """The sites of a file as ``register_csv`` writes it, where nothing is to be guessed; None where a code is twice.

    A national register has a million.
    """
    listed = [
        Listed(code, intern(area), intern(site_type))
        for code, area, site_type in (line.split(",") for line in text.splitlines()[1:])
    ]
    return listed if len({site.code for site in listed}) == len(listed) else None


def parts(sizes: Mapping[Stratum, int], count: int, least_per_area: int = 0) -> dict[str, Fraction]:
    """How many sites each area gives on average: the same share of its sites everywhere, but at least its least.

    ``count`` is at least the sum of the areas' least and at most all sites.
    """
    whole: dict[str, int] = defaultdict(int)
    for (area, _), size in sizes.items():
        whole[area] += size
    least = {area: min(least_per_area, size) for area, size in whole.items()}
    lifted: set[str] = set()
    while True:
        left = sum(size for area, size in whole.items() if area not in lifted)
        share = Fraction(count - sum(least[area] for area in lifted), left) if left else Fraction(0)
        more = {area for area in whole if area not in lifted and share * whole[area] < least[area]}
        if not more:
            return {area: Fraction(least[area]) if area in lifted else share * whole[area] for area in whole}
        lifted |= more


def allocate(
    sizes: Mapping[Stratum, int], count: int, least_per_area: int = 0, *, seed: str, week: str
) -> dict[Stratum, int]:
    """How many of each stratum: its part of the area's, rounded up or down by lot so that the whole is ``count``.

    Systematic sampling (Cochran, ch. 8): the parts of all strata, areas in the order of their lots, lie end to end, and
    every whole step from a random start falls into one. On average a stratum gives exactly its part, so that none is
    too small to be ever drawn, and an area never gives less than its least.
    """
    by_area: dict[str, list[Stratum]] = defaultdict(list)
    for stratum in sorted(sizes, key=lambda one: (_lot(seed, week, "stratum", *one), one)):
        by_area[stratum[0]].append(stratum)
    begin = Fraction(int(_lot(seed, week, "start"), 16), 2**256)
    mean, shares = parts(sizes, count, least_per_area), {}
    for area in sorted(by_area, key=lambda one: (_lot(seed, week, "area", one), one)):
        whole, done, last = sum(sizes[stratum] for stratum in by_area[area]), 0, floor(begin)
        for stratum in by_area[area]:
            done += sizes[stratum]
            reached = floor(begin + mean[area] * Fraction(done, whole))
            shares[stratum], last = reached - last, reached
        begin += mean[area]
    return shares


def _first(codes: Sequence[str], count: int, seed: str, week: str) -> list[str]:
    return sorted(codes, key=lambda code: (_lot(seed, week, code), code))[:count]


def _lot(seed: str, week: str, *of: str) -> str:
    return hashlib.sha256("\0".join((seed, week, *of)).encode()).hexdigest()


def _problems(sizes: Mapping[Stratum, int], seed: str, count: int, least_per_area: int) -> list[Problem]:
    problems = []
    if not seed.strip() or len(seed) > MAX_SEED:
        problems.append(Problem("plan.seed_malformed", details={"most_seed": MAX_SEED}))
    whole = sum(sizes.values())
    if not 1 <= count <= whole:
        problems.append(Problem("plan.count_out_of_range", details={"whole": whole, "count": count}))
    by_area: dict[str, int] = defaultdict(int)
    for (area, _), size in sizes.items():
        by_area[area] += size
    least = sum(min(least_per_area, size) for size in by_area.values())
    if least_per_area < 0 or least > count:
        problems.append(Problem("plan.least_too_many", details={"least": least, "count": count}))
    return problems
