"""Outlines of areas: taken over from GeoJSON, as they are in a week, and found by position."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from ...domain.place.area_outlines import Effect, FeatureRow, joined, parse_area_outlines, problems_of, sites_outside
from ...domain.place.area_proposal import AreaFinder
from ...domain.place.areas import AreaTree
from ...domain.place.coordinates import SYSTEMS
from ...domain.place.outlines import Outline, outline_to_json, parse_outline
from ...domain.place.positions import Place
from ...domain.problems import NOWHERE, Problem
from ...store import Stale, Store
from .. import Services, uploads
from ..audit import Entry, keep
from .register import all_sites, area_outlines_kept, area_tree, outline_writes

MAX_BYTES = 20 * 1024 * 1024
_FINDERS_KEPT = 8
_OUT_OF_PLACE = 0.2
"""Share of sites outside of their areas' outlines from which on another coordinate system is worth a word."""


@dataclass(frozen=True, slots=True)
class OutlinesPreview:
    """What taking over a file would do. ``digest`` tells one preview from another; ``advice`` is about its system."""

    draft: str
    system: str
    parent: str
    rows: tuple[FeatureRow, ...]
    advice: str

    def count(self, effect: str) -> int:
        return sum(row.effect == effect for row in self.rows)

    @property
    def problems(self) -> list[Problem]:
        return problems_of(self.rows)

    @property
    def changes(self) -> int:
        return self.count(Effect.NEW) + self.count(Effect.CHANGED)

    @property
    def digest(self) -> str:
        said = [(row.number, row.effect.value, row.area.code if row.area else "") for row in self.rows]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def area_outlines(store: Store, week: str | None = None) -> dict[str, Outline]:
    """The outlines of the areas of a week, as for ``area_tree``: a merged area has those of all that went into it."""
    return _of_the_tree(area_tree(store, week), _parsed(store))


def area_finder(store: Store, week: str | None = None) -> AreaFinder:
    """The areas of a week by position. Kept as long as neither areas nor outlines change."""
    tree = area_tree(store, week)
    revisions = tuple((code, revision) for code, (revision, _) in area_outlines_kept(store).items())
    key, finders = (tuple(tree), revisions), _finders.setdefault(store, OrderedDict())
    finder = finders.get(key)
    if finder is None:
        finder = finders[key] = AreaFinder(tree, _of_the_tree(tree, _parsed(store)))
        while len(finders) > _FINDERS_KEPT:
            finders.popitem(last=False)
    return finder


_finders: WeakKeyDictionary[Store, OrderedDict[Any, AreaFinder]] = WeakKeyDictionary()


def preview_outlines(
    services: Services, content: bytes, file: str, *, system: str = "wgs84", parent: str = ""
) -> OutlinesPreview | list[Problem]:
    """What taking over a GeoJSON file would change. Nothing is kept."""
    if len(content) > MAX_BYTES:
        return [Problem("outlines.file_too_large", details={"file": file, "megabytes": MAX_BYTES // 1024 // 1024})]
    if system not in SYSTEMS:
        return [Problem("place.system_unknown", details={"accepted": tuple(SYSTEMS)})]
    tree = area_tree(services.store)
    if parent and parent not in tree:
        return [Problem("outlines.parent_unknown", details={"parent": parent[:40]})]
    rows = parse_area_outlines(content, file, tree, area_outlines(services.store), parent=parent, system=system)
    features = [row for row in rows if isinstance(row, FeatureRow)]
    if len(features) < len(rows):
        return [problem for problem in rows if isinstance(problem, Problem)]
    draft = hashlib.sha256(content).hexdigest()
    return OutlinesPreview(draft, system, parent, tuple(features), _advice(services, content, file, parent, system))


def take_outlines(
    services: Services, by: str, preview: OutlinesPreview, file: str, now: datetime
) -> int | list[Problem]:
    """Keep the outlines of a preview, all or none; how many are new or other than before. The act is logged.

    Raises ``Stale`` where somebody else changed one of the areas at that moment.
    """
    if preview.problems:
        return preview.problems
    changed = [row for row in preview.rows if row.effect in (Effect.NEW, Effect.CHANGED)]
    if not changed:
        return 0
    codes = [row.area.code for row in changed if row.area]
    after = {"file": file, "sha256": preview.draft, "system": preview.system, "areas": codes}
    writes = [
        write
        for row in changed
        if row.area and row.outline
        for write in outline_writes(services.store, row.area, outline_to_json(row.outline))
    ]
    keep(services.store, by, now, [Entry("areas.outlined", "areas/outlines", after=after)], writes)
    return len(changed)


def take_draft(
    services: Services, by: str, draft: str, *, system: str, parent: str, digest: str, now: datetime
) -> int | list[Problem]:
    """Take over a kept file as it was shown. Raises ``Stale`` where it would do something else by now."""
    content = uploads.read(services, uploads.OUTLINES, draft)
    if content is None:
        return [Problem("outlines.draft_gone")]
    preview = preview_outlines(services, content, "上传的文件", system=system, parent=parent)
    if isinstance(preview, list):
        return preview
    if preview.digest != digest:
        raise Stale(f"outlines/{draft}")
    taken = take_outlines(services, by, preview, "上传的文件", now)
    uploads.drop(services, uploads.OUTLINES, draft)
    return taken


def _advice(services: Services, content: bytes, file: str, parent: str, system: str) -> str:
    """A word where the sites lie outside of their areas, and less so if the file were in another coordinate system."""
    sites: dict[str, list[Place]] = {}
    for site in all_sites(services.store, active_only=True):
        if site.place:
            sites.setdefault(site.area, []).append(site.place)
    tree = area_tree(services.store)
    rows = parse_area_outlines(content, file, tree, {}, parent=parent)
    outside = sites_outside((row for row in rows if isinstance(row, FeatureRow)), tree, sites)
    total = sum(map(len, sites.values()))
    best = min(outside, key=lambda name: (outside[name], name != system))
    if not total or outside[system] <= _OUT_OF_PLACE * total:
        return ""
    said = f"按所选的坐标系，有{outside[system]}个在用点位不在自己区域的轮廓内"
    if best == system or outside[best] > outside[system] / 2:
        return f"{said}，请核对轮廓和点位。"
    return f"{said}；如果文件是{SYSTEMS[best].title}，则只有{outside[best]}个。请核对坐标系。"


def _parsed(store: Store) -> dict[str, Outline]:
    found = {}
    for code, (_, raw) in area_outlines_kept(store).items():
        outline = parse_outline(raw, NOWHERE)
        assert isinstance(outline, Outline), outline
        found[code] = outline
    return found


def _of_the_tree(tree: AreaTree, outlines: Mapping[str, Outline]) -> dict[str, Outline]:
    parts: dict[str, list[Outline]] = {}
    for code, outline in outlines.items():
        standing = tree.standing(code)
        # An area that is only to come is a part of its parent, and says nothing of the parent's border.
        if len(standing) == len(code):
            parts.setdefault(standing, []).append(outline)
    return {code: one[0] if len(one) == 1 else joined(one) for code, one in parts.items() if code in tree}
