"""Numbers as they come from outside: in JSON or TOML, or written as text."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import TypeGuard

_NOISE_DIGITS = 9
"""Digits beyond which a computed float says nothing: 68.1 / 80 is 85.125 but for the last of its digits."""


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


def exact_of(value: float) -> Fraction:
    """The fraction that a float was meant to be."""
    return Fraction(repr(round(value, _NOISE_DIGITS)))


def rounded(value: float | Fraction, digits: int = 2) -> Decimal:
    """The value to so many decimals, halves up (四舍五入, away from 0) on the exact number; never minus zero."""
    exact = value if isinstance(value, Fraction) else exact_of(value)
    whole = (abs(exact.numerator) * 10**digits * 2 + exact.denominator) // (2 * exact.denominator)
    return Decimal(-whole if exact < 0 else whole).scaleb(-digits) + 0


def signed(value: float, digits: int = 2) -> str:
    """The value so rounded, with its sign: ``+0.13``, ``-1.00``; 0 has none."""
    found = rounded(value, digits)
    return f"{found:+}" if found else f"{found}"


def signed_text(value: float, digits: int = 2) -> str:
    """As ``signed``, for readers of Chinese text: with a minus sign where it has a hyphen."""
    return signed(value, digits).replace("-", "−")


def plain_text(value: Decimal) -> str:
    """A number as people write it: no exponent, no zeros behind the last decimal."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
