"""A number that is to lie within bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...numbers import is_number
from ...problems import Details, Problem
from ..columns import Column
from ..fields import NOT_APPLICABLE_TICK, Field, Typed
from ..item import Item, Rule
from ..method import Blank, Method, Origin, Sample, Scene, Scored
from ..questions import (
    HINT,
    Asked,
    applies,
    decimal,
    help_of,
    hint_of,
    not_applicable,
    question,
    question_name,
    shown,
    where_answered,
)
from ..source import ItemReader

_FINEST, _GREATEST = 1e-9, 1e12
"""Magnitudes of a bound that is not 0: nothing in a street is measured finer or greater, and the calculators of phones,
which run exported forms, take some twenty decimals."""


@dataclass(frozen=True, slots=True)
class MeasureRule(Rule):
    """A number in ``unit``; full marks within the bounds (inclusive), else none."""

    unit: str
    at_least: float | None
    at_most: float | None


class Measure(Method[MeasureRule, float]):
    """Values: the number in the rule's unit."""

    name, label, order, rule = "measure", "测量", 5, MeasureRule
    words: ClassVar[Mapping[str, str]] = {"unit": "单位", "at_least": "下限", "at_most": "上限"}
    columns = (Column("unit", "text", 8), Column("at_least", "number", 8), Column("at_most", "number", 8))
    guide = "测量：「单位」以及「下限」「上限」中的至少一个；在限内得满分，否则不得分。"
    schemas = ({"type": "number", "description": "measure"},)
    examples = (
        {"unit": "米", "at_least": 1.5},
        {"unit": "分贝", "at_most": 60},
        {"unit": "米", "at_least": 2, "at_most": 3},
    )

    def read(self, reader: ItemReader) -> MeasureRule:
        at_least = reader.optional_number("at_least", _is_bound, "checklists.bound_out_of_range")
        at_most = reader.optional_number("at_most", _is_bound, "checklists.bound_out_of_range")
        if at_least is None and at_most is None:
            reader.complain("at_least", "checklists.no_bound", low=reader.name("at_least"), high=reader.name("at_most"))
        elif at_least is not None and at_most is not None and at_least > at_most:
            reader.complain("at_least", "checklists.bounds_crossed")
        return MeasureRule(reader.text("unit"), at_least, at_most)

    def parse(self, rule: MeasureRule, raw: object, where: Details) -> float | list[Problem]:
        if not is_number(raw) or abs(raw) > _GREATEST:
            return [Problem("answers.not_a_number", details={**where, "got": repr(raw)})]
        return float(raw)

    def score(self, rule: MeasureRule, value: float, site: Origin) -> Scored:
        low, high = rule.at_least, rule.at_most
        meets = (low is None or value >= low) and (high is None or value <= high)
        bounds = (f"不少于{low:g}" if low is not None else "", f"不超过{high:g}" if high is not None else "")
        said = "、".join(text for text in bounds if text)
        return Scored("scored", float(meets), f"{value:g}{rule.unit}（要求{said}{rule.unit}）")

    def describe(self, rule: MeasureRule) -> str:
        low, high = rule.at_least, rule.at_most
        return (f"不少于 {low:g}{rule.unit}" if low is not None else "") + (
            f"不超过 {high:g}{rule.unit}" if high is not None else ""
        )

    def paper(self, rule: MeasureRule) -> Sequence[Blank]:
        return (Blank(f"＿＿＿＿{rule.unit}", wide=True),)

    def form(self, rule: MeasureRule, item: Item) -> tuple[Field, ...]:
        return Field("value", "text", f"测得（{rule.unit}）"), NOT_APPLICABLE_TICK

    def entered(self, rule: MeasureRule, typed: Typed, at: str) -> object | None:
        return typed.number("value", float)

    def ask(self, rule: MeasureRule, item: Item) -> Asked:
        name = question_name(item.id)
        bounds = {">=": rule.at_least, "<=": rule.at_most}
        meets = " and ".join(
            f"${{{name}}} {sign} {decimal(bound)}" for sign, bound in bounds.items() if bound is not None
        )
        hint = {**help_of(item), HINT: shown(f"单位：{rule.unit}。{hint_of(item)}")}
        row = question("decimal", name, item.text, required="yes", relevant=applies(name), **hint)
        return Asked([row, not_applicable(name)], where_answered([name], f"if({meets}, 1, 0)", applies(name)))

    def right(self, rule: MeasureRule) -> Sample:
        return _sample(rule.at_least if rule.at_least is not None else rule.at_most)

    def wrong(self, rule: MeasureRule, fix: Mapping[str, Any]) -> Sample:
        return _sample(rule.at_least - 1 if rule.at_least is not None else (rule.at_most or 0.0) + 1)

    def invent(self, rule: MeasureRule, good: bool, scene: Scene) -> float:
        low, high = rule.at_least, rule.at_most
        step = 1.0 if all(bound is None or bound.is_integer() for bound in (low, high)) else 0.1
        away = step * scene.rng.randint(1, 3)
        if good:
            middle = low if low is not None else (high or 0.0) - away
            return round(min(middle + (away if high is None else 0.0), high if high is not None else math.inf), 3)
        return round(max(0.0, low - away) if low is not None else (high or 0.0) + away, 3)


def _is_bound(value: float) -> bool:
    return value == 0 or _FINEST <= abs(value) <= _GREATEST


def _sample(number: float | None) -> Sample:
    return Sample(number, {"value": str(number)})


METHOD = Measure()
