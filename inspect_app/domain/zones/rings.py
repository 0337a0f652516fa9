"""The line so many metres around a site, to be drawn; never to decide with."""

from __future__ import annotations

from typing import Any

import shapely
import shapely.affinity

from ..place.ellipsoid import degree_m
from ..place.outlines import Ground
from ..place.positions import Place

_SEGMENTS = 8
"""Corners of a quarter of a circle."""
_DIGITS = 6


def ring_around(ground: Ground | Place, metres: float) -> dict[str, object]:
    """A GeoJSON polygon (WGS-84) around an outline, or around each gate, or around the registered position.

    Right to one percent for some hundred metres around a site of a few kilometres.
    """
    geometry = _geometry(ground)
    middle = geometry.centroid
    north, east = degree_m(middle.y)
    plane = shapely.affinity.affine_transform(geometry, [east, 0, 0, north, -middle.x * east, -middle.y * north])
    around = shapely.buffer(plane, metres, quad_segs=_SEGMENTS)
    back = shapely.affinity.affine_transform(around, [1 / east, 0, 0, 1 / north, middle.x, middle.y])
    return dict(shapely.geometry.mapping(shapely.transform(back, lambda points: points.round(_DIGITS))))


def _geometry(ground: Ground | Place) -> Any:
    if isinstance(ground, Place):
        return shapely.Point(ground.lon, ground.lat)
    if ground.outline is not None:
        return ground.outline.geometry
    places = ground.gates or ((ground.place,) if ground.place else ())
    return shapely.MultiPoint([(place.lon, place.lat) for place in places])
