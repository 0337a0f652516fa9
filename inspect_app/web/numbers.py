"""Whole numbers as fields of forms send them."""

from __future__ import annotations

_MOST_DIGITS = 9


def is_number(text: str) -> bool:
    """Whether a field holds a whole number that is not absurdly long: Python refuses to read thousands of digits."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
