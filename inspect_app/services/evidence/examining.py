"""What is made of the photos of an inspection soon after it is acknowledged: copies, and signals for the supervisor."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ...collections.place.site import site_of
from ...domain.checklists.checklist import Checklist
from ...domain.evidence.captions import caption_lines
from ...domain.evidence.exif import Exif
from ...domain.evidence.photo import Evidence, parse_evidence
from ...domain.evidence.signals import Limits, Shot, Signal, signals_of
from ...domain.place.positions import Fix
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...domain.weeks import instant_from
from ...photos.caption import captioned
from ...photos.copies import Copies, as_jpeg, copies_of
from ...photos.intake import photo_problem
from ...store import Stored
from .. import INSPECTIONS, Services
from ..place.register import area_tree

_log = logging.getLogger(__name__)
EVIDENCE = "evidence"
CHECKS = 1
"""Number of the rules by which photos are checked: a higher one has all inspections checked again."""
_REVIEW_QUALITY = 80


@dataclass(frozen=True, slots=True)
class CheckedPhoto:
    """One photo of an inspection as checked: item, whether the file is whole, what it says, and its signals."""

    sha256: str
    item: str
    whole: bool
    exif: Mapping[str, Any] | None
    signals: tuple[Signal, ...]


def check_inspection(services: Services, id: str) -> list[CheckedPhoto]:
    """Make the copies of an inspection's photos, check them, and keep what was found. Does nothing the second time."""
    stored = services.store.get(INSPECTIONS, id)
    if stored is None:
        return []
    earlier = services.store.get(EVIDENCE, id)
    if earlier and earlier.document["checks"] >= CHECKS:
        return _photos(earlier.document)
    found = [_check(services, stored, raw) for raw in stored.document["photos"]]
    document = {
        "week": stored.document["week"],
        "checks": CHECKS,
        "photos": [{**asdict(photo), "signals": [asdict(one) for one in photo.signals]} for photo in found],
    }
    if earlier:
        services.store.update(EVIDENCE, id, document, expected_revision=earlier.revision)
    else:
        services.store.put_once(EVIDENCE, id, document, same_by="checks")
    return found


def check_file(services: Services, content: bytes, now: datetime, site: Site | None = None) -> dict[str, Any]:
    """Everything that can be said of a photo file that came by itself, as JSON; nothing is kept.

    The file's own position and time stand for the phone's. ``problem`` is why it would not be taken in, or None.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    problem, made = photo_problem(content), copies_of(content)
    copies = made if isinstance(made, Copies) else None
    exif = copies.exif if copies else None
    near = services.similar.near(copies.prints) if copies else []
    taken = exif.taken_at if exif and exif.taken_at else now
    at = taken if taken.tzinfo else taken.replace(tzinfo=services.settings.timezone)
    fix = None
    if exif and exif.lat is not None and exif.lon is not None:
        fix = Fix(exif.lat, exif.lon, exif.accuracy_m or 0.0, "exif", exif.gps_at or at)
    shot = Shot(
        evidence=Evidence(sha256, "", at, fix),
        exif=exif,
        received_at=max(now, at),
        timezone=services.settings.timezone,
        site=site.ground if site else None,
        whole=copies is not None and copies.whole,
        seen_in=[one.inspection for one in near if one.sha256 == sha256],
        similar=[(one.sha256, one.bits) for one in near if one.sha256 != sha256],
    )
    return {
        "sha256": sha256,
        "bytes": len(content),
        "problem": str(problem) if problem else None,
        "whole": shot.whole,
        "exif": _exif_json(exif),
        "prints": [f"{one:016x}" for one in copies.prints] if copies else None,
        "signals": [asdict(signal) for signal in _signals(shot)] if copies else [],
    }


def checked(services: Services, id: str) -> list[CheckedPhoto]:
    """What was found about an inspection's photos; empty where they are not checked yet."""
    stored = services.store.get(EVIDENCE, id)
    return _photos(stored.document) if stored else []


def unchecked(services: Services) -> Iterator[str]:
    """Inspections whose photos are not checked, the newest week first; read as asked for.

    Within a week in the order in which they came: of two photos that are the same, the later one is to be told so.
    """
    for week in reversed(services.store.weeks(INSPECTIONS)):
        done = {one.id for one in services.store.find(EVIDENCE, week=week) if one.document["checks"] >= CHECKS}
        yield from [one.id for one in services.store.find(INSPECTIONS, week=week) if one.id not in done]


def catch_up(services: Services) -> None:
    """Have the inspections checked that were not when the process ended; returns at once.

    One after the other, each behind what was submitted meanwhile.
    """
    services.after.offer("looking for unchecked photos", lambda: _check_next(services, unchecked(services)))


def _check_next(services: Services, waiting: Iterator[str]) -> None:
    for id in waiting:
        try:
            check_inspection(services, id)
        except Exception:
            _log.exception("checking the photos of %s failed", id)
        # Where there is no room in the queue, those in it wait for this one to be done.
        if services.after.offer("checking more photos", lambda: _check_next(services, waiting)):
            return


def review_copy(services: Services, stored: Stored, photo: Evidence) -> bytes | None:
    """The captioned JPEG of at most 1600 px of one photo of an inspection; None where it is no picture, or not kept."""
    name = _review_name(services, stored, photo)
    kept = services.photos.derived("reviews", name)
    if kept is not None:
        return kept
    content = services.photos.read(photo.sha256)
    copies = copies_of(content) if content is not None else None
    if copies is None or isinstance(copies, Problem):
        return None
    return _keep_copies(services, stored, photo, copies)


def thumbnail(services: Services, sha256: str) -> bytes | None:
    """The JPEG thumbnail of at most 320 px; None where it is no picture, or not kept."""
    kept = services.photos.derived("thumbnails", sha256)
    if kept is not None:
        return kept
    content = services.photos.read(sha256)
    copies = copies_of(content) if content is not None else None
    if copies is None or isinstance(copies, Problem):
        return None
    services.photos.keep_derived("thumbnails", sha256, copies.thumbnail)
    return copies.thumbnail


def evidence_of(services: Services, stored: Stored) -> list[Evidence]:
    """The photos of an inspection as it was submitted."""
    items = [item["item_id"] for item in stored.document["items"]]
    parsed = [parse_evidence(raw, raw["sha256"], items) for raw in stored.document["photos"]]
    return [photo for photo in parsed if isinstance(photo, Evidence)]


def _check(services: Services, stored: Stored, raw: Mapping[str, Any]) -> CheckedPhoto:
    photo = parse_evidence(raw, raw["sha256"], [raw["item"]])
    assert isinstance(photo, Evidence), photo
    content = services.photos.read(photo.sha256)
    copies = copies_of(content) if content is not None else None
    made = copies if isinstance(copies, Copies) else None
    if made is not None:
        services.photos.keep_derived("thumbnails", photo.sha256, made.thumbnail)
        _keep_copies(services, stored, photo, made)
    shot = _shot(services, stored, photo, made)
    if made is not None:
        services.similar.add(photo.sha256, stored.id, made.prints)
    exif = made.exif if made else None
    return CheckedPhoto(photo.sha256, photo.item, made is not None and made.whole, _exif_json(exif), _signals(shot))


def _signals(shot: Shot) -> tuple[Signal, ...]:
    return tuple(signals_of(shot, Limits()))


def _shot(services: Services, stored: Stored, photo: Evidence, made: Copies | None) -> Shot:
    document = stored.document
    before, after = services.captures.around(
        document["inspector"], document["week"], photo.captured_at, stored.id, photo.sha256
    )
    checklist, site = _checklist(services, document), _site(document)
    near = services.similar.near(made.prints) if made else []
    others = [one for one in near if one.inspection != stored.id]
    item = next((item for item in checklist.items if item.id == photo.item), None) if checklist else None
    received = instant_from(document["received_at"])
    assert received is not None
    return Shot(
        evidence=photo,
        exif=made.exif if made else None,
        received_at=received,
        timezone=services.settings.timezone,
        site=site.ground,
        live_required=bool(item and item.live),
        whole=made is not None and made.whole,
        seen_in=[one.inspection for one in others if one.sha256 == photo.sha256],
        similar=[(one.sha256, one.bits) for one in others if one.sha256 != photo.sha256],
        before=before,
        after=after,
    )


def _keep_copies(services: Services, stored: Stored, photo: Evidence, copies: Copies) -> bytes:
    lines = _caption(services, stored, photo)
    made = as_jpeg(captioned(copies.review, lines), _REVIEW_QUALITY)
    services.photos.keep_derived("reviews", _review_name(services, stored, photo), made)
    return made


def _review_name(services: Services, stored: Stored, photo: Evidence) -> str:
    """A review copy belongs to a photo and its words: the same file may serve two items."""
    words = hashlib.sha256("\n".join(_caption(services, stored, photo)).encode()).hexdigest()
    return f"{photo.sha256}-{words[:16]}"


def _caption(services: Services, stored: Stored, photo: Evidence) -> list[str]:
    document = stored.document
    checklist = _checklist(services, document)
    item = next((item for item in checklist.items if item.id == photo.item), None) if checklist else None
    return caption_lines(
        photo,
        inspection=stored.id,
        area=area_tree(services.store, document["week"]).full_name(document["area"]),
        site=_site(document).name,
        item=item.text if item else photo.item,
        clauses=" ".join(item.clauses) if item else "",
        timezone=services.settings.timezone,
    )


def _checklist(services: Services, document: Mapping[str, Any]) -> Checklist | None:
    return services.library.version(document["version"])


def _site(document: Mapping[str, Any]) -> Site:
    return site_of(document["site"], document["site_as_inspected"])


def _exif_json(exif: Exif | None) -> dict[str, Any] | None:
    if exif is None:
        return None
    written = asdict(exif)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in written.items()}


def _photos(document: Mapping[str, Any]) -> list[CheckedPhoto]:
    def signals(raw: Sequence[Mapping[str, Any]]) -> tuple[Signal, ...]:
        return tuple(Signal(one["name"], one["text"], one["numbers"]) for one in raw)

    return [
        CheckedPhoto(raw["sha256"], raw["item"], raw["whole"], raw["exif"], signals(raw["signals"]))
        for raw in document["photos"]
    ]
