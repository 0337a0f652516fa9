"""What is made of the photos of an inspection soon after it is acknowledged: copies, and signals for the supervisor."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from PIL import Image

from ...collections import Kept
from ...collections.evidence.checks import PHOTO_CHECKS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.evidence.captions import Caption, caption_of
from ...domain.evidence.checks import CheckedPhoto, Checks
from ...domain.evidence.exif import Exif, evidence_told_by_file
from ...domain.evidence.photo import Evidence
from ...domain.evidence.signals import Capture, Order, Shot, Signal, signals_of
from ...domain.inspecting.inspection import Inspection
from ...domain.place.outlines import Ground
from ...domain.place.positions import Place
from ...domain.place.sites import Site
from ...photos.caption import LOOK, captioned
from ...photos.copies import Copies, Look, as_jpeg, thumbnail_of
from ...photos.damage import OriginalDamaged
from ...photos.marks import drawn
from ...photos.orientation import turned
from ...store import Stale
from ...wording import say
from .. import Services
from ..place.register import area_tree
from .arrivals import arrivals_of
from .captioning import chosen_rules, office_name
from .lookalikes import NOTHING_ALIKE, alike
from .turning import quarters_of, turn_name

_log = logging.getLogger(__name__)
CHECKS = 1
"""Number of the rules by which photos are checked: a higher one has all inspections checked again."""
CHECKED_AGAIN = "checked_again"
"""Work that waits: inspections that were checked before a photo was known that looks the same and came earlier."""
_REVIEW_QUALITY, _COPY_QUALITY = 80, 82


@dataclass(frozen=True, slots=True)
class Context:
    """What a photo is examined against.

    ``owner`` is the inspection or report that it belongs to, within which nothing is a repetition; ``seen_in`` are
    others known to hold the same bytes. ``ground`` is where it should have been taken. For the rest see ``Shot``.
    """

    owner: str
    received_at: datetime
    ground: Place | Ground | None
    live_required: bool = False
    seen_in: tuple[str, ...] = ()
    before: Capture | None = None
    after: Capture | None = None
    order: Order | None = None
    visit: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found of a photo: ``look`` is None where the file is no picture, or gone."""

    look: Look | None
    signals: tuple[Signal, ...]
    unaware: frozenset[str] = frozenset()
    """Inspections to be checked again: they came after a photo that looks the same, and were checked before."""

    @property
    def whole(self) -> bool:
        return self.look is not None and self.look.whole

    @property
    def exif(self) -> Exif | None:
        return self.look.exif if self.look else None


def examine(services: Services, content: bytes | None, photo: Evidence, context: Context) -> Examination:
    """All that deserves a second look about a photo; ``content`` is None where the file is gone. Nothing is kept.

    A photo that was decoded a moment ago is not decoded again.
    """
    found = services.looks.of(photo.sha256, content) if content is not None else None
    return _examined(services, found if isinstance(found, Look) else None, photo, context)


def _examined(services: Services, look: Look | None, photo: Evidence, context: Context) -> Examination:
    found = alike(services, photo.sha256, context.owner, look.prints) if look else NOTHING_ALIKE
    same = (one.inspection for one in found.earlier if one.sha256 == photo.sha256)
    shot = Shot(
        evidence=photo,
        exif=look.exif if look else None,
        received_at=context.received_at,
        timezone=services.settings.timezone,
        site=context.ground,
        live_required=context.live_required,
        whole=look is not None and look.whole,
        seen_in=list(dict.fromkeys((*same, *context.seen_in))),
        similar=[(one.sha256, one.bits) for one in found.earlier if one.sha256 != photo.sha256],
        before=context.before,
        after=context.after,
        order=context.order,
        visit=context.visit,
    )
    return Examination(look, tuple(signals_of(shot)), found.unaware)


def remember(services: Services, sha256: str, owner: str, look: Look) -> None:
    """Have a photo known as its owner's, so that it is recognised when somebody uses it again; keep its thumbnail."""
    services.photos.keep_derived("thumbnails", sha256, look.thumbnail)
    services.similar.add(sha256, owner, look.prints)


def look_at(services: Services, sha256: str) -> Look | None:
    """What a kept photo tells; None where it is no picture. Raises ``OriginalDamaged``."""
    found = services.looks.of(sha256, services.photos.whole(sha256))
    return found if isinstance(found, Look) else None


def decoded(services: Services, sha256: str) -> Copies | None:
    """The picture of a kept photo; None where it is no picture. Raises ``OriginalDamaged``."""
    made = services.looks.decoded(sha256, services.photos.whole(sha256))
    return made if isinstance(made, Copies) else None


def check_inspection(
    services: Services, id: str, in_turn: Callable[[], None] = lambda: None
) -> tuple[CheckedPhoto, ...]:
    """Check an inspection's photos, make their thumbnails, and keep what was found. Does nothing the second time.

    Several may be decoded at once; ``in_turn`` returns when all that came before are known. Of two photos that are the
    same the later one is told so; where that was checked before this one, it is listed to be checked again. Raises
    ``Stale`` where another checked it at that moment.
    """
    kept = INSPECTIONS.get(services.store, id)
    if kept is None:
        return ()
    earlier = PHOTO_CHECKS.get(services.store, id)
    if earlier and _is_done(earlier.value, kept.value):
        return earlier.value.photos
    files = _files(services, kept)
    in_turn()
    # Known to all first, then compared: two that are alike do not miss each other.
    services.similar.add_all([(sha256, kept.id, look.prints) for sha256, look in files.items() if look])
    found, unaware = _found(services, kept, files)
    for other in sorted(unaware):
        # Before it is kept that this one is checked: whoever is killed comes here once more.
        services.after.waiting.add(CHECKED_AGAIN, other)
    if earlier:
        PHOTO_CHECKS.update(services.store, earlier, found)
    else:
        PHOTO_CHECKS.put_once(services.store, id, found, same_by="checks")
    return found.photos


def check_again(services: Services, id: str) -> bool:
    """Check what was checked before a photo was known that looks the same and came earlier.

    False where its first check is not kept yet, or another one at this moment.
    """
    kept, earlier = INSPECTIONS.get(services.store, id), PHOTO_CHECKS.get(services.store, id)
    if kept is None or earlier is None:
        return False
    found, _ = _found(services, kept, _files(services, kept))
    if found != earlier.value:
        try:
            PHOTO_CHECKS.update(services.store, earlier, found)
        except Stale:
            return False
    return True


def _files(services: Services, kept: Kept[Inspection]) -> dict[str, Look | None]:
    """What the files of its photos tell, by SHA-256."""
    return {sha256: _told(services, sha256) for sha256 in dict.fromkeys(one.sha256 for one in kept.value.photos)}


def _found(
    services: Services, kept: Kept[Inspection], files: Mapping[str, Look | None]
) -> tuple[Checks, frozenset[str]]:
    """What is found about its photos, and which inspections are to be checked again."""
    services.arrivals.note(kept.id, arrivals_of(kept.value))
    taken = [(photo.captured_at, photo.sha256) for photo in kept.value.photos]
    around = services.captures.around(kept.value.inspector, kept.value.week, kept.id, taken)
    made = [
        _examined(services, files[photo.sha256], photo, _context(services, kept, photo, *beside))
        for photo, beside in zip(kept.value.photos, around, strict=True)
    ]
    photos = tuple(
        CheckedPhoto(photo.sha256, photo.item, one.whole, one.exif, one.signals)
        for photo, one in zip(kept.value.photos, made, strict=True)
    )
    return Checks(kept.value.week, CHECKS, photos), frozenset().union(*(one.unaware for one in made))


def _is_done(checks: Checks, inspection: Inspection) -> bool:
    """Whether it was checked by today's rules, with the photos that a correction may have added during the check."""
    return checks.number >= CHECKS and len(checks.photos) == len(inspection.photos)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What is found about a file: why it would not be taken in, what it says of itself, fingerprints and signals."""

    sha256: str
    bytes: int
    problem: str | None
    whole: bool
    exif: Exif | None
    prints: tuple[int, ...] | None
    signals: tuple[Signal, ...]


def check_file(services: Services, content: bytes, now: datetime, site: Site | None = None) -> CheckedFile:
    """Everything that can be said of a photo file that came by itself; nothing is kept.

    The file's own position and time stand for the phone's. ``problem`` is why it would not be taken in, or None.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    told = services.looks.of(sha256, content)
    exif = told.exif if isinstance(told, Look) else None
    problem = services.looks.problem(sha256, content)
    photo = evidence_told_by_file(sha256, "", exif, now, services.settings.timezone)
    ground = site.ground if site else None
    found = examine(services, content, photo, Context("", max(now, photo.captured_at), ground))
    return CheckedFile(
        sha256=sha256,
        bytes=len(content),
        problem=str(say(problem)) if problem else None,
        whole=found.whole,
        exif=exif,
        prints=found.look.prints if found.look else None,
        signals=found.signals if found.look else (),
    )


def checked(services: Services, id: str) -> tuple[CheckedPhoto, ...]:
    """What was found about an inspection's photos; empty where they are not checked yet."""
    kept = PHOTO_CHECKS.get(services.store, id)
    return kept.value.photos if kept else ()


def checked_in(services: Services, week: str) -> dict[str, tuple[CheckedPhoto, ...]]:
    """What ``checked`` gives of each inspection of a week that has anything, by id, asked for together."""
    return {one.id: one.value.photos for one in PHOTO_CHECKS.find(services.store, week=week)}


def unchecked(services: Services) -> Iterator[str]:
    """Inspections whose photos are not checked, the newest week first; read as asked for.

    Within a week in the order in which they came: of two photos that are the same, the later one is to be told so.
    """
    yield from (one.id for one in unchecked_inspections(services))


def unchecked_inspections(services: Services) -> Iterator[Kept[Inspection]]:
    """As ``unchecked``, with what is kept of them."""
    for week in reversed(INSPECTIONS.weeks(services.store)):
        found = {one.id: one.value for one in PHOTO_CHECKS.find(services.store, week=week)}
        inspections = INSPECTIONS.find(services.store, week=week)
        yield from [one for one in inspections if one.id not in found or not _is_done(found[one.id], one.value)]


def review_copy(services: Services, kept: Kept[Inspection], photo: Evidence) -> bytes | None:
    """The captioned JPEG of at most 1600 px of one photo of an inspection; None where it is no picture."""
    made = services.photos.derived("reviews", _review_name(services, kept, photo))
    if made is not None:
        return made
    copies = decoded(services, photo.sha256)
    return _keep_copy(services, kept, photo, copies) if copies else None


def marked_review_copy(services: Services, kept: Kept[Inspection], photo: Evidence) -> bytes | None:
    """The review copy as it leaves the office, with the photo's marks drawn into it; None where it is no picture."""
    if not photo.marks:
        return review_copy(services, kept, photo)
    copies = decoded(services, photo.sha256)
    if copies is None:
        return None
    return _captioned(services, kept, photo, drawn(copies.review, photo.marks))


def copy_made_once(
    services: Services,
    kind: str,
    name: str,
    sha256: str,
    change: Callable[[Image.Image], Image.Image],
    finish: Callable[[Image.Image], Image.Image] = lambda picture: picture,
    *,
    anew: bool = False,
    quarters: int | None = None,
) -> bytes | None:
    """The JPEG that ``change`` makes of a kept photo at reading size, kept as ``kind``; None where it is no picture.

    ``finish`` comes after the photo was turned as a supervisor wants it, or by ``quarters``. ``anew`` for whom a copy
    that lay about will not do.
    """
    quarters = quarters_of(services.store, sha256) if quarters is None else quarters
    name += turn_name(quarters)
    made = None if anew else services.photos.derived(kind, name)
    if made is None and (copies := decoded(services, sha256)):
        made = as_jpeg(finish(turned(change(copies.review), quarters)), _COPY_QUALITY)
        services.photos.keep_derived(kind, name, made)
    return made


def thumbnail(services: Services, sha256: str) -> bytes | None:
    """The JPEG thumbnail of at most 320 px; None where it is no picture."""
    if quarters_of(services.store, sha256):
        return copy_made_once(services, "thumbnails", sha256, sha256, lambda review: review, thumbnail_of)
    kept = services.photos.derived("thumbnails", sha256)
    if kept is not None:
        return kept
    look = look_at(services, sha256)
    if look is None:
        return None
    services.photos.keep_derived("thumbnails", sha256, look.thumbnail)
    return look.thumbnail


def _told(services: Services, sha256: str) -> Look | None:
    """What a kept photo tells, with its thumbnail made; None where it is no picture, gone or damaged."""
    content = _held(services, sha256)
    look = services.looks.of(sha256, content) if content is not None else None
    if not isinstance(look, Look):
        return None
    services.photos.keep_derived("thumbnails", sha256, look.thumbnail)
    return look


def _held(services: Services, sha256: str) -> bytes | None:
    """An original for its checks, which what is gone or damaged does not keep from ending."""
    try:
        return services.photos.whole(sha256)
    except OriginalDamaged as error:
        _log.warning("%s", error)
        return None


def _context(
    services: Services, kept: Kept[Inspection], photo: Evidence, before: Capture | None, after: Capture | None
) -> Context:
    inspection = kept.value
    return Context(
        owner=kept.id,
        received_at=inspection.came_at(photo),
        ground=inspection.site.ground,
        live_required=services.library.kept(inspection.version).item(photo.item).live,
        before=before,
        after=after,
        visit=(inspection.started_at, inspection.finished_at) if photo in inspection.added_photos else None,
    )


def _keep_copy(services: Services, kept: Kept[Inspection], photo: Evidence, copies: Copies) -> bytes:
    made = _captioned(services, kept, photo, copies.review)
    services.photos.keep_derived("reviews", _review_name(services, kept, photo), made)
    return made


def _captioned(services: Services, kept: Kept[Inspection], photo: Evidence, picture: Image.Image) -> bytes:
    caption = _caption(services, kept, photo)
    upright = turned(picture, quarters_of(services.store, photo.sha256))
    return as_jpeg(captioned(upright, caption.lines, caption.short), _REVIEW_QUALITY)


def _review_name(services: Services, kept: Kept[Inspection], photo: Evidence) -> str:
    """A review copy belongs to a photo and its words: the same file may serve two items."""
    words = hashlib.sha256("\n".join(_caption(services, kept, photo).lines).encode()).hexdigest()
    turn = turn_name(quarters_of(services.store, photo.sha256))
    return f"{photo.sha256}-{words[:16]}-look{LOOK}{turn}"


def _caption(services: Services, kept: Kept[Inspection], photo: Evidence) -> Caption:
    inspection = kept.value
    item = services.library.kept(inspection.version).item(photo.item)
    return caption_of(
        photo,
        chosen_rules(services)[0],
        office=office_name(services),
        inspection=kept.id,
        area=area_tree(services.store, inspection.week).full_name(inspection.area),
        site=inspection.site.name,
        item=item.text,
        clauses=" ".join(item.clauses),
        timezone=services.settings.timezone,
    )
