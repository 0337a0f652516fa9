"""A checklist that was uploaded and previewed, and waits for a yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a checklist, and the version that it was compared with; None where there was none."""

    checklist: str
    toml: str
    instead_of: str | None
    by: str
    at: datetime
