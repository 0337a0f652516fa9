"""Whether an installation holds demonstration data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Demonstration data was put in from ``began_at`` (UTC) on; ``complete`` once all of it was."""

    began_at: datetime
    complete: bool = False
