"""Reading an item out of the table that its source gives, every misprint told in the source's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..problems import Details, Problem, deeper
from ..reading import TableReader, Wording
from .columns import Nested

MAX_ROWS = 30
"""Grades, classes or categories of an item."""


class Source(Wording):
    """Where the tables of a checklist stand in what they were read from. This is TOML's way: file, item and row."""

    def __init__(self, whole: Details) -> None:
        self.whole = whole

    def item(self, number: int, table: Mapping[str, Any]) -> Details:
        """The place of the item with this number, counted from 1."""
        entry = table["id"] if isinstance(table.get("id"), str) else f"#{number}"
        return deeper(self.whole, item_entry=entry)

    def row(self, number: int, table: Mapping[str, Any], field: str, row: int) -> Details:
        """The place of a row in the field of that item that is a table itself."""
        return deeper(self.item(number, table), nested=field, nested_row=row)


class ItemReader(TableReader):
    """Takes the fields of one item, and the rows of those fields that are tables themselves."""

    def __init__(self, table: Mapping[str, Any], number: int, source: Source, problems: list[Problem]) -> None:
        super().__init__(table, source.item(number, table), problems, source)
        self.name = source.name
        self._number = number
        self._source = source

    def names(self, field: str, value: str) -> bool:
        """Whether the field says just this."""
        return self.table.get(field) == value

    def rows(self, nested: Nested, *, required: bool = True) -> list[TableReader]:
        """A reader for each row of a field that is a table itself."""
        tables = self.tables(nested.field, required=required, at_most=MAX_ROWS)
        places = [self._source.row(self._number, self.table, nested.field, row) for row in range(1, len(tables) + 1)]
        rows = [
            TableReader(table, place, self._problems, self._source) for table, place in zip(tables, places, strict=True)
        ]
        for row in rows:
            row.only(nested.fields)
        return rows

    def no_repeats(self, field: str, ids: Sequence[str]) -> None:
        """Complain where a row says the same id as another."""
        if len(set(ids)) != len(ids):
            self.complain(field, "checklists.ids_repeated")
