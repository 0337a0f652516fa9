"""The city's areas and sites as kept."""

from __future__ import annotations

from pathlib import Path

from ...domain.place.area_history import AreaHistory, change_from_document
from ...domain.place.areas import Area, AreaTree, parse_areas
from ...domain.place.sites import Site, site_from_document, site_to_document
from ...domain.problems import Problem
from ...store import Put, Stale, Store

_AREAS, SITES = "areas", "sites"
AREA_CHANGES = "area_changes"
"""The collection of changes to the tree of areas, by number; appended to, and read in order."""
BUILT_IN_AREAS = Path(__file__).resolve().parents[2] / "data" / "jingzhou-areas.csv"


def area_tree(store: Store, week: str | None = None) -> AreaTree:
    """All areas as they are in a week; with every change that is known, also those still to come, for None.

    Small (a city has a few hundred), so it is built for each use.
    """
    return area_history(store).tree(week)


def area_history(store: Store) -> AreaHistory:
    """The areas as imported, and how they were renamed and merged since."""
    beginning = [
        Area(stored.id, stored.document["name"], stored.document["parent"])
        for stored in store.find(_AREAS)
        # An area that a change brought has a document for its outline only.
        if not stored.document.get("by_change")
    ]
    changes = [change_from_document(int(stored.id), stored.document) for stored in store.find(AREA_CHANGES)]
    return AreaHistory(beginning, changes)


def csv_text(content: bytes) -> str | Problem:
    """The text of a CSV file in UTF-8 or, as Excel saves it in China, GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return Problem("CSV文件", "不是文本文件（UTF-8 或 GB 18030）")


def import_areas(store: Store, text: str, file: str) -> int | list[Problem]:
    """Take over areas from CSV, all or none; how many are new or corrected.

    Another name or parent is taken for a correction: it counts for every week up to the area's first change. For one
    that begins in a week see ``areas_changing``.
    """
    parsed = parse_areas(text, file, {area.code: area for area in area_tree(store)})
    areas = [area for area in parsed if isinstance(area, Area)]
    problems = [problem for problem in parsed if isinstance(problem, Problem)]
    return problems or sum(keep_area(store, area) for area in areas)


def keep_area(store: Store, area: Area) -> bool:
    """Keep an area as it has been from the beginning, with the outline that it has; whether that changed anything."""
    stored = store.get(_AREAS, area.code)
    outline = stored.document.get("outline") if stored else None
    document = {"name": area.name, "parent": area.parent, **({"outline": outline} if outline else {})}
    return _keep(store, _AREAS, area.code, document)


def area_outlines_kept(store: Store) -> dict[str, tuple[int, dict[str, object]]]:
    """The outlines (GeoJSON geometries) that are kept, by area code, each with the revision of its document."""
    return {
        stored.id: (stored.revision, stored.document["outline"])
        for stored in store.find(_AREAS)
        if stored.document.get("outline")
    }


def keep_area_outline(store: Store, area: Area, outline: dict[str, object]) -> bool:
    """Keep an area's outline; whether that changed anything."""
    stored = store.get(_AREAS, area.code)
    document = stored.document if stored else {"name": area.name, "parent": area.parent, "by_change": True}
    return _keep(store, _AREAS, area.code, {**document, "outline": outline})


def keep_site(store: Store, site: Site) -> bool:
    """Keep a site as given; whether that changed anything."""
    return _keep(store, SITES, site.code, site_to_document(site))


def find_site(store: Store, code: str) -> Site | None:
    stored = store.get(SITES, code) if code else None
    return site_from_document(stored.id, stored.document) if stored else None


def all_sites(store: Store, *, active_only: bool = False) -> list[Site]:
    """Sites by area and name."""
    found = store.find(SITES, state="active" if active_only else None)
    return sorted(
        (site_from_document(stored.id, stored.document) for stored in found),
        key=lambda site: (site.area, site.site_type, site.name, site.code),
    )


def _keep(store: Store, collection: str, id: str, document: dict[str, object]) -> bool:
    """Put or overwrite; whether the kept document changed."""
    put, stored = store.put_once(collection, id, document)
    while put is Put.CONFLICT:
        try:
            store.update(collection, id, document, expected_revision=stored.revision)
            return True
        except Stale:
            put, stored = store.put_once(collection, id, document)
    return put is Put.CREATED
