"""Faces and number plates in photos: looked for in the background, once, and kept.

Searched are photos that may be shown to somebody outside: those of findings, those after a case was dealt with, and
uploaded references; any other when a supervisor first opens it to redact it, and one that was turned since. A search
takes half a second of processor time, so that no request waits for one.
"""

from __future__ import annotations

import logging
import threading
from enum import Enum
from functools import partial

from PIL import Image

from ...collections.evidence.search import SEARCHES
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.evidence.search import SEARCH, Search
from ...domain.evidence.turns import QUARTERS, turned_boxes
from ...photos.damage import OriginalDamaged
from ...photos.models import Fault, model_faults
from ...photos.orientation import turned
from ...photos.searching import search
from .. import Services
from .examining import decoded
from .turning import quarters_of

_log = logging.getLogger(__name__)
_waiting: set[tuple[int, str]] = set()
"""The photos that wait to be searched, each with its services, so that a page that asks every second asks once."""
_failed: set[tuple[int, str]] = set()
"""Those whose last search failed: who waits for it is told, and who opens the page again has it tried again."""
_asking = threading.Lock()


class Stand(Enum):
    """How far the search of a photo is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    WITHOUT_MODELS = "impossible"
    DAMAGED_MODELS = "damaged"


def stand(services: Services, sha256: str) -> Stand:
    """How far the search of a photo is by which way it is shown now."""
    if found_in(services, sha256):
        return Stand.DONE
    if faults := model_faults():
        return Stand.DAMAGED_MODELS if Fault.DAMAGED in faults.values() else Stand.WITHOUT_MODELS
    with _asking:
        return Stand.FAILED if _key(services, sha256) in _failed else Stand.WAITING


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


def search_soon(services: Services, sha256: str, week: str, *, again: bool = True) -> None:
    """Have a photo searched in the background, unless it was or waits already; returns at once.

    One whose last search failed is left so where it is not to be tried ``again``.
    """
    if found_in(services, sha256) or not can_search():
        return
    key = _key(services, sha256)
    with _asking:
        if key in _waiting or (key in _failed and not again):
            return
        _failed.discard(key)
        _waiting.add(key)
    if not services.after.offer(f"searching the photo {sha256}", partial(_search, services, sha256, week, key)):
        _forget(key)


def _search(services: Services, sha256: str, week: str, key: tuple[int, str]) -> None:
    try:
        search_photo(services, sha256, week)
    except Exception:
        with _asking:
            _failed.add(key)
        raise
    finally:
        _forget(key)


def _key(services: Services, sha256: str) -> tuple[int, str]:
    return id(services.store), sha256


def _forget(key: tuple[int, str]) -> None:
    with _asking:
        _waiting.discard(key)
