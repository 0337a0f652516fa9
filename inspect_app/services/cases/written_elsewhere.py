"""What was written about things that are no visit: reasons, captions and titles of sites, weeks, texts and rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ...collections.cases.case import CASES
from ...collections.checklists.references import REFERENCE_SETS
from ...collections.index.week_frame import WEEK_FRAMES
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.plan.week_plan import WEEK_PLANS
from ...domain.cases.case import Case
from ...domain.checklists.references import ReferenceSet
from ...domain.index.frame import Frame
from ...domain.inspecting.inspection import Inspection
from ...domain.place.sites import Site
from ...domain.weeks import title as week_title
from .. import Services
from ..place.register import find_site
from .written import Words, Written, WrittenPart

SITE, FRAME, REFERENCES = "site:", "frame:", "references:"
"""What stands before a site's code, a week or a checklist's id where what was written of it is meant: reasons of a
site's changes and of freezing a week again, captions of reference photos.
"""
TOLD_BY_LOG = frozenset(one.name for one in (WEEK_PLANS, WEEK_FRAMES, REFERENCE_SETS))
"""Documents that do not tell themselves that something was blanked in them."""


def _of_site(services: Services, code: str) -> Written | None:
    """With the inspections and cases that call the site by another name than the register does today."""
    site = find_site(services.store, code)
    if site is None:
        return None
    return Written(f"点位「{site.name}」", tuple(_renamed(services, site)), (f"site/{code}",), registered=site.name)


def _renamed(services: Services, site: Site) -> Iterator[WrittenPart]:
    for week in INSPECTIONS.weeks(services.store):
        visits = INSPECTIONS.find(services.store, week=week, site=site.code)
        yield from (WrittenPart(INSPECTIONS, one, site_named) for one in visits if one.value.site.name != site.name)
    cases = CASES.find(services.store, site=site.code)
    yield from (WrittenPart(CASES, one, _place_named) for one in cases if one.value.place.name != site.name)


def _of_frame(services: Services, week: str) -> Written | None:
    kept = WEEK_FRAMES.get(services.store, week)
    if kept is None:
        return None
    return Written(f"{week_title(week)}的抽样框", (WrittenPart(WEEK_FRAMES, kept, _frames),), (f"{week}/frame",))


def _of_references(services: Services, checklist: str) -> Written | None:
    kept = REFERENCE_SETS.find(services.store, checklist=checklist)
    parts = tuple(WrittenPart(REFERENCE_SETS, one, _reference_set) for one in kept)
    title = services.library.titles.get(checklist, checklist)
    return Written(f"「{title}」的参照照片", parts, (f"references/{checklist}",)) if parts else None


def _frames(frames: tuple[Frame, ...], words: Words) -> tuple[Frame, ...]:
    return tuple(replace(one, reason=words(one.reason)) for one in frames)


def _reference_set(kept: ReferenceSet, words: Words) -> ReferenceSet:
    return replace(kept, references=tuple(replace(one, caption=words(one.caption)) for one in kept.references))


NAMED: Mapping[str, Callable[[Services, str], Written | None]] = {
    SITE: _of_site,
    FRAME: _of_frame,
    REFERENCES: _of_references,
}


def site_named(inspection: Inspection, words: Words) -> Inspection:
    return replace(inspection, site=replace(inspection.site, name=words(inspection.site.name)))


def _place_named(case: Case, words: Words) -> Case:
    return replace(case, place=replace(case.place, name=words(case.place.name)))
