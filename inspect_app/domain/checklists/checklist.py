"""Checklists (测评清单): the items of one site type, and the version that names their meaning."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any


class Method(StrEnum):
    """How an item is judged and scored (docs/scoring.md)."""

    COMPLIANCE = "compliance"
    OCCURRENCES = "occurrences"
    RATIO = "ratio"
    GRADE = "grade"
    MEASURE = "measure"
    PROXIMITY = "proximity"


class PhotoRule(StrEnum):
    """When an item needs a photo."""

    ON_FAILURE = "on_failure"
    ALWAYS = "always"
    OPTIONAL = "optional"


DIMENSIONS = ("公共环境", "公共秩序", "公共设施", "公共服务", "公共交往", "宣传氛围")


@dataclass(frozen=True, slots=True)
class ComplianceRule:
    """合格 or 不合格."""


@dataclass(frozen=True, slots=True)
class OccurrencesRule:
    """Each occurrence takes ``deduct``, a share in (0, 1], off; down to 0. ``unit`` is the counter's word (处, 次)."""

    deduct: float
    unit: str


@dataclass(frozen=True, slots=True)
class RatioClass:
    """One class of what is observed, for example buses among vehicles."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class RatioRule:
    """``k`` of ``n`` observed. Fewer than ``minimum`` is 样本不足; full marks from ``full_marks_from`` percent up."""

    minimum: int
    full_marks_from: float | None
    yes_label: str
    no_label: str
    classes: tuple[RatioClass, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade with what it stands for and its score in [0, 1]."""

    key: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class GradeRule:
    """A table of grades, best first."""

    grades: tuple[Grade, ...]


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """A number in ``unit``; full marks within the bounds (inclusive), else none."""

    unit: str
    at_least: float | None
    at_most: float | None


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of premises; a banned one inside the radius fails the item.

    ``radius_m`` is its own radius in metres, None where the item's counts; ``measure`` is how it is measured, a key of
    ``judging.MEASURES``.
    """

    id: str
    label: str
    banned: bool
    radius_m: float | None = None
    measure: str = "boundary"


@dataclass(frozen=True, slots=True)
class ProximityRule:
    """Premises of some categories within ``radius_m`` metres of the site.

    A site of which one point only is known may reach ``point_reach_m`` metres from it.
    """

    radius_m: float
    categories: tuple[Category, ...]
    point_reach_m: float = 0.0

    def radius_of(self, category: Category) -> float:
        """Metres."""
        return self.radius_m if category.radius_m is None else category.radius_m


Rule = ComplianceRule | OccurrencesRule | RatioRule | GradeRule | MeasureRule | ProximityRule


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to judge at a site. ``weight`` is relative to the other items of its checklist.

    ``live``: its photos are to be taken on the spot, with the camera of the page.
    """

    id: str
    text: str
    guidance: str
    method: Method
    weight: float
    dimension: str
    clauses: tuple[str, ...]
    units: tuple[str, ...]
    sources: tuple[str, ...]
    photo: PhotoRule
    veto: bool
    rule: Rule
    live: bool = False


@dataclass(frozen=True)
class Checklist:
    """The items of one site type. ``veto_cap`` is the highest score rate (percent) once a veto item failed."""

    id: str
    title: str
    veto_cap: float | None
    items: tuple[Item, ...]

    @cached_property
    def version(self) -> str:
        """16 hexadecimal digits of a SHA-256 over all values: another meaning is another version, a comment is not."""
        meaning = json.dumps(_values(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(meaning.encode()).hexdigest()[:16]

    def item(self, id: str) -> Item:
        """The item with this id; ``KeyError`` where there is none."""
        return self._by_id[id]

    @cached_property
    def _by_id(self) -> dict[str, Item]:
        return {item.id: item for item in self.items}


def checklist_to_document(checklist: Checklist) -> dict[str, Any]:
    """The checklist as JSON, its version beside its values."""
    return {**json.loads(json.dumps(_values(checklist))), "version": checklist.version}


def checklist_from_document(document: Mapping[str, Any]) -> Checklist:
    """The checklist that was made into this document; its version comes out the same."""
    items = tuple(_item(raw) for raw in document["items"])
    return Checklist(document["id"], document["title"], document["veto_cap"], items)


def _values(checklist: Checklist) -> dict[str, Any]:
    """All values that make up the meaning."""
    return {**asdict(checklist), "items": [item_values(item) for item in checklist.items]}


def item_values(item: Item) -> dict[str, Any]:
    """All values of an item; those that are younger than many versions are left out where they are not set."""
    values = asdict(item)
    if not values["live"]:
        del values["live"]
    if isinstance(item.rule, ProximityRule):
        rule = values["rule"]
        if not rule["point_reach_m"]:
            del rule["point_reach_m"]
        rule["categories"] = [
            {name: value for name, value in category.items() if _CATEGORY_UNSET.get(name, ...) != value}
            for category in rule["categories"]
        ]
    return values


_CATEGORY_UNSET = {"radius_m": None, "measure": "boundary"}


def _item(raw: Mapping[str, Any]) -> Item:
    method = Method(raw["method"])
    lists = {field: tuple(raw[field]) for field in ("clauses", "units", "sources")}
    return Item(
        **{**raw, **lists, "method": method, "photo": PhotoRule(raw["photo"]), "rule": _RULES[method](raw["rule"])}
    )


_RULES: dict[Method, Callable[[Mapping[str, Any]], Rule]] = {
    Method.COMPLIANCE: lambda raw: ComplianceRule(),
    Method.OCCURRENCES: lambda raw: OccurrencesRule(**raw),
    Method.RATIO: lambda raw: RatioRule(**{**raw, "classes": tuple(RatioClass(**entry) for entry in raw["classes"])}),
    Method.GRADE: lambda raw: GradeRule(tuple(Grade(**entry) for entry in raw["grades"])),
    Method.MEASURE: lambda raw: MeasureRule(**raw),
    Method.PROXIMITY: lambda raw: ProximityRule(
        **{**raw, "categories": tuple(Category(**entry) for entry in raw["categories"])}
    ),
}
