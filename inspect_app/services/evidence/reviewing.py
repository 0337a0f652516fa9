"""Inspections as a supervisor sees and decides them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...collections.place.site import site_of
from ...domain.checklists.checklist import Checklist, Item
from ...domain.checklists.scoring import InspectionScore, ItemScore, total
from ...domain.evidence.photo import Evidence, parse_evidence
from ...domain.inspecting.inspection import DECISIONS
from ...domain.inspecting.submission import state_of
from ...domain.place.area_proposal import AreaFinder
from ...domain.place.outlines import Ground
from ...domain.place.positions import Fix, Place
from ...domain.place.proximity import metres_from
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...store import Stale, Stored
from .. import INSPECTIONS, Services
from ..audit import logged
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
    """An inspection with the checklist version it was made with and the score as it stands."""

    id: str
    revision: int
    document: Mapping[str, Any]
    site: Site
    checklist: Checklist
    score: InspectionScore
    photos: tuple[PhotoEntry, ...]


def find_inspections(
    services: Services,
    *,
    week: str,
    areas: Collection[str] | None = None,
    site_type: str | None = None,
    state: str | None = None,
) -> list[Stored]:
    """The inspections of a week, newest first."""
    found = services.store.find(INSPECTIONS, week=week, area=areas, state=state)
    wanted = (stored for stored in found if site_type is None or stored.document["checklist"] == site_type)
    return sorted(wanted, key=lambda stored: (stored.document["started_at"], stored.id), reverse=True)


def area_hint(finder: AreaFinder, photo: PhotoEntry) -> str:
    """What is to be said where a photo was certainly not taken in its site's area; else empty. It changes nothing.

    ``finder`` is that of the photo's week.
    """
    if photo.fix is None:
        return ""
    whose = "点位所属" if photo.site.code else "所选的"
    return finder.disagreement(photo.fix, photo.site.area, whose)


def photo_log_page(services: Services, *, start: int, count: int, **filters: Any) -> tuple[int, list[PhotoEntry]]:
    """How many photos a week has (filters as for ``find_inspections``), and ``count`` of them from ``start`` on.

    Newest first. Only the photos of the page are looked at closely: a week may have many thousands.
    """
    photos = sorted(
        (
            (photo["captured_at"], photo["sha256"], number, stored)
            for stored in find_inspections(services, **filters)
            for number, photo in enumerate(stored.document["photos"])
        ),
        key=lambda photo: photo[:3],
        reverse=True,
    )
    chosen = photos[start : start + count]
    inspections = {stored.id: stored for _, _, _, stored in chosen}
    entries = {id: photo_entries(services, stored) for id, stored in inspections.items()}
    return len(photos), [entries[stored.id][number] for _, _, number, stored in chosen]


def photo_entries(services: Services, stored: Stored) -> tuple[PhotoEntry, ...]:
    """The photos of one inspection in the order they were sent."""
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
    return tuple(entries)


def view_inspection(services: Services, id: str) -> InspectionView | None:
    """One inspection, or None where there is none with this id."""
    stored = services.store.get(INSPECTIONS, id)
    if stored is None:
        return None
    document = stored.document
    checklist = _checklist(services, document)
    return InspectionView(
        id=stored.id,
        revision=stored.revision,
        document=document,
        site=_site(document),
        checklist=checklist,
        score=_score(document, checklist, document["reviews"]),
        photos=photo_entries(services, stored),
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
) -> Stored | list[Problem]:
    """Confirm or reject a finding. A rejected one no longer counts in the score; what was before stays in the history.

    Rejecting needs a reason. Raises ``Stale`` where somebody else changed the inspection since ``expected_revision``.
    """
    stored = services.store.get(INSPECTIONS, id)
    if stored is None:
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
    services: Services, supervisor: str, id: str, item: str, expected_revision: int, now: datetime
) -> Stored | list[Problem]:
    """Take the decision on a finding back; that there was one stays in the history.

    Raises ``Stale`` where somebody else changed the inspection since ``expected_revision``.
    """
    stored = services.store.get(INSPECTIONS, id)
    if stored is None:
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
    return site_of(document["site"], document["site_as_inspected"])


def _checklist(services: Services, document: Mapping[str, Any]) -> Checklist:
    checklist = services.library.version(document["version"])
    assert checklist is not None, f"the store lacks checklist version {document['version']}"
    return checklist


def _distance(fix: Fix | None, ground: Place | Ground | None) -> float | None:
    return metres_from(ground, fix) if fix and ground else None
