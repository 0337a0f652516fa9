"""Correcting (更正) an inspection that was submitted, until its review: the earlier version stays whole beside it.

What was measured on the spot stays as it was: time, place, presence and photos. Photos, and marks on them, can be
added, never removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..checklists.checklist import Checklist
from ..checklists.methods import method_of
from ..checklists.scoring import InspectionScore
from ..evidence.marks import Mark
from ..evidence.photo import Evidence
from ..evidence.recordings import Recording
from ..problems import Problem
from .inspection import VISIT, EarlierVersion, Inspection, state_of

MAX_REASON = 200
MOST = 10
"""So often at most is one inspection corrected: people mend a few times, programs for ever."""
FIELDS = ("inspection", "version", "base", "reason", "answers", "photos", "audio")
_WRITTEN = ("note", "no_photo_reason")


@dataclass(frozen=True, slots=True)
class CorrectionHeader:
    """Which inspection a correction is of, the checklist version that it was filled in by, and how many corrections
    its inspector had seen (``base``)."""

    inspection: str
    version: str
    base: int
    reason: str


@dataclass(frozen=True, slots=True)
class ItemSaid:
    """What a version says of an item: what was observed, its score in [0, 1] or None, what was written."""

    detail: str
    score: float | None
    failed: bool
    note: str
    no_photo_reason: str


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that a correction changed, and how many photos it added there."""

    item: str
    before: ItemSaid
    after: ItemSaid
    added: int


@dataclass(frozen=True, slots=True)
class CorrectionStep:
    """One correction as it is shown: the version that it replaced, the score rate after it, and what changed."""

    version: EarlierVersion
    rate: float | None
    changes: tuple[ItemChange, ...]


def parse_correction_header(raw: object) -> CorrectionHeader | list[Problem]:
    """What must be known of a correction before its answers can be read."""
    if not isinstance(raw, Mapping):
        return [Problem("submission.not_an_object")]
    problems = [
        Problem("submission.field_unknown", (str(field),), details={"field": str(field), "accepted": FIELDS})
        for field in raw
        if field not in FIELDS
    ]
    for field in ("inspection", "version"):
        if not isinstance(raw.get(field), str) or not raw[field]:
            problems.append(Problem("submission.field_missing", (field,), details={"field": field}))
    base, reason = raw.get("base"), raw.get("reason")
    if isinstance(base, bool) or not isinstance(base, int) or not 0 <= base <= MOST:
        problems.append(Problem("correction.base_malformed", ("base",), details={"most": MOST}))
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= MAX_REASON:
        problems.append(Problem("correction.reason_wanted", ("reason",), details={"most": MAX_REASON}))
    return problems or CorrectionHeader(
        raw["inspection"].lower(), raw["version"], int(raw["base"]), raw["reason"].strip()
    )


def closed_because(inspection: Inspection, *, published: bool, rechecked: bool) -> Problem | None:
    """Why an inspection is not to be corrected any more, or at all; None where it is.

    ``rechecked``: the office decided on a case by what this visit saw again.
    """
    if inspection.kind != VISIT:
        return Problem("correction.not_a_visit")
    if inspection.reviews:
        return Problem("correction.reviewed")
    if rechecked:
        return Problem("correction.rechecked")
    if inspection.presence.state == "left_out":
        return Problem("correction.left_out")
    if published:
        return Problem("correction.published", details={"week": inspection.week})
    if len(inspection.corrections) >= MOST:
        return Problem("correction.too_many", details={"most": MOST})
    return None


def merged_answers(
    checklist: Checklist, before: Mapping[str, Any], sent: Mapping[str, Any]
) -> dict[str, Mapping[str, Any]]:
    """The answers of a correction; one that says what it said before stays as it was, with all that was noted of it."""
    return {
        item.id: before[item.id] if _same(checklist, item.id, before[item.id], sent[item.id]) else sent[item.id]
        for item in checklist.items
    }


def new_photos(before: Sequence[Evidence], sent: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Those of the photos sent that the inspection does not have for the same item; each once."""
    held = {(photo.sha256, photo.item) for photo in before}
    return tuple({(one.sha256, one.item): one for one in sent if (one.sha256, one.item) not in held}.values())


def with_marks(before: Sequence[Evidence], sent: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The photos that the inspection has, with the marks that were sent for them as well; none is ever taken away."""
    return tuple(replace(photo, marks=(*photo.marks, *_new_marks(photo, sent))) for photo in before)


def new_recordings(before: Sequence[Recording], sent: Sequence[Recording]) -> tuple[Recording, ...]:
    """Likewise of recordings."""
    held = {(one.sha256, one.item) for one in before}
    return tuple({(one.sha256, one.item): one for one in sent if (one.sha256, one.item) not in held}.values())


def corrected(
    inspection: Inspection,
    version: EarlierVersion,
    answers: Mapping[str, Mapping[str, Any]],
    score: InspectionScore,
    photos: Sequence[Evidence],
    recordings: Sequence[Recording],
) -> Inspection:
    """The inspection with other answers and with more photos and recordings, scored anew; ``version`` is what it was.

    What it found follows: it is open again where it finds anything, and what it finds no more is withdrawn.
    """
    return replace(
        inspection,
        state=state_of(score.items, ()),
        answers=answers,
        photos=(*inspection.photos, *photos),
        recordings=(*inspection.recordings, *recordings),
        rate=score.rate,
        capped=score.capped,
        items=score.items,
        corrections=(*inspection.corrections, version),
    )


def version_of(
    inspection: Inspection, *, correction: str, reason: str, by: str, at: datetime, fingerprint: str
) -> EarlierVersion:
    """The inspection as it stands, to be kept beside its correction."""
    return EarlierVersion(
        correction=correction,
        reason=reason,
        by=by,
        at=at,
        fingerprint=fingerprint,
        answers=inspection.answers,
        items=inspection.items,
        rate=inspection.rate,
        capped=inspection.capped,
        photos=len(inspection.photos),
        recordings=len(inspection.recordings),
    )


def as_submitted(inspection: Inspection) -> Inspection:
    """The inspection as it was before any correction, without what was decided about it."""
    return as_of(inspection, 0)


def as_of(inspection: Inspection, number: int) -> Inspection:
    """The inspection as it was after so many corrections; as it is, where there were no more."""
    if number >= len(inspection.corrections):
        return inspection
    version = inspection.corrections[number]
    return replace(
        inspection,
        answers=version.answers,
        items=version.items,
        rate=version.rate,
        capped=version.capped,
        photos=inspection.photos[: version.photos],
        recordings=inspection.recordings[: version.recordings],
        reviews={},
        history=(),
        state=state_of(version.items, ()),
        corrections=inspection.corrections[:number],
    )


def steps(inspection: Inspection) -> tuple[CorrectionStep, ...]:
    """The corrections of an inspection, the first one first, with what each changed.

    Each stands beside what its inspector sent next, not beside what reviews made of it.
    """
    return tuple(_step(inspection, number) for number in range(len(inspection.corrections)))


def withdrawn(inspection: Inspection) -> tuple[str, ...]:
    """Items that were findings in an earlier version and are none any more, in the order of the checklist."""
    found = {item.item_id for version in inspection.corrections for item in version.items if item.failed}
    return tuple(item.item_id for item in inspection.items if item.item_id in found and not item.failed)


def rise(inspection: Inspection) -> float | None:
    """By how many points corrections changed the score as first sent, negative where it fell; None without a score."""
    if not inspection.corrections:
        return None
    first, last = inspection.corrections[0].rate, _rate_as_sent(inspection)
    return None if first is None or last is None else last - first


def _new_marks(photo: Evidence, sent: Sequence[Evidence]) -> tuple[Mark, ...]:
    marks = (mark for one in sent if (one.sha256, one.item) == (photo.sha256, photo.item) for mark in one.marks)
    return tuple(dict.fromkeys(mark for mark in marks if mark not in photo.marks))


def _step(inspection: Inspection, number: int) -> CorrectionStep:
    before, after = as_of(inspection, number), as_of(inspection, number + 1)
    return CorrectionStep(inspection.corrections[number], _rate_as_sent(after), tuple(_changes(before, after)))


def _rate_as_sent(inspection: Inspection) -> float | None:
    """The score rate of what was sent last, whatever was decided about it since."""
    since = [step for step in inspection.history if step.review.at > inspection.corrections[-1].at]
    return since[0].rate_before if since else inspection.rate


def _changes(before: Inspection, after: Inspection) -> Iterator[ItemChange]:
    photos = after.photos[len(before.photos) :]
    for item in after.items:
        id = item.item_id
        added = sum(photo.item == id for photo in photos)
        if before.answers[id] != after.answers[id] or added:
            yield ItemChange(id, _said(before, id), _said(after, id), added)


def _said(inspection: Inspection, id: str) -> ItemSaid:
    item, answer = inspection.item(id), inspection.answers[id]
    note, reason = (str(answer.get(name, "")) for name in _WRITTEN)
    return ItemSaid(item.detail, item.score, item.failed, note, reason)


def _same(checklist: Checklist, id: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    untimed = method_of(checklist.item(id)).untimed
    values = [untimed(answer["value"]) if answer["value"] != "na" else "na" for answer in (one, other)]
    return values[0] == values[1] and all(one.get(name, "") == other.get(name, "") for name in _WRITTEN)
