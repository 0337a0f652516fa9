"""Numbers as they come from outside: in JSON or TOML, or written as text."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeGuard

_EXACT = Decimal("1e-9")
"""What a float that was computed errs by at most: 68.1 / 80 is 85.125 but for the last of its digits."""


def is_number(value: object) -> TypeGuard[float]:
    """Whether this is a finite number that a float can hold; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def number_from(text: str) -> float | None:
    """The finite number that a text says; None where it says none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def rounded(value: float, digits: int = 2) -> Decimal:
    """The value to so many decimals, halves up (四舍五入, away from 0) on the exact decimal; never minus zero."""
    exact = Decimal(value).quantize(_EXACT, ROUND_HALF_UP)
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0


def signed(value: float, digits: int = 2) -> str:
    """The value so rounded, with its sign: ``+0.13``, ``-1.00``; 0 has none."""
    found = rounded(value, digits)
    return f"{found:+}" if found else f"{found}"
