"""A checklist as a TOML file that people read and edit, laid out as those in ``checklists/``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from .checklist import Checklist
from .table import checklist_table

_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def checklist_to_toml(checklist: Checklist, comment: str = "") -> str:
    """The file's text; read again it is the same checklist. ``comment`` goes on top, each line with its ``#``."""
    table = checklist_table(checklist)
    items = table.pop("items")
    parts = [_lines(table), *(f"[[items]]\n{_lines(item)}" for item in items)]
    return comment + "\n".join(parts)


def leading_comment(text: str) -> str:
    """The comment on top of a file: what an edit by spreadsheet must not lose."""
    return "".join(takewhile(lambda line: line.startswith("#"), text.splitlines(keepends=True)))


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{field} = {_value(value)}\n" for field, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return "[\n" + "".join(f"  {_row(row)},\n" for row in value) + "]"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else _number(value)


def _row(row: Mapping[str, Any]) -> str:
    written = {field: repr(value) if isinstance(value, float) else _value(value) for field, value in row.items()}
    return "{ " + ", ".join(f"{field} = {value}" for field, value in written.items()) + " }"


def _number(value: float) -> str:
    """Whole numbers without a point; all others with as many digits as tell them from their neighbours."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _text(value: str) -> str:
    return '"' + _ESCAPED.sub(lambda found: _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}", value) + '"'
