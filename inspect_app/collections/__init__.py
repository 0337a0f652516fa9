"""What is kept: every collection of the store, one file for each type. Only that file knows how it is written down."""

from __future__ import annotations

from typing import Any

from .collection import Collection, Kept, TooNew
from .demonstration import DEMONSTRATION
from .evidence.checks import PHOTO_CHECKS
from .evidence.redaction import REDACTIONS
from .evidence.saved_filters import SAVED_FILTERS
from .index.outside_figures import OUTSIDE_FIGURES
from .index.publication import PUBLICATIONS
from .inspecting.inspection import INSPECTIONS
from .plan.week_plan import AVOIDANCES, REGISTERS, WEEK_PLANS

__all__ = ["ALL", "Collection", "Kept", "TooNew"]

ALL: tuple[Collection[Any], ...] = (
    DEMONSTRATION,
    PHOTO_CHECKS,
    REDACTIONS,
    SAVED_FILTERS,
    INSPECTIONS,
    WEEK_PLANS,
    REGISTERS,
    AVOIDANCES,
    PUBLICATIONS,
    OUTSIDE_FIGURES,
)
"""The registry: what is in it can be kept, found, upgraded and backed up; nothing else is."""
