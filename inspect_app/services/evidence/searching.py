"""Faces and number plates in photos: looked for in the background, once, and kept.

Searched are photos that may be shown to somebody outside: those of findings, those after a case was dealt with, and
uploaded references; any other when a supervisor first opens it to redact it. A search takes half a second of processor
time, so that no request waits for one.
"""

from __future__ import annotations

import logging
import threading
from functools import partial

from PIL import Image

from ...collections.evidence.search import SEARCHES
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.evidence.search import SEARCH, Search
from ...photos.damage import OriginalDamaged
from ...photos.models import models_are_there
from ...photos.searching import search
from .. import Services
from .examining import decoded

_log = logging.getLogger(__name__)
_waiting: set[tuple[int, str]] = set()
"""The photos that wait to be searched, each with its services, so that a page that asks every second asks once."""
_asking = threading.Lock()


def can_search() -> bool:
    """Whether the models are installed."""
    return models_are_there()


def found_in(services: Services, sha256: str) -> Search | None:
    """What was found in a photo by today's way of searching; None where it was not searched yet."""
    kept = SEARCHES.get(services.store, sha256)
    return kept.value if kept and kept.value.number >= SEARCH else None


def search_photo(services: Services, sha256: str, week: str, picture: Image.Image | None = None) -> Search | None:
    """Search a kept photo and keep what was found; what was found before where it was searched already.

    ``picture`` is the photo at reading size where it was just decoded. None where it is no picture, or without the
    models. Raises ``OriginalDamaged``.
    """
    if (earlier := found_in(services, sha256)) or not can_search():
        return earlier
    if picture is None:
        copies = decoded(services, sha256)
        if copies is None:
            return None
        picture = copies.review
    kept = SEARCHES.get(services.store, sha256)
    # A document stays in the week that it was first written under.
    found = Search(sha256, kept.value.week if kept else week, SEARCH, search(picture))
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


def search_soon(services: Services, sha256: str, week: str) -> None:
    """Have a photo searched in the background, unless it was or waits already; returns at once."""
    if not can_search() or found_in(services, sha256):
        return
    key = (id(services.store), sha256)
    with _asking:
        if key in _waiting:
            return
        _waiting.add(key)
    if not services.after.offer(f"searching the photo {sha256}", partial(_search, services, sha256, week, key)):
        _forget(key)


def _search(services: Services, sha256: str, week: str, key: tuple[int, str]) -> None:
    try:
        search_photo(services, sha256, week)
    finally:
        _forget(key)


def _forget(key: tuple[int, str]) -> None:
    with _asking:
        _waiting.discard(key)
