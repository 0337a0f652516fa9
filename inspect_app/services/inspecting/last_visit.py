"""The last inspection of a site as the next inspector sees it: day, score, what failed, photos; not who made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import Scope
from ...domain.evidence.marks import Mark
from ...domain.inspecting.inspection import Finding, Inspection
from ...domain.inspecting.kinds import is_counted
from ...domain.inspecting.last_visit import may_be_shown
from ...domain.weeks import day_text
from .. import Services
from ..accounts.nameless import words_for
from ..evidence.anonymous import nameless
from ..evidence.marking import marks_on
from ..publications import is_published

_WEEKS_BACK = 53
"""What is older says little of a site."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An item that failed: its text, what was seen, and the SHA-256 of its photos."""

    text: str
    detail: str
    photos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastVisit:
    """The last inspection that may be looked at; ``day`` is the city's, ``rate`` in percent as reviews left it.

    ``marks`` are those on its photos, by their SHA-256.
    """

    day: str
    rate: float | None
    failed: tuple[Failed, ...]
    marks: Mapping[str, tuple[Mark, ...]]


def last_visit(services: Services, code: str, this_week: str) -> LastVisit | None:
    """The last inspection of a site that may be shown this week, the same to everybody; None where there is none."""
    for week in _weeks(services, this_week):
        found = [kept for kept in INSPECTIONS.find(services.store, week=week, site=code) if is_counted(kept.value)]
        if found:
            return _shown(services, max(found, key=lambda kept: (kept.value.started_at, kept.id)))
    return None


def _weeks(services: Services, this_week: str) -> Iterator[str]:
    """The weeks that may be shown, the newest first."""
    weeks = [week for week in reversed(INSPECTIONS.weeks(services.store)) if week <= this_week]
    for week in weeks[:_WEEKS_BACK]:
        if may_be_shown(week, this_week, published=is_published(services.store, week)):
            yield week


def _shown(services: Services, kept: Kept[Inspection]) -> LastVisit:
    inspection = nameless(kept.value, words_for(services, Scope(inspectors=False)))
    checklist = services.library.kept(inspection.version)
    failed = (one for one in inspection.findings if one.decision != "rejected")
    day = day_text(inspection.started_at, services.settings.timezone)
    texts = ((checklist.item(one.item.item_id).text, one) for one in failed)
    shown = tuple(_failed(inspection, text, one) for text, one in texts)
    marks = {sha256: marks_on(inspection, sha256) for one in shown for sha256 in one.photos}
    return LastVisit(day, inspection.rate, shown, marks)


def _failed(inspection: Inspection, text: str, finding: Finding) -> Failed:
    photos = dict.fromkeys(photo.sha256 for photo in inspection.photos_of(finding.item.item_id))
    return Failed(text, finding.item.detail, tuple(photos))
