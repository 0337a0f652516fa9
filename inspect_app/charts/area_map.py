"""The areas of a level on a map, shaded by their figure: SVG that stands inside a page, each area a link.

Five shades of one blue, light to dark, keep their order for the colour-blind and in grey print; 样本不足 is hatched.
Shades are classes of the page's style sheet (``m1`` to ``m5``, ``few``), so that both colour schemes may set them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, floor, radians
from xml.sax.saxutils import escape, quoteattr

import shapely
from shapely.geometry.base import BaseGeometry

from ..domain.checklists.scoring import format_rate
from ..domain.place.outlines import Outline
from ..domain.text import xml_text

WIDTH = 700.0
"""Units across; the page scales them."""
_MARGIN = 6.0
_SHADES = 5
_A_ROW, _KEY_HEIGHT = 3, 36
_NAMED = 24
"""Up to how many areas have their names on the map."""
_FINEST = 1.2
"""Corners nearer than this to a straight line are left out, in units."""


@dataclass(frozen=True, slots=True)
class MapShape:
    """One area: its outline, figure and the address of its page."""

    name: str
    outline: Outline
    rate: float | None
    enough: bool
    href: str


def area_map(title: str, shapes: Sequence[MapShape]) -> str:
    """The map as an ``<svg>`` element with a legend in words; empty where there is no shape."""
    if not shapes:
        return ""
    limits = _limits([shape.rate for shape in shapes if shape.enough and shape.rate is not None])
    project, height = _projection([shape.outline.geometry for shape in shapes])
    placed = [(shape, project(shape.outline.geometry)) for shape in shapes]
    drawn = [_area(shape, geometry, limits) for shape, geometry in placed]
    # Names stand above all areas: one that is longer than its area must not be cut off by the next.
    names = [_name(shape, geometry, limits) for shape, geometry in placed] if len(shapes) <= _NAMED else []
    legend, below = _legend(limits, height, few=any(not shape.enough for shape in shapes))
    return (
        f'<svg class="area-map" viewBox="0 0 {WIDTH:.0f} {below:.0f}" role="group" aria-label={quoteattr(title)}>'
        '<defs><pattern id="few" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="8" height="8" class="few-ground"/><path d="M0 0V8" class="few-line"/></pattern></defs>'
        f"{''.join(drawn)}{''.join(names)}{legend}</svg>"
    )


class _Projection:
    """Longitude and latitude onto the plane: equal lengths east and north at the middle of the map."""

    def __init__(self, west: float, north: float, shrink: float, scale: float) -> None:
        self._west, self._north, self._shrink, self._scale = west, north, shrink, scale

    def __call__(self, geometry: BaseGeometry) -> BaseGeometry:
        """Simplified to what can be seen."""
        plane = shapely.transform(
            geometry,
            lambda lonlat: (lonlat - [self._west, self._north]) * [self._scale * self._shrink, -self._scale] + _MARGIN,
        )
        return shapely.simplify(plane, _FINEST, preserve_topology=True)


def _projection(geometries: Sequence[BaseGeometry]) -> tuple[_Projection, float]:
    """The projection that fits all into the width, and the height that they take."""
    west, south, east, north = shapely.total_bounds(geometries)
    shrink = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * _MARGIN) / max((east - west) * shrink, (north - south), 1e-9)
    return _Projection(west, north, shrink, scale), (north - south) * scale + 2 * _MARGIN


def _area(shape: MapShape, geometry: BaseGeometry, limits: Sequence[float]) -> str:
    said = xml_text(f"{shape.name} {format_rate(shape.rate)}" + ("" if shape.enough else "（样本不足）"))
    return (
        f"<a href={quoteattr(shape.href)} aria-label={quoteattr(said)}><title>{escape(said)}</title>"
        f'<path class="{_kind(shape, limits)}" d="{_path(geometry)}"/></a>'
    )


def _name(shape: MapShape, geometry: BaseGeometry, limits: Sequence[float]) -> str:
    point = geometry.representative_point()
    place = f'x="{point.x:.0f}" y="{point.y:.0f}"'
    return f'<text {place} class="on-{_kind(shape, limits)}" aria-hidden="true">{escape(xml_text(shape.name))}</text>'


def _kind(shape: MapShape, limits: Sequence[float]) -> str:
    return f"m{_shade(shape.rate, limits)}" if shape.enough and shape.rate is not None else "few"


def _path(geometry: BaseGeometry) -> str:
    parts = []
    for polygon in getattr(geometry, "geoms", [geometry]):
        for ring in (polygon.exterior, *polygon.interiors):
            points = [f"{x:.1f} {y:.1f}" for x, y in ring.coords[:-1]]
            parts.append(f"M{'L'.join(points)}Z")
    return "".join(parts)


def _limits(rates: Sequence[float]) -> list[float]:
    """The borders between the shades: whole points, evenly from the lowest figure to the highest, within 0 and 100."""
    if not rates:
        return []
    low, high = floor(min(rates)), min(100, floor(max(rates)) + 1)
    step = max(1, -(-(high - low) // _SHADES))
    low = min(low, 100 - _SHADES * step)
    return [float(low + step * n) for n in range(1, _SHADES)]


def _shade(rate: float, limits: Sequence[float]) -> int:
    return 1 + sum(rate >= limit for limit in limits)


def _legend(limits: Sequence[float], height: float, *, few: bool) -> tuple[str, float]:
    """Shades with their figures below the map, three in a row, and where they end."""
    entries: list[tuple[str, str]] = []
    if limits:
        borders = [f"{limits[0]:g}以下", *(f"{a:g}—{b:g}" for a, b in pairwise(limits))]
        entries = [(f"m{n}", text) for n, text in enumerate([*borders, f"{limits[-1]:g}以上"], start=1)]
    if few:
        entries.append(("few", "样本不足"))
    drawn = []
    for n, (kind, text) in enumerate(entries):
        x, y = _MARGIN + (n % _A_ROW) * WIDTH / _A_ROW, height + 12 + (n // _A_ROW) * _KEY_HEIGHT
        drawn.append(f'<rect class="{kind}" x="{x:.0f}" y="{y:.0f}" width="30" height="22"/>')
        drawn.append(f'<text class="key" x="{x + 38:.0f}" y="{y + 19:.0f}">{text}</text>')
    return "".join(drawn), height + 16 + -(-len(entries) // _A_ROW) * _KEY_HEIGHT
