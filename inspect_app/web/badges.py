"""Numbers beside the tabs of the navigation; a little old, so that no page waits for them."""

from __future__ import annotations

import time
from typing import Any

from flask import current_app

from ..services.cases.acts import overdue_cases
from .context import now, services

_GOOD_FOR_S = 30.0
_KEPT = "inspect_badges"


def overdue_badge() -> int:
    """How many cases are overdue, as of the last half minute."""
    kept: dict[str, Any] = current_app.extensions.setdefault(_KEPT, {})
    at = time.monotonic()
    if "overdue" not in kept or at - kept["at"] > _GOOD_FOR_S:
        kept.update(at=at, overdue=len(overdue_cases(services(), now())))
    return int(kept["overdue"])
