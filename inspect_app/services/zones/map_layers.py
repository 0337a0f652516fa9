"""What the map shows: areas, sites, the zones of schools, and the findings of a week. Nothing tells who inspected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.nameless import Words
from ...domain.accounts.scope import Scope
from ...domain.inspecting.inspection import Inspection
from ...domain.place.outlines import outline_to_json
from ...domain.place.positions import Located, Place
from ...domain.place.sites import Site
from ...domain.weeks import day_text, utc_text
from ...domain.zones.rings import ring_around
from .. import Services
from ..accounts.nameless import words_for
from ..place.area_outlines import area_outlines
from ..place.register import area_tree
from ..place.scoped import areas_in, sites_in
from .auditing import SCHOOLS

_ABOUT = 4
OPEN = "open"
"""A finding that nobody has decided on; the others are the keys of ``DECISIONS``."""


@dataclass(frozen=True, slots=True)
class MapFinding:
    """A finding and where it was seen: at the premises, where its first photo was taken, or at its site.

    ``accuracy_m`` is how well that is known; ``photo`` is the SHA-256 of its first photo.
    """

    inspection: str
    item: str
    text: str
    site: str
    area: str
    state: str
    at: str
    lat: float
    lon: float
    accuracy_m: float
    photo: str | None


def map_areas(services: Services, week: str, *, scope: Scope) -> list[dict[str, object]]:
    """The outlines of the areas of a week with name and level, the largest first."""
    tree = area_tree(services.store, week)
    found = area_outlines(services.store, week).items()
    return [
        {"code": code, "name": tree.name(code), "level": area.level, "outline": outline_to_json(outline)}
        for code, outline in sorted(found, key=lambda one: (len(one[0]), one[0]))
        if (area := tree.get(code)) and scope.covers(tree, code)
    ]


def map_sites(services: Services, week: str, *, scope: Scope) -> list[dict[str, object]]:
    """The active sites of which it is known where they are; of schools the ring of their zone as well."""
    tree, titles = area_tree(services.store, week), services.library.titles
    rules = services.library.zones
    radius_m = None if isinstance(rules, list) else rules.farthest_m
    return [
        _site(site, tree.full_name(site.area), titles.get(site.site_type, site.site_type), radius_m)
        for site in sites_in(services.store, scope, week, active_only=True)
        if site.ground is not None
    ]


def map_findings(services: Services, week: str, *, scope: Scope) -> tuple[list[MapFinding], int]:
    """A scope's findings of a week, the newest first, and of how many more nothing is known where they are.

    Who is not to know who inspected is told the day, and the place of the site; without one about where it was.
    """
    tree, words = area_tree(services.store, week), words_for(services, scope)
    names: dict[str, str] = {}
    found: list[MapFinding] = []
    failed = 0
    for kept in INSPECTIONS.find(services.store, week=week, area=areas_in(services.store, scope, week)):
        area = kept.value.area
        if area not in names:
            names[area] = tree.full_name(area)
        failed += len(kept.value.findings)
        found += _findings(services, kept, names[area], scope, words)
    found.sort(key=lambda one: (one.at, one.inspection, one.item), reverse=True)
    return found, failed - len(found)


def _findings(
    services: Services, kept: Kept[Inspection], area: str, scope: Scope, words: Words
) -> Iterator[MapFinding]:
    inspection = kept.value
    site = inspection.site.name if inspection.site.code else words(inspection.site.name)
    for finding in inspection.findings:
        id = finding.item.item_id
        place = _place(inspection, id) if scope.inspectors else _about(inspection, id)
        photo = next(iter(inspection.photos_of(id)), None)
        if place is None:
            continue
        yield MapFinding(
            inspection=kept.id,
            item=id,
            text=services.library.kept(inspection.version).item(id).text,
            site=site,
            area=area,
            state=finding.decision or OPEN,
            at=_when(services, photo.captured_at if photo else inspection.started_at, scope),
            lat=place.lat,
            lon=place.lon,
            accuracy_m=place.accuracy_m,
            photo=photo.sha256 if photo else None,
        )


def _when(services: Services, at: datetime, scope: Scope) -> str:
    """The instant; for who is not to know who inspected the day, ``2026-11-23``."""
    return utc_text(at) if scope.inspectors else day_text(at, services.settings.timezone)


def _about(inspection: Inspection, item: str) -> Located | None:
    """Where the site is; of a report, which has none, to four decimals (about 10 m): enough to find, and no track."""
    place = _site_place(inspection.site) or _place(inspection, item)
    return Place(round(place.lat, _ABOUT), round(place.lon, _ABOUT), place.accuracy_m) if place else None


def _place(inspection: Inspection, item: str) -> Located | None:
    """Of the first premises, else of the first photo with a position, else of the site."""
    site = inspection.site
    if found := inspection.premises_at(item):
        return found[0]
    fixes = [photo.fix for photo in inspection.photos_of(item) if photo.fix]
    if fixes:
        return fixes[0]
    return _site_place(site)


def _site_place(site: Site) -> Place | None:
    return Place(*site.point, site.ground.accuracy_m) if site.point and site.ground else None


def _site(site: Site, area: str, title: str, radius_m: float | None) -> dict[str, object]:
    ground = site.ground
    assert ground
    told: dict[str, object] = {"code": site.code, "name": site.name, "type": title, "area": area, "at": site.point}
    if site.outline:
        told["outline"] = outline_to_json(site.outline)
    if site.site_type == SCHOOLS and radius_m:
        told["ring"] = ring_around(ground, radius_m)
        told["bounded"] = site.outline is not None
    return told
