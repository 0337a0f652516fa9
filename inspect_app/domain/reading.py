"""Reading typed values out of TOML tables: every misprint is named with file, item, field and what is accepted."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from .problems import Problem


class TableReader:
    """Takes the fields of one table and gathers what is wrong with them.

    Each method returns a value of the right type in any case (a harmless one where the field is wrong), so that all
    problems of a table are found in one pass; the values are used only where ``problems`` stays empty.
    """

    def __init__(self, table: Mapping[str, Any], where: str, problems: list[Problem]) -> None:
        self._table = table
        self.where = where
        self._problems = problems

    def only(self, accepted: Collection[str]) -> None:
        """Complain of every key that is none of the accepted."""
        for key in self._table:
            if key not in accepted:
                self.complain(key, f"没有这个字段，可用：{'、'.join(accepted)}")

    def complain(self, field: str, what: str) -> None:
        self._problems.append(Problem(f"{self.where} 字段 {field}", what))

    def text(self, field: str, *, required: bool = True, default: str = "") -> str:
        value = self._value(field, required)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.complain(field, f"应为非空文字，实为{value!r}")
            return default
        return value.strip()

    def choice(self, field: str, accepted: Collection[str], default: str | None = None) -> str:
        value = self._value(field, default is None)
        if value is None:
            return default if default is not None else next(iter(accepted))
        if value not in accepted:
            self.complain(field, f"应为 {'、'.join(accepted)} 之一，实为{value!r}")
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
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
            or not accepted(value)
        ):
            self.complain(field, f"应为{said}，实为{value!r}")
            return None
        return float(value)

    def flag(self, field: str) -> bool:
        value = self._table.get(field, False)
        if not isinstance(value, bool):
            self.complain(field, f"应为 true 或 false，实为{value!r}")
            return False
        return value

    def texts(
        self, field: str, *, required: bool = False, accepted: Collection[str] | None = None, kind: str = ""
    ) -> tuple[str, ...]:
        """A list of texts; with ``accepted``, each must be one of them (``kind`` names what they are)."""
        value = self._value(field, required)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry.strip() for entry in value):
            self.complain(field, f"应为文字列表，实为{value!r}")
            return ()
        if required and not value:
            self.complain(field, "至少要有一个")
        for entry in value if accepted is not None else ():
            if entry not in (accepted or ()):
                self.complain(field, f"没有{kind}「{entry}」{_nearest(entry, accepted or ())}")
        if len(set(value)) != len(value):
            self.complain(field, "有重复")
        return tuple(value)

    def tables(self, field: str, *, required: bool = False) -> Sequence[Mapping[str, Any]]:
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
