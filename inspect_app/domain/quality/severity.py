"""How severe each inspector is: by how many points their scores lie below what others would have given.

A mixed model over the inspections of several weeks: rate = site type (fixed) + street (random) + inspector (random) +
error. Streets are in it because who is sent to bad streets is not therefore severe; being random, inspectors with few
inspections are drawn towards 0. Variances by EM for restricted maximum likelihood on Henderson's equations (Searle,
Casella and McCulloch, Variance Components, 1992, ch. 7 and 8); intervals from the prediction error variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..index.observing import Values

_ROUNDS, _SETTLED = 200, 1e-6
LEAST_INSPECTORS, LEAST_INSPECTIONS = 2, 12


@dataclass(frozen=True, slots=True)
class Rated:
    """One inspection: who, where, what kind of site, and its rate in percent."""

    inspector: str
    street: str
    site_type: str
    rate: float


@dataclass(frozen=True, slots=True)
class Severity:
    """Points by which an inspector scores lower than others would (severe is positive), with the 95 % interval."""

    inspector: str
    inspections: int
    points: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether it is more than chance."""
        return self.low > 0 or self.high < 0


def severities(rated: Sequence[Rated]) -> list[Severity]:
    """Each inspector's severity, most severe first; empty where there are too few inspections to tell."""
    inspectors = sorted({one.inspector for one in rated})
    if len(inspectors) < LEAST_INSPECTORS or len(rated) < LEAST_INSPECTIONS:
        return []
    y = np.array([one.rate for one in rated])
    fixed = _design([one.site_type for one in rated])
    street, who = _design([one.street for one in rated]), _design([one.inspector for one in rated])
    effects, errors = _solved(y, fixed, street, who)
    counts = who.sum(axis=0)
    found = [
        Severity(name, int(counts[n]), -effect, -effect - 1.96 * error, -effect + 1.96 * error)
        for n, (name, effect, error) in enumerate(zip(inspectors, effects.tolist(), errors.tolist(), strict=True))
    ]
    return sorted(found, key=lambda one: (-one.points, one.inspector))


def _design(names: Sequence[str]) -> Values:
    """One column for each name, in order, 1 where the row has it."""
    known = {name: column for column, name in enumerate(sorted(set(names)))}
    matrix = np.zeros((len(names), len(known)))
    matrix[np.arange(len(names)), [known[name] for name in names]] = 1.0
    return matrix


def _solved(y: Values, fixed: Values, street: Values, who: Values) -> tuple[Values, Values]:
    """The inspectors' effects and their standard errors of prediction, with variances settled by EM."""
    design = np.hstack([fixed, street, who])
    blocks = [slice(fixed.shape[1], fixed.shape[1] + street.shape[1]), slice(-who.shape[1], None)]
    crossed, right = design.T @ design, design.T @ y
    whole = float(np.var(y)) or 1.0
    error, random = 0.7 * whole, [0.15 * whole, 0.15 * whole]
    rank = np.linalg.matrix_rank(fixed)
    for _ in range(_ROUNDS):
        left = crossed.copy()
        for block, variance in zip(blocks, random, strict=True):
            index = np.arange(design.shape[1])[block]
            left[index, index] += error / max(variance, 1e-9)
        inverse = np.linalg.pinv(left, hermitian=True)
        solution = inverse @ right
        before = (error, *random)
        random = [
            float((solution[block] @ solution[block] + error * np.trace(inverse[block, block])) / len(solution[block]))
            for block in blocks
        ]
        error = max(1e-9, float(y @ y - solution @ right) / max(1, len(y) - rank))
        if np.allclose(before, (error, *random), rtol=_SETTLED):
            break
    mine = blocks[1]
    spread = np.sqrt(np.maximum(0.0, error * np.diag(inverse)[mine]))
    return solution[mine], spread
