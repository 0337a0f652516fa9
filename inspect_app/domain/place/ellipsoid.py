"""The WGS-84 ellipsoid: how long degrees are."""

from __future__ import annotations

import math

_AXIS_M = 6_378_137.0
_E2 = 0.0066943799901413165
"""Square of the eccentricity."""


def degree_m(lat: float) -> tuple[float, float]:
    """Metres of a degree of latitude, and of one of longitude, at a latitude in degrees."""
    angle = math.radians(lat)
    root = 1 - _E2 * math.sin(angle) ** 2
    north = math.radians(1) * _AXIS_M * (1 - _E2) / root**1.5
    return north, math.radians(1) * _AXIS_M * math.cos(angle) / math.sqrt(root)


def east_by_north(lat: float) -> float:
    """How long a degree of longitude is beside one of latitude: quicker than both lengths."""
    sine = math.sin(math.radians(lat))
    return math.cos(math.radians(lat)) * (1 - _E2 * sine * sine) / (1 - _E2)
