"""A draw made once more from what was published of it, step by step: what should come out, and whether it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .beacon import Beacon
from .commitment import commitment_of, seed_of
from .draw import Drawn, Listed, Stratum, digest_of, draw, order_in_strata, parts, read_register
from .sharing import second_visits
from .week_plan import SEALED


@dataclass(frozen=True, slots=True)
class Announced:
    """What was published of a draw: with an open ``seed``, or with a commitment, its secret (hex) and a number."""

    week: str
    rule: int
    seed: str
    commitment: str
    secret: str
    beacon: Beacon | None
    register: str
    count: int
    least_per_area: int
    second_share: float


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """One thing that was checked: what it is, what came out, and whether it is what was published."""

    title: str
    found: str
    right: bool


@dataclass(frozen=True, slots=True)
class Lot:
    """A site of the register in the draw: its place in its stratum by lot (from 1), and whether it was drawn."""

    site: Listed
    place: int
    drawn: bool
    twice: bool
    chance: Fraction


@dataclass(frozen=True, slots=True)
class StratumPart:
    """A stratum in the draw: how many sites it has, how many it gives on average, and how many it gave."""

    stratum: Stratum
    listed: int
    mean: Fraction
    taken: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """The steps of a draw, its allocation, and every site of the register; all empty where nothing can be repeated."""

    steps: tuple[CheckedStep, ...] = ()
    allocation: tuple[StratumPart, ...] = ()
    lots: tuple[Lot, ...] = ()

    @property
    def right(self) -> bool:
        return all(step.right for step in self.steps)


def repeat(announced: Announced, register: str | None, drawn: Mapping[str, bool]) -> Repeated:
    """Draw again from the file of the register. ``drawn`` are the codes that were published, and which twice."""
    if register is None:
        return Repeated()
    listed = [one for one in read_register(register, "登记") if isinstance(one, Listed)]
    steps, seed = _steps_to_seed(announced)
    steps.append(CheckedStep("登记文件的 SHA-256", digest_of(register), digest_of(register) == announced.register))
    found = draw(listed, seed=seed, week=announced.week, count=announced.count, least_per_area=announced.least_per_area)
    again = [one for one in found if isinstance(one, Drawn)]
    codes = [one.code for one in again]
    steps.append(CheckedStep("抽到的点位", f"{len(codes)}个", sorted(codes) == sorted(drawn)))
    twice = _twice(announced, codes, seed, drawn)
    steps += [CheckedStep("复测的点位", f"{len(twice)}个", twice == _marked(drawn))] if announced.rule == SEALED else []
    return Repeated(tuple(steps), _allocation(listed, announced, again), _lots(listed, announced, again, twice, seed))


def _steps_to_seed(announced: Announced) -> tuple[list[CheckedStep], str]:
    if announced.rule != SEALED:
        return [CheckedStep("种子", announced.seed, True)], announced.seed
    secret = bytes.fromhex(announced.secret)
    commitment = commitment_of(secret)
    assert announced.beacon
    seed = seed_of(secret, announced.beacon)
    return [
        CheckedStep("封存数的 SHA-256（指纹）", commitment, commitment == announced.commitment),
        CheckedStep("公开数的写法", announced.beacon.canonical, True),
        CheckedStep("抽签用的种子：HMAC-SHA256(封存数, 公开数)", seed, True),
    ], seed


def _twice(announced: Announced, codes: Sequence[str], seed: str, drawn: Mapping[str, bool]) -> frozenset[str]:
    if announced.rule != SEALED:
        return _marked(drawn)
    return second_visits(codes, announced.second_share, seed=seed, week=announced.week)


def _marked(drawn: Mapping[str, bool]) -> frozenset[str]:
    return frozenset(code for code, twice in drawn.items() if twice)


def _allocation(listed: Sequence[Listed], announced: Announced, drawn: Sequence[Drawn]) -> tuple[StratumPart, ...]:
    sizes = Counter(site.stratum for site in listed)
    whole, taken = Counter(site.area for site in listed), Counter(one.stratum for one in drawn)
    mean = parts(sizes, announced.count, announced.least_per_area) if drawn else {}
    return tuple(
        StratumPart(stratum, size, mean[stratum[0]] * size / whole[stratum[0]], taken[stratum])
        for stratum, size in sorted(sizes.items())
        if drawn
    )


def _lots(
    listed: Sequence[Listed], announced: Announced, drawn: Sequence[Drawn], twice: frozenset[str], seed: str
) -> tuple[Lot, ...]:
    chances = {one.stratum[0]: one.chance for one in drawn}
    codes = {one.code for one in drawn}
    ordered = order_in_strata(listed, seed=seed, week=announced.week)
    return tuple(
        Lot(site, place, site.code in codes, site.code in twice, chances.get(site.area, Fraction(0)))
        for site, place in ordered
    )
