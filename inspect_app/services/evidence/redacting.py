"""Redaction: what is hidden in a photo before the public sees it, decided by a supervisor, and the public copy."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from PIL import Image

from ...collections import Kept
from ...collections.cases.case import CASES
from ...collections.checklists.references import REFERENCE_UPLOADS
from ...collections.evidence.redaction import REDACTIONS, by_public_name, redaction_id
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import Scope
from ...domain.evidence.marks import blurred
from ...domain.evidence.redaction import KINDS, Box, Redaction
from ...domain.problems import Problem
from ...photos.marks import drawn
from ...photos.orientation import turned
from ...photos.redaction import redacted
from ...photos.uniform import uniform
from .. import Services
from ..audit import Entry, keep
from ..place.scoped import areas_in, is_in
from ..publications import is_published
from .examining import copy_made_once, decoded
from .marking import marks_name, marks_of
from .searching import found_in
from .turning import quarters_of

MAX_BOXES = 100
_WHOLE_CITY = ""
"""Where a photo lies that is of no area: seen by nobody who is held to some."""
SUGGESTED = 0
"""The revision of a redaction that nobody has looked at: its boxes are what a search has found."""


def redaction_of(services: Services, owner: str, sha256: str, *, scope: Scope) -> Kept[Redaction] | None:
    """The redaction as decided or, at revision ``SUGGESTED``, as suggested; None where the photo is none of its owner.

    The owner is an inspection, for its after-photos a case, or an upload for the reference photos. None as well where
    it lies outside of the scope, and where the photo is no picture. Suggested is what was found in it by now.
    """
    photos = _photos_of(services, owner)
    if photos is None or sha256 not in photos[2] or not is_in(services.store, scope, photos[0], photos[1]):
        return None
    id = redaction_id(owner, sha256)
    if kept := REDACTIONS.get(services.store, id):
        return kept
    if plain_copy(services, sha256) is None:
        return None
    found = found_in(services, sha256)
    return Kept(id, SUGGESTED, Redaction(owner, sha256, photos[0], found.boxes if found else ()))


def plain_copy(services: Services, sha256: str, quarters: int | None = None) -> bytes | None:
    """The photo at reading size without caption and metadata, for the supervisor who redacts it or compares it.

    Turned by ``quarters`` where boxes are drawn on it that are said to lie so, else as it is shown.
    """
    return copy_made_once(services, "plain", sha256, sha256, lambda review: review, quarters=quarters)


def finish(
    services: Services, supervisor: str, redaction: Kept[Redaction], boxes: Sequence[Box], now: datetime
) -> Kept[Redaction] | list[Problem]:
    """Keep what is hidden. A photo that was public under other boxes is so no more.

    What the inspector blurred stays hidden, and is no box of the redaction's: see ``hidden_boxes``.

    Raises ``Stale`` where somebody else decided since ``redaction.revision``.
    """
    blurs = _blurs(services, redaction.value)
    boxes = [box for box in boxes if box not in blurs]
    if problems := _box_problems(boxes):
        return problems
    changed = replace(redaction.value, boxes=tuple(boxes), public=None, by=supervisor, at=now)
    return _keep(services, supervisor, "redaction.finished", redaction, changed, now)


def publish_photo(
    services: Services, supervisor: str, redaction: Kept[Redaction], public: bool, now: datetime
) -> Kept[Redaction] | list[Problem]:
    """Show the redacted photo to the public, or take it back. Only a finished redaction can be shown."""
    if redaction.revision == SUGGESTED:
        return [Problem("evidence.not_redacted")]
    if INSPECTIONS.get(services.store, redaction.value.owner) is None:
        return [Problem("evidence.after_photo_not_alone")]
    # A name of chance: neither the photo's hash nor the inspection can be told from it.
    name = (redaction.value.public or secrets.token_urlsafe(16)) if public else None
    act = "photo.published" if public else "photo.withdrawn"
    return _keep(services, supervisor, act, redaction, replace(redaction.value, public=name), now)


def public_photo(services: Services, name: str) -> bytes | None:
    """The public copy under its public name; None where there is none, or its week is not published."""
    found = next(iter(REDACTIONS.find(services.store, **by_public_name(name))), None)
    if found is None or not is_published(services.store, found.value.week):
        return None
    return redacted_copy(services, found.value)


def finished_redaction(services: Services, owner: str, sha256: str) -> Redaction | None:
    """The redaction that a supervisor has finished for a photo of an inspection or, after it, of a case; or None."""
    kept = REDACTIONS.get(services.store, redaction_id(owner, sha256))
    return kept.value if kept else None


def hidden_boxes(services: Services, redaction: Redaction) -> tuple[Box, ...]:
    """All that its copy hides: the boxes of the redaction, and what the inspector blurred."""
    blurs = _blurs(services, redaction)
    return (*redaction.boxes, *(box for box in blurs if box not in redaction.boxes))


def redacted_copy(services: Services, redaction: Redaction) -> bytes | None:
    """The photo with its boxes burnt in, of the size and shape of all; None where it is not kept, or no picture.

    The inspector's marks are in force whatever the boxes are.
    """
    marks = marks_of(services, redaction.owner, redaction.sha256)
    boxes = json.dumps([asdict(box) for box in redaction.boxes], sort_keys=True)
    derived = f"{redaction.sha256}-{hashlib.sha256(boxes.encode()).hexdigest()[:16]}-uniform{marks_name(marks)}"

    def hidden(review: Image.Image) -> Image.Image:
        return drawn(redacted(review, redaction.boxes), marks)

    return copy_made_once(services, "public", derived, redaction.sha256, hidden, uniform)


def redacted_picture(services: Services, redaction: Redaction) -> Image.Image | None:
    """The photo at reading size as its public copy shows it, of its own shape; None where it is no picture."""
    copies = decoded(services, redaction.sha256)
    if copies is None:
        return None
    hidden = drawn(redacted(copies.review, redaction.boxes), marks_of(services, redaction.owner, redaction.sha256))
    return turned(hidden, quarters_of(services.store, redaction.sha256))


def public_photos(services: Services, week: str, *, scope: Scope) -> list[dict[str, object]]:
    """The photos of a week's confirmed findings that are public: name, item, area; nothing that tells who or when."""
    public = (kept.value for kept in REDACTIONS.find(services.store, week=week) if kept.value.public)
    mine = areas_in(services.store, scope, week)
    shown = (photo for redaction in public for photo in _shown(services, redaction))
    return [photo for photo in shown if mine is None or photo["area"] in mine]


def _shown(services: Services, redaction: Redaction) -> Iterator[dict[str, object]]:
    """The photo as the public sees it; nothing where none of the findings that it shows is confirmed."""
    kept = INSPECTIONS.get(services.store, redaction.owner)
    if kept is None:
        return
    inspection = kept.value
    shows = (photo.item for photo in inspection.photos if photo.sha256 == redaction.sha256)
    if item := next((item for item in shows if inspection.decisions.get(item) == "confirmed"), None):
        text = services.library.kept(inspection.version).item(item).text
        yield {"name": redaction.public, "item": text, "area": inspection.area}


def _keep(
    services: Services, supervisor: str, act: str, kept: Kept[Redaction], changed: Redaction, now: datetime
) -> Kept[Redaction]:
    of = f"{changed.owner}/{changed.sha256}"
    after = {"boxes": [asdict(box) for box in changed.boxes], "public": changed.public}
    write = REDACTIONS.writing(kept.id, changed, kept.revision)
    return REDACTIONS.kept(keep(services.store, supervisor, now, [Entry(act, of, after=after)], [write])[0])


def _photos_of(services: Services, owner: str) -> tuple[str, str, set[str]] | None:
    """Week and area of an inspection, a case or an upload, and the hashes of its photos; of a case those of after."""
    if kept := INSPECTIONS.get(services.store, owner):
        return kept.value.week, kept.value.area, {photo.sha256 for photo in kept.value.photos}
    if case := CASES.get(services.store, owner):
        return case.value.week, case.value.area, {photo.sha256 for photo in case.value.after}
    if upload := REFERENCE_UPLOADS.get(services.store, owner):
        return upload.value.week, _WHOLE_CITY, {upload.value.sha256}
    return None


def _blurs(services: Services, redaction: Redaction) -> tuple[Box, ...]:
    return blurred(marks_of(services, redaction.owner, redaction.sha256))


def _box_problems(boxes: Sequence[Box]) -> list[Problem]:
    if len(boxes) > MAX_BOXES:
        return [Problem("evidence.too_many_boxes", details={"most_boxes": MAX_BOXES})]
    return [
        Problem("evidence.box_out_of_range", details={"number": number})
        for number, box in enumerate(boxes, start=1)
        if not (0 <= box.x < 1 and 0 <= box.y < 1 and 0 < box.width <= 1 - box.x + 1e-6)
        or not 0 < box.height <= 1 - box.y + 1e-6
        or box.kind not in KINDS
    ]
