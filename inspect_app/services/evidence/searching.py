"""Faces and number plates in photos: looked for in the background, once, and kept.

Searched are photos that may be shown to somebody outside: those of findings, those after a case was dealt with, and
uploaded references; any other when a supervisor first opens it to redact it, and one that was turned since. A search
takes half a second of processor time, so that no request waits for one.
"""

from __future__ import annotations

import logging

from PIL import Image

from ...collections.evidence.search import SEARCHES
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.evidence.search import SEARCH, Search
from ...domain.evidence.turns import QUARTERS, turned_boxes
from ...photos.damage import OriginalDamaged
from ...photos.models import model_faults
from ...photos.orientation import turned
from ...photos.searching import search
from .. import Services
from .examining import decoded
from .turning import quarters_of

_log = logging.getLogger(__name__)


def can_search() -> bool:
    """Whether the models are installed, and whole."""
    return not model_faults()


def found_in(services: Services, sha256: str) -> Search | None:
    """What was found in a photo by today's way of searching, as it is turned now; None where it is to be searched."""
    kept = SEARCHES.get(services.store, sha256)
    if kept is None or kept.value.number < SEARCH or kept.value.quarters != quarters_of(services.store, sha256):
        return None
    return kept.value


def search_photo(services: Services, sha256: str, week: str, picture: Image.Image | None = None) -> Search | None:
    """Search a kept photo and keep what was found; what was found before where it was searched already.

    ``picture`` is the photo at reading size, unturned, where it was just decoded. None where it is no picture, or
    without the models. Raises ``OriginalDamaged``.
    """
    if (earlier := found_in(services, sha256)) or not can_search():
        return earlier
    if picture is None:
        copies = decoded(services, sha256)
        if copies is None:
            return None
        picture = copies.review
    quarters = quarters_of(services.store, sha256)
    boxes = turned_boxes(search(turned(picture, quarters)), QUARTERS - quarters)
    kept = SEARCHES.get(services.store, sha256)
    # A document stays in the week that it was first written under.
    found = Search(sha256, kept.value.week if kept else week, SEARCH, boxes, quarters)
    SEARCHES.keep(services.store, sha256, found)
    return found


def search_inspection(services: Services, id: str) -> None:
    """Search the photos of an inspection's findings: of no others does the public ever see anything."""
    kept = INSPECTIONS.get(services.store, id)
    if kept is None:
        return
    failed = {finding.item.item_id for finding in kept.value.findings}
    for sha256 in dict.fromkeys(photo.sha256 for photo in kept.value.photos if photo.item in failed):
        try:
            search_photo(services, sha256, kept.value.week)
        except OriginalDamaged as error:
            _log.warning("%s", error)
