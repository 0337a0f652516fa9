"""Changing sites: one way for pages, imports and commands, logged, with a revision against lost updates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from ...collections.place.site import SITES, site_document
from ...domain.place.sites import Site
from ...store import Stale, Store
from .. import Services
from ..audit import Entry, keep


def find_with_revision(store: Store, code: str) -> tuple[Site, int] | None:
    """A site, retired ones as well, with the revision that a change of it names."""
    kept = SITES.get(store, code) if code else None
    return (kept.value, kept.revision) if kept else None


def add_site(services: Services, by: str, site: Site, now: datetime, reason: str = "") -> bool:
    """Keep a new site; False where its code is taken."""
    entry = Entry("site.added", _of(site), after={**said(site), "reason": reason})
    try:
        keep(services.store, by, now, [entry], [SITES.writing(site.code, site)])
    except Stale:
        return False
    return True


def change_site(services: Services, by: str, site: Site, revision: int, now: datetime, reason: str = "") -> int:
    """Keep a site as given; its new revision. Nothing is done, and nothing logged, where nothing is different.

    Raises ``Stale`` where it is not at ``revision`` any more: somebody else changed it.
    """
    found = find_with_revision(services.store, site.code)
    if found is None or found[1] != revision:
        raise Stale(f"{SITES.name}/{site.code}")
    before = found[0]
    if before == site:
        return revision
    act = (
        "site.changed" if before.state == site.state else "site.retired" if site.state != "active" else "site.restored"
    )
    entry = Entry(act, _of(site), said(before), {**said(site), "reason": reason})
    return keep(services.store, by, now, [entry], [SITES.writing(site.code, site, revision)])[0].revision


def keep_sites(services: Services, by: str, sites: Sequence[tuple[Site, int]], now: datetime, reason: str) -> None:
    """Keep many sites, all or none, each with an entry of its own in the log.

    With each is the revision that it replaces, 0 for a new site. Raises ``Stale`` where one is not at that any more.
    """
    before = {kept.id: kept.value for kept in SITES.find(services.store)}
    entries = []
    for site, revision in sites:
        old = before.get(site.code) if revision else None
        told = {**said(site), "reason": reason}
        entries.append(Entry("site.changed" if old else "site.added", _of(site), said(old) if old else None, told))
    keep(services.store, by, now, entries, [SITES.writing(site.code, site, revision) for site, revision in sites])


def said(site: Site) -> dict[str, object]:
    """A site as the log tells it: of an outline its kind, its points and a digest."""
    told = site_document(site)
    if outline := told.get("outline"):
        text = json.dumps(outline, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        told["outline"] = {"type": outline["type"], "points": text.count("],") + 1, "digest": digest}
    return told


def _of(site: Site) -> str:
    return f"site/{site.code}"
