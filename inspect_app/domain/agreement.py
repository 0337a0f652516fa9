"""How far two inspectors who saw the same site agree (双人盲测), item by item.

Cohen's kappa is of the judgement whether there is a finding (Cohen 1960; its standard error after Fleiss, Cohen and
Everitt 1969). Krippendorff's alpha is of the scores, as an interval scale (Krippendorff, Content Analysis, ch. 12).
Both are 1 where all agree and 0 where no more agree than by chance; neither is defined where nothing varies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, sqrt

import numpy as np

Scores = Sequence[tuple[float, float]]
"""Pairs of scores in [0, 1] of the same item at the same site: of the first and the second inspector."""

LEAST_PAIRS = 10
"""Below so many pairs a kappa says nothing, and is not shown."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """``same`` of ``pairs`` agree on whether there is a finding; kappa with its 95 % interval, and alpha; or None."""

    pairs: int
    same: int
    kappa: float | None = None
    low: float | None = None
    high: float | None = None
    alpha: float | None = None


def agreement(pairs: Scores) -> Agreement:
    """The agreement on one item, or on many items together."""
    judged = [(first < 1, second < 1) for first, second in pairs]
    same = sum(first == second for first, second in judged)
    if len(pairs) < LEAST_PAIRS:
        return Agreement(len(pairs), same)
    kappa, error = _kappa(judged)
    if kappa is None:
        return Agreement(len(pairs), same, alpha=_alpha(pairs))
    low, high = max(-1.0, kappa - 1.96 * error), min(1.0, kappa + 1.96 * error)
    return Agreement(len(pairs), same, kappa, low, high, _alpha(pairs))


def _kappa(judged: Sequence[tuple[bool, bool]]) -> tuple[float | None, float]:
    """Kappa and its large-sample standard error; None where one of the inspectors judged all alike."""
    table = np.zeros((2, 2))
    for first, second in judged:
        table[int(first), int(second)] += 1
    p = table / len(judged)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float(np.trace(p)), float(rows @ columns)
    if expected >= 1 or 1 in rows or 1 in columns:
        return None, 0.0
    kappa = (observed - expected) / (1 - expected)
    diagonal = sum(p[i, i] * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in (0, 1))
    others = (1 - kappa) ** 2 * sum(p[i, j] * (columns[i] + rows[j]) ** 2 for i in (0, 1) for j in (0, 1) if i != j)
    rest = (kappa - expected * (1 - kappa)) ** 2
    variance = max(0.0, float(diagonal + others - rest)) / (len(judged) * (1 - expected) ** 2)
    return kappa, sqrt(variance)


def _alpha(pairs: Scores) -> float | None:
    import krippendorff

    values = np.array(pairs, float).T
    if len(np.unique(values)) < 2:
        return None
    found = float(krippendorff.alpha(reliability_data=values, level_of_measurement="interval"))
    return None if isnan(found) else found
