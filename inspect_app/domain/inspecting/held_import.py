"""A submission that came in a file of which nobody can say who wrote it: taken, and nobody's visit until decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MAX_REASON = 300
"""Characters of the reason why one is taken over or left out."""


@dataclass(frozen=True, slots=True)
class HeldImport:
    """A submission as the file has it, and whose it claims to be.

    ``by`` brought the file at ``at`` (UTC); ``why`` tells in Chinese for what it waits. ``decision`` is empty as long
    as it does, then ``accepted`` or ``refused``, by whom, when and for what reason.
    """

    raw: Mapping[str, Any]
    inspector: str
    site: str
    week: str
    by: str
    at: datetime
    why: str = ""
    decision: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""
