"""How a score rate or an index is written."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def format_rate(rate: float | None) -> str:
    """A score rate or index for readers: two decimals, halves up; ``—`` where there is none."""
    if rate is None:
        return "—"
    return str(Decimal(repr(rate)).quantize(Decimal("0.01"), ROUND_HALF_UP))
