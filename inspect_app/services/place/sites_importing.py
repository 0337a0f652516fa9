"""Importing sites from a file: shown first, then taken over exactly as it was shown, all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ...collections.place.site import SITES, site_document
from ...domain.place.area_outlines import Effect
from ...domain.place.coordinates import SYSTEMS
from ...domain.place.shift import outside_of_areas, said_of_outside, said_of_shift, shift_from_known
from ...domain.place.site_files import SiteFile
from ...domain.place.site_import import ImportRow, Known, in_areas, judge, pairs_of, problems_of
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...domain.text import cleaned_line
from ...store import Stale
from .. import Services, uploads
from .area_outlines import area_outlines
from .register import area_tree
from .sites_changing import keep_sites

MAX_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class SitesPreview:
    """What taking over a file would do. ``advice`` is about the file as a whole, ``suggested`` a system to try, and
    ``notes`` what was read otherwise than its sender may think.
    """

    kind: str
    system: str
    rows: tuple[ImportRow, ...]
    revisions: dict[str, int]
    advice: tuple[str, ...]
    suggested: str
    unused: tuple[str, ...]
    notes: tuple[Problem, ...]

    def of(self, effect: str) -> list[ImportRow]:
        return [row for row in self.rows if row.effect == effect]

    @cached_property
    def problems(self) -> list[Problem]:
        return problems_of(self.rows)

    @cached_property
    def coming(self) -> list[tuple[Site, int]]:
        """The sites that would be kept, each with the revision that it replaces; none where anything is in error."""
        if self.problems:
            return []
        acting = (Effect.NEW, Effect.CHANGED)
        return [(row.site, self.revisions.get(row.code, 0)) for row in self.rows if row.effect in acting and row.site]

    @cached_property
    def twins(self) -> list[ImportRow]:
        return [row for row in self.rows if row.twin]

    @cached_property
    def digest(self) -> str:
        """Tells one preview from another: what would be kept, and in whose place."""
        said = [(site.code, site_document(site), revision) for site, revision in self.coming]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def preview_sites(services: Services, file: SiteFile, system: str) -> SitesPreview | list[Problem]:
    """What taking over a file whose positions are in ``system`` would do. Nothing is kept."""
    if system not in SYSTEMS:
        return [Problem("place.system_unknown", details={"accepted": tuple(SYSTEMS)})]
    kept = SITES.find(services.store)
    known = Known(
        sites={one.id: one.value for one in kept},
        types={checklist.id: checklist.title for checklist in services.library.current.values()},
        tree=area_tree(services.store),
        outlines=area_outlines(services.store),
    )
    rows = tuple(judge(file, known, system))
    advice, suggested = _advice(rows, known, system)
    revisions = {one.id: one.revision for one in kept}
    return SitesPreview(file.kind, system, rows, revisions, advice, suggested, file.unused, file.notes)


def take_sites(services: Services, by: str, preview: SitesPreview, reason: str, now: datetime) -> int | list[Problem]:
    """Keep what a preview showed, all or nothing; how many sites are new or changed.

    Raises ``Stale`` where a site was changed since.
    """
    if preview.problems:
        return preview.problems
    if preview.coming:
        keep_sites(services, by, preview.coming, now, reason)
    return len(preview.coming)


def reason_of(file: str, content: bytes, system: str) -> str:
    """Why a site was changed by an import, as the log tells it: which file, by name and hash, in which system."""
    name = cleaned_line(file)[:100]
    return f"导入{name}（{SYSTEMS[system].name}，SHA-256 {hashlib.sha256(content).hexdigest()[:16]}）"


def draft(services: Services, name: str) -> bytes | Problem:
    """A file that was kept."""
    content = uploads.read(services, uploads.SITES, name)
    return Problem("sites.draft_gone") if content is None else content


def take_draft(
    services: Services, by: str, name: str, file: SiteFile, system: str, digest: str, reason: str, now: datetime
) -> int | list[Problem]:
    """Take over a kept file, read as ``file``, as it was shown. Raises ``Stale`` where it would do something else."""
    preview = preview_sites(services, file, system)
    if isinstance(preview, list):
        return preview
    if preview.digest != digest:
        raise Stale(f"site-import/{name}")
    taken = take_sites(services, by, preview, reason, now)
    uploads.drop(services, uploads.SITES, name)
    return taken


def _advice(rows: Iterable[ImportRow], known: Known, system: str) -> tuple[tuple[str, ...], str]:
    """What is to be said of the positions as a whole, and the system that explains them, if another does."""
    listed = list(rows)
    shift = shift_from_known(pairs_of(listed, known), system)
    outside = outside_of_areas(in_areas(listed, known), system)
    said = [said_of_shift(shift, system)] if shift else []
    said += [said_of_outside(outside, system)] if outside else []
    explained = [one.system for one in shift.explanations if one.whose == "文件"] if shift else []
    if outside and outside.system not in ("", system):
        explained.append(outside.system)
    return tuple(said), explained[0] if explained else ""
