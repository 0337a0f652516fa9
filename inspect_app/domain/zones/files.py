"""Reading the rules about premises around schools (``checklists/zones.toml``, docs/use/zones.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..problems import Details, Problem
from ..reading import TableReader, toml_reader
from ..starting_set import ZONES_FILE
from .judging import MEASURES

SCHOOL_KINDS = ("中小学", "幼儿园")
_FIELDS = ("point_reach_m", "rules")
_RULE_FIELDS = ("id", "title", "words", "radius_m", "measure", "schools", "sources")


@dataclass(frozen=True, slots=True)
class ZoneRule:
    """One kind of premises: within ``radius_m`` metres of a school of these kinds there must be none.

    ``measure`` is a key of ``MEASURES``; ``words`` are what registers call it; ``sources`` are the law or clause.
    """

    id: str
    title: str
    words: tuple[str, ...]
    radius_m: float
    measure: str
    schools: tuple[str, ...]
    sources: tuple[str, ...]

    def names(self, category: str) -> bool:
        """Whether a register's category is this kind of premises."""
        text = category.casefold()
        return text == self.id or any(word.casefold() in text for word in (self.title, *self.words))


@dataclass(frozen=True, slots=True)
class ZoneRules:
    """All rules; a school known by a point only may reach ``point_reach_m`` metres from it."""

    rules: tuple[ZoneRule, ...]
    point_reach_m: float

    def of(self, category: str) -> tuple[ZoneRule, ...]:
        """The rules for a register's category."""
        return tuple(rule for rule in self.rules if rule.names(category))

    @property
    def farthest_m(self) -> float:
        return max(rule.radius_m for rule in self.rules)


def parse_zones(text: str, file: str = ZONES_FILE) -> ZoneRules | list[Problem]:
    """The rules from TOML text, or all that is wrong, each with entry and field."""
    problems: list[Problem] = []
    reader = toml_reader(text, file, _FIELDS, problems)
    if reader is None:
        return problems
    reach = reader.number(
        "point_reach_m", lambda metres: 0 <= metres <= 2000, "zones.reach_out_of_range", default=150.0
    )
    rules = tuple(
        _rule(entry, {"file": file, "rule": number}, problems)
        for number, entry in enumerate(reader.tables("rules", required=True), start=1)
    )
    ids = [rule.id for rule in rules]
    problems += [
        Problem("zones.id_repeated", details={"file": file, "entry": ids.index(id) + 1, "id": id})
        for id in {*ids}
        if ids.count(id) > 1
    ]
    return problems or ZoneRules(rules, reach)


def _rule(table: Mapping[str, Any], where: Details, problems: list[Problem]) -> ZoneRule:
    reader = TableReader(table, where, problems)
    reader.only(_RULE_FIELDS)
    return ZoneRule(
        id=reader.text("id"),
        title=reader.text("title"),
        words=reader.texts("words", required=True),
        radius_m=reader.number("radius_m", lambda metres: 0 < metres <= 5000, "zones.radius_out_of_range"),
        measure=reader.choice("measure", list(MEASURES)),
        schools=reader.texts("schools", required=True, accepted=SCHOOL_KINDS, unknown="zones.school_kind_not_known"),
        sources=reader.texts("sources", required=True),
    )
