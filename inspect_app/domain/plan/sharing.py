"""Who inspects what: the week's sites shared out among inspectors, repeatably from a seed.

Every street is shared by several teams, so that what one of them sees can be told from what the street is like, and no
team has more of it than its share. Streets are given out one after another, those first that the fewest teams are free
for; a visit goes to the team with the least work after it, the way from where it already goes included. Teams keep away
from areas where a member lives or works, from sites where one was in the last weeks, and from streets where one was
lately, as long as there are others. Where there are not, that is said (``Departure``).

The seed is another one than the draw's, which everybody learns: who knew it could tell who went where.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, cos, hypot, radians

from ..place.positions import Located
from ..weeks import shifted

SITE_M = 600.0
"""The work at one site, as metres of walking: about eight minutes."""
FARTHEST_M = 2_000.0
"""What any longer way counts as: it is not walked."""
_DEGREE_M = 111_195.0
_CURVE_BITS = 16

Been = Mapping[str, Mapping[str, set[str]]]
"""Where people were, or are to go by a plan: by week, by inspector, sites' codes or streets'."""


@dataclass(frozen=True, slots=True)
class Team:
    """One inspector, or a pair. ``kept_from`` are areas, ``seen`` are sites that a member inspected lately.

    ``streets`` are those where a member was lately, with how many weeks lie between at least. ``visited`` are sites
    where a member was in the week of the draw already: no second visit of these is blind.
    """

    members: tuple[str, ...]
    kept_from: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    streets: Mapping[str, int] = field(default_factory=dict, hash=False)
    visited: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return "+".join(self.members)


@dataclass(frozen=True, slots=True)
class Stop:
    """One site of the plan: its street, the areas it lies in, and where it stands if that is known."""

    code: str
    street: str
    areas: frozenset[str]
    place: Located | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the shares depart from a rule, as there was nobody else: ``rule`` is a key of ``DEPARTURES``.

    ``number`` is what the sentence tells; ``site`` is there for a rule about one site.
    """

    rule: str
    street: str
    inspector: str
    number: int
    site: str = ""


DEPARTURES: Mapping[str, str] = {
    "share": "{inspector}要测其中{number}处，超过一个人的份额",
    "street": "{inspector}相隔{number}周又去这个街道",
    "site": "{inspector}相隔{number}周又去{site}",
    "second": "{site}应当复测，没有另一个可以去的人",
}
"""What each kind says, behind the street's name."""


@dataclass(slots=True)
class Shares:
    """Who goes where: the team of each site by code, that of the second visits, and why some have none."""

    first: dict[str, Team] = field(default_factory=dict)
    second: dict[str, Team] = field(default_factory=dict)
    nobody: dict[str, str] = field(default_factory=dict)


def share_out(
    stops: Sequence[Stop],
    teams: Sequence[Team],
    *,
    seed: str,
    week: str,
    again: Collection[str] = (),
    per_street: int = 2,
) -> Shares:
    """Every site to a team that may inspect it, and those in ``again`` once more to another team (双人盲测).

    The same input in any order gives the same shares. A site that no team may inspect is in ``nobody`` with the reason.
    """
    ordered = sorted(teams, key=lambda team: lot(seed, week, "team", team.name))
    box = _box(stops)
    streets: dict[str, list[Stop]] = defaultdict(list)
    for stop in sorted(stops, key=lambda stop: (_along(stop, box), stop.code)):
        streets[stop.street].append(stop)
    work, shares = _Work(ordered), Shares()
    whole = sum(1 + (stop.code in again) for stop in stops)

    def hardest(street: str) -> tuple[int, int, str]:
        free = sum(street not in team.streets and _may_some(team, streets[street]) for team in ordered)
        return free, -len(streets[street]), lot(seed, week, "street", street)

    for street in sorted(streets, key=hardest):
        visits = sum(1 + (stop.code in again) for stop in streets[street])
        wanted = max(per_street, ceil(visits * len(ordered) / whole))
        cap = most_of(visits, per_street)
        there = _Street(street, streets[street], wanted, cap, ceil(whole / max(1, len(ordered))))
        _share_street(there, ordered, work, shares, again)
    return shares


def most_of(visits: int, per_street: int) -> int:
    """How many of a street's visits one inspector makes at most, where at least ``per_street`` share them."""
    return ceil(visits / max(1, per_street))


def second_visits(codes: Iterable[str], share: float, *, seed: str, week: str) -> frozenset[str]:
    """Which drawn sites are inspected twice: the first ones by lot, so many that the share is reached."""
    ordered = sorted(codes, key=lambda code: (lot(seed, week, "second", code), code))
    return frozenset(ordered[: ceil(Fraction(str(share)) * len(ordered))])


def pairs(names: Sequence[str], *, seed: str, week: str) -> list[tuple[str, ...]]:
    """Inspectors two by two by lot; the odd one makes a third."""
    ordered = sorted(names, key=lambda name: lot(seed, week, "pair", name))
    found = [tuple(ordered[n : n + 2]) for n in range(0, len(ordered), 2)]
    if len(found) > 1 and len(found[-1]) == 1:
        found[-2:] = [found[-2] + found[-1]]
    return [tuple(sorted(pair)) for pair in found]


def lately(been: Been, inspector: str, week: str, weeks: int) -> frozenset[str]:
    """The sites where an inspector was, or is to go, within ``weeks`` before and after a week."""
    return frozenset(weeks_between(been, inspector, week, weeks))


def weeks_between(been: Been, inspector: str, week: str, weeks: int) -> dict[str, int]:
    """How many weeks lie between a week and the nearest time that an inspector was at a place, up to ``weeks``.

    Weeks after it count as well: a plan may be drawn while a later one stands.
    """
    found: dict[str, int] = {}
    for apart in range(weeks, 0, -1):
        for other in (shifted(week, -apart), shifted(week, apart)):
            found.update(dict.fromkeys(been.get(other, {}).get(inspector, ()), apart))
    return found


def departures(
    visits: Iterable[tuple[str, str, tuple[str, ...]]],
    *,
    per_street: int,
    sites: Mapping[str, Mapping[str, int]],
    streets: Mapping[str, Mapping[str, int]],
) -> list[Departure]:
    """Where the visits of a week, each a site's code, its street and who goes, depart from the rules.

    ``sites`` and ``streets`` say by inspector where they were within the weeks of each rule, and how long ago.
    """
    found, there = [], defaultdict(Counter)  # type: ignore[var-annotated]
    whole: Counter[str] = Counter()
    for code, street, members in visits:
        whole[street] += 1
        there[street].update(members)
        again = ((one, sites.get(one, {}).get(code)) for one in members)
        found += [Departure("site", street, one, apart, code) for one, apart in again if apart]
    for street, counts in there.items():
        most = most_of(whole[street], per_street)
        found += [Departure("share", street, one, count) for one, count in counts.items() if count > most]
        gone = ((one, streets.get(one, {}).get(street)) for one in counts)
        found += [Departure("street", street, one, apart) for one, apart in gone if apart]
    return sorted(found, key=lambda one: (one.street, one.rule, one.inspector, one.site))


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

    def visits(self, team: Team) -> int:
        return len(self._stops[team.name])

    def after(self, team: Team, stop: Stop) -> float:
        return self._load[team.name] + self.cost(team, stop)


@dataclass(frozen=True, slots=True)
class _Street:
    """A street's sites, how many teams it is for, and how many of its visits one team makes at most.

    ``fair`` is how many visits each team makes in the week, if all make as many.
    """

    code: str
    stops: Sequence[Stop]
    wanted: int
    cap: int
    fair: int


def _share_street(street: _Street, teams: Sequence[Team], work: _Work, shares: Shares, again: Collection[str]) -> None:
    """The visits of a street; first those with the least choice, which need two teams or are barred to many."""
    counts: Counter[str] = Counter()

    def choice(stop: Stop) -> tuple[bool, int]:
        return stop.code not in again, sum(_may(team, stop) for team in teams)

    for stop in sorted(street.stops, key=choice):
        if team := _chosen(stop, teams, work, counts, street):
            shares.first[stop.code] = team
            others = [one for one in teams if _is_blind(one, team, stop)]
            if stop.code in again and (second := _chosen(stop, others, work, counts, street)):
                shares.second[stop.code] = second
        else:
            shares.nobody[stop.code] = _why_nobody(stop, teams)


def _is_blind(team: Team, first: Team, stop: Stop) -> bool:
    """Whether a team can make the second visit of a site as if nobody had been there."""
    return not set(team.members) & set(first.members) and stop.code not in team.visited


def _chosen(stop: Stop, teams: Sequence[Team], work: _Work, counts: Counter[str], street: _Street) -> Team | None:
    """The team that a visit goes to: by the rules first, then by the least work. None where none may go."""
    able = [team for team in teams if _may(team, stop)]
    if not able:
        return None

    def cost(team: Team) -> tuple[bool, int, bool, int, bool, float]:
        here, apart = counts[team.name], team.streets.get(street.code)
        return (
            here >= street.cap,
            # The longer ago the better.
            0 if apart is None else 1_000 - apart,
            not here and len(counts) >= street.wanted,
            # Who may go to all of the street's sites makes no other team necessary.
            0 if here else sum(not _may(team, other) for other in street.stops),
            work.visits(team) > street.fair,
            work.after(team, stop),
        )

    # ``min`` takes the first of equals, and the teams stand in the order of their lots.
    team = min(able, key=cost)
    work.give(team, stop)
    counts[team.name] += 1
    return team


def _may_some(team: Team, stops: Sequence[Stop]) -> bool:
    return any(_may(team, stop) for stop in stops)


def _may(team: Team, stop: Stop) -> bool:
    return stop.code not in team.seen and not (stop.areas & team.kept_from)


def _why_nobody(stop: Stop, teams: Sequence[Team]) -> str:
    if not teams:
        return "没有测评员"
    at_home = sum(bool(stop.areas & team.kept_from) for team in teams)
    return f"{len(teams)}组测评员都不能去：{at_home}组须回避所在区域，{len(teams) - at_home}组近期去过"


def _way(one: Stop, other: Stop) -> float | None:
    """Whole metres between two sites of a city, on a plane: the same on any machine."""
    if one.place is None or other.place is None:
        return None
    east = (one.place.lon - other.place.lon) * cos(radians(one.place.lat))
    return min(FARTHEST_M, float(round(hypot(east, one.place.lat - other.place.lat) * _DEGREE_M)))


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
