"""What is kept: every collection of the store, one file for each type. Only that file knows how it is written down."""

from __future__ import annotations

from typing import Any

from .checklists.checklist import CHECKLISTS
from .checklists.draft import DRAFTS
from .checklists.edition import EDITIONS
from .checklists.last_good import LAST_GOOD
from .collection import Collection, Kept, TooNew
from .inspecting.inspection import INSPECTIONS

__all__ = ["ALL", "Collection", "Kept", "TooNew"]

ALL: tuple[Collection[Any], ...] = (EDITIONS, CHECKLISTS, LAST_GOOD, DRAFTS, INSPECTIONS)
"""The registry: what is in it can be kept, found, upgraded and backed up; nothing else is."""
