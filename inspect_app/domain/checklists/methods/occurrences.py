"""Occurrences seen, each of which takes points off."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...problems import Details, Problem
from ..columns import Column
from ..fields import NOT_APPLICABLE_TICK, Field, Typed
from ..item import Item, Rule
from ..method import MAX_COUNT, Blank, Method, Origin, Sample, Scene, Scored, is_count
from ..questions import (
    HINT,
    Asked,
    applies,
    count_question,
    decimal,
    help_of,
    hint_of,
    not_applicable,
    question_name,
    shown,
    where_answered,
)
from ..source import ItemReader


@dataclass(frozen=True, slots=True)
class OccurrencesRule(Rule):
    """Each occurrence takes ``deduct``, a share in (0, 1], off; down to 0. ``unit`` is the counter's word (处, 次)."""

    deduct: float
    unit: str


class Occurrences(Method[OccurrencesRule, int]):
    """Values: how many were seen."""

    name, label, order, rule = "occurrences", "计次扣分", 2, OccurrencesRule
    words: ClassVar[Mapping[str, str]] = {"deduct": "扣分", "unit": "单位"}
    columns = (Column("deduct", "number", 8), Column("unit", "text", 8))
    guide = "计次扣分：「扣分」是每发现一处扣去的比例（0.2 即扣20%，扣完为止）；「单位」是量词，例如 处、次、辆。"
    schemas = ({"type": "integer", "minimum": 0, "description": "occurrences"},)
    examples = ({"deduct": 0.2}, {"deduct": 0.34, "unit": "次"})

    def read(self, reader: ItemReader) -> OccurrencesRule:
        deduct = reader.number("deduct", lambda value: 0 < value <= 1, "checklists.deduction_out_of_range")
        return OccurrencesRule(deduct, reader.text("unit", required=False, default="处"))

    def parse(self, rule: OccurrencesRule, raw: object, where: Details) -> int | list[Problem]:
        if not is_count(raw):
            return [Problem("answers.not_a_count", details={**where, "most_count": MAX_COUNT, "got": repr(raw)})]
        return raw

    def score(self, rule: OccurrencesRule, value: int, site: Origin) -> Scored:
        return Scored("scored", max(0.0, 1 - value * rule.deduct), f"发现{value}{rule.unit}" if value else "未发现")

    def describe(self, rule: OccurrencesRule) -> str:
        return f"每{rule.unit}扣 {rule.deduct * 100:g}%，扣完为止"

    def paper(self, rule: OccurrencesRule) -> Sequence[Blank]:
        return Blank("正字计数："), Blank(f"共＿＿{rule.unit}", wide=True)

    def form(self, rule: OccurrencesRule, item: Item) -> tuple[Field, ...]:
        return Field("value", "text", f"发现几{rule.unit}"), NOT_APPLICABLE_TICK

    def entered(self, rule: OccurrencesRule, typed: Typed, at: str) -> object | None:
        return typed.number("value", int)

    def ask(self, rule: OccurrencesRule, item: Item) -> Asked:
        name, deduct = question_name(item.id), decimal(rule.deduct)
        hint = {**help_of(item), HINT: shown(f"发现几{rule.unit}；没有则填0。{hint_of(item)}")}
        left = f"1 - ${{{name}}} * {deduct}"
        return Asked(
            [count_question(name, item.text, applies(name), **hint), not_applicable(name)],
            where_answered([name], f"if({left} > 0, {left}, 0)", applies(name)),
        )

    def right(self, rule: OccurrencesRule) -> Sample:
        return Sample(0, {"value": "0"})

    def wrong(self, rule: OccurrencesRule, fix: Mapping[str, Any]) -> Sample:
        return Sample(1, {"value": "1"})

    def invent(self, rule: OccurrencesRule, good: bool, scene: Scene) -> int:
        return 0 if good else scene.rng.randint(1, min(4, math.ceil(1 / rule.deduct)))


METHOD = Occurrences()
