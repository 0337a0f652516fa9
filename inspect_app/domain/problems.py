"""What is wrong with an input, said so that the person who sent it can mend it, and so that a program can find it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

Step = str | int
INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (file, row, field) and what, both in Chinese, for people.

    For programs, which read no sentences: ``path`` leads through what was sent to the place that is wrong, by names of
    fields and positions in lists (from 0), as far as that is known; ``code`` tells what kind of mistake it is.
    """

    where: str
    what: str
    path: tuple[Step, ...] = ()
    code: str = INVALID

    def __str__(self) -> str:
        return f"{self.where}：{self.what}"


def under(problems: Iterable[Problem], *path: Step) -> list[Problem]:
    """The problems of a part as those of the whole, in which ``path`` leads to the part."""
    return [replace(problem, path=(*path, *problem.path)) for problem in problems]
