"""Numbers beside the tabs of the navigation; a little old, so that no page waits for them."""

from __future__ import annotations

import logging
import time

from flask import current_app

from ..collections import TooNew
from ..services.cases.acts import count_overdue
from ..store import StoreAway, StoreDamaged
from .context import now, scope, services

_log = logging.getLogger(__name__)
_GOOD_FOR_S = 30.0
_KEPT = "inspect_badges"


def overdue_badge() -> int:
    """How many cases of the visitor's areas are overdue, as of the last half minute."""
    kept: dict[tuple[str, ...], tuple[float, int]] = current_app.extensions.setdefault(_KEPT, {})
    at, areas = time.monotonic(), scope().areas
    if areas not in kept or at - kept[areas][0] > _GOOD_FOR_S:
        kept[areas] = (at, _overdue())
    return kept[areas][1]


def _overdue() -> int:
    """None where a case cannot be read, for whatever reason: that is said on their own pages, and costs no other."""
    try:
        return count_overdue(services(), now(), scope=scope())
    except (StoreDamaged, StoreAway, TooNew):
        return 0
    except Exception:  # the frame of every page asks, that of errors too
        _log.exception("the cases cannot be read")
        return 0
