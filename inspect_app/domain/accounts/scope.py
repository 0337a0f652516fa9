"""What of the city's work somebody sees: some areas or all of them, with who inspected or without."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


class Areas(Protocol):
    """The areas of a week, as far as a scope asks for them; an ``AreaTree`` is one."""

    def made_of(self, code: str) -> frozenset[str]:
        """The codes under which things of that week lie in this area."""


@dataclass(frozen=True, slots=True)
class Scope:
    """``areas`` are division codes, each with all below it; none stands for the whole city.

    ``inspectors`` is whether it shows who inspected.
    """

    areas: tuple[str, ...] = ()
    inspectors: bool = True

    @property
    def everywhere(self) -> bool:
        return not self.areas

    def within(self, areas: Areas, wanted: Collection[str] | None = None) -> Collection[str] | None:
        """The codes to look in: of those ``wanted`` (all for None) what lies in the scope; None for everywhere."""
        if self.everywhere:
            return wanted
        mine = frozenset[str]().union(*map(areas.made_of, self.areas))
        return mine if wanted is None else mine & frozenset(wanted)

    def covers(self, areas: Areas, area: str) -> bool:
        """Whether something that lies in an area is within the scope."""
        mine = self.within(areas)
        return mine is None or area in mine


EVERYTHING = Scope()
"""What the program itself works on, and whoever has no scope."""
