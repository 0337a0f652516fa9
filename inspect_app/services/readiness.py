"""Whether the installation can do its work right now: read and keep documents, read and keep photos, fill its disk."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..durable import try_writing
from ..photos.objects import ObjectsUnfit
from ..store import StoreAway, StoreDamaged
from . import Services
from .disk import Room, disks, warning

_log = logging.getLogger(__name__)
_GOOD_FOR_S = 5.0
"""How long an answer is given again: however often it is asked for, the store is tried no oftener."""
_FAILS = (OSError, StoreAway, StoreDamaged, ObjectsUnfit)


class _Full(OSError):
    """A disk on which there is no room; the message is in Chinese."""


@dataclass(slots=True)
class Readiness:
    """What of an installation works, remembered for some seconds. Safe for threads.

    One thread tries at a time; the others are told what was found last. ``clock`` is in seconds; ``since`` is when this
    process opened the installation (UTC).
    """

    services: Services
    clock: Callable[[], float] = time.monotonic
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    _failing: Mapping[str, str] | None = None
    _at: float = 0.0
    _trying: threading.Lock = field(default_factory=threading.Lock)

    def failing(self) -> Mapping[str, str]:
        """What does not work, by its name in ``CHECKS``, with what is known of it; for nobody but who runs the server.

        ``starting``, where the first try is not at its end.
        """
        if self._is_old() and self._trying.acquire(blocking=False):
            try:
                if self._is_old():
                    self._try()
            finally:
                self._trying.release()
        return {"starting": ""} if self._failing is None else self._failing

    def _is_old(self) -> bool:
        return self._failing is None or self.clock() - self._at >= _GOOD_FOR_S

    def _try(self) -> None:
        found = {name: why for name, check in CHECKS.items() if (why := _fails(check, self.services))}
        if found.keys() != (self._failing or {}).keys():
            _say(found)
        self._failing, self._at = found, self.clock()


def _say(failing: Mapping[str, str]) -> None:
    """What changed, once, with all that is known."""
    if failing:
        _log.warning("not ready: %s", "; ".join(f"{name}: {why}" for name, why in failing.items()))
    else:
        _log.info("ready again")


def _fails(check: Callable[[Services], object], services: Services) -> str:
    """Why a check fails; empty where it does not."""
    try:
        check(services)
    except _FAILS as error:
        return str(error) or type(error).__name__
    except Exception as error:
        _log.exception("a check of readiness failed")
        return type(error).__name__
    return ""


def _store(services: Services) -> None:
    services.store.probe()


def _originals(services: Services) -> None:
    """The object store is asked for the mark that it is ours; it is not written to."""
    if services.objects is None:
        try_writing(services.settings.photos)
    elif services.objects.owner() is None:
        raise ObjectsUnfit(f"对象存储 {services.settings.objects} 里没有本安装的标记")


def _disk(services: Services) -> None:
    for disk in disks(services.settings):
        if disk.room is Room.FULL:
            raise _Full(warning(disk))


CHECKS: Mapping[str, Callable[[Services], object]] = {"store": _store, "originals": _originals, "disk": _disk}
"""What is tried. The names are all that a stranger is told."""
