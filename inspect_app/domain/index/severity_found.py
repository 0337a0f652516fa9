"""Whether the inspectors of a week differ in severity, by the week's own model (method 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .mixed import Solution

LEVEL = 0.05
LEAST_FREEDOM = 12
"""Degrees of freedom that the sites leave after types, streets and inspectors, below which nothing is told: the test
takes the variances for known.
"""
TOLERATED = 2.0
"""Standard deviation of inspectors, points, up to which figures and intervals hold whatever is known of it
(benchmarks/index_truths.py), and nobody need be told."""


@dataclass(frozen=True, slots=True)
class SeverityFound:
    """``deviation``: the inspectors' standard deviation, points; ``p``: how probable data as these are where it is 0.

    So many inspectors are ``strict`` or ``lenient`` beyond chance (95 %) and by more than is tolerated: how many, and
    not who.
    """

    deviation: float
    p: float
    strict: int = 0
    lenient: int = 0

    @property
    def differ(self) -> bool:
        """Whether inspectors differ by more than chance and more than is tolerated."""
        return self.p < LEVEL and self.deviation > TOLERATED

    def and_of(self, other: SeverityFound) -> SeverityFound:
        """Of two wider areas together: what differs in one differs."""
        return SeverityFound(
            max(self.deviation, other.deviation),
            min(self.p, other.p),
            self.strict + other.strict,
            self.lenient + other.lenient,
        )


ALIKE = SeverityFound(0.0, 1.0)
"""Nothing found, or nothing to tell it by."""


def severity_found(solution: Solution, groups: int, freedom: float) -> SeverityFound:
    """What a wider area's model says, one of so many: each is tested at its part of the level (Bonferroni).

    ``freedom``: of the variance of sites after types, streets and inspectors.
    """
    if freedom < LEAST_FREEDOM:
        return ALIKE
    effect, error = solution.severity, solution.severity_error
    far = np.abs(effect) > np.maximum(TOLERATED, 1.96 * error)
    return SeverityFound(
        solution.severity_deviation,
        min(1.0, groups * solution.severity_p),
        strict=int((far & (effect < 0)).sum()),
        lenient=int((far & (effect > 0)).sum()),
    )
