"""Sites for tests, written as rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import replace

from inspect_app.collections.place.site import SITES
from inspect_app.domain.place.sites import Site, parse_site
from inspect_app.services.place.register import all_sites, area_tree
from inspect_app.store import Store


def import_sites(store: Store, text: str, site_types: Collection[str]) -> int:
    """Keep the sites of a CSV, headed as ``COLUMNS`` name them; how many are new or changed. All must be right."""
    areas = {area.code for area in area_tree(store)}
    parsed = [parse_site(row, {}, site_types, areas) for row in csv.DictReader(io.StringIO(text))]
    sites = [site for site in parsed if isinstance(site, Site)]
    assert len(sites) == len(parsed), parsed
    return sum(keep_site(store, site) for site in sites)


def keep_site(store: Store, site: Site) -> bool:
    """Keep a site as given, without an act; whether that changed anything."""
    return SITES.keep(store, site.code, site)


def keep_only(store: Store, *codes: str) -> None:
    """All other sites are retired: phones fetch ahead the forms of what is left, one a type, where a world has 25."""
    for site in all_sites(store):
        if site.code not in codes:
            keep_site(store, replace(site, state="retired"))
