"""How a score rate or an index is written."""

from __future__ import annotations

from ..numbers import rounded


def format_rate(rate: float | None) -> str:
    """A score rate or index for readers: two decimals, halves up on the exact decimal; ``—`` where there is none."""
    if rate is None:
        return "—"
    return str(rounded(rate))
