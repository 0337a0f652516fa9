"""What the map shows: areas, sites, the zones of schools, and the findings of a week. Nothing tells who inspected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...collections.place.site import site_of
from ...domain.place.outlines import outline_to_json
from ...domain.place.sites import Site
from ...domain.zones.rings import ring_around
from ...store import Stored
from .. import INSPECTIONS, Services
from ..place.area_outlines import area_outlines
from ..place.register import all_sites, area_tree
from .auditing import SCHOOLS

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


def map_areas(services: Services, week: str) -> list[dict[str, Any]]:
    """The outlines of the areas of a week with name and level, the largest first."""
    tree = area_tree(services.store, week)
    found = area_outlines(services.store, week).items()
    return [
        {"code": code, "name": tree.name(code), "level": area.level, "outline": outline_to_json(outline)}
        for code, outline in sorted(found, key=lambda one: (len(one[0]), one[0]))
        if (area := tree.get(code))
    ]


def map_sites(services: Services, week: str) -> list[dict[str, Any]]:
    """The active sites of which it is known where they are; of schools the ring of their zone as well."""
    tree, titles = area_tree(services.store, week), services.library.titles
    rules = services.library.zones
    radius_m = None if isinstance(rules, list) else rules.farthest_m
    return [
        _site(site, tree.full_name(site.area), titles.get(site.site_type, site.site_type), radius_m)
        for site in all_sites(services.store, active_only=True)
        if site.ground is not None
    ]


def map_findings(services: Services, week: str) -> tuple[list[MapFinding], int]:
    """The findings of a week, the newest first, and of how many more nothing is known where they are."""
    tree = area_tree(services.store, week)
    names: dict[str, str] = {}
    found: list[MapFinding] = []
    failed = 0
    for stored in services.store.find(INSPECTIONS, week=week):
        area = stored.document["area"]
        if area not in names:
            names[area] = tree.full_name(area)
        failed += sum(item["failed"] for item in stored.document["items"])
        found += _findings(services, stored, names[area])
    found.sort(key=lambda one: (one.at, one.inspection, one.item), reverse=True)
    return found, failed - len(found)


def _findings(services: Services, stored: Stored, area: str) -> Iterator[MapFinding]:
    document = stored.document
    failed = [item["item_id"] for item in document["items"] if item["failed"]]
    if not failed:
        return
    checklist = services.library.version(document["version"])
    site = site_of(document["site"], document["site_as_inspected"])
    for id in failed:
        photos = [photo for photo in document["photos"] if photo["item"] == id]
        place = _place(document, id, photos, site)
        if place is None:
            continue
        review = document["reviews"].get(id)
        yield MapFinding(
            inspection=stored.id,
            item=id,
            text=checklist.item(id).text if checklist else id,
            site=site.name,
            area=area,
            state=review["decision"] if review else OPEN,
            at=photos[0]["captured_at"] if photos else document["started_at"],
            lat=place["lat"],
            lon=place["lon"],
            accuracy_m=place["accuracy_m"],
            photo=photos[0]["sha256"] if photos else None,
        )


def _place(
    document: Mapping[str, Any], item: str, photos: list[Mapping[str, Any]], site: Site
) -> Mapping[str, Any] | None:
    value = document["answers"].get(item, {}).get("value")
    premises = [one["fix"] for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    fixes = [photo["fix"] for photo in photos if photo.get("fix")]
    if premises or fixes:
        first: Mapping[str, Any] = (premises or fixes)[0]
        return first
    if site.point is None or site.ground is None:
        return None
    return {"lat": site.point[0], "lon": site.point[1], "accuracy_m": site.ground.accuracy_m}


def _site(site: Site, area: str, title: str, radius_m: float | None) -> dict[str, Any]:
    ground = site.ground
    assert ground
    told: dict[str, Any] = {"code": site.code, "name": site.name, "type": title, "area": area, "at": site.point}
    if site.outline:
        told["outline"] = outline_to_json(site.outline)
    if site.site_type == SCHOOLS and radius_m:
        told["ring"] = ring_around(ground, radius_m)
        told["bounded"] = site.outline is not None
    return told
