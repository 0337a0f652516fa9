"""Sites for tests, written as rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection

from inspect_app.collections.place.site import SITES
from inspect_app.domain.place.sites import Site, parse_site
from inspect_app.services.place.register import area_tree
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
