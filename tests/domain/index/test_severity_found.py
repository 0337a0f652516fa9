"""Whether inspectors differ, by the week's own model: seldom said where they do not, mostly where they do."""

from __future__ import annotations

import numpy as np

from inspect_app.domain.index.mixed import GroupSample, solve, squares_of
from inspect_app.domain.index.severity_found import ALIKE, SeverityFound, severity_found

UNITS, TYPES, SITES, INSPECTORS = 9, 6, 10, 8


def week(chance: np.random.Generator, severity: np.ndarray) -> SeverityFound:
    """Nine streets with ten sites each; three of eight inspectors in each, sites differ by 10 points, types by 5."""
    unit = np.repeat(np.arange(UNITS), SITES)
    type_ = chance.integers(0, TYPES, len(unit))
    who = np.array([(2 * n + k % 3) % INSPECTORS for n in range(UNITS) for k in range(SITES)])
    rate = (
        chance.normal(80, 5, UNITS)[unit]
        + chance.normal(0, 5, TYPES)[type_]
        + severity[who]
        + chance.normal(0, 10, len(unit))
    )
    sites, total = np.zeros((UNITS, TYPES)), np.zeros((UNITS, TYPES))
    np.add.at(sites, (unit, type_), 1)
    np.add.at(total, (unit, type_), rate)
    mean = np.divide(total, sites, out=np.zeros_like(total), where=sites > 0)
    group = GroupSample(sites, mean, unit, type_, rate, np.arange(len(rate)), rate, who, INSPECTORS)
    squares = squares_of(group)
    return severity_found(solve(group, squares.components()), 1, float(squares.whole[1]))


def test_inspectors_who_are_alike_are_seldom_said_to_differ_and_severe_ones_mostly():
    """At 5 % of 60 weeks, 3 are expected and more than 7 come in one of a hundred runs."""
    chance = np.random.default_rng(1)
    assert sum(week(chance, np.zeros(INSPECTORS)).differ for _ in range(60)) <= 7
    one_severe = np.array([-20.0, *[0.0] * (INSPECTORS - 1)])
    found = [week(chance, one_severe) for _ in range(20)]
    assert sum(one.differ for one in found) >= 18
    assert sum(one.strict == 1 and one.lenient == 0 for one in found) >= 14


def test_what_differs_in_one_wider_area_differs():
    found = ALIKE.and_of(SeverityFound(3.0, 0.01, 1, 0)).and_of(SeverityFound(2.5, 0.4, 0, 0))
    assert found == SeverityFound(3.0, 0.01, 1, 0)
    assert found.differ
    assert not ALIKE.differ
    assert not SeverityFound(1.5, 0.001).differ, "sure, but no more than the model reckons with"
    assert not SeverityFound(3.0, 0.2).differ
