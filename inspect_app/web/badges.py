"""Numbers beside the tabs of the navigation; a little old, so that no page waits for them."""

from __future__ import annotations

import time

from flask import current_app

from ..services.cases.acts import count_overdue
from ..store import StoreAway, StoreDamaged
from .context import now, scope, services

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
    """None where the cases cannot be read: that is said on their own pages, and costs no other."""
    try:
        return count_overdue(services(), now(), scope=scope())
    except (StoreDamaged, StoreAway):
        return 0
