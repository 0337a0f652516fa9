"""The sentences of problems, in Chinese, for people: a table a room, from code to where and what.

Fields of a sentence are details of its problem, as ``str.format`` takes them. A list is joined by 、, or by what stands
behind the colon: ``{accepted:或}``; or put into a frame, with what is said of an empty one: ``{near:，是否指 @|}``.
``{at}`` is the place that the details tell (see ``places``), ``{at:照片}`` that word where they tell none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from ..domain.checklists.methods import METHODS
from ..domain.problems import Problem, Value
from .places import place_of

SENTENCES: Mapping[str, tuple[str, str]] = {
    code: sentence
    for module in iter_modules(__path__)
    for code, sentence in getattr(import_module(f"{__name__}.{module.name}"), "SENTENCES", {}).items()
} | {code: sentence for method in METHODS.values() for code, sentence in method.sentences.items()}
"""Of every module here, and those that a scoring method brings itself."""


@dataclass(frozen=True, slots=True)
class Said:
    """A problem in words: where (file, row, field) and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}：{self.what}"


def say(problem: Problem) -> Said:
    """Where and what. Raises ``KeyError`` of a code that has no sentence, and of a detail that is missing."""
    where, what = SENTENCES[problem.code]
    fields = {"at": _At(place_of(problem.details))} | {name: _field(value) for name, value in problem.details.items()}
    return Said(where.format_map(fields).strip(), what.format_map(fields))


def all_said(problems: Iterable[Problem], most: int | None = None) -> str:
    """Problems as one line, no more than the first so many."""
    return "；".join(str(say(problem)) for problem in list(problems)[:most])


class _At(str):
    """A place; its format is what is said instead where there is none."""

    __slots__ = ()

    def __format__(self, instead: str) -> str:
        return str(self) or instead


class _Joined(tuple[str, ...]):
    """Several texts; their format is what stands between them, or a frame around them, or what stands for none."""

    __slots__ = ()

    def __format__(self, form: str) -> str:
        if "@" not in form:
            return (form or "、").join(self)
        frame, _, none = form.partition("|")
        return frame.replace("@", "、".join(self)) if self else none


def _field(value: Value) -> Value:
    return _Joined(value) if isinstance(value, tuple) else value
