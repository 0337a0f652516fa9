"""Photos and recordings that came and that nothing names: no inspection followed, or none that was taken."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ...collections import LAYOUTS
from ...collections.hashes import hashes_in
from ...photos import PhotoStore
from .. import Services
from ..repeating import keep_doing_once

_log = logging.getLogger(__name__)
_EVERY_S, _FIRST_AFTER_S = 24 * 3600, 600


@dataclass(frozen=True, slots=True)
class Swept:
    """How many files nothing names, and their bytes."""

    files: int
    bytes: int


def sweep(services: Services, now: datetime, *, dry_run: bool = False) -> Swept:
    """Remove what came longer ago than the setting says, and is named by no document at all.

    A phone sends photos before their inspection, which may be a draft for long; who sends a photo again has it counted
    as come anew, and who names one that is gone is asked for it.
    """
    before = now - timedelta(days=services.settings.photo_keep_days)
    stores = (services.photos, services.recordings)
    known = services.similar.names()
    old = [(store, name) for store in stores for name in store.kept_before(before) if name not in known]
    if not old:
        return Swept(0, 0)
    named = hashes_in(services.store, (layout.name for layout in LAYOUTS))
    orphans = [(store, name) for store, name in old if name not in named]
    size = sum(store.size(name) or 0 for store, name in orphans)
    if not dry_run:
        for store, name in orphans:
            _remove(store, name, before)
    return Swept(len(orphans), size)


def keep_sweeping(services: Services) -> None:
    """Sweep once a day as long as the process lives; returns at once."""
    work = partial(sweep, services)
    keep_doing_once(services.turns, "sweeping", work, every_s=_EVERY_S, first_s=_FIRST_AFTER_S)


def _remove(store: PhotoStore, name: str, before: datetime) -> None:
    if store.remove(name, before):
        _log.info("removed a file that nothing names: %s", name)
