"""Whether the index says what is true, in twelve kinds of cities whose every site is known.

    python benchmarks/index_truths.py [--quick] [--truths NAME …]

Each truth is a register with the true rate of every site, a draw of every week (as the plan draws), inspectors who are
shared out, and looks that err; the index is computed by the real ``week_tables``. Told for each truth:

* ``coverage``: part of the 95 % intervals of streets that hold the truth over all registered types (percent);
* ``city``: the same of the city's interval;
* ``none``: streets without any interval;
* ``false_arrows``: arrows between two weeks in which nothing changed;
* ``false_tiers``: two streets of the very same sites that are told apart by letters or tiers;
* ``false_comparisons``: the same by the comparison of the two alone;
* ``power``: how often streets 10 points apart are told apart by the comparison of two named streets, as part of
  how often the best test does: generalised least squares with the variances of the truth, which no city knows;
* ``letters``: how often the letters (all pairs at once) tell these streets apart, as part of the same.

With ``--quick`` fewer weeks, under 45 s. The last line is JSON. Shares have an error of their own: about 0.7 points for
coverage in the quick run, 1.5 for the others.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

# The matrices are small: threads only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from inspect_app.domain.index.civility_index import WeekTables, week_tables
from inspect_app.domain.index.comparing import common_of, compared
from inspect_app.domain.index.figures import PastWeek
from inspect_app.domain.index.observing import Observed
from inspect_app.domain.index.ranking import with_past
from inspect_app.domain.place.areas import Area, AreaTree
from inspect_app.domain.plan.draw import allocate

ONE_LOOK = 4.0
"""By how much one look at a site errs (standard deviation, points)."""
TWINS, APART = ((0, 1), (10, 11)), ((2, 3), (4, 5), (6, 7), (8, 9))
"""Pairs of streets of the very same sites, and of streets 10 points apart."""
POINTS_APART = 10.0


@dataclass(frozen=True, slots=True)
class Truth:
    """A kind of city. Deviations in points; ``drawn`` is the number of sites a street gives on average."""

    streets: int = 27
    types: int = 22
    type_deviation: float = 5.0
    street_deviation: float = 5.0
    cell_deviation: float = 3.0
    site_deviation: float = 10.0
    drawn: float = 10.0
    most_of_type: int = 9
    severity: float = 0.0
    inspectors: int = 9
    second: float = 0.1
    missing: float = 0.0
    bad_missing: bool = False
    perfect: float = 0.0
    unequal: bool = False
    roam: float = 0.2
    """Part of a street's sites that another inspector sees than its own."""
    at_once: int = 0
    """How many of the inspectors are sent in a week, others every week; 0: all of them."""
    uneven: float = 0.0
    """By how much of itself the deviation of a street's sites may be larger or smaller."""
    least: int = 2
    """Sites that the draw takes of each street at least."""


TRUTHS = {
    "plain": Truth(),
    "types sd 12": Truth(type_deviation=12.0),
    "severity sd 3": Truth(severity=3.0),
    "severity sd 5": Truth(severity=5.0),
    "severity sd 5, four inspectors": Truth(severity=5.0, inspectors=4),
    "2 to 3 sites a street": Truth(drawn=2.5, types=8, streets=40),
    "95 % of sites perfect": Truth(perfect=0.95),
    "20 % missing": Truth(missing=0.2),
    "bad sites missed more": Truth(missing=0.2, bad_missing=True),
    "small poor and large good streets": Truth(unequal=True, types=6),
    "severity sd 5, one inspector": Truth(severity=5.0, inspectors=13, at_once=1),
    "small office": Truth(streets=12, types=8, drawn=4.0, severity=3.0, inspectors=8, at_once=2, least=0),
}
RANDOM_NON_RESPONSE = [name for name in TRUTHS if name != "bad sites missed more"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A week's visits: the site, the inspector and the rate of each."""

    sites: np.ndarray
    who: np.ndarray
    looks: np.ndarray


class City:
    """A register: every site's street, type and true rate."""

    def __init__(self, truth: Truth, chance: np.random.Generator) -> None:
        self.truth = truth
        self.codes = tuple(f"421002{number:03}" for number in range(1, truth.streets + 1))
        self.kinds = tuple(f"type-{number:02}" for number in range(truth.types))
        self.tree = AreaTree([Area("421002", "某区", ""), *(Area(code, code, "421002") for code in self.codes)])
        counts = chance.integers(1, truth.most_of_type + 1, (truth.streets, truth.types))
        if truth.unequal:
            counts[:] = np.where(np.arange(truth.streets) % 2, 20, 2)[:, None]
        for first, second in TWINS + APART:
            counts[second] = counts[first]
        self.street, self.type = (np.repeat(of.ravel(), counts.ravel()) for of in np.indices(counts.shape))
        of_street = chance.normal(0, truth.street_deviation, truth.streets)
        if truth.unequal:
            of_street = np.where(np.arange(truth.streets) % 2, 8.5, -8.5)
        of_cell = chance.normal(0, truth.cell_deviation, counts.shape)
        of_site = chance.normal(0, truth.site_deviation, len(self.street))
        self.spread = np.ones(truth.streets)
        if truth.uneven:
            self.spread = chance.uniform(1 - truth.uneven, 1 + truth.uneven, truth.streets)
            for first, second in TWINS + APART:
                self.spread[second] = self.spread[first]
            of_site *= self.spread[self.street]
        for first, second in TWINS + APART:
            of_cell[second] = of_cell[first]
            of_site[self.street == second] = of_site[self.street == first]
            of_street[second] = of_street[first] - (POINTS_APART if (first, second) in APART else 0.0)
        of_type = chance.normal(0, truth.type_deviation, truth.types)
        self.rate = 75 + of_type[self.type] + of_street[self.street] + of_cell[self.street, self.type] + of_site
        if truth.perfect:
            # A site is perfect, or loses 10 to 40 points; in the lower of two streets apart nearly every second does.
            lower = [second for _, second in APART]
            bad = chance.random(len(self.street)) > np.where(np.isin(self.street, lower), 0.55, truth.perfect)
            loss = chance.uniform(10, 40, len(self.street))
            for first, second in TWINS:
                bad[self.street == second], loss[self.street == second] = (
                    of[self.street == first] for of in (bad, loss)
                )
            self.rate = np.where(bad, 100 - loss, 100.0)
        self.counts = counts.astype(float)
        total = np.zeros(counts.shape)
        np.add.at(total, (self.street, self.type), self.rate)
        self.of_cell = total / counts
        self.street_truth = self.of_cell.mean(axis=1)
        self.city_truth = float((total.sum(axis=0) / counts.sum(axis=0)).mean())
        self.severity = chance.normal(0, truth.severity, truth.inspectors)
        self.listed = {(self.codes[s], self.kinds[k]): int(counts[s, k]) for s, k in np.ndindex(*counts.shape)}

    def week(self, number: int, chance: np.random.Generator) -> tuple[WeekTables, Seen]:
        """One week's figures, and what was seen for the best test."""
        observed, seen = self.observed(number, chance)
        return week_tables(observed, self.tree, minimum=2, listed=self.listed), seen

    def observed(self, number: int, chance: np.random.Generator) -> tuple[Observed, Seen]:
        """One week's visits."""
        truth = self.truth
        whole, seed = round(truth.drawn * truth.streets), f"{chance.integers(1 << 30)}"
        drawn = allocate(self.listed, whole, truth.least, seed=seed, week=f"W{number}")
        share = np.array([[drawn[code, kind] for kind in self.kinds] for code in self.codes])
        lot = chance.random(len(self.street))
        order = np.lexsort((lot, self.type, self.street))
        cell = (self.street * truth.types + self.type)[order]
        place = np.arange(len(cell)) - np.searchsorted(cell, cell)
        sites = order[place < share.ravel()[cell]]
        if truth.missing:
            ranks = np.argsort(np.argsort(self.rate[sites])) / len(sites)
            missed = 2 * truth.missing * (1 - ranks) if truth.bad_missing else np.full(len(sites), truth.missing)
            sites = sites[chance.random(len(sites)) > missed]
        count = truth.at_once or truth.inspectors
        own = chance.integers(0, count, truth.streets)[self.street[sites]]
        other = chance.integers(0, count, len(sites))
        who = np.where(chance.random(len(sites)) < truth.roam, other, own)
        again = np.flatnonzero(chance.random(len(sites)) < truth.second)
        visited = np.concatenate([np.arange(len(sites)), again])
        second = (who[again] + (1 + chance.integers(0, count - 1, len(again)) if count > 1 else 0)) % count
        who = np.concatenate([who, second])
        if truth.at_once:
            who = chance.permutation(truth.inspectors)[who]
        looks = self.rate[sites][visited] + chance.normal(0, ONE_LOOK, len(visited)) + self.severity[who]
        if truth.perfect:
            looks = self.rate[sites][visited]
        parts = self.counts.sum(axis=1)
        expected = np.maximum(truth.least, truth.drawn * truth.streets * parts / parts.sum())
        chances = np.minimum(1.0, expected / parts)
        nothing, none = np.zeros(0), np.zeros(0, np.intp)
        observed = Observed(
            areas=self.codes,
            types=self.kinds,
            items=(),
            sites=tuple(map(str, sites)),
            site_area=self.street[sites],
            site_type=self.type[sites],
            visit_site=visited,
            visit_rate=looks,
            visit_cap=np.full(len(visited), np.nan),
            visit_inspector=who,
            visit_chance=chances[self.street[sites][visited]],
            visit_planned=np.ones(len(visited), np.bool_),
            result_visit=none,
            result_item=none,
            result_score=nothing,
            result_weight=nothing,
        )
        return observed, Seen(sites[visited], who, looks)

    def best_tells_apart(self, week: Seen) -> dict[tuple[int, int], bool]:
        """Whether generalised least squares with the true variances finds each two streets that are apart."""
        truth, seen, who, looks = self.truth, week.sites, week.who, week.looks
        street, kind = self.street[seen], self.type[seen]
        same = lambda of: (of[:, None] == of[None, :]).astype(float)  # noqa: E731
        spread = (
            same(seen) * (truth.site_deviation * self.spread[street]) ** 2
            + same(street * truth.types + kind) * truth.cell_deviation**2
        )
        spread += np.eye(len(seen)) * ONE_LOOK**2 + same(who) * truth.severity**2
        used = np.unique(kind)[1:]
        design = np.hstack([np.eye(truth.streets)[street], (kind[:, None] == used).astype(float)])
        design = design[:, design.any(axis=0)]
        streets = np.unique(street)
        inverse = np.linalg.solve(spread, np.column_stack([design, looks]))
        covariance = np.linalg.pinv(design.T @ inverse[:, :-1])
        effect = covariance @ (design.T @ inverse[:, -1])
        found = {}
        for first, second in APART:
            if first not in streets or second not in streets:
                continue
            contrast = np.zeros(design.shape[1])
            contrast[np.searchsorted(streets, first)], contrast[np.searchsorted(streets, second)] = 1, -1
            error = np.sqrt(contrast @ covariance @ contrast)
            found[first, second] = bool(abs(contrast @ effect) > NormalDist().inv_cdf(0.975) * error)
        return found


def measured(truth: Truth, cities: int, weeks: int, seed: int) -> dict[str, float]:
    """The shares of one truth, percent."""
    chance = np.random.default_rng(seed)
    told: dict[str, list[bool]] = defaultdict(list)
    for _ in range(cities):
        city = City(truth, chance)
        before: dict[str, PastWeek] = {}
        for number in range(weeks):
            tables, seen = city.week(number, chance)
            rows = {row.area: row for row in tables.rows}
            for street, code in enumerate(city.codes):
                row = rows.get(code)
                told["none"].append(row is None or row.low is None or row.high is None)
                if row is None or row.low is None or row.high is None:
                    continue
                told["held"].append(row.low - 1e-9 <= city.street_truth[street] <= row.high + 1e-9)
                if code in before:
                    told["arrows"].append(bool(with_past(row, [before[code]], "2026-W48").change_sure))
            top = rows["421002"]
            if top.low is not None and top.high is not None:
                told["city_held"].append(top.low <= city.city_truth <= top.high)
            before = {code: PastWeek.of(row, "2026-W48") for code, row in rows.items()}
            best = city.best_tells_apart(seen) if not truth.perfect else {}
            for pair in TWINS + APART:
                first, second = (rows.get(city.codes[one]) for one in pair)
                if not first or not second:
                    continue
                difference = compared(first, second, common_of(tables.variances))
                # Without letters nothing is told apart.
                lettered = bool(first.letters and second.letters) and not set(first.letters) & set(second.letters)
                if pair in TWINS:
                    told["parted"].append(first.tier != second.tier or lettered)
                    told["false"].append(difference is not None and difference.sure)
                else:
                    told["found"].append(difference is not None and difference.sure)
                    told["lettered"].append(lettered)
                    told["best"] += [best[pair]] if pair in best else []
    percent = lambda of: round(100 * float(np.mean(of)), 1) if of else None  # noqa: E731
    reference = float(np.mean(told["best"] or told["found"]))
    return {
        "coverage": percent(told["held"]),
        "city": percent(told["city_held"]),
        "none": percent(told["none"]),
        "false_arrows": percent(told["arrows"]),
        "false_tiers": percent(told["parted"]),
        "false_comparisons": percent(told["false"]),
        "power": round(100 * float(np.mean(told["found"]) / reference), 1) if reference else None,
        "letters": round(100 * float(np.mean(told["lettered"]) / reference), 1) if reference else None,
        "found": percent(told["found"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer weeks: under 45 s")
    parser.add_argument("--truths", nargs="*", default=list(TRUTHS), choices=list(TRUTHS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=20161107)
    chosen = parser.parse_args()
    cities, weeks = (18, 3) if chosen.quick else (150, 4)
    found = {}
    for name in chosen.truths:
        seed = chosen.seed + list(TRUTHS).index(name)
        found[name] = measured(TRUTHS[name], cities, weeks, seed)
        print(f"{name:36}", " ".join(f"{key} {value}" for key, value in found[name].items()), flush=True)
    print(json.dumps({"truths": found}, ensure_ascii=False))


if __name__ == "__main__":
    main()
