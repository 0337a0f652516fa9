"""The fields of checklists as columns of spreadsheets, and those that are tables of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

YES_NO: Mapping[bool, str] = {True: "是", False: "否"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field it holds, its kind (text, lines, number, or choice) and its width in characters.

    ``accepted`` are the words of a choice. A younger column may be missing: workbooks written before there was one are
    still read.
    """

    field: str
    kind: str
    width: int
    accepted: tuple[str, ...] = ()
    younger: bool = False


@dataclass(frozen=True, slots=True)
class Nested:
    """A field that is a table itself: each of its rows belongs to an item. ``title`` is that of its sheet.

    A younger one may be missing from a workbook, as a younger column may.
    """

    title: str
    field: str
    columns: tuple[Column, ...]
    younger: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that a row may have."""
        return tuple(column.field for column in self.columns)
