"""The frame of a week (抽样框): the register, areas, weights and rules that its figures rest on, frozen with the week.

A register that grows, an area that is renamed, other weights: none of it may move what a past week says. So each week
has a frame of its own, the first one by itself, and another one in its place only where the office says why.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..place.areas import Area, AreaTree
from ..plan.draw import Listed, digest_of, read_register, register_csv
from .weights import Weights

OCCASIONS: Mapping[str, str] = {
    "drawn": "随计划的抽取",
    "over": "这一周结束以后",
    "published": "随指数的发布",
    "anew": "办公室重新固定",
}
"""What a frame was frozen by."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What was frozen of a week: ``at`` (UTC), by whom, at which of ``OCCASIONS``; ``reason`` where it was ``anew``.

    ``register`` and ``areas`` are the SHA-256 of their files, ``minimum`` is that of sites for a rank,
    ``least_response`` the share in [0, 1] of the drawn sites from which on nothing is said of those missed,
    ``checklists`` the versions in force, by id.
    """

    at: datetime
    by: str
    occasion: str
    register: str
    areas: str
    weights: Weights
    minimum: int
    least_response: float
    checklists: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    def content(self, tree: AreaTree, listed: tuple[Listed, ...]) -> FrameContent:
        """What it says, given what its files say."""
        return FrameContent(tree, listed, self.weights, self.minimum, self.least_response, self.checklists)

    def rests_on_the_same(self, other: Frame) -> bool:
        """Whether another one says the same, whenever and by whomever it was frozen."""
        return self._content == other._content

    @property
    def _content(self) -> tuple[object, ...]:
        rules = (self.weights, self.minimum, self.least_response, dict(self.checklists))
        return (self.register, self.areas, *rules)


@dataclass(frozen=True, slots=True)
class FrameContent:
    """What a frame says, read: the areas of the week, and every site in use with its area and type."""

    tree: AreaTree
    listed: tuple[Listed, ...]
    weights: Weights
    minimum: int
    least_response: float
    checklists: Mapping[str, str]

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """How many sites in use there are, by area code and site type."""
        return Counter((site.area, site.site_type) for site in self.listed)

    @property
    def areas_of_sites(self) -> Mapping[str, str]:
        """The area of each site in use, by code."""
        return {site.code: site.area for site in self.listed}

    @property
    def files(self) -> tuple[str, str]:
        """The files of the register and of the areas, which a frame names by their hashes."""
        return register_csv(self.listed), areas_file(self.tree)

    def frame(self, by: str, at: datetime, occasion: str, reason: str = "") -> Frame:
        """The frame that says this."""
        register, areas = map(digest_of, self.files)
        rules = (self.weights, self.minimum, self.least_response, self.checklists)
        return Frame(at, by, occasion, register, areas, *rules, reason=reason)


def areas_file(tree: AreaTree) -> str:
    """The areas of a week as a file that is the same on any machine, so that its SHA-256 stands for it."""
    areas = [[area.code, area.name, area.parent] for area in tree]
    return json.dumps({"areas": areas, "stands_for": dict(sorted(tree.absent.items()))}, ensure_ascii=False)


def listed_of(file: str) -> tuple[Listed, ...]:
    """The sites of the file of a register that was kept."""
    return tuple(one for one in read_register(file, "登记") if isinstance(one, Listed))


def tree_of(file: str) -> AreaTree:
    """The areas of such a file."""
    found = json.loads(file)
    return AreaTree([Area(*fields) for fields in found["areas"]], found["stands_for"])
