"""Inspections (测评) as they are kept: what was submitted, how it scored, and what supervisors decided about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..blanking import Blanking
from ..checklists.checklist import Checklist
from ..checklists.scoring import InspectionScore, ItemScore, counted_scores, total
from ..evidence.photo import Evidence
from ..evidence.recordings import Recording
from ..place.positions import Fix, fix_from_json
from ..place.sites import Site
from .clock import PhoneClock
from .presence import DECLINED, UNASKED, Presence

VISIT, AD_HOC = "visit", "adhoc"
"""Names of kinds: of a site, by its whole checklist; of a problem met on the way (随手拍). See ``kinds``."""
STATES = {"open": "待复核", "reviewed": "已复核", "clear": "无问题"}
"""States of an inspection: findings still to review, all findings decided, no finding at all."""
DECISIONS = {"confirmed": "确认", "rejected": "驳回"}
"""What a supervisor can decide of a finding."""
REVIEW_ACTS = {**DECISIONS, "reopened": "撤回"}
"""What the history of an inspection holds: decisions, and that one was taken back."""


@dataclass(frozen=True, slots=True)
class Review:
    """A supervisor's decision on a finding: a key of ``DECISIONS``, or ``reopened`` in the history; ``at`` is UTC."""

    decision: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """A decision as the history has it: on which item, and the score rate (percent) before and after it."""

    review: Review
    item: str
    rate_before: float | None
    rate_after: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """An item that failed in an inspection, and the decision on it where there is one."""

    item: ItemScore
    review: Review | None

    @property
    def decision(self) -> str | None:
        return self.review.decision if self.review else None

    @property
    def confirmed(self) -> bool:
        return self.decision == "confirmed"


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """An inspection as it stood until its inspector corrected it (更正): answers, scores, and the first so many photos
    and recordings of it.

    ``correction`` is the UUID of the correction that took its place, ``fingerprint`` that of what was sent for it,
    ``by`` who sent it or let it in, ``at`` when it came (UTC).
    """

    correction: str
    reason: str
    by: str
    at: datetime
    fingerprint: str
    answers: Mapping[str, Mapping[str, Any]]
    items: tuple[ItemScore, ...]
    rate: float | None
    capped: bool
    photos: int
    recordings: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """One visit to one site. Instants are UTC; ``week`` is that of the start, local to the city.

    ``site`` is as it was when inspected, with the area of that week; that of an ad-hoc report has no code. ``answers``
    are as the client sent them, by item; ``items`` the scores that they had then, whatever was decided later. ``rate``
    (percent) and ``capped`` are as decisions leave them. ``taps``: see ``Submission``. ``presence``
    says whether it counts, ``clock`` what the phone's own clock said and what was corrected, None where nobody asked,
    ``blanked`` where words of it were blanked. ``partner`` is the account of who went along, as the inspector says,
    empty where nobody did. ``corrections`` are its earlier
    versions, the first one first; ``fingerprint`` is that of what was sent at first.
    """

    kind: str
    week: str
    state: str
    site: Site
    area: str
    checklist: str
    version: str
    inspector: str
    started_at: datetime
    finished_at: datetime
    received_at: datetime
    answers: Mapping[str, Mapping[str, Any]]
    photos: tuple[Evidence, ...]
    recordings: tuple[Recording, ...]
    taps: Mapping[str, int]
    fingerprint: str
    rate: float | None
    capped: bool
    items: tuple[ItemScore, ...]
    reviews: Mapping[str, Review]
    history: tuple[ReviewStep, ...] = ()
    presence: Presence = UNASKED
    blanked: tuple[Blanking, ...] = ()
    clock: PhoneClock | None = None
    partner: str = ""
    corrections: tuple[EarlierVersion, ...] = ()

    @property
    def visitors(self) -> frozenset[str]:
        """The accounts of those who were there: the inspector and, of a team of two, who does not deny it."""
        denial = self.presence.denial
        return self.readers - {denial.by if denial and not denial.settled else ""}

    @property
    def readers(self) -> frozenset[str]:
        """The accounts of those whose own visit it is on their pages; who denies it, until the office believes them."""
        partner = "" if DECLINED in self.presence.reasons else self.partner
        return frozenset({self.inspector, partner} - {""})

    @property
    def knowing(self) -> frozenset[str]:
        """The accounts of those who know what was found: the inspector and whoever was named as partner.

        Who denies to have gone along has read the result all the same, and can never see the site as if for the first
        time, whatever the office finds; so a denial gains nobody anything.
        """
        denial = self.presence.denial
        return frozenset({self.inspector, self.partner, denial.by if denial else ""} - {""})

    @property
    def is_ad_hoc(self) -> bool:
        return self.kind == AD_HOC

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The items that failed, in the order of the checklist."""
        return tuple(Finding(item, self.reviews.get(item.item_id)) for item in self.items if item.failed)

    @property
    def decisions(self) -> Mapping[str, str]:
        """The decision on each item that has one."""
        return {item: review.decision for item, review in self.reviews.items()}

    @property
    def counted(self) -> Mapping[str, float]:
        """The scores in [0, 1] of the items that count, by item, as decisions leave them."""
        return counted_scores(self.items, self.decisions)

    def item(self, id: str) -> ItemScore:
        """The score of an item; ``KeyError`` where the checklist has no such item."""
        for item in self.items:
            if item.item_id == id:
                return item
        raise KeyError(id)

    def note(self, item: str) -> str:
        """What the inspector wrote about an item; empty where nothing."""
        return str(self.answers.get(item, {}).get("note", ""))

    def premises_at(self, item: str) -> tuple[Fix, ...]:
        """Where the premises are that were found for an item; none where it does not ask for any."""
        value = self.answers.get(item, {}).get("value")
        found = value if isinstance(value, list) else []
        return tuple(fix_from_json(one["fix"]) for one in found if isinstance(one, dict))

    @property
    def added_photos(self) -> tuple[Evidence, ...]:
        """The photos that came with corrections (后补)."""
        return self.photos[self.corrections[0].photos :] if self.corrections else ()

    def came_at(self, photo: Evidence) -> datetime:
        """When a photo of it came: with the inspection, or with a correction (UTC)."""
        number = self.photos.index(photo)
        later = [version.at for version in self.corrections if version.photos <= number]
        return later[-1] if later else self.received_at

    def photos_of(self, item: str) -> tuple[Evidence, ...]:
        return tuple(photo for photo in self.photos if photo.item == item)

    def recordings_of(self, item: str) -> tuple[Recording, ...]:
        return tuple(recording for recording in self.recordings if recording.item == item)

    def score(self, checklist: Checklist) -> InspectionScore:
        """The whole score as decisions leave it, from the items as they were scored when the inspection came.

        A rejected finding does not count; a confirmed one counts, also where the measurement alone left it open (疑似).
        """
        decided = {
            decision: [item for item, one in self.decisions.items() if one == decision] for decision in DECISIONS
        }
        return total(checklist, self.items, left_out=decided["rejected"], confirmed=decided["confirmed"])


def state_of(items: Iterable[ItemScore], decided: Collection[str]) -> str:
    """The state of an inspection with these items, given those whose findings are decided."""
    findings = {item.item_id for item in items if item.failed}
    if not findings:
        return "clear"
    return "reviewed" if findings <= set(decided) else "open"


def with_review(inspection: Inspection, checklist: Checklist, item: str, review: Review) -> Inspection:
    """The inspection with a finding decided or, by ``reopened``, its decision taken back: scored anew.

    The items keep their score as submitted, so that a rejected finding stays readable; the history tells every step.
    """
    others = {id: one for id, one in inspection.reviews.items() if id != item}
    reviews = {**inspection.reviews, item: review} if review.decision in DECISIONS else others
    reviewed = replace(inspection, reviews=reviews, state=state_of(inspection.items, reviews))
    score = reviewed.score(checklist)
    step = ReviewStep(review, item, inspection.rate, score.rate)
    return replace(reviewed, rate=score.rate, capped=score.capped, history=(*inspection.history, step))
