"""Whole numbers as fields of forms send them."""

from __future__ import annotations

_MOST_DIGITS = 9
_MOST_PAGES = 999_999


def is_number(text: str) -> bool:
    """Whether a field holds a whole number that is not absurdly long: Python refuses to read thousands of digits."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def page_number(text: str) -> int:
    """Which page of a list an address asks for: from 1, and 1 where it names none."""
    return max(1, int(text)) if is_number(text) and int(text) <= _MOST_PAGES else 1
