"""Inspections as a supervisor sees and decides them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.checklists.checklist import Checklist, Item
from ...domain.checklists.scoring import InspectionScore
from ...domain.evidence.photo import Evidence, metres_from_site
from ...domain.inspecting.inspection import DECISIONS, Inspection, Review, with_review
from ...domain.inspecting.kinds import KINDS, Kind
from ...domain.place.positions import Fix
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...store import Stale
from .. import Services
from ..audit import logged
from .filed import case_of_finding


@dataclass(frozen=True, slots=True)
class PhotoEntry:
    """One line of the photo log: a photo with the item, the inspection and what is known of its place and time.

    ``not_live``: the item asks for photos taken on the spot, and nothing says that this one was.
    """

    evidence: Evidence
    inspection: str
    kind: Kind[Any]
    item: Item
    site: Site
    week: str
    state: str
    decision: str | None
    failed: bool
    distance_m: float | None
    not_live: bool

    @property
    def sha256(self) -> str:
        return self.evidence.sha256

    @property
    def captured_at(self) -> datetime:
        return self.evidence.captured_at

    @property
    def fix(self) -> Fix | None:
        return self.evidence.fix


@dataclass(frozen=True, slots=True)
class InspectionView:
    """An inspection with the checklist version it was made with and the score as it stands."""

    id: str
    revision: int
    inspection: Inspection
    checklist: Checklist
    score: InspectionScore
    photos: tuple[PhotoEntry, ...]

    @property
    def site(self) -> Site:
        return self.inspection.site


def find_inspections(
    services: Services,
    *,
    week: str,
    areas: Collection[str] | None = None,
    site_type: str | None = None,
    state: str | None = None,
) -> list[Kept[Inspection]]:
    """The inspections of a week, newest first."""
    found = INSPECTIONS.find(services.store, week=week, area=areas, state=state)
    wanted = (kept for kept in found if site_type is None or kept.value.checklist == site_type)
    return sorted(wanted, key=lambda kept: (kept.value.started_at, kept.id), reverse=True)


def photo_log_page(services: Services, *, start: int, count: int, **filters: Any) -> tuple[int, list[PhotoEntry]]:
    """How many photos a week has (filters as for ``find_inspections``), and ``count`` of them from ``start`` on.

    Newest first. Only the photos of the page are looked at closely: a week may have many thousands.
    """
    photos = sorted(
        (
            (photo.captured_at, photo.sha256, number, kept)
            for kept in find_inspections(services, **filters)
            for number, photo in enumerate(kept.value.photos)
        ),
        key=lambda photo: photo[:3],
        reverse=True,
    )
    chosen = photos[start : start + count]
    entries = {kept.id: photo_entries(services, kept) for kept in {one[3].id: one[3] for one in chosen}.values()}
    return len(photos), [entries[kept.id][number] for _, _, number, kept in chosen]


def photo_entries(services: Services, kept: Kept[Inspection]) -> tuple[PhotoEntry, ...]:
    """The photos of one inspection in the order they were sent."""
    inspection = kept.value
    checklist, ground = services.library.kept(inspection.version), inspection.site.ground
    failed = {finding.item.item_id for finding in inspection.findings}
    return tuple(
        PhotoEntry(
            evidence=photo,
            inspection=kept.id,
            kind=KINDS[inspection.kind],
            item=item,
            site=inspection.site,
            week=inspection.week,
            state=inspection.state,
            decision=inspection.decisions.get(item.id),
            failed=item.id in failed,
            distance_m=metres_from_site(photo, ground),
            not_live=item.live and photo.source != "live",
        )
        for photo in inspection.photos
        for item in [checklist.item(photo.item)]
    )


def view_inspection(services: Services, id: str) -> InspectionView | None:
    """One inspection, or None where there is none with this id."""
    kept = INSPECTIONS.get(services.store, id)
    if kept is None:
        return None
    checklist = services.library.kept(kept.value.version)
    return InspectionView(
        id=kept.id,
        revision=kept.revision,
        inspection=kept.value,
        checklist=checklist,
        score=kept.value.score(checklist),
        photos=photo_entries(services, kept),
    )


def decide(
    services: Services,
    supervisor: str,
    id: str,
    item: str,
    decision: str,
    reason: str,
    expected_revision: int,
    now: datetime,
) -> Kept[Inspection] | list[Problem]:
    """Confirm or reject a finding. A rejected one no longer counts in the score; what was before stays in the history.

    Rejecting needs a reason. Raises ``Stale`` where somebody else changed the inspection since ``expected_revision``.
    """
    kept = _at_revision(services, id, expected_revision)
    if isinstance(kept, Problem):
        return [kept]
    problems = [*_decision_problems(kept.value, item, decision, reason.strip()), *_filed(services, id, item)]
    return problems or _reviewed(services, kept, item, Review(decision, reason.strip(), supervisor, now))


def reopen(
    services: Services, supervisor: str, id: str, item: str, expected_revision: int, now: datetime
) -> Kept[Inspection] | list[Problem]:
    """Take the decision on a finding back; that there was one stays in the history.

    Raises ``Stale`` where somebody else changed the inspection since ``expected_revision``.
    """
    kept = _at_revision(services, id, expected_revision)
    if isinstance(kept, Problem):
        return [kept]
    if item not in kept.value.reviews:
        return [Problem("测评项", f"「{item}」还没有复核决定，无需撤回")]
    return _filed(services, id, item) or _reviewed(services, kept, item, Review("reopened", "", supervisor, now))


def _at_revision(services: Services, id: str, expected_revision: int) -> Kept[Inspection] | Problem:
    kept = INSPECTIONS.get(services.store, id)
    if kept is None:
        return Problem("测评", f"没有编号为「{id}」的测评")
    if kept.revision != expected_revision:
        raise Stale(f"{INSPECTIONS.name}/{id}")
    return kept


def _reviewed(services: Services, kept: Kept[Inspection], item: str, review: Review) -> Kept[Inspection]:
    """The inspection with one more step of its review, kept and noted in the audit log."""
    inspection = kept.value
    changed = with_review(inspection, services.library.kept(inspection.version), item, review)
    before = {"decision": inspection.decisions.get(item), "rate": inspection.rate}
    after = {"decision": review.decision, "reason": review.reason, "rate": changed.rate}
    act = f"finding.{review.decision}"
    with logged(services, review.by, act, f"{kept.id}/{item}", review.at, before=before, after=after):
        return INSPECTIONS.update(services.store, kept, changed)


def inspections_of(services: Services, inspector: str, week: str) -> list[Kept[Inspection]]:
    """An inspector's own inspections of a week, newest first."""
    found = INSPECTIONS.find(services.store, week=week)
    own = (kept for kept in found if kept.value.inspector == inspector)
    return sorted(own, key=lambda kept: kept.value.started_at, reverse=True)


def _decision_problems(inspection: Inspection, item: str, decision: str, reason: str) -> list[Problem]:
    problems = []
    if item not in {finding.item.item_id for finding in inspection.findings}:
        problems.append(Problem("测评项", f"「{item}」没有待复核的问题"))
    if decision not in DECISIONS:
        problems.append(Problem("决定", "只能是确认或驳回"))
    if decision == "rejected" and not reason:
        problems.append(Problem("理由", "驳回时必须写明理由"))
    if len(reason) > 500:
        problems.append(Problem("理由", "最多500个字"))
    return problems


def _filed(services: Services, id: str, item: str) -> list[Problem]:
    """A unit works on what was confirmed: the decision stands as long as its case does."""
    case = case_of_finding(services.store, id, item)
    return [Problem("问题", f"已立案（{case}），要改变复核决定，请先撤销整改件")] if case else []
