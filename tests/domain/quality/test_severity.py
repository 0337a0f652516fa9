"""Severity is found again where it is known, and not where there is none."""

from __future__ import annotations

import numpy as np

from inspect_app.domain.quality.severity import Rated, severities


def weeks(known: dict[str, float], *, seed: int, each: int = 60) -> list[Rated]:
    """Inspections by inspectors of known severity; the severe one is sent to the better streets, to make it hard."""
    chance = np.random.default_rng(seed)
    streets = {f"s{n}": chance.normal(0, 5) for n in range(12)}
    best_first = sorted(streets, key=streets.__getitem__, reverse=True)
    types = {f"t{n}": chance.normal(80, 6) for n in range(6)}
    found = []
    for order, (name, severity) in enumerate(sorted(known.items(), key=lambda one: -one[1])):
        for n in range(each):
            street = best_first[(order * 2 + n % 6) % 12]
            kind = f"t{chance.integers(6)}"
            found.append(Rated(name, street, kind, types[kind] + streets[street] - severity + chance.normal(0, 8)))
    return found


def test_known_severities_are_found_within_their_intervals():
    """Over 30 simulated cities of five inspectors: 95 % intervals hold at least 90 %, and the order is right."""
    known = {"a": 6.0, "b": 2.0, "c": 0.0, "d": -3.0, "e": -5.0}
    held, most_severe = [], []
    for seed in range(30):
        found = severities(weeks(known, seed=seed))
        held += [one.low <= known[one.inspector] <= one.high for one in found]
        most_severe.append(found[0].inspector)
    assert np.mean(held) >= 0.9
    assert most_severe.count("a") >= 25


def test_where_all_are_alike_hardly_anybody_is_called_severe():
    sure = [one.sure for seed in range(30) for one in severities(weeks(dict.fromkeys("abcde", 0.0), seed=seed))]
    assert len(sure) == 150
    assert np.mean(sure) <= 0.07


def test_few_inspections_are_drawn_towards_nothing():
    """One inspector with three very low rates beside others with sixty each."""
    rated = [*weeks({"a": 0.0, "b": 0.0}, seed=1), *(Rated("c", "s1", "t1", 40.0) for _ in range(3))]
    found = {one.inspector: one for one in severities(rated)}
    assert 0 < found["c"].points < 40
    assert found["c"].high - found["c"].low > found["a"].high - found["a"].low


def test_too_little_is_not_judged():
    assert severities([Rated("a", "s", "t", 80.0)] * 30) == []
    assert severities([Rated(name, "s", "t", 80.0) for name in "ab"]) == []
