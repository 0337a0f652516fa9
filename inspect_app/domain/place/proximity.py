"""Whether premises lie within a radius, both positions being uncertain: inside, outside, or too close to call."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from .positions import Located, distance_m


class Extended(Protocol):
    """Anything with an extent, for example a school's ground, known to so many metres."""

    @property
    def accuracy_m(self) -> float: ...
    def metres_to(self, lat: float, lon: float) -> float:
        """From the nearest point of it; 0 inside."""


class Within(StrEnum):
    """The three answers to a rule about an uncertain measurement (design.md, rule 3)."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNCERTAIN = "uncertain"

    @property
    def label(self) -> str:
        return {"inside": "内", "outside": "外", "uncertain": "疑似，待复核"}[self.value]


def metres_from(a: Located | Extended, b: Located) -> float:
    """Metres of the geodesic from a position, or from the nearest point of something with an extent, to a position."""
    if isinstance(a, Located):
        return distance_m(a, b)
    return a.metres_to(b.lat, b.lon)


def within_radius(distance_m: float, uncertainty_m: float, radius_m: float) -> Within:
    """The answer for a distance that may be so many metres more or less."""
    if distance_m + uncertainty_m <= radius_m:
        return Within.INSIDE
    return Within.OUTSIDE if distance_m - uncertainty_m > radius_m else Within.UNCERTAIN
