"""Whether photos of an inspection were made of earlier ones: found behind the acknowledgement, kept, and shown."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ...collections import Kept
from ...collections.evidence.comparison import PHOTO_COMPARISONS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import Scope
from ...domain.accounts.user import User
from ...domain.evidence.reuse import EMPTY, SAME, Comparison, Reuse, changes_told
from ...domain.evidence.signals import Signal
from ...domain.inspecting.inspection import Inspection
from ...domain.problems import Problem
from ...domain.weeks import shifted
from ...photos.alignment import Laid
from ...photos.asking import asked_of
from ...photos.copies import as_jpeg
from ...photos.corners import CLOSE, fitted
from ...photos.damage import OriginalDamaged
from ...photos.intake import decode
from ...photos.orientation import turned, upright
from ...photos.reuse import MOST_CANDIDATES, NEARBY, made_of
from ...photos.similar import EarlierPhoto
from .. import Services
from .examining import thumbnail
from .reviewing import InspectionView, view_inspection
from .turning import quarters_of

_log = logging.getLogger(__name__)
COMPARING = 2
"""Number of the rules by which photos are compared: a higher one has them compared again when they are asked for."""
_WEEKS_OF_SITE, _WEEKS_OF_INSPECTOR, _WEEKS_OF_AREA = 26, 8, 2
_SHOWN_PX, _QUALITY = 1280, 82
_COLOURS = {SAME: (40, 200, 90), 0: (235, 60, 50)}


@dataclass(frozen=True, slots=True)
class ShownReuse:
    """A photo beside the earlier one that it was made of, with the inspection of that one as the visitor may see it."""

    reuse: Reuse
    earlier: InspectionView


def compare_photos(services: Services, id: str) -> Comparison | None:
    """Compare an inspection's photos with earlier ones, and keep what was found. Does nothing the second time.

    None where there is no such inspection. Photos that cannot be read are left out.
    """
    kept = INSPECTIONS.get(services.store, id)
    if kept is None:
        return None
    hashes = tuple(dict.fromkeys(photo.sha256 for photo in kept.value.photos))
    known = PHOTO_COMPARISONS.get(services.store, id)
    if known and known.value.number >= COMPARING and set(hashes) <= set(known.value.photos):
        return known.value
    around = _surroundings(services, kept)
    found = tuple(one for sha256 in hashes for one in _found(services, kept, sha256, around))
    made = Comparison(kept.value.week, COMPARING, hashes, found)
    PHOTO_COMPARISONS.keep(services.store, id, made)
    return made


def reuse_signals(services: Services, id: str, scope: Scope) -> dict[str, Signal]:
    """What is said of an inspection's photos by SHA-256, to whoever a scope shows the inspection.

    Whose scope is of some areas is told here of earlier photos of the same area alone; the page asks for each.
    """
    kept = PHOTO_COMPARISONS.get(services.store, id)
    return _signals(services, kept, scope) if kept else {}


def reuse_signals_in(services: Services, week: str, scope: Scope) -> dict[str, dict[str, Signal]]:
    """What ``reuse_signals`` gives of each inspection of a week that was compared, by id, asked for together."""
    return {kept.id: _signals(services, kept, scope) for kept in PHOTO_COMPARISONS.find(services.store, week=week)}


def _signals(services: Services, kept: Kept[Comparison], scope: Scope) -> dict[str, Signal]:
    found, id = sorted(kept.value.found, key=lambda one: one.agreement), kept.id
    return {one.sha256: _signal(one) for one in found if scope.everywhere or _in_one_area(services, id, one.of)}


def with_reuse(signals: tuple[Signal, ...], sha256: str, reuses: Mapping[str, Signal]) -> tuple[Signal, ...]:
    """The signals of a photo as checked, with what the comparison says where the check found nothing like it."""
    said = reuses.get(sha256)
    known = said is None or any(one.name in (said.name, "same_bytes") for one in signals)
    return signals if known or said is None else (*signals, said)


def _signal(reuse: Reuse) -> Signal:
    made = f"由另一次测评的照片 {reuse.earlier[:8]} 改成（{reuse.words or '重新保存'}）"
    text = f"{made}，叠放后 {reuse.agreement:.0%} 的画面一致"
    return Signal("near_duplicate", text, {"photos": [reuse.earlier], "agreement": reuse.agreement})


def _in_one_area(services: Services, *ids: str) -> bool:
    found = [INSPECTIONS.get(services.store, id) for id in ids]
    return len({one.value.area if one else "" for one in found} | {""}) == 2


def shown_reuses(services: Services, id: str, user: User, sha256: str = "") -> list[ShownReuse]:
    """Of what the photos (or this one) were made, the surest first, as somebody may see it.

    What is of an inspection that they may not see, or not with who made it, is as if it were not there.
    """
    kept = PHOTO_COMPARISONS.get(services.store, id)
    found = [one for one in kept.value.found if not sha256 or one.sha256 == sha256] if kept else []
    ordered = sorted(found, key=lambda one: -one.agreement)
    views = ((one, view_inspection(services, user, one.of)) for one in ordered)
    return [ShownReuse(one, view) for one, view in views if view and view.told_who]


def overlay(services: Services, reuse: Reuse, which: str) -> bytes | None:
    """The JPEG of the new photo (``new``), with its blocks marked (``marked``), or of the earlier one laid over it.

    Turned as the new photo is shown elsewhere. None where a file is no picture any more. Raises ``OriginalDamaged``.
    """
    made = _overlay(services, reuse, which)
    if made is None:
        return None
    return as_jpeg(turned(made, quarters_of(services.store, reuse.sha256)), _QUALITY)


def _overlay(services: Services, reuse: Reuse, which: str) -> Image.Image | None:
    """What is shown, upright as the new photo's file says."""
    new = _picture(services, reuse.sha256, _SHOWN_PX)
    if new is None:
        return None
    new = fitted(new, _SHOWN_PX)
    if which == "new":
        return new
    if which == "marked":
        return _marked(new, reuse)
    old = _picture(services, reuse.earlier, _SHOWN_PX)
    if old is None:
        return None
    scale = np.diag([_SHOWN_PX, _SHOWN_PX, 1.0])
    from_old = np.diag([1 / max(old.size), 1 / max(old.size), 1.0])
    matrix = scale @ np.array(reuse.matrix).reshape(3, 3) @ from_old
    laid = cv2.warpPerspective(np.asarray(old), matrix, new.size, borderValue=(48, 48, 48))
    return Image.fromarray(laid)


def _found(services: Services, kept: Kept[Inspection], sha256: str, around: list[str]) -> Iterator[Reuse]:
    try:
        content = thumbnail(services, sha256)
        if content is None:
            return
        small = Image.open(io.BytesIO(content)).convert("RGB")
        asked = services.similar.candidates(asked_of(small), around, most=MOST_CANDIDATES, nearby=NEARBY)
        candidates = [one for one in asked if one.sha256 != sha256 and _is_earlier(services, one, kept)]
        made = made_of(
            small,
            lambda: _picture(services, sha256, CLOSE.longest_px),
            candidates,
            lambda earlier: _small(services, earlier),
            lambda earlier: _picture(services, earlier, CLOSE.longest_px),
        )
        for one, laid in made:
            yield _reuse(services, sha256, one, laid, small.size)
    except OriginalDamaged as error:
        _log.warning("%s", error)


def _reuse(services: Services, sha256: str, of: EarlierPhoto, laid: Laid, size: tuple[int, int]) -> Reuse:
    earlier = _small(services, of.sha256)
    matrix = tuple(float(one) for one in laid.matrix.ravel())
    changes = changes_told(matrix, earlier.size if earlier else size, size)
    blocks = tuple(tuple(int(one) for one in row) for row in laid.blocks)
    return Reuse(sha256, of.sha256, of.inspection, matrix, blocks, round(laid.agreement, 3), changes)


def _is_earlier(services: Services, candidate: EarlierPhoto, than: Kept[Inspection]) -> bool:
    """Whether a photo is of an inspection that was received before; within one nothing is a repetition."""
    other = INSPECTIONS.get(services.store, candidate.inspection)
    if other is None or other.id == than.id:
        return False
    return (other.value.received_at, other.id) < (than.value.received_at, than.id)


def _surroundings(services: Services, kept: Kept[Inspection]) -> list[str]:
    """Inspections whose photos might pass for ones of this: of the site, the inspector, and the area lately."""
    of, found = kept.value, dict[str, None]()
    for back in range(_WEEKS_OF_SITE - 1, -1, -1):
        week = shifted(of.week, -back)
        fields = [{"site": of.site.code}] if of.site.code else []
        fields += [{"inspector": of.inspector}] if back < _WEEKS_OF_INSPECTOR else []
        fields += [{"area": of.area}] if back < _WEEKS_OF_AREA else []
        for by in fields:
            found |= dict.fromkeys(one.id for one in INSPECTIONS.find(services.store, week=week, **by))
    found.pop(kept.id, None)
    return list(found)


def _small(services: Services, sha256: str) -> Image.Image | None:
    try:
        content = thumbnail(services, sha256)
    except OriginalDamaged:
        return None
    return Image.open(io.BytesIO(content)).convert("RGB") if content else None


def _picture(services: Services, sha256: str, longest_px: int) -> Image.Image | None:
    """The upright picture of an original, decoded no larger than has to be; None where it cannot be had."""
    try:
        made = decode(services.photos.whole(sha256), longest_px)
    except OriginalDamaged as error:
        _log.warning("%s", error)
        return None
    return None if isinstance(made, Problem) else upright(made.small, made.orientation).convert("RGB")


def _marked(picture: Image.Image, reuse: Reuse) -> Image.Image:
    """With a frame around each block that tells: green where both are the same, red and crossed where they differ.

    Crossed, because one man in twelve cannot tell the two colours.
    """
    result = picture.copy()
    draw = ImageDraw.Draw(result)
    # Blocks were laid out on a picture of 320 px, 20 px each.
    side = 20 * max(picture.size) / 320
    for row, values in enumerate(reuse.blocks):
        for column, value in enumerate(values):
            if value != EMPTY:
                box = (column * side + 2, row * side + 2, (column + 1) * side - 3, (row + 1) * side - 3)
                draw.rectangle(box, outline=_COLOURS[value], width=3)
                if value != SAME:
                    draw.line(box, fill=_COLOURS[value], width=3)
    return result
