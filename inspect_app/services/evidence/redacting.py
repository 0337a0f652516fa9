"""Redaction: what is hidden in a photo before the public sees it, decided by a supervisor, and the public copy."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...photos.copies import Copies, as_jpeg, copies_of
from ...photos.redaction import KINDS, Box, redacted, suggested
from ...store import Put, Stored
from .. import INSPECTIONS, Services
from ..audit import logged
from ..publications import PUBLISHED

REDACTIONS = "redactions"
_CASES = "cases"
MAX_BOXES = 100
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is hidden in one photo of an inspection. ``finished``: a supervisor has looked and is content.

    ``public`` is the name under which the public sees it, None where it is not published. ``revision`` is 0 where
    nothing was decided yet and the boxes are the detector's suggestion.
    """

    inspection: str
    sha256: str
    boxes: tuple[Box, ...]
    finished: bool
    public: str | None
    revision: int


def redaction_of(services: Services, inspection: str, sha256: str, *, suggest: bool = True) -> Redaction | None:
    """The redaction as decided, or as suggested; None where the photo is none of the inspection, or no picture.

    ``inspection`` may be the number of a case instead, for its after-photos. Finding what to suggest takes seconds;
    without ``suggest`` there are no boxes as long as nothing was decided.
    """
    photos = _photos_of(services, inspection)
    if photos is None or sha256 not in photos[1]:
        return None
    kept = services.store.get(REDACTIONS, _id(inspection, sha256))
    if kept:
        return _redaction(kept)
    boxes: tuple[Box, ...] = ()
    if suggest:
        copies = _copies(services, sha256)
        if copies is None:
            return None
        boxes = tuple(suggested(copies.review))
    elif plain_copy(services, sha256) is None:
        return None
    return Redaction(inspection, sha256, boxes, finished=False, public=None, revision=0)


def plain_copy(services: Services, sha256: str) -> bytes | None:
    """The photo at reading size without caption and metadata: for the supervisor who redacts it, and for units."""
    kept = services.photos.derived("plain", sha256)
    if kept is not None:
        return kept
    copies = _copies(services, sha256)
    if copies is None:
        return None
    made = as_jpeg(copies.review, _QUALITY)
    services.photos.keep_derived("plain", sha256, made)
    return made


def finish(
    services: Services, supervisor: str, redaction: Redaction, boxes: Sequence[Box], now: datetime
) -> Redaction | list[Problem]:
    """Keep what is hidden. A photo that was public under other boxes is so no more.

    Raises ``Stale`` where somebody else decided since ``redaction.revision``.
    """
    if problems := _box_problems(boxes):
        return problems
    document = {
        "inspection": redaction.inspection,
        "sha256": redaction.sha256,
        "boxes": [asdict(box) for box in boxes],
        "public": None,
        "by": supervisor,
        "at": utc_text(now),
    }
    return _keep(services, supervisor, "redaction.finished", redaction, document, now)


def publish_photo(
    services: Services, supervisor: str, redaction: Redaction, public: bool, now: datetime
) -> Redaction | list[Problem]:
    """Show the redacted photo to the public, or take it back. Only a finished redaction can be shown."""
    kept = services.store.get(REDACTIONS, _id(redaction.inspection, redaction.sha256))
    if kept is None or not redaction.finished:
        return [Problem("照片", "还没有完成打码，不能公开")]
    if services.store.get(INSPECTIONS, redaction.inspection) is None:
        return [Problem("照片", "整改后的照片随整改件一起公开")]
    # A name of chance: neither the photo's hash nor the inspection can be told from it.
    name = (kept.document["public"] or secrets.token_urlsafe(16)) if public else None
    act = "photo.published" if public else "photo.withdrawn"
    return _keep(services, supervisor, act, redaction, {**kept.document, "public": name}, now)


def public_photo(services: Services, name: str) -> bytes | None:
    """The public copy under its public name; None where there is none, or its week is not published."""
    # ``hidden`` is what the others have for a name.
    found = services.store.find(REDACTIONS, state=name) if name != "hidden" else []
    kept = found[0] if found else None
    if kept is None or services.store.get(PUBLISHED, kept.document["week"]) is None:
        return None
    return redacted_copy(services, _redaction(kept))


def finished_redaction(services: Services, owner: str, sha256: str) -> Redaction | None:
    """The redaction that a supervisor has finished for a photo of an inspection or, after it, of a case; or None."""
    kept = services.store.get(REDACTIONS, _id(owner, sha256))
    return _redaction(kept) if kept else None


def redacted_copy(services: Services, redaction: Redaction) -> bytes | None:
    """The photo with its boxes burnt in, as a JPEG without metadata; None where it is not kept, or no picture."""
    boxes = json.dumps([asdict(box) for box in redaction.boxes], sort_keys=True)
    derived = f"{redaction.sha256}-{hashlib.sha256(boxes.encode()).hexdigest()[:16]}"
    made = services.photos.derived("public", derived)
    if made is None:
        copies = _copies(services, redaction.sha256)
        if copies is None:
            return None
        made = as_jpeg(redacted(copies.review, redaction.boxes), _QUALITY)
        services.photos.keep_derived("public", derived, made)
    return made


def public_photos(services: Services, week: str) -> list[dict[str, Any]]:
    """The photos of a week's confirmed findings that are public: name, item, area; nothing that tells who or when."""
    found = []
    for kept in services.store.find(REDACTIONS, week=week):
        if kept.document["public"] is None:
            continue
        stored = services.store.get(INSPECTIONS, kept.document["inspection"])
        if stored is None:
            continue
        checklist = services.library.version(stored.document["version"])
        for photo in stored.document["photos"]:
            review = stored.document["reviews"].get(photo["item"])
            if photo["sha256"] == kept.document["sha256"] and review and review["decision"] == "confirmed":
                text = checklist.item(photo["item"]).text if checklist else photo["item"]
                found.append({"name": kept.document["public"], "item": text, "area": stored.document["area"]})
                break
    return found


def _keep(
    services: Services, supervisor: str, act: str, redaction: Redaction, document: dict[str, Any], now: datetime
) -> Redaction | list[Problem]:
    photos = _photos_of(services, redaction.inspection)
    assert photos is not None
    id = _id(redaction.inspection, redaction.sha256)
    # ``state`` is what the store can look for: the public name.
    document = {**document, "week": photos[0], "state": document["public"] or "hidden"}
    of = f"{redaction.inspection}/{redaction.sha256}"
    after = {"boxes": document["boxes"], "public": document["public"]}
    with logged(services, supervisor, act, of, now, after=after):
        if redaction.revision == 0:
            put, kept = services.store.put_once(REDACTIONS, id, document)
            if put is not Put.CREATED:
                kept = services.store.update(REDACTIONS, id, document, expected_revision=0)
        else:
            kept = services.store.update(REDACTIONS, id, document, expected_revision=redaction.revision)
    return _redaction(kept)


def _photos_of(services: Services, owner: str) -> tuple[str, set[str]] | None:
    """The week of an inspection, or of a case, and the hashes of its photos; of a case those of after."""
    if stored := services.store.get(INSPECTIONS, owner):
        return stored.document["week"], {photo["sha256"] for photo in stored.document["photos"]}
    if stored := services.store.get(_CASES, owner):
        return stored.document["week"], {photo["sha256"] for photo in stored.document["after"]}
    return None


def _redaction(kept: Stored) -> Redaction:
    document = kept.document
    boxes = tuple(Box(**box) for box in document["boxes"])
    return Redaction(document["inspection"], document["sha256"], boxes, True, document["public"], kept.revision)


def _box_problems(boxes: Sequence[Box]) -> list[Problem]:
    if len(boxes) > MAX_BOXES:
        return [Problem("遮挡", f"最多{MAX_BOXES}处")]
    return [
        Problem(f"遮挡第{number}处", "应在照片之内，且有大小")
        for number, box in enumerate(boxes, start=1)
        if not (0 <= box.x < 1 and 0 <= box.y < 1 and 0 < box.width <= 1 - box.x + 1e-6)
        or not 0 < box.height <= 1 - box.y + 1e-6
        or box.kind not in KINDS
    ]


def _copies(services: Services, sha256: str) -> Copies | None:
    content = services.photos.read(sha256)
    made = copies_of(content) if content is not None else None
    return made if isinstance(made, Copies) else None


def _id(inspection: str, sha256: str) -> str:
    return f"{inspection}-{sha256}"
