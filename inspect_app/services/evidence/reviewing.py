"""Inspections as a supervisor sees and decides them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...domain.accounts.permissions import Permission
from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.accounts.user import User
from ...domain.checklists.checklist import Checklist, Item
from ...domain.checklists.scoring import InspectionScore, ItemScore, total
from ...domain.evidence.photo import Evidence, parse_evidence
from ...domain.inspecting.inspection import DECISIONS
from ...domain.inspecting.submission import state_of
from ...domain.place.area_proposal import AreaFinder
from ...domain.place.outlines import Ground
from ...domain.place.positions import Fix, Place
from ...domain.place.proximity import metres_from
from ...domain.place.sites import Site, site_from_document
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...store import Stale, Stored
from .. import INSPECTIONS, Services
from ..accounts.may import may, scope_of
from ..audit import logged
from ..place.scoped import areas_in, is_in
from .anonymous import photo_without_person, without_person
from .filed import case_of_finding


@dataclass(frozen=True, slots=True)
class PhotoEntry:
    """One line of the photo log: a photo with the item, the inspection and what is known of its place and time.

    ``not_live``: the item asks for photos taken on the spot, and nothing says that this one was.
    """

    sha256: str
    inspection: str
    item: Item
    site: Site
    week: str
    state: str
    decision: str | None
    failed: bool
    captured_at: str
    fix: Fix | None
    distance_m: float | None
    evidence: Evidence
    not_live: bool


@dataclass(frozen=True, slots=True)
class InspectionView:
    """An inspection with the checklist version it was made with and the score as it stands.

    ``told_who`` is False where it is shown without who inspected, and of times the day alone.
    """

    id: str
    revision: int
    document: Mapping[str, Any]
    site: Site
    checklist: Checklist
    score: InspectionScore
    photos: tuple[PhotoEntry, ...]
    told_who: bool = True


def find_inspections(services: Services, *, scope: Scope, **filters: Any) -> list[Stored]:
    """The inspections of a week, newest first, as a scope shows them; filters as of ``found_inspections``."""
    return [seen(services, stored, scope) for stored in whole_inspections(services, scope=scope, **filters)]


def whole_inspections(services: Services, *, scope: Scope, **filters: Any) -> list[Stored]:
    """As ``find_inspections``, in the same order, for what is made of them by the same scope."""

    def shown(stored: Stored) -> tuple[str, str]:
        return seen(services, stored, scope).document["started_at"], stored.id

    return sorted(found_inspections(services, scope=scope, **filters), key=shown, reverse=True)


def found_inspections(
    services: Services,
    *,
    scope: Scope,
    week: str,
    areas: Collection[str] | None = None,
    site_type: str | None = None,
    state: str | None = None,
) -> list[Stored]:
    """The inspections of a week that lie in a scope, in the order in which they came, whole."""
    found = services.store.find(INSPECTIONS, week=week, area=areas_in(services.store, scope, week, areas), state=state)
    return [stored for stored in found if site_type is None or stored.document["checklist"] == site_type]


def seen(services: Services, stored: Stored, scope: Scope) -> Stored:
    """An inspection as a scope shows it: to be shown, not to be kept."""
    if scope.inspectors:
        return stored
    return replace(stored, document=without_person(stored.document, services.settings.timezone))


def inspection_for(services: Services, user: User, id: str) -> tuple[Stored, Scope] | None:
    """An inspection that somebody may see, with the scope to show it by: one's own is shown whole.

    Others' are as if they were not there to whoever may not read them.
    """
    stored = services.store.get(INSPECTIONS, id)
    if stored is None:
        return None
    if stored.document["inspector"] == user.name and may(user, Permission.INSPECTION_SEND):
        return stored, EVERYTHING
    readable = may(user, Permission.EVIDENCE_READ) and _covers(services, scope_of(user), stored)
    return (stored, scope_of(user)) if readable else None


def area_hint(finder: AreaFinder, photo: PhotoEntry) -> str:
    """What is to be said where a photo was certainly not taken in its site's area; else empty. It changes nothing.

    ``finder`` is that of the photo's week.
    """
    if photo.fix is None:
        return ""
    whose = "点位所属" if photo.site.code else "所选的"
    return finder.disagreement(photo.fix, photo.site.area, whose)


def photo_log_page(
    services: Services, *, scope: Scope, start: int, count: int, **filters: Any
) -> tuple[int, list[PhotoEntry]]:
    """How many photos a week has (filters as for ``find_inspections``), and ``count`` of them from ``start`` on.

    Newest first; where the order would tell a way, that of their hashes. Only the photos of the page are looked at
    closely: a week may have many thousands.
    """
    photos = sorted(
        (
            (photo["captured_at"] if scope.inspectors else "", photo["sha256"], number, stored)
            for stored in found_inspections(services, scope=scope, **filters)
            for number, photo in enumerate(stored.document["photos"])
        ),
        key=lambda photo: photo[:3],
        reverse=True,
    )
    chosen = photos[start : start + count]
    inspections = {stored.id: stored for _, _, _, stored in chosen}
    entries = {id: photo_entries(services, stored, scope=scope) for id, stored in inspections.items()}
    return len(photos), [entries[stored.id][number] for _, _, number, stored in chosen]


def photo_entries(services: Services, stored: Stored, *, scope: Scope) -> tuple[PhotoEntry, ...]:
    """The photos of one inspection (whole) in the order they were sent, as a scope shows them."""
    document = stored.document
    site, checklist = _site(document), _checklist(services, document)
    items = {item.id: item for item in checklist.items}
    failed = {item["item_id"] for item in document["items"] if item["failed"]}
    entries = []
    for photo in document["photos"]:
        evidence = parse_evidence(photo, photo["sha256"], items)
        assert not isinstance(evidence, list), evidence
        item = items[evidence.item]
        review = document["reviews"].get(photo["item"])
        entries.append(
            PhotoEntry(
                sha256=photo["sha256"],
                inspection=stored.id,
                item=item,
                site=site,
                week=document["week"],
                state=document["state"],
                decision=review["decision"] if review else None,
                failed=photo["item"] in failed,
                captured_at=photo["captured_at"],
                fix=evidence.fix,
                distance_m=_distance(evidence.fix, site.ground),
                evidence=evidence,
                not_live=item.live and evidence.source != "live",
            )
        )
    return tuple(entries if scope.inspectors else (_without_person(services, entry) for entry in entries))


def _without_person(services: Services, entry: PhotoEntry) -> PhotoEntry:
    photo = photo_without_person(entry.evidence, services.settings.timezone)
    return replace(entry, captured_at=utc_text(photo.captured_at), fix=None, evidence=photo)


def view_inspection(services: Services, user: User, id: str) -> InspectionView | None:
    """One inspection as somebody may see it, or None where there is none for them with this id."""
    found = inspection_for(services, user, id)
    if found is None:
        return None
    stored, scope = found
    document = seen(services, stored, scope).document
    checklist = _checklist(services, document)
    return InspectionView(
        id=stored.id,
        revision=stored.revision,
        document=document,
        site=_site(document),
        checklist=checklist,
        score=_score(document, checklist, document["reviews"]),
        photos=photo_entries(services, stored, scope=scope),
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
) -> Stored | list[Problem]:
    """Confirm or reject a finding. A rejected one no longer counts in the score; what was before stays in the history.

    What lies outside of the scope is as if it were not there. Rejecting needs a reason. Raises ``Stale`` where somebody
    else changed the inspection since ``expected_revision``.
    """
    stored = services.store.get(INSPECTIONS, id)
    if stored is None or not _covers(services, scope, stored):
        return [Problem("测评", f"没有编号为「{id}」的测评")]
    if stored.revision != expected_revision:
        raise Stale(f"{INSPECTIONS}/{id}")
    document = stored.document
    checklist = _checklist(services, document)
    submitted = _score(document, checklist, {})
    problems = [*_decision_problems(submitted, item, decision, reason.strip()), *_filed(services, id, item)]
    if problems:
        return problems
    act = {"decision": decision, "reason": reason.strip(), "by": supervisor, "at": utc_text(now)}
    return _keep_reviews(services, stored, item, {**document["reviews"], item: act}, act, now)


def reopen(
    services: Services, supervisor: str, id: str, item: str, expected_revision: int, now: datetime, *, scope: Scope
) -> Stored | list[Problem]:
    """Take the decision on a finding back; that there was one stays in the history.

    Raises ``Stale`` where somebody else changed the inspection since ``expected_revision``.
    """
    stored = services.store.get(INSPECTIONS, id)
    if stored is None or not _covers(services, scope, stored):
        return [Problem("测评", f"没有编号为「{id}」的测评")]
    if stored.revision != expected_revision:
        raise Stale(f"{INSPECTIONS}/{id}")
    if item not in stored.document["reviews"]:
        return [Problem("测评项", f"「{item}」还没有复核决定，无需撤回")]
    if problems := _filed(services, id, item):
        return problems
    reviews = {name: review for name, review in stored.document["reviews"].items() if name != item}
    act = {"decision": "reopened", "reason": "", "by": supervisor, "at": utc_text(now)}
    return _keep_reviews(services, stored, item, reviews, act, now)


def _keep_reviews(
    services: Services, stored: Stored, item: str, reviews: dict[str, Any], act: dict[str, Any], now: datetime
) -> Stored:
    """The inspection with other reviews, scored anew; the act goes to its history and to the audit log."""
    document = stored.document
    checklist = _checklist(services, document)
    score = _score(document, checklist, reviews)
    changed = {
        **document,
        # The items keep their score as submitted, so that a rejected finding stays readable.
        "rate": score.rate,
        "capped": score.capped,
        "reviews": reviews,
        "history": [
            *document["history"],
            {**act, "item": item, "rate_before": document["rate"], "rate_after": score.rate},
        ],
        "state": state_of(_score(document, checklist, {}), reviews),
    }
    before = {"decision": document["reviews"].get(item, {}).get("decision"), "rate": document["rate"]}
    after = {"decision": act["decision"], "reason": act["reason"], "rate": score.rate}
    of, name = f"{stored.id}/{item}", f"finding.{act['decision']}"
    with logged(services, act["by"], name, of, now, before=before, after=after):
        return services.store.update(INSPECTIONS, stored.id, changed, expected_revision=stored.revision)


def inspections_of(services: Services, inspector: str, week: str) -> list[Stored]:
    """An inspector's own inspections of a week, newest first."""
    found = services.store.find(INSPECTIONS, week=week)
    own = (stored for stored in found if stored.document["inspector"] == inspector)
    return sorted(own, key=lambda stored: str(stored.document["started_at"]), reverse=True)


def _covers(services: Services, scope: Scope, stored: Stored) -> bool:
    return is_in(services.store, scope, stored.document["week"], stored.document["area"])


def _decision_problems(score: InspectionScore, item: str, decision: str, reason: str) -> list[Problem]:
    problems = []
    if item not in {item_score.item_id for item_score in score.items if item_score.failed}:
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


def _score(document: Mapping[str, Any], checklist: Checklist, reviews: Mapping[str, Any]) -> InspectionScore:
    """The score from the items as they were scored when the inspection came, whatever the rules are by now.

    A rejected finding does not count; a confirmed one counts, also where the measurement alone left it open (疑似).
    """
    items = tuple(ItemScore(**item) for item in document["items"])
    decided = {
        decision: [item for item, review in reviews.items() if review["decision"] == decision] for decision in DECISIONS
    }
    return total(checklist, items, left_out=decided["rejected"], confirmed=decided["confirmed"])


def _site(document: Mapping[str, Any]) -> Site:
    return site_from_document(document["site"], document["site_as_inspected"])


def _checklist(services: Services, document: Mapping[str, Any]) -> Checklist:
    checklist = services.library.version(document["version"])
    assert checklist is not None, f"the store lacks checklist version {document['version']}"
    return checklist


def _distance(fix: Fix | None, ground: Place | Ground | None) -> float | None:
    return metres_from(ground, fix) if fix and ground else None
