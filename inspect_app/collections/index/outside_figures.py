"""Figures of other indexes as documents."""

from __future__ import annotations

from ...domain.index.outside_figures import OutsideFigures
from ..collection import Collection

OUTSIDE_FIGURES: Collection[OutsideFigures] = Collection(
    "outside_figures",
    lambda id, document: document["figures"],
    lambda figures: {"figures": {area: dict(parts) for area, parts in figures.items()}},
)
"""The figures given for a week, under it."""
