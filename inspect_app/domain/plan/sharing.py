"""Who inspects what: the week's sites shared out among inspectors, repeatably from the plan's seed.

Sites are strung along a Hilbert curve, on which neighbours on the ground stay neighbours, and the string is cut into as
many stretches of equal work as there are teams; work is the way from site to site plus the time at one. Which team gets
which stretch is decided by lot (the seed's), so that it changes from week to week, with as few sites as possible that
the team must keep away from; those go to the least burdened team that may inspect them. Teams keep away from areas
where a member lives or works, and from sites where one was in the last weeks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil

import numpy as np

from ..place.positions import Located, distance_m
from ..weeks import shifted

SITE_M = 600.0
"""The work at one site, as metres of walking: about eight minutes."""
FARTHEST_M = 2_000.0
"""What any longer way counts as: it is not walked."""
_CURVE_BITS = 16


@dataclass(frozen=True, slots=True)
class Team:
    """One inspector, or a pair. ``kept_from`` are areas, ``seen`` are sites that a member inspected lately."""

    members: tuple[str, ...]
    kept_from: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return "+".join(self.members)


@dataclass(frozen=True, slots=True)
class Stop:
    """One site of the plan: the areas it lies in, and where it stands if that is known."""

    code: str
    areas: frozenset[str]
    place: Located | None = None


@dataclass(slots=True)
class Shares:
    """Who goes where: the team of each site by code, that of the second visits, and why some have none."""

    first: dict[str, Team] = field(default_factory=dict)
    second: dict[str, Team] = field(default_factory=dict)
    nobody: dict[str, str] = field(default_factory=dict)


def share_out(
    stops: Sequence[Stop], teams: Sequence[Team], *, seed: str, week: str, second_share: float = 0.0
) -> Shares:
    """Every site to a team that may inspect it, and a share of them once more to another team (双人盲测).

    The same input in any order gives the same shares. A site that no team may inspect is in ``nobody`` with the reason.
    """
    ordered = sorted(teams, key=lambda team: lot(seed, week, "team", team.name))
    string = sorted(stops, key=lambda stop: (_along(stop, _box(stops)), stop.code))
    work = _Work(ordered)
    shares = Shares()
    if ordered:
        for team, stretch in _matched(_stretches(string, len(ordered)), ordered, seed, week):
            for stop in filter(partial(_may, team), stretch):
                work.give(team, stop)
                shares.first[stop.code] = team
    for stop in string:
        if stop.code not in shares.first:
            _give(stop, ordered, work, shares.first, shares.nobody)
    count = ceil(second_share * len(shares.first))
    again = set(sorted(shares.first, key=lambda code: lot(seed, week, "second", code))[:count])
    for stop in [stop for stop in string if stop.code in again]:
        others = [team for team in ordered if not set(team.members) & set(shares.first[stop.code].members)]
        _give(stop, others, work, shares.second, {})
    return shares


def pairs(names: Sequence[str], *, seed: str, week: str) -> list[tuple[str, ...]]:
    """Inspectors two by two by lot; the odd one makes a third."""
    ordered = sorted(names, key=lambda name: lot(seed, week, "pair", name))
    found = [tuple(ordered[n : n + 2]) for n in range(0, len(ordered), 2)]
    if len(found) > 1 and len(found[-1]) == 1:
        found[-2:] = [found[-2] + found[-1]]
    return [tuple(sorted(pair)) for pair in found]


def lately(visits: Mapping[str, Mapping[str, set[str]]], inspector: str, week: str, weeks: int) -> frozenset[str]:
    """The sites where an inspector was in the ``weeks`` before ``week``. ``visits``: by week, by inspector."""
    return frozenset().union(*(visits.get(shifted(week, -n), {}).get(inspector, ()) for n in range(1, weeks + 1)))


def lot(seed: str, week: str, *of: str) -> str:
    """A draw of its own for each thing, the same on any machine."""
    return hashlib.sha256("\0".join((seed, week, *of)).encode()).hexdigest()


class _Work:
    """How much each team has to do, in metres, and where it was last."""

    def __init__(self, teams: Sequence[Team]) -> None:
        self._load = dict.fromkeys((team.name for team in teams), 0.0)
        self._stops: dict[str, list[Stop]] = {team.name: [] for team in teams}

    def give(self, team: Team, stop: Stop) -> None:
        self._load[team.name] += self.cost(team, stop)
        self._stops[team.name].append(stop)

    def cost(self, team: Team, stop: Stop) -> float:
        """The work that a stop adds: from the nearest one that the team has already."""
        ways = [way for other in self._stops[team.name] if (way := _way(other, stop)) is not None]
        return SITE_M + min(ways, default=0.0)

    def after(self, team: Team, stop: Stop) -> float:
        return self._load[team.name] + self.cost(team, stop)


def _give(stop: Stop, teams: Sequence[Team], work: _Work, given: dict[str, Team], nobody: dict[str, str]) -> None:
    able = [team for team in teams if _may(team, stop)]
    if not able:
        nobody[stop.code] = _why_nobody(stop, teams)
        return
    # ``min`` takes the first of equals, and the teams stand in the order of their lots.
    team = min(able, key=lambda one: work.after(one, stop))
    work.give(team, stop)
    given[stop.code] = team


def _may(team: Team, stop: Stop) -> bool:
    return stop.code not in team.seen and not (stop.areas & team.kept_from)


def _why_nobody(stop: Stop, teams: Sequence[Team]) -> str:
    if not teams:
        return "没有测评员"
    at_home = sum(bool(stop.areas & team.kept_from) for team in teams)
    return f"{len(teams)}组测评员都不能去：{at_home}组须回避所在区域，{len(teams) - at_home}组近期去过"


def _stretches(string: Sequence[Stop], count: int) -> list[list[Stop]]:
    """The string cut into ``count`` stretches of equal work."""
    costs = [SITE_M + (_way(a, b) or 0.0) for a, b in zip([*string[:1], *string], string, strict=False)]
    whole, done = sum(costs), 0.0
    found: list[list[Stop]] = [[] for _ in range(count)]
    for stop, cost in zip(string, costs, strict=True):
        # By where its work lies: the way to it falls into the cut, where nobody walks it.
        found[min(count - 1, int((done + cost - SITE_M / 2) / whole * count))].append(stop)
        done += cost
    return found


def _matched(
    stretches: Sequence[list[Stop]], teams: Sequence[Team], seed: str, week: str
) -> list[tuple[Team, list[Stop]]]:
    """A stretch for each team: the fewest sites to keep away from, else by lot."""
    from scipy.optimize import linear_sum_assignment  # heavy, and only for who plans

    cost = np.array(
        [
            [
                sum(not _may(team, stop) for stop in stretch)
                + int(lot(seed, week, team.name, str(n))[:8], 16) / 16**8 / (len(teams) + 1)
                for n, stretch in enumerate(stretches)
            ]
            for team in teams
        ]
    )
    rows, columns = linear_sum_assignment(cost)
    return [(teams[row], stretches[column]) for row, column in zip(rows, columns, strict=True)]


def _way(one: Stop, other: Stop) -> float | None:
    return min(FARTHEST_M, distance_m(one.place, other.place)) if one.place and other.place else None


_Box = tuple[float, float, float]


def _box(stops: Sequence[Stop]) -> _Box:
    """South, west and size in degrees of the ground that the stops lie on."""
    lats = [stop.place.lat for stop in stops if stop.place]
    lons = [stop.place.lon for stop in stops if stop.place]
    if not lats:
        return 0.0, 0.0, 1.0
    return min(lats), min(lons), max(max(lats) - min(lats), max(lons) - min(lons), 1e-6)


def _along(stop: Stop, box: _Box) -> tuple[int, str]:
    """How far along the Hilbert curve; sites without a position come last, by area."""
    if stop.place is None:
        return 4**_CURVE_BITS, max(stop.areas, key=len, default="")
    south, west, size = box
    side = 2**_CURVE_BITS
    x, y = (
        min(side - 1, int(part * side)) for part in ((stop.place.lon - west) / size, (stop.place.lat - south) / size)
    )
    along = 0
    step = side // 2
    while step:
        right, up = int(x & step > 0), int(y & step > 0)
        along += step * step * ((3 * right) ^ up)
        if not up:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        step //= 2
    return along, ""
