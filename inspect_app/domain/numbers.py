"""Numbers as they come from outside: in JSON or TOML, or written as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TypeGuard

_NOISE_DIGITS = 9
"""Digits beyond which a computed float says nothing: 68.1 / 80 is 85.125 but for the last of its digits."""

_GOES_UP: Mapping[str, Callable[[int, int, int], bool]] = {
    "half_up": lambda whole, twice, one: twice >= one,
    "down": lambda whole, twice, one: False,
    "up": lambda whole, twice, one: twice > 0,
    "half_even": lambda whole, twice, one: twice > one or (twice == one and whole % 2 == 1),
}
"""Whether the last digit goes up, by the way of rounding: for the whole, and twice what is left of ``one``."""


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


def rounded(value: float | Fraction, digits: int = 2, how: str = "half_up") -> Decimal:
    """The value to so many decimals, on the exact number; never minus zero.

    ``how``: ``half_up`` (四舍五入), ``down`` (截尾), ``up`` (进一), ``half_even`` (四舍六入五成双, GB/T 8170); the sign
    counts for nothing: halves go away from 0, tails towards it.
    """
    exact = value if isinstance(value, Fraction) else exact_of(value)
    whole, rest = divmod(abs(exact.numerator) * 10**digits, exact.denominator)
    whole += _GOES_UP[how](whole, 2 * rest, exact.denominator)
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
