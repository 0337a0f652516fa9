"""What is made of the photos of an inspection soon after it is acknowledged: copies, and signals for the supervisor."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ...collections import Kept
from ...collections.evidence.checks import PHOTO_CHECKS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.evidence.captions import caption_lines
from ...domain.evidence.checks import CheckedPhoto, Checks
from ...domain.evidence.exif import exif_to_json
from ...domain.evidence.photo import Evidence
from ...domain.evidence.signals import Limits, Shot, Signal, signals_of
from ...domain.inspecting.inspection import Inspection
from ...domain.place.positions import Fix
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...photos.caption import captioned
from ...photos.copies import Copies, as_jpeg, copies_of
from ...photos.intake import photo_problem
from .. import Services
from ..place.register import area_tree

_log = logging.getLogger(__name__)
CHECKS = 1
"""Number of the rules by which photos are checked: a higher one has all inspections checked again."""
_REVIEW_QUALITY = 80


def check_inspection(services: Services, id: str) -> tuple[CheckedPhoto, ...]:
    """Make the copies of an inspection's photos, check them, and keep what was found. Does nothing the second time."""
    kept = INSPECTIONS.get(services.store, id)
    if kept is None:
        return ()
    earlier = PHOTO_CHECKS.get(services.store, id)
    if earlier and earlier.value.number >= CHECKS:
        return earlier.value.photos
    found = Checks(kept.value.week, CHECKS, tuple([_check(services, kept, photo) for photo in kept.value.photos]))
    if earlier:
        PHOTO_CHECKS.update(services.store, earlier, found)
    else:
        PHOTO_CHECKS.put_once(services.store, id, found, same_by="checks")
    return found.photos


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
        "exif": exif_to_json(exif) if exif else None,
        "prints": [f"{one:016x}" for one in copies.prints] if copies else None,
        "signals": [asdict(signal) for signal in _signals(shot)] if copies else [],
    }


def checked(services: Services, id: str) -> tuple[CheckedPhoto, ...]:
    """What was found about an inspection's photos; empty where they are not checked yet."""
    kept = PHOTO_CHECKS.get(services.store, id)
    return kept.value.photos if kept else ()


def unchecked(services: Services) -> Iterator[str]:
    """Inspections whose photos are not checked, the newest week first; read as asked for.

    Within a week in the order in which they came: of two photos that are the same, the later one is to be told so.
    """
    for week in reversed(INSPECTIONS.weeks(services.store)):
        done = {one.id for one in PHOTO_CHECKS.find(services.store, week=week) if one.value.number >= CHECKS}
        yield from [one.id for one in INSPECTIONS.find(services.store, week=week) if one.id not in done]


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


def review_copy(services: Services, kept: Kept[Inspection], photo: Evidence) -> bytes | None:
    """The captioned JPEG of at most 1600 px of one photo of an inspection; None where it is no picture, or not kept."""
    made = services.photos.derived("reviews", _review_name(services, kept, photo))
    if made is not None:
        return made
    content = services.photos.read(photo.sha256)
    copies = copies_of(content) if content is not None else None
    if copies is None or isinstance(copies, Problem):
        return None
    return _keep_copies(services, kept, photo, copies)


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


def _check(services: Services, kept: Kept[Inspection], photo: Evidence) -> CheckedPhoto:
    content = services.photos.read(photo.sha256)
    copies = copies_of(content) if content is not None else None
    made = copies if isinstance(copies, Copies) else None
    if made is not None:
        services.photos.keep_derived("thumbnails", photo.sha256, made.thumbnail)
        _keep_copies(services, kept, photo, made)
    shot = _shot(services, kept, photo, made)
    if made is not None:
        services.similar.add(photo.sha256, kept.id, made.prints)
    exif = made.exif if made else None
    return CheckedPhoto(photo.sha256, photo.item, made is not None and made.whole, exif, _signals(shot))


def _signals(shot: Shot) -> tuple[Signal, ...]:
    return tuple(signals_of(shot, Limits()))


def _shot(services: Services, kept: Kept[Inspection], photo: Evidence, made: Copies | None) -> Shot:
    inspection = kept.value
    before, after = services.captures.around(
        inspection.inspector, inspection.week, photo.captured_at, kept.id, photo.sha256
    )
    near = services.similar.near(made.prints) if made else []
    others = [one for one in near if one.inspection != kept.id]
    return Shot(
        evidence=photo,
        exif=made.exif if made else None,
        received_at=inspection.received_at,
        timezone=services.settings.timezone,
        site=inspection.site.ground,
        live_required=services.library.kept(inspection.version).item(photo.item).live,
        whole=made is not None and made.whole,
        seen_in=[one.inspection for one in others if one.sha256 == photo.sha256],
        similar=[(one.sha256, one.bits) for one in others if one.sha256 != photo.sha256],
        before=before,
        after=after,
    )


def _keep_copies(services: Services, kept: Kept[Inspection], photo: Evidence, copies: Copies) -> bytes:
    lines = _caption(services, kept, photo)
    made = as_jpeg(captioned(copies.review, lines), _REVIEW_QUALITY)
    services.photos.keep_derived("reviews", _review_name(services, kept, photo), made)
    return made


def _review_name(services: Services, kept: Kept[Inspection], photo: Evidence) -> str:
    """A review copy belongs to a photo and its words: the same file may serve two items."""
    words = hashlib.sha256("\n".join(_caption(services, kept, photo)).encode()).hexdigest()
    return f"{photo.sha256}-{words[:16]}"


def _caption(services: Services, kept: Kept[Inspection], photo: Evidence) -> list[str]:
    inspection = kept.value
    item = services.library.kept(inspection.version).item(photo.item)
    return caption_lines(
        photo,
        inspection=kept.id,
        area=area_tree(services.store, inspection.week).full_name(inspection.area),
        site=inspection.site.name,
        item=item.text,
        clauses=" ".join(item.clauses),
        timezone=services.settings.timezone,
    )
