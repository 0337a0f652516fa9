"""What somebody wrote about one thing: the documents in which it stands, and how they are said in other words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...collections import Collection, Kept
from ...collections.cases.case import CASES
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.blanking import Blanking, written
from ...domain.cases.case import Case
from ...domain.inspecting.inspection import Inspection

Words = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """A document in which something was written, and how it is said in other words."""

    collection: Collection[Any]
    kept: Kept[Any]
    in_words: Callable[[Any, Words], Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written about one thing: its name, the documents, and of what the log tells it by which names.

    ``registered`` is what the register calls it today: no free text, and changed there.
    """

    title: str
    parts: tuple[WrittenPart, ...]
    of: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    told: tuple[Blanking, ...] = ()
    registered: str = ""

    @property
    def texts(self) -> list[str]:
        """Each text once."""
        documents = written(lambda words: [part.in_words(part.kept.value, words) for part in self.parts])
        return list(dict.fromkeys([*documents, *self.reasons]))

    @property
    def blanked(self) -> list[Blanking]:
        """What was blanked so far, the last first; as documents tell it, else the log."""
        return sorted(self.told, key=lambda one: one.at, reverse=True)

    def documents(self, collection: Collection[Any]) -> list[Kept[Any]]:
        """Those of a collection."""
        return [part.kept for part in self.parts if part.collection is collection]

    @property
    def inspection(self) -> Kept[Inspection] | None:
        """The inspection, where it is about one, and not about the site of some."""
        return None if self.registered else next(iter(self.documents(INSPECTIONS)), None)

    @property
    def cases(self) -> list[Kept[Case]]:
        """The cases that came of it."""
        return self.documents(CASES)
