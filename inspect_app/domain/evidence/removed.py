"""An original that is kept no longer: what is still known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Removed:
    """An original that was removed by a rule: ``kind`` as its store is called, its week, its bytes; ``at`` is UTC."""

    kind: str
    week: str
    bytes: int
    rule: str
    at: datetime
