"""How far two inspectors who saw the same site agree (双人盲测), item by item.

Cohen's kappa is of the judgement whether there is a finding (Cohen 1960; its standard error after Fleiss, Cohen and
Everitt 1969). Krippendorff's alpha is of the scores, as an interval scale (Krippendorff, Content Analysis, ch. 12).
Both are 1 where all agree and 0 where no more agree than by chance; neither is defined where nothing varies.

Judgements of many items at one site are not independent: who was there at a bad hour, or is severe, differs in many of
them. The interval over many items is therefore that of the sites, by leaving out each in turn (Efron and Tibshirani, An
Introduction to the Bootstrap, 1993, ch. 11), Student's with one degree of freedom fewer than there are sites. Where
all agree there is no interval: ten pairs alike do not show that all are.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from ..index.observing import Values

Scores = Sequence[tuple[float, float]]
"""Pairs of scores in [0, 1] of the same item at the same site: of the first and the second inspector."""

LEAST_PAIRS = 10
"""Below so many pairs a kappa says nothing, and is not shown; nor is its interval with fewer sites."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """``same`` of ``pairs`` agree on whether there is a finding; kappa with its 95 % interval, and alpha; or None."""

    pairs: int
    same: int
    kappa: float | None = None
    low: float | None = None
    high: float | None = None
    alpha: float | None = None


def agreement(pairs: Scores, sites: Sequence[Hashable] | None = None) -> Agreement:
    """The agreement on one item, or on many items together, where ``sites`` says of which site each pair is."""
    judged = [(first < 1, second < 1) for first, second in pairs]
    same = sum(first == second for first, second in judged)
    if len(pairs) < LEAST_PAIRS:
        return Agreement(len(pairs), same)
    whole = _table(judged)
    kappa, error = _kappa(whole)
    if kappa is None:
        return Agreement(len(pairs), same, alpha=_alpha(pairs))
    half = 1.96 * error if sites is None else _half_by_sites(whole, judged, sites)
    if same == len(pairs) or half is None:
        return Agreement(len(pairs), same, kappa, alpha=_alpha(pairs))
    return Agreement(len(pairs), same, kappa, max(-1.0, kappa - half), min(1.0, kappa + half), _alpha(pairs))


def _table(judged: Sequence[tuple[bool, bool]]) -> Values:
    """How many pairs there are of each two judgements: rows the first inspector's, columns the second's."""
    table = np.zeros((2, 2))
    for first, second in judged:
        table[int(first), int(second)] += 1
    return table


def _half_by_sites(whole: Values, judged: Sequence[tuple[bool, bool]], sites: Sequence[Hashable]) -> float | None:
    """Half the interval of kappa by the jackknife over sites; None where there are too few, or one decides all."""
    from scipy.special import stdtrit  # heavy, as in estimating

    by_site: dict[Hashable, list[tuple[bool, bool]]] = {}
    for site, pair in zip(sites, judged, strict=True):
        by_site.setdefault(site, []).append(pair)
    count = len(by_site)
    if count < LEAST_PAIRS:
        return None
    without = [kappa for mine in by_site.values() if (kappa := _kappa(whole - _table(mine))[0]) is not None]
    if len(without) < count:
        return None
    error = sqrt((count - 1) * float(np.var(without)))
    return float(stdtrit(count - 1, 0.975)) * error


def _kappa(table: Values) -> tuple[float | None, float]:
    """Kappa and its large-sample standard error; None where one of the inspectors judged all alike."""
    pairs = float(table.sum())
    p = table / pairs
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float(np.trace(p)), float(rows @ columns)
    if expected >= 1 or 1 in rows or 1 in columns:
        return None, 0.0
    kappa = (observed - expected) / (1 - expected)
    diagonal = sum(p[i, i] * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in (0, 1))
    others = (1 - kappa) ** 2 * sum(p[i, j] * (columns[i] + rows[j]) ** 2 for i in (0, 1) for j in (0, 1) if i != j)
    rest = (kappa - expected * (1 - kappa)) ** 2
    variance = max(0.0, float(diagonal + others - rest)) / (pairs * (1 - expected) ** 2)
    return kappa, sqrt(variance)


def _alpha(pairs: Scores) -> float | None:
    """Alpha of an interval scale (Krippendorff, ch. 12), made of how often each two scores stand beside each other.

    Time and memory grow with the pairs and, apart from these, with the square of the different scores there are.
    """
    domain, found = np.unique(np.array(pairs, float), return_inverse=True)
    if len(domain) < 2:
        return None
    one, other = found.reshape(-1, 2).T
    together = np.zeros((len(domain), len(domain)))
    np.add.at(together, (one, other), 1)
    together += together.T
    each = together.sum(axis=0)
    by_chance = (np.outer(each, each) - np.diagflat(each)) / (each.sum() - 1)
    apart = (domain[:, np.newaxis] - domain) ** 2
    return 1 - float((together * apart).sum()) / float((by_chance * apart).sum())
