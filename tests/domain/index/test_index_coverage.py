"""Whether the index says what is true: thousands of simulated weeks of cities whose every site is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from inspect_app.domain.index.civility_index import WeekTables, week_tables
from inspect_app.domain.index.observing import Observed
from inspect_app.domain.place.areas import Area, AreaTree
from inspect_app.domain.plan.draw import allocate

STREETS, TYPES, CITIES, WEEKS = 9, 6, 24, 8
ONE_LOOK, SECOND_VISITS = 4.0, 0.1
"""By how much one look at a site errs (standard deviation, points), and what share of sites is looked at twice."""
KINDS = tuple(f"type-{number}" for number in range(TYPES))
CODES = tuple(f"421002{number:03}" for number in range(1, STREETS + 1))
TREE = AreaTree([Area("421002", "某区", ""), *(Area(code, code, "421002") for code in CODES)])
TWINS = (0, 1)


@dataclass
class City:
    """A register: the true rate of every site by street and type. Streets 0 and 1 have the very same sites."""

    sites: dict[tuple[int, int], np.ndarray]
    taken: dict[tuple[int, int], int]

    @property
    def listed(self) -> dict[tuple[str, str], int]:
        return {(CODES[street], KINDS[kind]): len(rates) for (street, kind), rates in self.sites.items()}

    def truth(self, street: int) -> float:
        """The street's index, were every registered site inspected, drawn or not."""
        return float(np.mean([self.sites[street, k].mean() for k in range(TYPES)]))


def city(chance: np.random.Generator) -> City:
    """3 to 13 sites of each type in each street; rates from skewed (beta) distributions that differ in mean and spread.

    The draw takes 6 to 22 sites of each street, in proportion to its types, as the weekly draw does.
    """
    of_type, of_street = chance.normal(0, 0.05, TYPES), chance.normal(0, 0.12, STREETS)
    spread, taken, sites = chance.uniform(0.6, 1.4, TYPES), {}, {}
    for street in range(STREETS):
        for kind in range(TYPES):
            mean = float(np.clip(0.78 + of_type[kind] + of_street[street], 0.45, 0.96))
            deviation = min(0.11 * spread[kind], 0.8 * np.sqrt(mean * (1 - mean)))
            alike = mean * (1 - mean) / deviation**2 - 1
            sites[street, kind] = 100 * chance.beta(mean * alike, (1 - mean) * alike, chance.integers(3, 14))
        if street == TWINS[1]:
            sites.update({(street, kind): sites[TWINS[0], kind] for kind in range(TYPES)})
        sizes = {(CODES[street], KINDS[kind]): len(sites[street, kind]) for kind in range(TYPES)}
        shares = allocate(sizes, int(chance.integers(6, 23)), seed=repr(of_street[street]), week="2026-W49")
        taken |= {(street, kind): shares[CODES[street], KINDS[kind]] for kind in range(TYPES)}
    return City(sites, taken)


def week(of: City, chance: np.random.Generator) -> WeekTables:
    """One week's draw, a tenth of it inspected twice, each look with an error of its own; and its figures."""
    chosen = [(street, kind, rate) for (street, kind), rates in of.sites.items()
              for rate in chance.choice(rates, of.taken[street, kind], replace=False)]  # fmt: skip
    streets, kinds, rates = (np.array(column) for column in zip(*chosen, strict=True))
    again = np.flatnonzero(chance.random(len(chosen)) < SECOND_VISITS)
    visited = np.concatenate([np.arange(len(chosen)), again])
    looks = rates[visited] + chance.normal(0, ONE_LOOK, len(visited))
    nothing, none = np.zeros(0), np.zeros(0, np.intp)
    observed = Observed(
        areas=CODES,
        types=KINDS,
        items=(),
        sites=tuple(map(str, range(len(chosen)))),
        site_area=streets.astype(np.intp),
        site_type=kinds.astype(np.intp),
        visit_site=visited,
        visit_rate=looks,
        visit_cap=np.full(len(visited), np.nan),
        visit_inspector=np.full(len(visited), -1),
        visit_chance=np.full(len(visited), np.nan),
        visit_planned=np.ones(len(visited), np.bool_),
        result_visit=none,
        result_item=none,
        result_score=nothing,
        result_weight=nothing,
    )
    return week_tables(observed, TREE, minimum=3, listed=of.listed)


@pytest.fixture(scope="module")
def simulated() -> list[tuple[City, WeekTables]]:
    """192 weeks: 8 draws in each of 24 cities; benchmarks/index_truths.py has more, of more kinds."""
    chance = np.random.default_rng(20161107)
    cities = [city(chance) for _ in range(CITIES)]
    return [(one, week(one, chance)) for one in cities for _ in range(WEEKS)]


def test_95_percent_intervals_hold_the_truth_in_93_to_97_percent_of_weeks(simulated):
    """Over all streets, and over those of few and of many sites alone."""
    held: dict[str, list[bool]] = {"few": [], "some": [], "many": []}
    for of, tables in simulated:
        for row in tables.rows:
            if row.level == "街道乡镇":
                size = "few" if row.sites < 11 else "some" if row.sites < 17 else "many"
                held[size].append(row.low <= of.truth(CODES.index(row.area)) <= row.high)
    assert sum(map(len, held.values())) == CITIES * WEEKS * STREETS
    everything = [one for size in held.values() for one in size]
    assert 0.93 <= np.mean(everything) <= 0.97
    for size in held.values():
        assert len(size) > 400
        assert 0.92 <= np.mean(size) <= 0.98


def test_the_district_s_interval_holds_the_truth_as_well(simulated):
    """Its truth: each type's mean over the district's registered sites."""
    held = []
    for of, tables in simulated:
        truth = np.mean([
            np.concatenate([of.sites[street, kind] for street in range(STREETS)]).mean()
            for kind in range(TYPES)
        ])  # fmt: skip
        district = tables.rows[0]
        held.append(district.low <= truth <= district.high)
    assert 0.93 <= np.mean(held) <= 0.99


def test_two_equal_streets_are_in_different_tiers_in_at_most_5_percent_of_weeks(simulated):
    parted = [
        len({row.tier for row in tables.rows if row.area in (CODES[TWINS[0]], CODES[TWINS[1]])}) == 2
        for _, tables in simulated
    ]
    assert np.mean(parted) <= 0.05
    # The rule is no way of never telling streets apart.
    assert np.mean([max(row.tier for row in tables.rows if row.tier) > 1 for _, tables in simulated]) > 0.2


def test_true_ranks_lie_within_the_printed_ranks(simulated):
    """Where a street truly stands is within its range of ranks in 95 % of cases at least."""
    held = []
    for of, tables in simulated:
        truths = sorted((of.truth(street) for street in range(STREETS)), reverse=True)
        for row in tables.rows:
            if row.level == "街道乡镇":
                truth = of.truth(CODES.index(row.area))
                first, last = 1 + sum(one > truth for one in truths), sum(one >= truth for one in truths)
                held.append(row.rank_low <= last and first <= row.rank_high)
    assert np.mean(held) >= 0.95
