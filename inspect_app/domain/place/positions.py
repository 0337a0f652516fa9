"""Positions (WGS-84) that say where they come from and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from ..numbers import is_number
from ..problems import Details, Problem
from ..weeks import instant_from, instant_of, utc_text

SOURCES = ("browser", "exif", "manual")
SOURCE_TITLES = {"browser": "手机定位", "exif": "照片信息", "manual": "手工标注"}
_FIELDS = ("lat", "lon", "accuracy_m", "source", "at")
_MAX_ACCURACY_M = 20_100_000.0
"""Half of the earth's circumference: no position can be less sure than that."""


@runtime_checkable
class Located(Protocol):
    """Anything with a WGS-84 position in degrees and an accuracy in metres."""

    @property
    def lat(self) -> float: ...
    @property
    def lon(self) -> float: ...
    @property
    def accuracy_m(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A registered position: WGS-84 degrees, and how well it is known, in metres."""

    lat: float
    lon: float
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Fix:
    """A measured position: WGS-84 degrees, accuracy (radius of 68 % in metres), source, and the instant in UTC."""

    lat: float
    lon: float
    accuracy_m: float
    source: str
    at: datetime


def place_to_json(place: Place) -> dict[str, float]:
    """The JSON from which ``Place(**…)`` makes the place again."""
    return {"lat": place.lat, "lon": place.lon, "accuracy_m": place.accuracy_m}


def parse_fix(raw: object, where: Details) -> Fix | list[Problem]:
    """A fix from JSON: ``{"lat", "lon", "accuracy_m", "source", "at"}``, all required."""
    if not isinstance(raw, Mapping):
        return [Problem("positions.not_an_object", details=where)]
    problems = [
        Problem("positions.field_unknown", (field,), details={**where, "field": field, "accepted": tuple(_FIELDS)})
        for field in raw
        if field not in _FIELDS
    ]
    bounds = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "accuracy_m": (0.0, _MAX_ACCURACY_M)}
    for field, (low, high) in bounds.items():
        if not is_number(raw.get(field)) or not low <= raw[field] <= high:
            problems.append(
                Problem(
                    "positions.out_of_range",
                    (field,),
                    details={**where, "field": field, "low": low, "high": high, "got": str(raw.get(field))},
                )
            )
    if raw.get("source") not in SOURCES:
        problems.append(
            Problem(
                "positions.source_unknown",
                ("source",),
                details={**where, "accepted": tuple(SOURCES), "got": str(raw.get("source"))},
            )
        )
    at = instant_from(raw["at"]) if isinstance(raw.get("at"), str) else None
    if at is None:
        problems.append(Problem("positions.instant_malformed", ("at",), details=where))
    if problems or at is None:
        return problems
    return Fix(float(raw["lat"]), float(raw["lon"]), float(raw["accuracy_m"]), raw["source"], at)


def fix_from_json(raw: Mapping[str, Any]) -> Fix:
    """A fix from what ``fix_to_json`` wrote, without looking for mistakes."""
    return Fix(raw["lat"], raw["lon"], raw["accuracy_m"], raw["source"], instant_of(raw["at"]))


def fix_to_json(fix: Fix) -> dict[str, object]:
    """The JSON that ``parse_fix`` reads."""
    return {
        "lat": fix.lat,
        "lon": fix.lon,
        "accuracy_m": fix.accuracy_m,
        "source": fix.source,
        "at": utc_text(fix.at),
    }


def distance_m(a: Located, b: Located) -> float:
    """Length in metres of the geodesic between two positions on the WGS-84 ellipsoid."""
    from geopy.distance import (
        geodesic,
    )  # brings its geocoders, and with them HTTP and TLS: a fifth of a command's start

    return float(geodesic((a.lat, a.lon), (b.lat, b.lon)).meters)
