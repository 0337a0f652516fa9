"""Work that comes back as long as the process lives, each kind in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from ..store.turns import Schedule

_log = logging.getLogger(__name__)
_LOOK_EVERY_S = 300.0


def keep_doing(name: str, work: Callable[[datetime], object], *, every_s: float, first_s: float = 0.0) -> None:
    """Call ``work`` with the time (UTC) after ``first_s`` seconds, then every ``every_s``; returns at once.

    Every process does so. Work that fails is logged under its ``name``, and tried again the next time.
    """
    threading.Thread(target=_run, args=(name, work, every_s, first_s), name=name, daemon=True).start()


def keep_doing_once(
    turns: Schedule, name: str, work: Callable[[datetime], object], *, every_s: float, first_s: float = 0.0
) -> None:
    """As ``keep_doing``, by one process of all that run on the same data, every ``every_s`` seconds at most.

    ``name`` is also a file's: small letters and hyphens.
    """

    def in_turn(now: datetime) -> None:
        with turns.turn(name, every_s) as mine:
            if mine:
                work(now)

    keep_doing(name, in_turn, every_s=min(every_s, _LOOK_EVERY_S), first_s=first_s)


def _run(name: str, work: Callable[[datetime], object], every_s: float, first_s: float) -> None:
    stop, wait_s = threading.Event(), first_s
    while not stop.wait(wait_s):
        wait_s = every_s
        try:
            work(datetime.now(UTC))
        except Exception:
            _log.exception("%s failed", name)
