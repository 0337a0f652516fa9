"""Whether premises lie within a radius, both positions being uncertain: inside, outside, or too close to call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .positions import Located, distance_m


class Within(StrEnum):
    """The three answers to a rule about an uncertain measurement (design.md, rule 3)."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNCERTAIN = "uncertain"

    @property
    def label(self) -> str:
        return {"inside": "内", "outside": "外", "uncertain": "疑似，待复核"}[self.value]


@dataclass(frozen=True, slots=True)
class Measured:
    """A distance with its uncertainty, both in metres, and the answer for the radius asked."""

    distance_m: float
    uncertainty_m: float
    within: Within

    def __str__(self) -> str:
        return f"{self.distance_m:.0f}±{self.uncertainty_m:.0f}米({self.within.label})"


def measure_within(a: Located, b: Located, radius_m: float) -> Measured:
    """Distance between two positions, and whether it is within the radius.

    The uncertainty is the sum of both accuracies: the two errors may point in opposite directions, and a finding
    against premises must hold in the worst case (disputes turn on a few metres).
    """
    distance, uncertainty = distance_m(a, b), a.accuracy_m + b.accuracy_m
    if distance + uncertainty <= radius_m:
        within = Within.INSIDE
    elif distance - uncertainty > radius_m:
        within = Within.OUTSIDE
    else:
        within = Within.UNCERTAIN
    return Measured(distance, uncertainty, within)
