"""Areas drawn as rectangles for tests: GeoJSON of streets side by side, and a tree to go with them."""

from __future__ import annotations

import json
from typing import Any

from inspect_app.domain.place.areas import Area, AreaTree
from inspect_app.domain.place.outlines import Outline, parse_outline

SOUTH, NORTH = 30.30, 30.32
A, B, C = "421002001", "421002002", "421002003"
WEST_OF = {A: 112.23, B: 112.25, C: 112.27}
WIDE = 0.02
TREE = AreaTree(
    [
        Area("4210", "荆州市", ""),
        Area("421002", "沙市区", "4210"),
        Area("421003", "荆州区", "4210"),
        Area(A, "中山街道", "421002"),
        Area(B, "崇文街道", "421002"),
        Area(C, "解放街道", "421002"),
        Area("421003001", "中山街道", "421003"),
        Area("421002001001", "一社区", A),
    ]
)


def rectangle(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def street(code: str) -> dict[str, Any]:
    """A rectangle of about 1.9 km by 2.2 km; those of A, B and C stand side by side from west to east."""
    return rectangle(WEST_OF[code], SOUTH, WEST_OF[code] + WIDE, NORTH)


def outline(geometry: dict[str, Any]) -> Outline:
    made = parse_outline(geometry, {})
    assert isinstance(made, Outline), made
    return made


def feature(geometry: object, **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: object, **more: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}, ensure_ascii=False).encode()


def streets(*codes: str) -> bytes:
    """A file with these streets by code."""
    return collection(*(feature(street(code), code=code) for code in codes))
