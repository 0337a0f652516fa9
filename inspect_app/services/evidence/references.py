"""The office's reference photos: from the log or uploaded, redacted, and kept as small pictures for the phones."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice

from ...collections import Kept
from ...collections.checklists.checklist import CHECKLISTS
from ...collections.checklists.references import REFERENCE_SETS, REFERENCE_UPLOADS, references_id
from ...collections.evidence.redaction import REDACTIONS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.checklists.checklist import Checklist
from ...domain.checklists.references import (
    MOST_BYTES,
    Reference,
    ReferenceSet,
    ReferenceUpload,
    recaptioned,
    references_for,
    with_reference,
    without_reference,
)
from ...domain.inspecting.inspection import Inspection
from ...domain.problems import Problem
from ...domain.weeks import shifted, week_of
from ...photos.small import small_jpeg
from ...store import Stale
from .. import Services
from ..audit import Entry, keep
from .asked_searches import search_soon
from .redacting import finished_redaction, redacted_picture

CANDIDATE_WEEKS, MOST_CANDIDATES = 13, 60
"""How far back photos of the log are offered, and how many."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A redacted photo of the log that shows an item, as it may become a reference."""

    owner: str
    sha256: str
    item: str
    failed: bool


def references_of(services: Services, checklist: Checklist) -> tuple[Reference, ...]:
    """The references of a checklist in the version that it is of, in the order of its items.

    Without those whose photo was redacted anew since: what is hidden by now is to be seen nowhere.
    """
    sets = sets_of(services, checklist.id)
    if not sets:
        return ()
    in_force = services.library.current.get(checklist.id)
    is_in_force = in_force is not None and in_force.version == checklist.version
    # Every form asks for the version in force, which needs none of the others.
    kept = [] if is_in_force else CHECKLISTS.find(services.store)
    versions = [one.id for one in kept if one.value.id == checklist.id]
    found = references_for(checklist, in_force.version if in_force else None, versions, sets)
    made = _first_made(sets)
    return tuple(one for one in found if is_redacted_as_of(services, one.owner, one.source, made[one.picture]))


def sets_of(services: Services, checklist: str) -> list[ReferenceSet]:
    """All sets of references that a checklist ever had, the first one first."""
    found = (kept.value for kept in REFERENCE_SETS.find(services.store, checklist=checklist))
    return sorted(found, key=lambda one: one.number)


def uploads_of(services: Services, checklist: str) -> list[Kept[ReferenceUpload]]:
    """What was uploaded for a checklist, the newest first."""
    return list(reversed(REFERENCE_UPLOADS.find(services.store, checklist=checklist)))


def find_upload(services: Services, id: str) -> ReferenceUpload | None:
    """What was uploaded under this id; or None."""
    kept = REFERENCE_UPLOADS.get(services.store, id)
    return kept.value if kept else None


def candidates(services: Services, checklist: str, this_week: str) -> list[Candidate]:
    """The photos of the log that may be references of a checklist, the newest week first."""
    found = (one for of, one in _recent(services, this_week) if of == checklist)
    return list(islice(found, MOST_CANDIDATES))


def all_candidates(services: Services, this_week: str) -> list[tuple[str, Candidate]]:
    """The same of all checklists in force, each with its checklist, but for photos of which phones show the grade."""
    told = {(one.owner, one.source) for kept in REFERENCE_SETS.find(services.store) for one in kept.value.references}
    found = (
        (of, one)
        for of, one in _recent(services, this_week)
        if of in services.library.current and (one.owner, one.sha256) not in told
    )
    return list(islice(found, MOST_CANDIDATES))


def note_upload(
    services: Services, who: str, checklist: Checklist, item: str, sha256: str, now: datetime
) -> str | list[Problem]:
    """Note that a kept photo is to be a reference of an item, once it is redacted; its id."""
    if not any(one.id == item for one in checklist.items):
        return [Problem("references.item_unknown", details={"item": item})]
    id = secrets.token_hex(16)
    upload = ReferenceUpload(checklist.id, item, sha256, week_of(now, services.settings.timezone), who, now)
    entry = Entry("reference.uploaded", f"references/{checklist.id}", after={"item": item, "sha256": sha256})
    keep(services.store, who, now, [entry], [REFERENCE_UPLOADS.writing(id, upload)])
    search_soon(services, sha256, upload.week)
    return id


def adopt(
    services: Services,
    who: str,
    checklist: Checklist,
    taken: Candidate,
    grade: str,
    caption: str,
    now: datetime,
    *,
    expected: int,
) -> list[Problem]:
    """Make a redacted photo a reference of its item; or what is wrong, and nothing changed.

    Raises ``Stale`` where the newest set is not the one with the ``expected`` number.
    """
    if problem := source_problem(services, checklist, taken):
        return [problem]
    redaction = finished_redaction(services, taken.owner, taken.sha256)
    if redaction is None:
        return [Problem("references.not_redacted")]
    shown = redacted_picture(services, redaction)
    if shown is None:
        return [Problem("references.no_picture")]
    small = small_jpeg(shown, MOST_BYTES)
    name = hashlib.sha256(small).hexdigest()
    added = Reference(taken.item, grade, caption, name, taken.owner, taken.sha256)
    changed = with_reference(checklist, references_of(services, checklist), added)
    if isinstance(changed, Problem):
        return [changed]
    services.photos.keep(name, small)
    _keep(services, who, checklist, changed, now, expected)
    return []


def recaption(
    services: Services,
    who: str,
    checklist: Checklist,
    place: tuple[str, str, str],
    caption: str,
    now: datetime,
    *,
    expected: int,
) -> list[Problem]:
    """Give a reference another caption. Raises ``Stale`` as ``adopt`` does."""
    changed = recaptioned(references_of(services, checklist), place, caption)
    if isinstance(changed, Problem):
        return [changed]
    _keep(services, who, checklist, changed, now, expected)
    return []


def drop(
    services: Services, who: str, checklist: Checklist, place: tuple[str, str, str], now: datetime, *, expected: int
) -> None:
    """Take a reference (item, grade, picture) out; what was sent under it stays. Raises ``Stale`` as ``adopt`` does."""
    _keep(services, who, checklist, without_reference(references_of(services, checklist), place), now, expected)


def restore(
    services: Services, who: str, checklist: Checklist, number: int, now: datetime, *, expected: int
) -> list[Problem]:
    """Put an earlier set in force again, as a new one; 0 is the empty one. Raises ``Stale`` as ``adopt`` does."""
    earlier = {0: (), **{one.number: one.references for one in sets_of(services, checklist.id)}}
    if number not in earlier:
        return [Problem("references.no_set", details={"number": number})]
    _keep(services, who, checklist, earlier[number], now, expected)
    return []


def source_problem(services: Services, checklist: Checklist, taken: Candidate) -> Problem | None:
    """Whether a photo is one of the log's that an office stands by, or was uploaded for this item."""
    if upload := find_upload(services, taken.owner):
        fits = (upload.checklist, upload.item, upload.sha256) == (checklist.id, taken.item, taken.sha256)
        return None if fits else Problem("references.not_from_log")
    owner = INSPECTIONS.get(services.store, taken.owner)
    if owner is None or owner.value.checklist != checklist.id or _failed(owner.value, taken.item) is None:
        return Problem("references.not_from_log")
    shown = any((photo.sha256, photo.item) == (taken.sha256, taken.item) for photo in owner.value.photos)
    return None if shown else Problem("references.not_from_log")


def picture(services: Services, sha256: str) -> bytes | None:
    """A picture of a reference, in force or not; None where no reference has it, or its photo was redacted anew."""
    sets = [kept.value for kept in REFERENCE_SETS.find(services.store)]
    made = _first_made(sets)
    shown = [one for kept in sets for one in kept.references if one.picture == sha256]
    known = any(is_redacted_as_of(services, one.owner, one.source, made[sha256]) for one in shown)
    return services.photos.read(sha256) if known else None


def is_redacted_as_of(services: Services, owner: str, source: str, since: datetime) -> bool:
    """Whether what a photo hides is what it hid at an instant (UTC)."""
    redaction = finished_redaction(services, owner, source)
    return redaction is not None and (redaction.at is None or redaction.at <= since)


def _first_made(sets: Sequence[ReferenceSet]) -> dict[str, datetime]:
    """By picture, when it first was one of a reference."""
    found: dict[str, datetime] = {}
    for kept in sets:
        for one in kept.references:
            found[one.picture] = min(kept.at, found.get(one.picture, kept.at))
    return found


def _keep(
    services: Services, who: str, checklist: Checklist, references: Sequence[Reference], now: datetime, expected: int
) -> None:
    sets = sets_of(services, checklist.id)
    last = sets[-1] if sets else None
    number = last.number if last else 0
    if number != expected:
        raise Stale(f"{REFERENCE_SETS.name}/{checklist.id}")
    if tuple(references) == (last.references if last else ()):
        return
    kept = ReferenceSet(checklist.id, number + 1, checklist.version, tuple(references), who, now)
    entry = Entry("references.changed", f"references/{checklist.id}", _told(last), _told(kept))
    keep(services.store, who, now, [entry], [REFERENCE_SETS.writing(references_id(checklist.id, number + 1), kept)])


def _told(kept: ReferenceSet | None) -> dict[str, object] | None:
    if kept is None:
        return None
    return {"number": kept.number, "version": kept.version, "references": [asdict(one) for one in kept.references]}


def _recent(services: Services, this_week: str) -> Iterator[tuple[str, Candidate]]:
    for back in range(CANDIDATE_WEEKS):
        yield from _candidates(services, shifted(this_week, -back))


def _candidates(services: Services, week: str) -> Iterator[tuple[str, Candidate]]:
    for kept in REDACTIONS.find(services.store, week=week):
        owner = INSPECTIONS.get(services.store, kept.value.owner)
        if owner is None:
            continue
        for item in dict.fromkeys(p.item for p in owner.value.photos if p.sha256 == kept.value.sha256):
            if (failed := _failed(owner.value, item)) is not None:
                yield owner.value.checklist, Candidate(kept.value.owner, kept.value.sha256, item, failed)


def _failed(inspection: Inspection, item: str) -> bool | None:
    """Whether an item failed in the office's own judgement; None where that is not decided, or it was rejected."""
    finding = next((one for one in inspection.findings if one.item.item_id == item), None)
    if finding:
        return True if finding.confirmed else None
    score = next((one.score for one in inspection.items if one.item_id == item), None)
    return False if score == 1 else None
