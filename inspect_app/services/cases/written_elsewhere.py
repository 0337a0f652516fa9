"""What was written about things that are no visit: reasons, captions and titles of sites, weeks, texts and rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ...collections.accounts.unit import UNITS
from ...collections.cases.case import CASES
from ...collections.checklists.edition import EDITIONS
from ...collections.checklists.references import REFERENCE_SETS
from ...collections.index.publication import PUBLICATIONS
from ...collections.index.scheme import SCHEME_PUBLICATIONS, SCHEMES, of_period
from ...collections.index.week_frame import WEEK_FRAMES
from ...collections.inspecting.held_import import HELD_IMPORTS
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.place.area import AREA_CHANGES, change_id
from ...collections.quality.calibration import CALIBRATION_ROUNDS
from ...domain.cases.case import Case
from ...domain.checklists.editions import Edition
from ...domain.checklists.references import ReferenceSet
from ...domain.index.frame import Frame
from ...domain.index.publication import Publication
from ...domain.index.schemes.kept import SchemeEdition, SchemeRevision
from ...domain.inspecting.inspection import Inspection
from ...domain.place.area_history import AreaChange
from ...domain.place.sites import Site
from ...domain.quality.calibration import Round
from ...domain.weeks import title as week_title
from .. import Services
from ..checklists.editions import told_of
from ..place.register import find_site
from .written import Words, Written, WrittenPart

SITE, FRAME, REFERENCES, EDITION, SCHEME = "site:", "frame:", "references:", "edition:", "scheme:"
PUBLISHED, AREAS, ROUND, UNIT = "published:", "areas:", "round:", "unit:"
"""What stands before a site's code, a week, a checklist's id, the name of a text, a scheme's id, a week, a change's
number, a round's or a unit's id, where what was written of it is meant: reasons of changes, of freezing a week again
and of corrections, captions of reference photos, titles. Names that programs go by are changed where they are kept.
"""
TELLING = frozenset(one.name for one in (INSPECTIONS, CASES, HELD_IMPORTS))
"""Documents that tell themselves that something was blanked in them; of the others the log does."""


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


def _of_edition(services: Services, name: str) -> Written | None:
    """Why a text was changed, in all its editions; what they say is the office's rules, to which versions hold."""
    kept = EDITIONS.find(services.store, name=name)
    parts = tuple(WrittenPart(EDITIONS, one, _why) for one in kept)
    return Written(f"「{services.library.titles.get(name, name)}」的修改", parts, (told_of(name),)) if parts else None


def _of_scheme(services: Services, id: str) -> Written | None:
    """Why a scheme was changed, and its published tables corrected."""
    kept = SCHEMES.get(services.store, id)
    if kept is None:
        return None
    tables = [one for one in SCHEME_PUBLICATIONS.find(services.store) if one.id.startswith(of_period(id, ""))]
    parts = [WrittenPart(SCHEMES, kept, _whys), *(WrittenPart(SCHEME_PUBLICATIONS, one, _reasons) for one in tables)]
    names = [id, *(one.id for one in tables)]
    return Written(f"发布方案「{id}」的修改和更正", tuple(parts), tuple(f"scheme/{one}" for one in names))


def _of_publication(services: Services, week: str) -> Written | None:
    kept = PUBLICATIONS.get(services.store, week)
    if kept is None:
        return None
    return Written(f"{week_title(week)}的更正说明", (WrittenPart(PUBLICATIONS, kept, _corrected),), (week,))


def _of_areas(services: Services, number: str) -> Written | None:
    id = change_id(int(number)) if number.isascii() and number.isdecimal() else ""
    kept = AREA_CHANGES.get(services.store, id) if id else None
    part = (WrittenPart(AREA_CHANGES, kept, _reason),) if kept else ()
    return Written("区域变更的理由", part, (f"areas/{id}",)) if part else None


def _of_round(services: Services, id: str) -> Written | None:
    kept = CALIBRATION_ROUNDS.get(services.store, id)
    part = (WrittenPart(CALIBRATION_ROUNDS, kept, _title),) if kept else ()
    return Written("校准轮次的名称", part, (f"calibration/{id}",)) if part else None


def _of_unit(services: Services, id: str) -> Written | None:
    """What the log tells of a unit's earlier names; those of today are changed where units are registered."""
    kept = UNITS.get(services.store, id)
    if kept is None:
        return None
    unit = kept.value.unit
    return Written(
        f"责任单位「{unit.name}」", (), (f"{UNITS.name}/{id}",), registered=" ".join((unit.name, *unit.names))
    )


def _why(edition: Edition, words: Words) -> Edition:
    return replace(edition, why=words(edition.why))


def _whys(editions: tuple[SchemeEdition, ...], words: Words) -> tuple[SchemeEdition, ...]:
    return tuple(replace(one, why=words(one.why)) for one in editions)


def _reasons(revisions: tuple[SchemeRevision, ...], words: Words) -> tuple[SchemeRevision, ...]:
    return tuple(replace(one, reason=words(one.reason)) for one in revisions)


def _corrected(publication: Publication, words: Words) -> Publication:
    return Publication(tuple(replace(one, reason=words(one.reason)) for one in publication.revisions))


def _reason(change: AreaChange, words: Words) -> AreaChange:
    return replace(change, reason=words(change.reason))


def _title(round: Round, words: Words) -> Round:
    return replace(round, title=words(round.title))


NAMED: Mapping[str, Callable[[Services, str], Written | None]] = {
    SITE: _of_site,
    FRAME: _of_frame,
    REFERENCES: _of_references,
    EDITION: _of_edition,
    SCHEME: _of_scheme,
    PUBLISHED: _of_publication,
    AREAS: _of_areas,
    ROUND: _of_round,
    UNIT: _of_unit,
}


def site_named(inspection: Inspection, words: Words) -> Inspection:
    return replace(inspection, site=replace(inspection.site, name=words(inspection.site.name)))


def _place_named(case: Case, words: Words) -> Case:
    return replace(case, place=replace(case.place, name=words(case.place.name)))
