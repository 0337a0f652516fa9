"""Chinese map coordinates (GCJ-02, BD-09) at the edges of the tool; everything inside is WGS-84, in degrees.

GCJ-02 shifts WGS-84 by some hundred metres inside a rectangle around China and not at all outside it, as the published
algorithm has it; BD-09 shifts GCJ-02 once more. The inverse of GCJ-02 has no closed form and is iterated, with the
shift as if it had no rim. A strip along the outside of the rim, as wide as the shift, is GCJ-02 of two places: one
inside, shifted, and the strip itself. It is taken for the one inside, which is what maps of China show there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..problems import Problem

Convert = Callable[[float, float], tuple[float, float]]
"""Latitude and longitude in degrees from one system to another."""
_A = 6378245.0
"""Semi-major axis of the Krasovsky 1940 ellipsoid, in metres, as the algorithm uses it."""
_EE = 0.00669342162296594323
_X_PI = math.pi * 3000.0 / 180.0
_ROUNDS = 30
_ENOUGH = 1e-11
_ON_THE_RIM = 1e-9
"""What is found within a tenth of a millimetre of the rim may have been on it."""


def wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """Latitude and longitude in GCJ-02; unchanged outside the rectangle in which China lies."""
    if _outside(lat, lon):
        return lat, lon
    d_lat, d_lon = _shift(lat, lon)
    return lat + d_lat, lon + d_lon


def gcj02_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    """The position whose GCJ-02 is given, to better than a millimetre, up to the rim of the rectangle."""
    if not _near_rectangle(lat, lon):
        return lat, lon
    found_lat, found_lon = lat, lon
    for _ in range(_ROUNDS):
        d_lat, d_lon = _shift(found_lat, found_lon)
        off_lat, off_lon = found_lat + d_lat - lat, found_lon + d_lon - lon
        found_lat, found_lon = found_lat - off_lat, found_lon - off_lon
        if max(abs(off_lat), abs(off_lon)) < _ENOUGH:
            break
    if _outside(found_lat, found_lon, _ON_THE_RIM) and _outside(lat, lon):
        return lat, lon
    return found_lat, found_lon


def gcj02_to_bd09(lat: float, lon: float) -> tuple[float, float]:
    """Latitude and longitude in BD-09 from GCJ-02."""
    z = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _X_PI)
    theta = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _X_PI)
    return z * math.sin(theta) + 0.006, z * math.cos(theta) + 0.0065


def bd09_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """The GCJ-02 position whose BD-09 is given, to better than a millimetre."""
    found_lat, found_lon = lat - 0.006, lon - 0.0065
    for _ in range(_ROUNDS):
        there_lat, there_lon = gcj02_to_bd09(found_lat, found_lon)
        off_lat, off_lon = there_lat - lat, there_lon - lon
        found_lat, found_lon = found_lat - off_lat, found_lon - off_lon
        if max(abs(off_lat), abs(off_lon)) < _ENOUGH:
            break
    return found_lat, found_lon


def _near_rectangle(lat: float, lon: float) -> bool:
    """Whether a position is inside, or so near that the shift may lead from the inside to it."""
    return 71.9 <= lon <= 137.95 and 0.8 <= lat <= 55.86


def _outside(lat: float, lon: float, slack: float = 0.0) -> bool:
    return not (72.004 - slack <= lon <= 137.8347 + slack and 0.8293 - slack <= lat <= 55.8271 + slack)


def _shift(lat: float, lon: float) -> tuple[float, float]:
    x, y = lon - 105.0, lat - 35.0
    waves = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    angle = lat / 180.0 * math.pi
    magic = 1 - _EE * math.sin(angle) ** 2
    root = math.sqrt(magic)
    d_lat = north * 180.0 / (_A * (1 - _EE) / (magic * root) * math.pi)
    d_lon = east * 180.0 / (_A / root * math.cos(angle) * math.pi)
    return d_lat, d_lon


def bd09_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    """BD-09 degrees to WGS-84 degrees."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lat, lon))


def wgs84_to_bd09(lat: float, lon: float) -> tuple[float, float]:
    """WGS-84 degrees to BD-09 degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lat, lon))


def _unchanged(lat: float, lon: float) -> tuple[float, float]:
    return lat, lon


@dataclass(frozen=True, slots=True)
class System:
    """A coordinate system: its name, its title that tells whose maps are in it, and the ways to WGS-84 and back."""

    name: str
    title: str
    to_wgs84: Convert
    from_wgs84: Convert


SYSTEMS: Mapping[str, System] = {
    "wgs84": System("WGS-84", "WGS-84 / CGCS2000（天地图、测绘）", _unchanged, _unchanged),
    "gcj02": System("GCJ-02", "GCJ-02（高德、腾讯）", gcj02_to_wgs84, wgs84_to_gcj02),
    "bd09": System("BD-09", "BD-09（百度）", bd09_to_wgs84, wgs84_to_bd09),
}
"""The systems by the names that imports use."""
SYSTEM_TITLES: Mapping[str, str] = {key: system.title for key, system in SYSTEMS.items()}

_SAME_AS_WGS84 = ("CRS84", "4326", "4490")
"""How names of coordinate systems end that are WGS-84 for this purpose; CGCS2000 (4490) differs by centimetres."""


def crs_problem(crs: object, file: str) -> Problem | None:
    """What is wrong with the ``crs`` of older GeoJSON: a projected system would put a city into the sea."""
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = str(properties.get("name")) if isinstance(properties, Mapping) else ""
    if name.endswith(_SAME_AS_WGS84):
        return None
    return Problem("place.crs_unknown", details={"file": file, "name": name[:80]})
