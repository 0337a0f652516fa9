"""The city's areas and sites as kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..domain.areas import Area, AreaTree, parse_areas
from ..domain.problems import Problem
from ..domain.sites import Site, parse_sites, site_from_document, site_to_document
from ..store import Put, Stale, Store

_AREAS, _SITES = "areas", "sites"
BUILT_IN_AREAS = Path(__file__).resolve().parent.parent / "data" / "jingzhou-areas.csv"


def area_tree(store: Store) -> AreaTree:
    """All areas. Small (a city has a few hundred), so it is built for each use."""
    return AreaTree(
        Area(stored.id, stored.document["name"], stored.document["parent"]) for stored in store.find(_AREAS)
    )


def csv_text(content: bytes) -> str | Problem:
    """The text of a CSV file in UTF-8 or, as Excel saves it in China, GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return Problem("CSV文件", "不是文本文件（UTF-8 或 GB 18030）")


def import_areas(store: Store, text: str, file: str) -> int | list[Problem]:
    """Take over areas from CSV, all or none; how many are new or renamed."""
    known = {area.code: area for area in area_tree(store)}
    parsed = parse_areas(text, file, known)
    areas = [area for area in parsed if isinstance(area, Area)]
    problems = [problem for problem in parsed if isinstance(problem, Problem)]
    if problems:
        return problems
    return sum(_keep(store, _AREAS, area.code, {"name": area.name, "parent": area.parent}) for area in areas)


def import_sites(store: Store, text: str, file: str, site_types: Iterable[str]) -> int | list[Problem]:
    """Take over sites from CSV, all or none; how many are new or changed."""
    parsed = parse_sites(text, file, set(site_types), {area.code for area in area_tree(store)})
    sites = [site for site in parsed if isinstance(site, Site)]
    problems = [problem for problem in parsed if isinstance(problem, Problem)]
    if problems:
        return problems
    return sum(keep_site(store, site) for site in sites)


def keep_site(store: Store, site: Site) -> bool:
    """Keep a site as given; whether that changed anything."""
    return _keep(store, _SITES, site.code, site_to_document(site))


def find_site(store: Store, code: str) -> Site | None:
    stored = store.get(_SITES, code) if code else None
    return site_from_document(stored.id, stored.document) if stored else None


def all_sites(store: Store, *, active_only: bool = False) -> list[Site]:
    """Sites by area and name."""
    found = store.find(_SITES, state="active" if active_only else None)
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
