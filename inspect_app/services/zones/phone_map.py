"""The ground of an inspector's own map: outlines of areas and zones of schools, small enough to be kept on a phone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import shapely
import shapely.geometry

from ...collections.place.site import SITES
from ...domain.place.outlines import Outline
from ...domain.zones.rings import ring_around
from .. import Services
from ..place.area_outlines import area_outlines
from ..place.register import all_sites, area_outlines_kept, area_tree
from .auditing import SCHOOLS

_DEGREES, _DIGITS = 0.0001, 5
"""About ten metres: what is drawn may be off by so much, on a map that decides nothing."""


def ground_of(services: Services, week: str) -> dict[str, object]:
    """``{"areas": [{"name", "level", "outline"}], "rings": [{"ring", "bounded"}]}``, WGS-84, the largest areas first.

    Only areas that sites in use lie in.
    """
    tree = area_tree(services.store, week)
    sites = all_sites(services.store, active_only=True)
    wanted = {area.code for code in {site.area for site in sites} for area in tree.path(code)}
    outlines = sorted(area_outlines(services.store, week).items(), key=lambda one: (len(one[0]), one[0]))
    areas = [
        {"name": tree.name(code), "level": area.level, "outline": _simple(outline)}
        for code, outline in outlines
        if code in wanted and (area := tree.get(code))
    ]
    return {"areas": areas, "rings": list(_rings(services))}


def ground_version(services: Services, week: str) -> str:
    """What changes whenever ``ground_of`` may give something else, and costs next to nothing."""
    tree = area_tree(services.store, week)
    outlines = [(code, revision) for code, (revision, _) in area_outlines_kept(services.store).items()]
    sites = [(kept.id, kept.revision) for kept in SITES.find(services.store)]
    said = repr((tuple(tree), outlines, sites, _radius_m(services)))
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _rings(services: Services) -> Iterator[dict[str, object]]:
    radius_m = _radius_m(services)
    for site in all_sites(services.store, active_only=True) if radius_m else ():
        if site.site_type == SCHOOLS and site.ground:
            yield {"ring": ring_around(site.ground, radius_m), "bounded": site.outline is not None}


def _radius_m(services: Services) -> float:
    """Of the zone of a school; 0 where its rules cannot be read."""
    rules = services.library.zones
    return 0.0 if isinstance(rules, list) else rules.farthest_m


def _simple(outline: Outline) -> dict[str, object]:
    simple = shapely.simplify(outline.geometry, _DEGREES)
    return dict(shapely.geometry.mapping(shapely.transform(simple, lambda points: points.round(_DIGITS))))
