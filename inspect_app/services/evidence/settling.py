"""Originals that this machine keeps until its object store has shown them a good while after they came."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from ...collections.evidence.removed import REMOVED
from ...photos.objects import ObjectsAway
from .. import Services
from ..repeating import keep_doing

_log = logging.getLogger(__name__)
_EVERY_S = 30.0


def settling(services: Services) -> Callable[[datetime], bool]:
    """What lets go of settled originals, and puts again what the object store has lost, each time it is called.

    The first time, and once the store was away, it is asked for all that is kept here, until all is there; whether that
    is so.
    """
    is_doubtful = True

    def work(now: datetime) -> bool:
        nonlocal is_doubtful
        is_doubtful |= services.objects is not None and services.objects.has_failed()
        try:
            there = [one.settle(now, removed, all_of_them=is_doubtful) for one in services.settling]
        except ObjectsAway as error:
            is_doubtful = True
            _log.warning("%s", error)
            return False
        is_doubtful = is_doubtful and not all(there)
        return not is_doubtful

    def removed(sha256: str) -> bool:
        return REMOVED.get(services.store, sha256) is not None

    return work


def keep_settling(services: Services) -> None:
    """Do so as long as the process lives, on each machine; returns at once."""
    if services.settling:
        keep_doing("settling", settling(services), every_s=_EVERY_S)
