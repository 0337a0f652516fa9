"""Correcting (更正) a submitted inspection until its review: one act, beside which the earlier version stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...collections import Kept
from ...collections.cases.case import CASES
from ...collections.index.publication import PUBLICATIONS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.user import User
from ...domain.blanking import Blanking, each_once, reblanked
from ...domain.cases.case import Case, rests_on
from ...domain.checklists.answers import parse_answers
from ...domain.checklists.checklist import Checklist
from ...domain.evidence.recordings import parse_recordings
from ...domain.inspecting import submission as submissions
from ...domain.inspecting.correction import (
    CorrectionHeader,
    closed_because,
    corrected,
    merged_answers,
    new_photos,
    new_recordings,
    parse_correction_header,
    version_of,
    with_marks,
)
from ...domain.inspecting.inspection import EarlierVersion, Inspection
from ...domain.inspecting.submission import MAX_PHOTOS, Submission, fingerprint, parse_id, photo_problems
from ...domain.problems import Problem
from ...domain.text import cleaned_tree
from ...store import Given, Stale, Write
from .. import Services
from ..audit import Entry, keep
from ..evidence.filed import looked_at_again
from ..evidence.working import checking
from ..publications import is_published
from .moving import unchecked
from .sent_again import sent_again
from .submitting import CHOSEN, Outcome, Taken, TakenOver, lacking, not_held, with_what_came

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Correction:
    """One that is to be kept, and the inspection (as it is now) that it is of."""

    of: Kept[Inspection]
    after: Inspection
    given: tuple[Given, ...]


def correct(
    services: Services, inspector: User, id_text: str, raw: object, now: datetime, *, over: TakenOver | None = None
) -> Outcome:
    """Judge a correction of an inspector's own inspection and keep it, with the inspection as it was beside it.

    The same content under the same id again is SAME, whatever came after it. CONFLICT, with nothing changed, where the
    id has other content, another correction came first (``base``), or it is too late: a finding is decided, a case
    was decided by what the visit saw again, the visit is left out, its week is published. Of it and a decision at the
    same moment exactly one is kept. ``over`` where the office lets one in that was refused.
    """
    for _ in range(_ATTEMPTS):
        found = _judged(services, inspector, id_text, raw, now, over)
        if isinstance(found, Outcome):
            return found
        try:
            return _keep(services, found, over, now)
        except Stale:  # a decision, another correction or the check of its photos at the same moment: look again
            if over and _is_decided_meanwhile(services, over):
                raise
    raise Stale(f"{INSPECTIONS.name}/{id_text}")


def can_be_corrected(services: Services, inspection: Inspection, inspector: str) -> bool:
    """Whether this account may correct an inspection as it stands."""
    return inspection.inspector == inspector and not correction_closed(services, inspection)


def correction_closed(services: Services, inspection: Inspection) -> Problem | None:
    """Why an inspection is not to be corrected any more; None where it is."""
    return _closed(services, inspection, looked_at_again(services.store, inspection))


def _closed(services: Services, inspection: Inspection, cases: Sequence[Kept[Case]]) -> Problem | None:
    used = any(rests_on(kept.value, inspection.started_at, inspection.received_at) for kept in cases)
    return closed_because(inspection, published=is_published(services.store, inspection.week), rechecked=used)


def as_held(services: Services, kept: Kept[Inspection]) -> Kept[Inspection]:
    """An inspection with those photos and recordings only whose originals are here whole: what a receipt may list.

    As ever with receipts, those in an object store are read: it may have lost what it names.
    """
    gone = set(not_held(services, kept.value))
    value = replace(
        kept.value,
        photos=tuple(one for one in kept.value.photos if one.sha256 not in gone),
        recordings=tuple(one for one in kept.value.recordings if one.sha256 not in gone),
    )
    return replace(kept, value=value)


def is_correction(raw: object) -> bool:
    """Whether what a phone sent, or exported, is a correction."""
    return isinstance(raw, Mapping) and "inspection" in raw and "base" in raw


def corrected_inspection(services: Services, raw: object) -> Kept[Inspection] | None:
    """The inspection that a correction is of, as far as it can be read; None where there is none."""
    named = raw.get("inspection") if isinstance(raw, Mapping) else None
    id = parse_id(named) if isinstance(named, str) else None
    return INSPECTIONS.get(services.store, id) if id else None


def is_kept(services: Services, id: str, raw: object) -> bool:
    """Whether a correction is part of its inspection."""
    of = corrected_inspection(services, raw)
    return of is not None and any(version.correction == id for version in of.value.corrections)


def correction_lacking(services: Services, raw: object) -> list[Problem]:
    """The items whose photo rule a correction does not meet with what is here, as ``photo_problems`` has them.

    None of one that cannot be read.
    """
    raw = cleaned_tree(raw, chosen=CHOSEN)
    header, kept = parse_correction_header(raw), corrected_inspection(services, raw)
    if isinstance(header, list) or kept is None or header.version != kept.value.version:
        return []
    assert isinstance(raw, Mapping)
    checklist, held = services.library.kept(kept.value.version), kept.value.photos
    submission = _submission(kept.value, raw, checklist, "")
    if isinstance(submission, list):
        return []
    came = with_what_came(services, replace(submission, photos=submission.photos[len(held) :])).photos
    score = submissions.score_visit(submission, checklist, kept.value.site)
    return photo_problems(replace(submission, photos=(*held, *came)), checklist, score)


def _judged(
    services: Services, inspector: User, id_text: str, raw: object, now: datetime, over: TakenOver | None
) -> _Correction | Outcome:
    id, sent = parse_id(id_text), (over and over.sent_as) or fingerprint(raw)
    if id is None:
        return _refused(Problem("submission.id_malformed"))
    again = sent_again(services, inspector.name, id, raw)
    raw = cleaned_tree(again.raw, chosen=CHOSEN)
    header = parse_correction_header(raw)
    if isinstance(header, list):
        return _refused(*header)
    kept = corrected_inspection(services, raw)
    if kept is None or kept.value.inspector != inspector.name:
        return _refused(Problem("correction.unknown"))
    if earlier := next((one for one in kept.value.corrections if one.correction == id), None):
        return _again(services, kept, earlier, sent)
    cases = looked_at_again(services.store, kept.value)
    # What must stay as it is until this is kept: nobody publishes the week, or decides by what the visit saw again.
    given = (PUBLICATIONS.given(kept.value.week, None), *(CASES.given(case.id, case) for case in cases))
    if late := _closed(services, kept.value, cases) or _outdated(kept.value, header):
        return Outcome(Taken.CONFLICT, problems=(late,))
    if header.version != kept.value.version:
        return _refused(Problem("correction.other_version", ("version",), {"version": kept.value.version}))
    assert isinstance(raw, Mapping)
    checklist = services.library.kept(kept.value.version)
    submission = _submission(kept.value, raw, checklist, sent)
    if isinstance(submission, list):
        return _refused(*submission)
    by = over.by if over else inspector.name
    version = version_of(
        kept.value, correction=id, reason=header.reason, by=by, at=now, fingerprint=submission.fingerprint
    )
    blanked = each_once(over.blanked if over else (), again.blanked)
    return _scored(services, kept, checklist, submission, version, over, given, blanked)


def _again(services: Services, kept: Kept[Inspection], earlier: EarlierVersion, sent: str) -> Outcome:
    if earlier.fingerprint != sent:
        return Outcome(Taken.CONFLICT, problems=(Problem("submission.id_taken"),))
    later = replace(
        kept.value,
        photos=kept.value.photos[earlier.photos :],
        recordings=kept.value.recordings[earlier.recordings :],
    )
    if missing := not_held(services, later):  # who sends it again still has them
        return lacking(missing)
    return Outcome(Taken.SAME, kept)


def _outdated(inspection: Inspection, header: CorrectionHeader) -> Problem | None:
    """Whether it comes after another one: an answer never takes the place of a newer one."""
    return Problem("correction.outdated") if header.base != len(inspection.corrections) else None


def _submission(
    inspection: Inspection, raw: Mapping[str, Any], checklist: Checklist, sent: str
) -> Submission | list[Problem]:
    """The inspection's submission as it is to be from now on: its photos and recordings first, then those added."""
    sent_answers = reblanked(raw.get("answers"), inspection.answers)
    answers = parse_answers(checklist, sent_answers)
    photos = submissions.parse_photos(raw.get("photos", []), checklist)
    recordings = parse_recordings(raw.get("audio", []), [item.id for item in checklist.items])
    problems = [one for found in (answers, photos, recordings) if isinstance(found, list) for one in found]
    if isinstance(answers, list) or isinstance(photos, list) or isinstance(recordings, list):
        return problems
    every = (*with_marks(inspection.photos, photos), *new_photos(inspection.photos, photos))
    if len(every) > MAX_PHOTOS:
        return [Problem("submission.too_many_photos", ("photos",), {"most_photos": MAX_PHOTOS})]
    if problems := submissions.unsent_problems(checklist, answers, {photo.sha256 for photo in every}):
        return problems
    header = submissions.Header(
        inspection.site.code, inspection.checklist, inspection.version, inspection.started_at, inspection.finished_at
    )
    said = {**raw, "answers": merged_answers(checklist, inspection.answers, sent_answers)}
    heard = (*inspection.recordings, *new_recordings(inspection.recordings, recordings))
    return Submission(header, answers, every, said, sent, heard)


def _scored(
    services: Services,
    kept: Kept[Inspection],
    checklist: Checklist,
    submission: Submission,
    version: EarlierVersion,
    over: TakenOver | None,
    given: tuple[Given, ...],
    blanked: tuple[Blanking, ...],
) -> _Correction | Outcome:
    """Scored anew at the site as it was inspected; refused where it says nothing new or its photos are not here."""
    score = submissions.score_visit(submission, checklist, kept.value.site)
    is_strict = over is None or over.strict
    if is_strict and (problems := photo_problems(submission, checklist, score)):
        return _refused(*problems)
    added = _added(submission, version)
    if not is_strict:
        added = with_what_came(services, added)
    if missing := not_held(services, added):
        return lacking(missing)
    answers, marked = submission.raw["answers"], replace(kept.value, photos=submission.photos[: version.photos])
    if answers == kept.value.answers and marked == kept.value and not added.photos and not added.recordings:
        return _refused(Problem("correction.nothing_changed"))
    after = corrected(marked, version, answers, score, added.photos, added.recordings)
    after = replace(after, blanked=each_once(after.blanked, blanked))
    return _Correction(kept, after, given)


def _added(submission: Submission, version: EarlierVersion) -> Submission:
    """The submission with those photos and recordings only that the version before does not have."""
    photos, recordings = submission.photos[version.photos :], submission.recordings[version.recordings :]
    return replace(submission, photos=photos, recordings=recordings)


def _keep(services: Services, found: _Correction, over: TakenOver | None, now: datetime) -> Outcome:
    """The correction and its act; photos that came with it are checked like the others."""
    id, version = found.of.id, found.after.corrections[-1]
    entry = Entry("inspection.corrected", id, _told(found.of.value), _told_after(found.after, over))
    decided: tuple[Write, ...] = over.decided if over else ()
    writes = [INSPECTIONS.writing(id, found.after, found.of.revision), *unchecked(services, id), *decided]
    with checking(services, id, len(found.after.photos)):
        kept = INSPECTIONS.kept(keep(services.store, version.by, now, [entry], writes, given=found.given)[0])
    return Outcome(Taken.CREATED, kept)


def _told(inspection: Inspection) -> dict[str, object]:
    return {"rate": inspection.rate, "state": inspection.state, "corrections": len(inspection.corrections)}


def _told_after(inspection: Inspection, over: TakenOver | None) -> dict[str, object]:
    """What the log says of a correction: enough to tell whether it is still the same, and how the score moved."""
    version = inspection.corrections[-1]
    return {
        **_told(inspection),
        "correction": version.correction,
        "why": version.reason,
        "sent": version.fingerprint,
        "photos": [photo.sha256 for photo in inspection.photos],
        "audio": [recording.sha256 for recording in inspection.recordings],
        **({"inspector": inspection.inspector, "let_in": over.reason} if over else {}),
        **({"photos_waived": list(over.waived)} if over and over.waived else {}),
    }


def _is_decided_meanwhile(services: Services, over: TakenOver) -> bool:
    """Whether what the office notes down with it was changed by somebody else."""
    for write in over.decided:
        stands = services.store.get(write.collection, write.id)
        if (stands.revision if stands else 0) != write.expected_revision:
            return True
    return False


def _refused(*problems: Problem) -> Outcome:
    return Outcome(Taken.REFUSED, problems=problems)
