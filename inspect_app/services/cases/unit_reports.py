"""A unit reports that a case is put right: its after-photos are checked as any evidence is, and kept with the case.

A photo that does not fit (elsewhere, earlier, seen before, edited) is flagged for whoever verifies, and not refused.
The unit is not told what was found, so that nobody learns how to get round it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...collections import Kept
from ...collections.inspecting.held_import import HELD_IMPORTS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import EVERYTHING
from ...domain.accounts.user import User
from ...domain.blanking import Blanking
from ...domain.cases.case import AfterPhoto, Case
from ...domain.evidence.exif import evidence_told_by_file
from ...domain.evidence.photo import Evidence, evidence_to_json, metres_from_site, parse_evidence
from ...domain.evidence.signals import Order
from ...domain.inspecting.submission import fingerprint, parse_id
from ...domain.place.outlines import Ground
from ...domain.place.positions import Place
from ...domain.problems import Problem
from ...domain.text import cleaned_tree
from ...domain.weeks import utc_text
from ...photos.held import has_whole
from ...store import Stale
from .. import Services
from ..audit import Entry, keep
from ..evidence.asked_searches import search_soon
from ..evidence.examining import Context, examine, look_at, remember
from ..inspecting.submitting import SENT_ANEW, Taken, as_settled
from .acts import AskedAct, act_on, find_case

AFTER = "after"
"""What stands for an item's id in the evidence of an after-photo."""
MAX_PHOTOS = 9
_FIELDS = ("case", "note", "photos")
_REPORTED_ACCURACY_M = 50.0
_ATTEMPTS = 5
_WANTS_WORK = {"dispatch": "派遣", "send_back": "返工", "reopen": "重办"}
"""The acts from which on something is to be done, and what they are called."""


@dataclass(frozen=True, slots=True)
class Handled:
    """How a report ended: the case with it, or what is wrong and the hashes of photos that have not come."""

    taken: Taken
    case: Kept[Case] | None = None
    problems: tuple[Problem, ...] = ()
    missing: tuple[str, ...] = ()


def take_handling(
    services: Services,
    user: User,
    id_text: str,
    raw: object,
    now: datetime,
    *,
    is_held: bool = False,
    sent_as: str = "",
    blanked: tuple[Blanking, ...] = (),
) -> Handled:
    """Take one report, once: the same content under the same id again is SAME, other content is CONFLICT.

    ``raw`` is ``{"case", "note", "photos": [evidence]}``, each photo with ``AFTER`` for its item. One that the office
    has held is taken with those of its photos that came; ``sent_as`` is the fingerprint of what came, where words of it
    were ``blanked``. Returns once what is kept is durable.
    """
    id = parse_id(id_text)
    if id is None:
        return _refused(Problem("submission.id_malformed"))
    if not isinstance(raw, Mapping) or not isinstance(raw.get("case"), str):
        return _refused(Problem("cases.report_malformed"))
    print_, told = sent_as or fingerprint(raw), cleaned_tree(raw)
    problems, photos, note = _parsed(told)
    if problems:
        return _refused(*problems)
    if is_held:
        photos = [photo for photo in photos if services.photos.is_whole(photo.sha256)]
        if not photos:
            return _refused(Problem("cases.after_photos_out_of_range", details={"most_photos": MAX_PHOTOS}))
    if missing := [photo.sha256 for photo in photos if not has_whole(services.photos, photo.sha256)]:
        problem = Problem("cases.photos_missing", ("photos",), {"count": len(missing)})
        return Handled(Taken.REFUSED, problems=(problem,), missing=tuple(missing))
    for _ in range(_ATTEMPTS):
        case = find_case(services, told["case"], scope=EVERYTHING)
        if case is None or not _may_see(case, user):
            return _refused(Problem("cases.unknown", details={"id": told["case"]}))
        if earlier := [photo for photo in case.value.after if photo.report == id]:
            if earlier[0].fingerprint != print_:
                return Handled(Taken.CONFLICT, problems=(_OTHER,))
            # A process that ended right after the act has not got to it.
            _remember(services, id, photos, case.value.week)
            if not is_held:
                _settle(services, id, user, now)
            return Handled(Taken.SAME, case)
        after = tuple(
            replace(_after(services, id, case.value, photo, now), unit=user.unit, report=id, fingerprint=print_)
            for photo in photos
        )
        asked = AskedAct("handle", reason=note, after=after, blanked=blanked)
        try:
            done = act_on(services, user, case.id, asked, case.revision, now)
        except Stale:
            continue
        if isinstance(done, list):
            return _refused(*done)
        _remember(services, id, photos, case.value.week)
        if not is_held:
            _settle(services, id, user, now)
        return Handled(Taken.CREATED, done)
    return _refused(Problem("cases.busy"))


def evidence_of_file(services: Services, sha256: str, now: datetime) -> dict[str, object]:
    """A photo that came as a mere file, as evidence: where and when it was taken is what the file says of itself."""
    look = look_at(services, sha256)
    zone, exif = services.settings.timezone, look.exif if look else None
    return evidence_to_json(evidence_told_by_file(sha256, AFTER, exif, now, zone))


_OTHER = Problem("cases.report_differs")


def handling_receipt(case: Kept[Case], id: str, user: User, body: bytes) -> dict[str, object]:
    """What a receipt says of a report: whose, since when, and everything the server holds of it."""
    own = [photo for photo in case.value.after if photo.report == id]
    return {
        "id": id,
        "case": case.id,
        "inspector": user.name,
        "fingerprint": own[0].fingerprint,
        "received_at": utc_text(own[0].at),
        "photos": list(dict.fromkeys(photo.sha256 for photo in own)),
        "audio": [],
        "content": hashlib.sha256(body).hexdigest(),
    }


def _parsed(raw: Mapping[str, Any]) -> tuple[list[Problem], list[Evidence], str]:
    problems = [
        Problem("submission.field_unknown", details={"field": str(field), "accepted": tuple(_FIELDS)})
        for field in raw
        if field not in _FIELDS
    ]
    note, entries = raw.get("note", ""), raw.get("photos")
    if not isinstance(note, str):
        problems.append(Problem("cases.note_not_text"))
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_PHOTOS:
        return [*problems, Problem("cases.after_photos_out_of_range", details={"most_photos": MAX_PHOTOS})], [], ""
    photos = []
    for number, entry in enumerate(entries, start=1):
        photo = parse_evidence(entry, {"photo": number}, [AFTER])
        if isinstance(photo, list):
            problems += photo
        else:
            photos.append(photo)
    if len({photo.sha256 for photo in photos}) < len(photos):
        problems.append(Problem("cases.after_photo_twice"))
    return problems, photos, str(note)


def _may_see(case: Kept[Case], user: User) -> bool:
    return bool(user.unit) and case.value.unit == user.unit


def _after(services: Services, id: str, case: Case, photo: Evidence, now: datetime) -> AfterPhoto:
    """The photo as the case keeps it, with its distance from the site (metres) and what deserves a second look."""
    ground = _ground(services, case)
    context = Context(id, now, ground, seen_in=_seen_in(case, photo), order=_order(case))
    return AfterPhoto(
        sha256=photo.sha256,
        at=now,
        captured_at=photo.captured_at,
        unit="",
        fix=photo.fix,
        source=photo.source,
        distance_m=metres_from_site(photo, ground),
        signals=examine(services, services.photos.whole(photo.sha256), photo, context).signals,
    )


def _ground(services: Services, case: Case) -> Place | Ground | None:
    """What the photo should lie near: the site as inspected; of an ad-hoc report, the place that the unit was given."""
    kept = INSPECTIONS.get(services.store, case.inspection)
    if kept and kept.value.site.code:
        return kept.value.site.ground
    lat, lon = case.place.lat, case.place.lon
    return None if lat is None or lon is None else Place(lat, lon, _REPORTED_ACCURACY_M)


def _order(case: Case) -> Order | None:
    """When the work was asked for, or asked for again."""
    step = case.last(*_WANTS_WORK)
    return Order(step.at, _WANTS_WORK[step.act]) if step else None


def _seen_in(case: Case, photo: Evidence) -> tuple[str, ...]:
    """The inspection that found the problem, where the photo is one of the case's already."""
    known = photo.sha256 in case.photos or any(one.sha256 == photo.sha256 for one in case.after)
    return (case.inspection,) if known else ()


def _remember(services: Services, id: str, photos: Sequence[Evidence], week: str) -> None:
    """Have the photos known, so that they are recognised when they are used again, and searched: they may be shown."""
    for photo in photos:
        if look := look_at(services, photo.sha256):
            remember(services, photo.sha256, id, look)
            search_soon(services, photo.sha256, week)


def _settle(services: Services, id: str, user: User, now: datetime) -> None:
    """Nothing is left to decide of what was refused before under the id of a report that is taken by now."""
    kept = HELD_IMPORTS.get(services.store, id)
    if kept is None or not kept.value.is_report or kept.value.decision or kept.value.inspector != user.name:
        return
    write = HELD_IMPORTS.writing(id, as_settled(kept.value, now), kept.revision)
    with suppress(Stale):  # the office has decided at this moment
        keep(services.store, user.name, now, [Entry("import.refused", id, after={"reason": SENT_ANEW})], [write])


def _refused(*problems: Problem) -> Handled:
    return Handled(Taken.REFUSED, problems=problems)
