"""Text in cells of CSV files that people open in a spreadsheet."""

from __future__ import annotations

from typing import TypeVar

_Value = TypeVar("_Value", str, int | float | str | None)
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""How formulas begin; spreadsheets for Chinese take the signs of full width for the others."""


def plain(value: _Value) -> _Value:
    """The value; text that a spreadsheet would take for a formula has an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
