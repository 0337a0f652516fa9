"""Which areas a page offers to choose from."""

from __future__ import annotations

from ...domain.place.areas import Area, AreaTree
from ..context import scope

_LEVELS = ("区县", "街道乡镇", "社区")


def areas_to_choose(tree: AreaTree) -> list[Area]:
    """Districts and what is below them, as far as they lie in the visitor's scope."""
    return [area for area in tree if area.level in _LEVELS and scope().covers(tree, area.code)]
