"""Lists of files in a submission, each entry for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..problems import Problem, under

Entry = TypeVar("Entry")


def parse_list(
    raw: object,
    field: str,
    called: tuple[str, str],
    most: int,
    parse: Callable[[object, str], Entry | list[Problem]],
) -> tuple[Entry, ...] | list[Problem]:
    """The entries of a field that is a list of at most so many, in the order sent, or all that is wrong.

    ``called`` is what is counted, and how, as in ``("张", "照片")``. ``parse`` gets an entry and what it is called,
    「第1张照片」; the problems it gives lead from the entry on.
    """
    counter, noun = called
    if not isinstance(raw, list):
        return [Problem(field, "应为列表", (field,))]
    if len(raw) > most:
        return [Problem(field, f"一次测评最多{most}{counter}{noun}", (field,), "too_many")]
    found: list[Entry] = []
    problems: list[Problem] = []
    for number, entry in enumerate(raw):
        parsed = parse(entry, f"第{number + 1}{counter}{noun}")
        if isinstance(parsed, list):
            problems += under(parsed, field, number)
        else:
            found.append(parsed)
    return problems or tuple(found)
