"""What is wrong with an input, as plain values: a program can find it, and ``wording`` says it to people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

Step = str | int
Value = str | int | float | tuple[str, ...]
Details = Mapping[str, Value]
NOWHERE: Details = {}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    ``code`` tells which mistake it is, for good: ``room.mistake``. ``path`` leads through what was sent to the place
    that is wrong, by names of fields and positions in lists (from 0), as far as that is known. ``details`` are the
    values that its sentence names, and where in a file or a form it is (file, row, column …).
    """

    code: str
    path: tuple[Step, ...] = ()
    details: Details = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.code


def under(problems: Iterable[Problem], *path: Step) -> list[Problem]:
    """The problems of a part as those of the whole, in which ``path`` leads to the part."""
    return [replace(problem, path=(*path, *problem.path)) for problem in problems]


def deeper(where: Details, **more: Value) -> Details:
    """A place inside another. A step of the same name comes after those that are there, where both are tuples."""
    return {**where, **{name: _after(where.get(name), value) for name, value in more.items()}}


def placed(problem: Problem, where: Details) -> Problem:
    """The problem as one that was found there."""
    return replace(problem, details={**where, **problem.details})


def _after(before: Value | None, value: Value) -> Value:
    return before + value if isinstance(before, tuple) and isinstance(value, tuple) else value
