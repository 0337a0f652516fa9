"""The city's areas and sites as kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ...collections import Kept
from ...collections.place.area import AREA_CHANGES, AREAS
from ...collections.place.site import SITES
from ...domain.place.area_history import AreaHistory
from ...domain.place.areas import Area, AreaOnRecord, AreaTree
from ...domain.place.sites import Site
from ...store import Store, Write

BUILT_IN_AREAS = Path(__file__).resolve().parents[2] / "data" / "jingzhou-areas.csv"


def area_tree(store: Store, week: str | None = None) -> AreaTree:
    """All areas as they are in a week; with every change that is known, also those still to come, for None.

    Small (a city has a few hundred), so it is built for each use.
    """
    return area_history(store).tree(week)


def area_history(store: Store) -> AreaHistory:
    """The areas as imported, and how they were renamed and merged since."""
    on_record = [kept.value for kept in AREAS.find(store)]
    beginning = [one.area for one in on_record if not one.by_change]
    return AreaHistory(beginning, [kept.value for kept in AREA_CHANGES.find(store)])


def area_writes(store: Store, area: Area) -> list[Write]:
    """What is to be kept so that an area has been so from the beginning, with the outline that it has."""
    kept = AREAS.get(store, area.code)
    return _writes(kept, AreaOnRecord(area, kept.value.outline if kept else None))


def outline_writes(store: Store, area: Area, outline: Mapping[str, object]) -> list[Write]:
    """What is to be kept so that an area has an outline."""
    kept = AREAS.get(store, area.code)
    return _writes(kept, replace(kept.value if kept else AreaOnRecord(area, by_change=True), outline=outline))


def _writes(kept: Kept[AreaOnRecord] | None, on_record: AreaOnRecord) -> list[Write]:
    """Nothing where nothing is different."""
    if kept and kept.value == on_record:
        return []
    return [AREAS.writing(on_record.area.code, on_record, kept.revision if kept else 0)]


def area_outlines_kept(store: Store) -> dict[str, tuple[int, Mapping[str, object]]]:
    """The outlines (GeoJSON geometries) that are kept, by area code, each with the revision of its record."""
    return {kept.id: (kept.revision, kept.value.outline) for kept in AREAS.find(store) if kept.value.outline}


def find_site(store: Store, code: str) -> Site | None:
    kept = SITES.get(store, code) if code else None
    return kept.value if kept else None


def all_sites(store: Store, *, active_only: bool = False) -> list[Site]:
    """Sites by area and name."""
    found = SITES.find(store, state="active" if active_only else None)
    sites = (kept.value for kept in found)
    return sorted(sites, key=lambda site: (site.area, site.site_type, site.name, site.code))
