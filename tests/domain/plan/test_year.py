"""A year of weekly draws: 12 inspectors, 500 sites in 25 streets, the rules of sharing, loads and chances."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction

import pytest

from inspect_app.domain.place.positions import Place
from inspect_app.domain.plan.beacon import Beacon
from inspect_app.domain.plan.commitment import seed_of
from inspect_app.domain.plan.draw import Drawn, Listed, draw
from inspect_app.domain.plan.sharing import (
    Departure,
    Stop,
    Team,
    departures,
    most_of,
    second_visits,
    share_out,
    weeks_between,
)
from inspect_app.domain.weeks import shifted

WEEKS, SITES, STREETS, COUNT, LEAST = 52, 500, 25, 60, 1
INSPECTORS = [f"inspector-{number:02}" for number in range(12)]
GAP, STREET_GAP, PER_STREET, SECOND = 8, 4, 2, 0.1


class Year:
    """What came out of a year: visits by week as (site, street, inspector), and what was said to depart."""

    def __init__(self, chance: int) -> None:
        self.rng = random.Random(chance)
        self.register = [
            Listed(f"s{n}", f"street-{n % STREETS:02}", self.rng.choice(("a", "b", "c", "d", "e", "f")))
            for n in range(SITES)
        ]
        centres = [(30.2 + 0.2 * self.rng.random(), 112.1 + 0.3 * self.rng.random()) for _ in range(STREETS)]
        self.stops = {
            site.code: Stop(site.code, site.area, frozenset({site.area}), self._near(*centres[n % STREETS]))
            for n, site in enumerate(self.register)
        }
        # Everybody lives somewhere; in no street do two.
        homes = self.rng.sample(sorted({site.area for site in self.register}), len(INSPECTORS))
        self.homes = dict(zip(INSPECTORS, homes, strict=True))
        self.sites: dict[str, dict[str, set[str]]] = {}
        self.streets: dict[str, dict[str, set[str]]] = {}
        self.visits: dict[str, list[tuple[str, str, str]]] = {}
        self.said: dict[str, list[Departure]] = {}
        self.teams: dict[str, list[Team]] = {}
        self.drawn: list[list[Drawn]] = []
        for number in range(WEEKS):
            self._week(shifted("2026-W02", number), number)

    def _near(self, lat: float, lon: float) -> Place:
        return Place(lat + self.rng.gauss(0, 0.008), lon + self.rng.gauss(0, 0.008), 5.0)

    def _week(self, week: str, number: int) -> None:
        value = f"{3900 + self.rng.random() * 100:.2f}".rstrip("0")
        seed = seed_of(self.rng.randbytes(32), Beacon("sse-composite", date(2026, 1, 1) + timedelta(number), value))
        drawn = draw(self.register, seed=seed, week=week, count=COUNT, least_per_area=LEAST)
        self.drawn.append(drawn)
        again = second_visits([one.code for one in drawn], SECOND, seed=seed, week=week)
        sites = {name: weeks_between(self.sites, name, week, GAP) for name in INSPECTORS}
        streets = {name: weeks_between(self.streets, name, week, STREET_GAP) for name in INSPECTORS}
        self.teams[week] = [
            Team((name,), frozenset({self.homes[name]}), frozenset(sites[name]), streets[name]) for name in INSPECTORS
        ]
        shares = share_out(
            [self.stops[one.code] for one in drawn],
            self.teams[week],
            seed=f"shares {number}",
            week=week,
            again=again,
            per_street=PER_STREET,
        )
        assert not shares.nobody
        assert set(shares.second) == again
        given = [*shares.first.items(), *shares.second.items()]
        visits = [(code, self.stops[code].street, team.members) for code, team in given]
        self.visits[week] = [(code, street, name) for code, street, (name,) in visits]
        self.said[week] = departures(visits, per_street=PER_STREET, sites=sites, streets=streets)
        self.sites[week], self.streets[week] = defaultdict(set), defaultdict(set)
        for code, street, name in self.visits[week]:
            self.sites[week][name].add(code)
            self.streets[week][name].add(street)


@pytest.fixture(scope="module", params=[1, 2])
def year(request) -> Year:
    return Year(request.param)


def test_nobody_is_at_the_same_site_within_eight_weeks_nor_at_home(year):
    weeks = list(year.visits)
    for at, week in enumerate(weeks):
        for code, street, name in year.visits[week]:
            assert street != year.homes[name]
            assert not any(code in year.sites[other][name] for other in weeks[max(0, at - GAP) : at])


def test_nobody_makes_more_than_half_of_a_street_s_visits(year):
    for visits in year.visits.values():
        whole = Counter(street for _, street, _ in visits)
        for (street, _), count in Counter((street, name) for _, street, name in visits).items():
            assert count <= most_of(whole[street], PER_STREET)


def test_who_returns_to_a_street_within_four_weeks_is_named_and_there_was_nobody_else(year):
    weeks, returns = list(year.visits), 0
    for at, week in enumerate(weeks):
        before = weeks[max(0, at - STREET_GAP) : at]
        found = {
            (street, name)
            for _, street, name in year.visits[week]
            if any(street in year.streets[other][name] for other in before)
        }
        assert found == {(one.street, one.inspector) for one in year.said[week]}
        returns += len(found)
        for street, name in found:
            assert not [team.name for team in year.teams[week] if _was_free(year, week, street, name, team)]
    assert returns <= 0.005 * sum(map(len, year.visits.values()))


def _was_free(year: Year, week: str, street: str, name: str, team: Team) -> bool:
    """Whether a team could have made all visits of this street that an inspector made who was there lately."""
    visits = [visit for visit in year.visits[week] if visit[1] == street]
    own = [code for code, _, who in visits if who == name]
    most = most_of(len(visits), PER_STREET) - sum(who == team.name for _, _, who in visits)
    there = {code for code, _, who in visits if who == team.name}
    rested = street not in team.streets and street not in team.kept_from and team.name != name
    return rested and len(own) <= most and not any(code in team.seen or code in there for code in own)


def test_loads_of_a_year_are_within_fifteen_percent_of_each_other(year):
    loads = Counter(name for visits in year.visits.values() for _, _, name in visits)
    mean = sum(loads.values()) / len(INSPECTORS)
    assert set(loads) == set(INSPECTORS)
    assert max(abs(load / mean - 1) for load in loads.values()) <= 0.15, loads


def test_every_site_is_drawn_as_often_as_its_chance_says(year):
    """Chi-squared over all sites, of draws without replacement; chances are the same in every week."""
    chances = {one.code: one.chance for drawn in year.drawn for one in drawn}
    assert set(chances.values()) == {Fraction(COUNT, SITES)}
    seen = Counter(one.code for drawn in year.drawn for one in drawn)
    expected = WEEKS * COUNT / SITES
    squares = sum((seen[site.code] - expected) ** 2 for site in year.register) / (expected * (1 - COUNT / SITES))
    freedom = SITES - 1
    # Strata and systematic sampling only make it smaller than for independent draws. 0.01 % quantiles of both ends.
    spread = 3.719 * math.sqrt(2 / (9 * freedom))
    assert squares * freedom / SITES < freedom * (1 - 2 / (9 * freedom) + spread) ** 3
    assert squares > freedom * (1 - 2 / (9 * freedom) - spread) ** 3 * 0.8
