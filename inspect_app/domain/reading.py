"""Reading typed values out of tables: every misprint is named with its place, field and what is accepted.

The tables come from TOML or from a spreadsheet; ``Wording`` is how the source at hand writes fields and values.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from .numbers import is_number
from .problems import Problem

MAX_TEXT, MAX_ENTRIES, MAX_ENTRY = 5_000, 100, 300
"""Characters of a text, entries of a list and characters of an entry: a list fits into one cell of a spreadsheet."""


def toml_table(text: str, file: str) -> dict[str, object] | list[Problem]:
    """The table of a TOML text; ``file`` names it where it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [Problem(file, f"TOML格式有误：{error}")]


class Wording:
    """How a source writes fields and values. This is TOML's way: by their own names."""

    def field(self, field: str) -> str:
        """The field at the end of a place."""
        return f"字段 {field}"

    def name(self, field: str) -> str:
        """The field within a sentence."""
        return field

    def value(self, field: str, value: object) -> str:
        """How the source writes this value of the field."""
        return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)

    def not_accepted(self, accepted: Collection[str]) -> str:
        """What is wrong with a field that is none of the accepted."""
        return f"没有这个字段，可用：{'、'.join(accepted)}"


class TableReader:
    """Takes the fields of one table and gathers what is wrong with them.

    Each method returns a value of the right type in any case (a harmless one where the field is wrong), so that all
    problems of a table are found in one pass; the values are used only where ``problems`` stays empty.
    """

    def __init__(
        self, table: Mapping[str, Any], where: str, problems: list[Problem], wording: Wording | None = None
    ) -> None:
        self._table = table
        self.where = where
        self._problems = problems
        self._wording = wording or Wording()

    def only(self, accepted: Collection[str]) -> None:
        """Complain of every key that is none of the accepted."""
        for key in self._table:
            if key not in accepted:
                self.complain(key, self._wording.not_accepted(accepted))

    def inner(self, field: str, table: Mapping[str, Any]) -> TableReader:
        """A reader of the table that stands in a field; it gathers into the same problems."""
        return TableReader(table, f"{self.where} {self._wording.field(field)}", self._problems, self._wording)

    def complain(self, field: str, what: str) -> None:
        self._problems.append(Problem(f"{self.where} {self._wording.field(field)}", what))

    def text(self, field: str, *, required: bool = True, default: str = "") -> str:
        value = self._value(field, required)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.complain(field, f"应为非空文字，实为{value!r}")
            return default
        if len(value) > MAX_TEXT:
            self.complain(field, f"最多{MAX_TEXT}个字，实有{len(value)}个")
        if unseen := _unseen(value, "\n\t"):
            self.complain(field, f"含有不能显示的字符{unseen!r}")
        return value.strip()

    def choice(self, field: str, accepted: Collection[str], default: str | None = None) -> str:
        value = self._value(field, default is None)
        if value is None:
            return default if default is not None else next(iter(accepted))
        if value not in accepted:
            written = "、".join(self._wording.value(field, entry) for entry in accepted)
            self.complain(field, f"应为 {written} 之一，实为{value!r}")
            return next(iter(accepted))
        return str(value)

    def number(
        self, field: str, accepted: Callable[[float], bool], said: str, *, default: float | None = None
    ) -> float:
        found = self.optional_number(field, accepted, said)
        if found is None and field not in self._table and default is None:
            self.complain(field, "缺少")
        return found if found is not None else (default or 0.0)

    def optional_number(self, field: str, accepted: Callable[[float], bool], said: str) -> float | None:
        value = self._table.get(field)
        if value is None:
            return None
        if not is_number(value) or not accepted(value):
            self.complain(field, f"应为{said}，实为{_short(value)}")
            return None
        return float(value) + 0.0  # so that there is one zero, not a negative one as well

    def flag(self, field: str, *, default: bool = False) -> bool:
        value = self._table.get(field, default)
        if not isinstance(value, bool):
            yes, no = self._wording.value(field, True), self._wording.value(field, False)
            self.complain(field, f"应为 {yes} 或 {no}，实为{value!r}")
            return default
        return value

    def texts(
        self, field: str, *, required: bool = False, accepted: Collection[str] | None = None, kind: str = ""
    ) -> tuple[str, ...]:
        """A list of texts, one line each; with ``accepted``, each must be one of them; ``kind`` names what they are."""
        value = self._value(field, required)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry.strip() for entry in value):
            self.complain(field, f"应为文字列表，实为{value!r}")
            return ()
        value = [entry.strip() for entry in value]
        if required and not value:
            self.complain(field, "至少要有一个")
        if len(value) > MAX_ENTRIES:
            self.complain(field, f"最多{MAX_ENTRIES}个，实有{len(value)}个")
        for entry in value:
            if len(entry) > MAX_ENTRY or _unseen(entry, ""):
                self.complain(field, f"每个应为一行、最多{MAX_ENTRY}个字，实为{_short(entry)}")
        for entry in value if accepted is not None else ():
            if entry not in (accepted or ()):
                self.complain(field, f"没有{kind}「{entry}」{_nearest(entry, accepted or ())}")
        if len(set(value)) != len(value):
            self.complain(field, "有重复")
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
            self.complain(field, "应为表格列表，至少一项" if required else "应为表格列表")
            return ()
        if len(value) > at_most:
            self.complain(field, f"最多{at_most}项，实有{len(value)}项")
            return ()
        return value

    def _value(self, field: str, required: bool) -> Any:
        value = self._table.get(field)
        if value is None and required:
            self.complain(field, "缺少")
        return value


def _nearest(entry: str, accepted: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(entry, list(accepted), n=3, cutoff=0.4)
    return f"，是否指 {'、'.join(near)}" if near else ""


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
