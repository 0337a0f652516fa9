"""Inspections (测评): what a submission must satisfy, and what is kept of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ..checklists.answers import Answer, parse_answers
from ..checklists.checklist import Checklist, Item, PhotoRule
from ..checklists.methods import method_of
from ..checklists.scoring import InspectionScore, ItemScore, score_inspection
from ..evidence.photo import Evidence, parse_evidence
from ..evidence.recordings import Recording, parse_recordings
from ..evidence.sent_lists import ListWrong, parse_list
from ..place.areas import AreaTree
from ..place.sites import Site
from ..problems import Problem
from ..weeks import instant_from
from .presence import NO_CLAIM, Claim, parse_claim

_INSTANTS = ("started_at", "finished_at")
_FIELDS = (
    "site",
    "checklist",
    "version",
    *_INSTANTS,
    "clock",
    "area",
    "answers",
    "photos",
    "audio",
    "taps",
    "presence",
    "partner",
)
MAX_PHOTOS = 200
MAX_PARTNER = 64
MAX_TAP_MS = 14 * 24 * 3600 * 1000
"""Two weeks: a form may wait for the other end of a long street, and no longer."""


@dataclass(frozen=True, slots=True)
class Header:
    """What must be known of a submission before its answers can be read."""

    site: str
    checklist: str
    version: str
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Submission:
    """A whole, right submission; ``fingerprint`` is the SHA-256 of what the client sent, in canonical form.

    ``partner`` names the account of who went along; whether there is such an inspector is not known here.
    """

    header: Header
    answers: Mapping[str, Answer]
    photos: tuple[Evidence, ...]
    raw: Mapping[str, Any]
    fingerprint: str
    recordings: tuple[Recording, ...] = ()
    taps: Mapping[str, int] | None = None
    claim: Claim = NO_CLAIM
    partner: str = ""


def parse_id(text: str) -> str | None:
    """A client-made inspection id in its one canonical form, or None where the text is no UUID."""
    try:
        canonical = str(UUID(text))
    except ValueError:
        return None
    return canonical if canonical == text.lower() else None


def fingerprint(raw: object) -> str:
    """SHA-256 over canonical JSON: equal for the same content whatever the order of keys and the white space."""
    return hashlib.sha256(
        json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(errors="surrogatepass")
    ).hexdigest()


def parse_header(raw: object) -> Header | list[Problem]:
    """Site, checklist, version and the two instants of a submission; refused is what ``read_header`` refuses."""
    read = read_header(raw, _FIELDS, ("site", "checklist", "version"))
    return read if isinstance(read, list) else Header(**read)


def read_header(raw: object, fields: Sequence[str], texts: Sequence[str]) -> dict[str, Any] | list[Problem]:
    """The named texts and the two instants of what was sent; ``fields`` are all that it may have.

    Refused are unknown fields and instants without a zone. Instants that cannot be are corrected (``clock``).
    """
    if not isinstance(raw, Mapping):
        return [Problem("submission.not_an_object")]
    problems = [
        Problem("submission.field_unknown", (str(field),), details={"field": str(field), "accepted": tuple(fields)})
        for field in raw
        if field not in fields
    ]
    read: dict[str, Any] = {}
    for field in texts:
        value = raw.get(field)
        if not isinstance(value, str) or not value:
            problems.append(Problem("submission.field_missing", (field,), details={"field": field}))
        read[field] = str(value)
    started, finished = _instant(raw, "started_at", problems), _instant(raw, "finished_at", problems)
    return problems or {**read, "started_at": started, "finished_at": finished}


def parse_submission(raw: Mapping[str, Any], header: Header, checklist: Checklist) -> Submission | list[Problem]:
    """Answers, photos and recordings, judged against the checklist version that the submission names.

    Every item is answered; every photo belongs to an item; a photo that an answer names is among the photos.
    """
    problems: list[Problem] = []
    answers = parse_answers(checklist, raw.get("answers"))
    if isinstance(answers, list):
        problems += answers
    photos = parse_photos(raw.get("photos", []), checklist)
    if isinstance(photos, list):
        problems += photos
    recordings = parse_recordings(raw.get("audio", []), [item.id for item in checklist.items])
    if isinstance(recordings, list):
        problems += recordings
    taps = _parse_taps(raw.get("taps", {}), [item.id for item in checklist.items])
    if isinstance(taps, list):
        problems += taps
    claim = parse_claim(raw.get("presence"))
    if isinstance(claim, list):
        problems += claim
    partner = raw.get("partner", "")
    if not isinstance(partner, str) or len(partner) > MAX_PARTNER:
        problems.append(Problem("submission.partner_malformed", ("partner",), details={"longest": MAX_PARTNER}))
    if problems or isinstance(answers, list) or isinstance(photos, list):
        return problems
    assert not isinstance(recordings, list)
    assert not isinstance(taps, list)
    assert not isinstance(claim, list)
    if problems := unsent_problems(checklist, answers, {photo.sha256 for photo in photos}):
        return problems
    return Submission(header, answers, photos, raw, fingerprint(raw), recordings, taps, claim, partner.strip())


def site_visited(header: Header, find_site: Callable[[str], Site | None], tree: AreaTree) -> Site | Problem:
    """The registered site that was visited."""
    return find_site(header.site) or Problem("submission.site_unknown", ("site",), details={"site": header.site})


def score_visit(submission: Submission, checklist: Checklist, site: Site) -> InspectionScore:
    """The score by the checklist; distances are measured from the site's ground."""
    return score_inspection(checklist, submission.answers, site=site.ground)


def photo_problems(submission: Submission, checklist: Checklist, score: InspectionScore) -> list[Problem]:
    """Items whose photo rule is not met: a failed item needs a photo, or a reason why there is none."""
    shown = {photo.item for photo in submission.photos}
    scores = {item_score.item_id: item_score for item_score in score.items}
    return [
        Problem("submission.photo_wanted", ("answers", item.id), details={"item_text": item.text})
        for item in checklist.items
        if item.id in scores
        and item.id not in shown
        and needs_photo(item, scores[item.id])
        and not submission.answers[item.id].no_photo_reason
    ]


def needs_photo(item: Item, score: ItemScore) -> bool:
    """Whether this item's photo rule asks for a photo, given how it scored."""
    if item.photo is PhotoRule.ALWAYS:
        return score.state != "na"
    return item.photo is PhotoRule.ON_FAILURE and score.failed


def _parse_taps(raw: object, items: Collection[str]) -> dict[str, int] | list[Problem]:
    """Milliseconds from the beginning to the first answer of each item, of such items as were answered by a tap."""
    if not isinstance(raw, Mapping):
        return [Problem("submission.taps_no_object", ("taps",))]
    problems = [
        Problem("submission.taps_item_unknown", ("taps", str(item)), details={"item": item})
        for item in raw
        if item not in items
    ]
    problems += [
        Problem("submission.taps_out_of_range", ("taps", str(item)), details={"item": item, "most_tap_ms": MAX_TAP_MS})
        for item, ms in raw.items()
        if isinstance(ms, bool) or not isinstance(ms, int) or not 0 <= ms <= MAX_TAP_MS
    ]
    return problems or dict(raw)


def unsent_problems(checklist: Checklist, answers: Mapping[str, Answer], sent: Collection[str]) -> list[Problem]:
    """Photos that answers name and that are not among those of the submission."""
    return [
        Problem("submission.photo_not_sent", ("answers", id, "value"), details={"id": id, "place": photo.place})
        for id, answer in answers.items()
        if answer.value is not None
        for photo in method_of(checklist.item(id)).photos(answer.value)
        if photo.sha256 not in sent
    ]


def parse_photos(raw: object, checklist: Checklist) -> tuple[Evidence, ...] | list[Problem]:
    """The photos of a submission, each of an item of the checklist, in the order sent."""
    items = [item.id for item in checklist.items]
    no_list = Problem("submission.photos_no_list", ("photos",))
    too_many = Problem("submission.too_many_photos", ("photos",), details={"most_photos": MAX_PHOTOS})
    wrong = ListWrong(no_list, MAX_PHOTOS, too_many)
    return parse_list(raw, "photos", wrong, lambda entry, number: parse_evidence(entry, {"photo": number}, items))


def _instant(raw: Mapping[str, Any], field: str, problems: list[Problem]) -> datetime | None:
    value = raw.get(field)
    instant = instant_from(value) if isinstance(value, str) else None
    if instant is None:
        problems.append(Problem("submission.instant_malformed", (field,), details={"field": field}))
    return instant
