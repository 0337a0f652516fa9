"""Items (测评项): one thing to judge at a site, with the rule by which its method judges it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

DIMENSIONS = ("公共环境", "公共秩序", "公共设施", "公共服务", "公共交往", "宣传氛围")


class PhotoRule(StrEnum):
    """When an item needs a photo."""

    ON_FAILURE = "on_failure"
    ALWAYS = "always"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an item's method needs to judge it. Each method has a rule of its own (``methods/``)."""

    def values(self) -> dict[str, object]:
        """The rule as JSON values by field. They make up the checklist's version: what is kept has them for good."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to judge at a site. ``weight`` is relative to the other items of its checklist.

    ``method`` is a key of ``METHODS`` and ``rule`` a rule of that method. ``live``: its photos are to be taken on the
    spot, with the camera of the page. ``phrases`` are offered for its remark (常用语). ``problem`` is what letters
    call it where the item is failed; empty where the checklist does not word it.
    """

    id: str
    text: str
    guidance: str
    method: str
    weight: float
    dimension: str
    clauses: tuple[str, ...]
    units: tuple[str, ...]
    sources: tuple[str, ...]
    photo: PhotoRule
    veto: bool
    rule: Rule
    live: bool = False
    phrases: tuple[str, ...] = ()
    problem: str = ""


_YOUNGER = ("live", "phrases", "problem")


def item_values(item: Item) -> dict[str, object]:
    """All values of an item; those that are younger than many versions are left out where they are not set."""
    values = {**asdict(item), "rule": item.rule.values()}
    return {field: value for field, value in values.items() if value or field not in _YOUNGER}
