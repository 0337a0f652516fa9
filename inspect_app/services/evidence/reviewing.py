"""Inspections as a supervisor sees and decides them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.nameless import Words
from ...domain.accounts.permissions import Permission
from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.accounts.user import User
from ...domain.checklists.checklist import Checklist, Item
from ...domain.checklists.scoring import InspectionScore
from ...domain.evidence.photo import Evidence, metres_from_site
from ...domain.inspecting.inspection import DECISIONS, Inspection, Review, with_review
from ...domain.inspecting.kinds import KINDS, Kind
from ...domain.place.positions import Fix
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...store import Given, Stale
from .. import Services
from ..accounts.may import may, scope_of
from ..accounts.nameless import words_for
from ..audit import Entry, keep
from ..place.scoped import areas_in, is_in
from .anonymous import day_of, nameless_site, photo_without_person, without_person
from .apart import is_still_blind
from .filed import case_and_claim


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
    """An inspection with the checklist version it was made with and the score as it stands.

    ``told_who`` is False where it is shown without who inspected, and of times the day alone.
    """

    id: str
    revision: int
    inspection: Inspection
    checklist: Checklist
    score: InspectionScore
    photos: tuple[PhotoEntry, ...]
    told_who: bool = True

    @property
    def site(self) -> Site:
        return self.inspection.site


def find_inspections(services: Services, *, scope: Scope, **filters: Any) -> list[Kept[Inspection]]:
    """The inspections of a week, newest first, as a scope shows them; filters as of ``found_inspections``."""
    words = words_for(services, scope)
    return [seen(services, kept, scope, words) for kept in whole_inspections(services, scope=scope, **filters)]


def whole_inspections(services: Services, *, scope: Scope, **filters: Any) -> list[Kept[Inspection]]:
    """As ``find_inspections``, in the same order, for what is made of them by the same scope."""

    def shown(kept: Kept[Inspection]) -> tuple[datetime, str]:
        at = kept.value.started_at
        return at if scope.inspectors else day_of(at, services.settings.timezone), kept.id

    return sorted(found_inspections(services, scope=scope, **filters), key=shown, reverse=True)


def found_inspections(
    services: Services,
    *,
    scope: Scope,
    week: str,
    areas: Collection[str] | None = None,
    site_type: str | None = None,
    state: str | None = None,
    presence: str | None = None,
) -> list[Kept[Inspection]]:
    """The inspections of a week that lie in a scope, in the order in which they came, whole.

    ``presence`` is a key of ``PRESENCES``.
    """
    mine = areas_in(services.store, scope, week, areas)
    found = INSPECTIONS.find(services.store, week=week, area=mine, state=state, counting=presence)
    return [kept for kept in found if site_type is None or kept.value.checklist == site_type]


def seen(services: Services, kept: Kept[Inspection], scope: Scope, words: Words) -> Kept[Inspection]:
    """An inspection as a scope, with its words (``words_for``), shows it: to be shown, not to be kept."""
    if scope.inspectors:
        return kept
    return replace(kept, value=without_person(kept.value, services.settings.timezone, words))


def inspection_for(services: Services, user: User, id: str) -> tuple[Kept[Inspection], Scope] | None:
    """An inspection that somebody may see, with the scope to show it by: one's own is shown whole, the partner's too.

    Others' are as if they were not there to whoever may not read them, and to a partner who is still to go there blind.
    """
    kept = INSPECTIONS.get(services.store, id)
    if kept is None:
        return None
    if user.name in kept.value.readers and may(user, Permission.INSPECTION_SEND):
        return None if is_still_blind(services.store, kept, user.name) else (kept, EVERYTHING)
    readable = may(user, Permission.EVIDENCE_READ) and _covers(services, scope_of(user), kept.value)
    return (kept, scope_of(user)) if readable else None


def photo_log_page(
    services: Services, *, scope: Scope, start: int, count: int, **filters: Any
) -> tuple[int, list[PhotoEntry]]:
    """How many photos a week has (filters as for ``find_inspections``), and ``count`` of them from ``start`` on.

    Newest first; where the order would tell a way, that of their hashes. Only the photos of the page are looked at
    closely: a week may have many thousands.
    """
    photos = sorted(
        (
            (photo.captured_at if scope.inspectors else None, photo.sha256, number, kept)
            for kept in found_inspections(services, scope=scope, **filters)
            for number, photo in enumerate(kept.value.photos)
        ),
        key=lambda photo: photo[:3] if scope.inspectors else photo[1:3],
        reverse=True,
    )
    chosen = photos[start : start + count]
    inspections = {one[3].id: one[3] for one in chosen}
    words = words_for(services, scope)
    entries = {id: photo_entries(services, kept, words, scope=scope) for id, kept in inspections.items()}
    return len(photos), [entries[kept.id][number] for _, _, number, kept in chosen]


def photo_entries(
    services: Services, kept: Kept[Inspection], words: Words, *, scope: Scope, items: Collection[str] | None = None
) -> tuple[PhotoEntry, ...]:
    """The photos of one inspection (whole) in the order they were sent, as a scope with its words shows them.

    With ``items``, only those of items with these ids: how far a photo lies from its site takes time to tell.
    """
    inspection = kept.value
    checklist, ground = services.library.kept(inspection.version), inspection.site.ground
    site = nameless_site(inspection.site, words)
    failed = {finding.item.item_id for finding in inspection.findings}
    return tuple(
        PhotoEntry(
            evidence=photo if scope.inspectors else photo_without_person(photo, services.settings.timezone),
            inspection=kept.id,
            kind=KINDS[inspection.kind],
            item=item,
            site=site,
            week=inspection.week,
            state=inspection.state,
            decision=inspection.decisions.get(item.id),
            failed=item.id in failed,
            distance_m=metres_from_site(photo, ground),
            not_live=item.live and photo.source != "live",
        )
        for photo in inspection.photos
        if items is None or photo.item in items
        for item in [checklist.item(photo.item)]
    )


def view_inspection(services: Services, user: User, id: str) -> InspectionView | None:
    """One inspection as somebody may see it, or None where there is none for them with this id."""
    found = inspection_for(services, user, id)
    if found is None:
        return None
    kept, scope = found
    checklist, words = services.library.kept(kept.value.version), words_for(services, scope)
    shown = seen(services, kept, scope, words).value
    return InspectionView(
        id=kept.id,
        revision=kept.revision,
        inspection=shown,
        checklist=checklist,
        score=shown.score(checklist),
        photos=photo_entries(services, kept, words, scope=scope),
        told_who=scope.inspectors,
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
    *,
    scope: Scope,
) -> Kept[Inspection] | list[Problem]:
    """Confirm or reject a finding. A rejected one no longer counts in the score; what was before stays in the history.

    What lies outside of the scope is as if it were not there. Rejecting needs a reason. Raises ``Stale`` where somebody
    else changed the inspection since ``expected_revision``.
    """
    kept = at_revision(services, id, expected_revision, scope)
    if isinstance(kept, Problem):
        return [kept]
    filed, claim = _filed(services, id, item)
    problems = [*_decision_problems(kept.value, item, decision, reason.strip()), *filed]
    return problems or _reviewed(services, kept, item, Review(decision, reason.strip(), supervisor, now), claim)


def reopen(
    services: Services, supervisor: str, id: str, item: str, expected_revision: int, now: datetime, *, scope: Scope
) -> Kept[Inspection] | list[Problem]:
    """Take the decision on a finding back; that there was one stays in the history.

    Raises ``Stale`` where somebody else changed the inspection since ``expected_revision``.
    """
    kept = at_revision(services, id, expected_revision, scope)
    if isinstance(kept, Problem):
        return [kept]
    if item not in kept.value.reviews:
        return [Problem("evidence.nothing_to_reopen", details={"item": item})]
    filed, claim = _filed(services, id, item)
    return filed or _reviewed(services, kept, item, Review("reopened", "", supervisor, now), claim)


def at_revision(services: Services, id: str, expected_revision: int, scope: Scope) -> Kept[Inspection] | Problem:
    """An inspection of a scope as somebody saw it. Raises ``Stale`` where it is another by now."""
    kept = INSPECTIONS.get(services.store, id)
    if kept is None or not _covers(services, scope, kept.value):
        return Problem("evidence.inspection_unknown", details={"inspection": id})
    if kept.revision != expected_revision:
        raise Stale(f"{INSPECTIONS.name}/{id}")
    return kept


def _reviewed(services: Services, kept: Kept[Inspection], item: str, review: Review, claim: Given) -> Kept[Inspection]:
    """The inspection with one more step of its review, kept and noted in the log if its finding's claim stays."""
    inspection = kept.value
    changed = with_review(inspection, services.library.kept(inspection.version), item, review)
    before = {"decision": inspection.decisions.get(item), "rate": inspection.rate}
    after = {"decision": review.decision, "reason": review.reason, "rate": changed.rate}
    entry = Entry(f"finding.{review.decision}", f"{kept.id}/{item}", before, after)
    write = INSPECTIONS.writing(kept.id, changed, kept.revision)
    return INSPECTIONS.kept(keep(services.store, review.by, review.at, [entry], [write], given=[claim])[0])


def inspections_of(services: Services, inspector: str, week: str) -> list[Kept[Inspection]]:
    """The inspections of a week that an inspector made or went along to (and may see), newest first."""
    made, along = (INSPECTIONS.find(services.store, week=week, **{of: inspector}) for of in ("inspector", "partner"))
    mine = (kept for kept in along if inspector in kept.value.readers)
    seen = (kept for kept in mine if not is_still_blind(services.store, kept, inspector))
    own = {kept.id: kept for kept in (*made, *seen)}.values()
    return sorted(own, key=lambda kept: kept.value.started_at, reverse=True)


def _covers(services: Services, scope: Scope, inspection: Inspection) -> bool:
    return is_in(services.store, scope, inspection.week, inspection.area)


def _decision_problems(inspection: Inspection, item: str, decision: str, reason: str) -> list[Problem]:
    problems = []
    if item not in {finding.item.item_id for finding in inspection.findings}:
        problems.append(Problem("evidence.nothing_to_decide", details={"item": item}))
    if decision not in DECISIONS:
        problems.append(Problem("evidence.decision_unknown"))
    if decision == "rejected" and not reason:
        problems.append(Problem("evidence.reason_wanted"))
    if len(reason) > 500:
        problems.append(Problem("evidence.reason_too_long"))
    return problems


def _filed(services: Services, id: str, item: str) -> tuple[list[Problem], Given]:
    """A unit works on what was confirmed: the decision stands as long as its case does.

    With the problem, if any, is what a change of the decision is given: that nobody files the finding meanwhile.
    """
    case, claim = case_and_claim(services.store, id, item)
    return [Problem("evidence.finding_filed", details={"case": case})] if case else [], claim
