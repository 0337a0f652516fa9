"""How deep a value of JSON is nested: what comes from outside is bounded before anything walks it by recursion."""

from __future__ import annotations

from collections.abc import Mapping

MOST_LAYERS = 64
"""Objects and lists within one another that are taken: several times what any submission, page or map file has."""


def is_deeper(value: object, most: int = MOST_LAYERS) -> bool:
    """Whether more than ``most`` objects and lists lie in one another. Found without recursion."""
    layer = [value]
    for _ in range(most + 1):
        inside = [list(one.values()) if isinstance(one, Mapping) else one for one in layer]
        nested = [one for one in inside if isinstance(one, list)]
        if not nested:
            return False
        layer = [deeper for one in nested for deeper in one]
    return True
