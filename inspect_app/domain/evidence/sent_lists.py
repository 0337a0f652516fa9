"""Lists of files in a submission, each entry for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ..problems import Problem, under

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class ListWrong:
    """What is wrong with a list as a whole: that it is none, or that it has more than ``most`` entries."""

    no_list: Problem
    most: int
    too_many: Problem


def parse_list(
    raw: object, field: str, wrong: ListWrong, parse: Callable[[object, int], Entry | list[Problem]]
) -> tuple[Entry, ...] | list[Problem]:
    """The entries of a field that is a list, in the order sent, or all that is wrong.

    ``parse`` gets an entry and its number from 1; the problems it gives lead from the entry on.
    """
    if not isinstance(raw, list):
        return [wrong.no_list]
    if len(raw) > wrong.most:
        return [wrong.too_many]
    found: list[Entry] = []
    problems: list[Problem] = []
    for number, entry in enumerate(raw):
        parsed = parse(entry, number + 1)
        if isinstance(parsed, list):
            problems += under(parsed, field, number)
        else:
            found.append(parsed)
    return problems or tuple(found)
