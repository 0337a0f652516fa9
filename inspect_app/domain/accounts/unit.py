"""Units (责任单位): who is sent cases, under which names the checklists know them, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: ``names`` are others under which checklists name it; ``areas`` its ground, empty for the whole city."""

    id: str
    name: str
    names: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()

    def is_called(self, name: str) -> bool:
        return name == self.name or name in self.names

    def depth_in(self, path: Sequence[str]) -> int:
        """How far down a path of areas, the city first, this unit's ground lies; -1 where the path is not on it."""
        return max((path.index(area) for area in self.areas if area in path), default=-1)


@dataclass(frozen=True, slots=True)
class Reach:
    """How a unit is told of its cases: mail addresses, and the address of a robot of 企业微信 or 钉钉."""

    mail: tuple[str, ...] = ()
    webhook: str = ""
    webhook_secret: str = ""


@dataclass(frozen=True, slots=True)
class UnitOnRecord:
    """A unit as it is kept. Retired units keep their cases and get no new ones."""

    unit: Unit
    reach: Reach
    active: bool = True
