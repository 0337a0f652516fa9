"""Exact numbers: what is printed is rounded once, halves up, from a fraction and not from a binary approximation."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

MOST_DECIMALS = 6
_NOISE_DIGITS = 9
"""Digits beyond which a computed float says nothing: 85.125 must not round as 85.12499999999999."""


def exact_of(value: float) -> Fraction:
    """The fraction that a float was meant to be."""
    return Fraction(repr(round(value, _NOISE_DIGITS)))


def rounded(value: Fraction, decimals: int) -> Decimal:
    """A number with so many decimals, halves away from zero (四舍五入); there is no negative zero."""
    scale = 10**decimals
    whole = (abs(value.numerator) * scale * 2 + value.denominator) // (2 * value.denominator)
    return Decimal(-whole if value < 0 else whole).scaleb(-decimals) + Decimal(0)


def plain_text(value: Decimal) -> str:
    """A number as people write it: no exponent, no zeros behind the last decimal."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
