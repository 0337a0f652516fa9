"""Reading typed values out of tables: every misprint is named with its place, field and what is accepted.

The tables come from TOML or from a spreadsheet; ``Wording`` is how the source at hand writes fields and values.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from .numbers import is_number
from .problems import Details, Problem, Value, deeper

MAX_TEXT, MAX_ENTRIES, MAX_ENTRY = 5_000, 100, 300
"""Characters of a text, entries of a list and characters of an entry: a list fits into one cell of a spreadsheet."""


def toml_table(text: str, file: str) -> dict[str, object] | list[Problem]:
    """The table of a TOML text; ``file`` names it where it is none."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return [Problem("reading.not_toml", details={"file": file, "error": str(error)})]


class Wording:
    """How a source writes fields and values. This is TOML's way: by their own names."""

    unknown_field = "reading.field_unknown"
    """The problem of a field that is none of the accepted."""

    def field(self, field: str) -> Details:
        """The field at the end of a place."""
        return {"toml_field": (field,)}

    def name(self, field: str) -> str:
        """The field within a sentence."""
        return field

    def title(self, field: str) -> str:
        """The field in a list of fields."""
        return field

    def value(self, field: str, value: object) -> str:
        """How the source writes this value of the field."""
        return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


class TableReader:
    """Takes the fields of one table and gathers what is wrong with them.

    Each method returns a value of the right type in any case (a harmless one where the field is wrong), so that all
    problems of a table are found in one pass; the values are used only where ``problems`` stays empty.
    ``table`` has the fields as they were written.
    """

    def __init__(
        self, table: Mapping[str, Any], where: Details, problems: list[Problem], wording: Wording | None = None
    ) -> None:
        self.table = table
        self.where = where
        self._problems = problems
        self._wording = wording or Wording()

    def only(self, accepted: Collection[str]) -> None:
        """Complain of every key that is none of the accepted."""
        for key in self.table:
            if key not in accepted:
                names = self._names(accepted)
                near = nearest(self._wording.name(key), names)[:1]
                self.complain(key, self._wording.unknown_field, accepted=names, near=near)

    def inner(self, field: str, table: Mapping[str, Any]) -> TableReader:
        """A reader of the table that stands in a field; it gathers into the same problems."""
        return TableReader(table, self._at(field), self._problems, self._wording)

    def complain(self, field: str, code: str, **details: Value) -> None:
        """A problem of that code with the field; its place is added to the details."""
        self._problems.append(Problem(code, details={**self._at(field), **details}))

    def text(self, field: str, *, required: bool = True, default: str = "") -> str:
        value = self._value(field, required)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.complain(field, "reading.not_text", got=repr(value))
            return default
        if len(value) > MAX_TEXT:
            self.complain(field, "reading.text_too_long", most=MAX_TEXT, count=len(value))
        if unseen := _unseen(value, "\n\t"):
            self.complain(field, "reading.unseen_character", character=repr(unseen))
        return value.strip()

    def choice(self, field: str, accepted: Collection[str], default: str | None = None) -> str:
        value = self._value(field, default is None)
        if value is None:
            return default if default is not None else next(iter(accepted))
        if value not in accepted:
            written = tuple(self._wording.value(field, entry) for entry in accepted)
            self.complain(field, "reading.not_a_choice", accepted=written, got=repr(value))
            return next(iter(accepted))
        return str(value)

    def number(
        self,
        field: str,
        accepted: Callable[[float], bool],
        code: str,
        *,
        default: float | None = None,
        **details: Value,
    ) -> float:
        """A number; ``code`` is the problem of one that is not accepted, of whose sentence ``got`` is a field."""
        found = self.optional_number(field, accepted, code, **details)
        if found is None and field not in self.table and default is None:
            self.complain(field, "reading.missing")
        return found if found is not None else (default or 0.0)

    def optional_number(
        self, field: str, accepted: Callable[[float], bool], code: str, **details: Value
    ) -> float | None:
        value = self.table.get(field)
        if value is None:
            return None
        if not is_number(value) or not accepted(value):
            self.complain(field, code, got=_short(value), **details)
            return None
        return float(value) + 0.0  # so that there is one zero, not a negative one as well

    def flag(self, field: str, *, default: bool = False) -> bool:
        value = self.table.get(field, default)
        if not isinstance(value, bool):
            yes, no = self._wording.value(field, True), self._wording.value(field, False)
            self.complain(field, "reading.not_a_flag", yes=yes, no=no, got=repr(value))
            return default
        return value

    def texts(
        self, field: str, *, required: bool = False, accepted: Collection[str] | None = None, unknown: str = ""
    ) -> tuple[str, ...]:
        """A list of texts, one line each.

        With ``accepted``, each must be one of them; ``unknown`` is the problem of one that is not: fields of its
        sentence are ``entry`` and ``near``, those that it may have been meant for.
        """
        value = self._value(field, required)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry.strip() for entry in value):
            self.complain(field, "reading.not_a_list", got=repr(value))
            return ()
        value = [entry.strip() for entry in value]
        if required and not value:
            self.complain(field, "reading.none_given")
        if len(value) > MAX_ENTRIES:
            self.complain(field, "reading.too_many_entries", most=MAX_ENTRIES, count=len(value))
        for entry in value:
            if len(entry) > MAX_ENTRY or _unseen(entry, ""):
                self.complain(field, "reading.entry_malformed", most=MAX_ENTRY, got=_short(entry))
        for entry in value if accepted is not None else ():
            if entry not in (accepted or ()):
                self.complain(field, unknown, entry=entry, near=nearest(entry, accepted or ()))
        if len(set(value)) != len(value):
            self.complain(field, "reading.repeated")
        return tuple(value)

    def tables(self, field: str, *, required: bool = False, at_most: int = 1_000) -> Sequence[Mapping[str, Any]]:
        value = self._value(field, required)
        if value is None:
            return ()
        if (
            not isinstance(value, list)
            or not all(isinstance(entry, Mapping) for entry in value)
            or (required and not value)
        ):
            self.complain(field, "reading.no_tables" if required else "reading.not_tables")
            return ()
        if len(value) > at_most:
            self.complain(field, "reading.too_many_tables", most=at_most, count=len(value))
            return ()
        return value

    def _value(self, field: str, required: bool) -> Any:
        value = self.table.get(field)
        if value is None and required:
            self.complain(field, "reading.missing")
        return value

    def _at(self, field: str) -> Details:
        return deeper(self.where, **self._wording.field(field))

    def _names(self, fields: Collection[str]) -> tuple[str, ...]:
        return tuple(self._wording.title(field) for field in fields)


def toml_reader(text: str, file: str, accepted: Collection[str], problems: list[Problem]) -> TableReader | None:
    """A reader of a whole TOML file, ``file`` by name, in which no fields but the accepted may stand.

    None where the text is no TOML. What is wrong is added to ``problems``.
    """
    table = toml_table(text, file)
    if isinstance(table, list):
        problems += table
        return None
    reader = TableReader(table, {"file": file}, problems)
    reader.only(accepted)
    return reader


def nearest(entry: str, accepted: Collection[str]) -> tuple[str, ...]:
    """Of the accepted those, three at most, that an entry may be a slip for; the likest first."""
    from difflib import get_close_matches

    return tuple(get_close_matches(entry, list(accepted), n=3, cutoff=0.4))


def _unseen(text: str, allowed: str) -> str:
    """The first character that no file format carries or no reader sees; empty where there is none."""
    return next((sign for sign in text if sign not in allowed and _is_unseen(sign)), "")


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") or ord(sign) & 0xFFFE == 0xFFFE


def _short(value: object) -> str:
    try:
        written = repr(value)
    except ValueError:  # Python refuses to write out integers of thousands of digits.
        written = "过长的数"
    return written if len(written) <= 100 else f"{written[:100]}…"
