"""合格 or 不合格."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...problems import Details, Problem
from ..fields import NOT_APPLICABLE_CHOICE, Field, Typed
from ..item import Item, Rule
from ..method import Blank, Method, Origin, Sample, Scene, Scored
from ..questions import JUDGEMENT_LIST, Asked, help_of, question, question_name
from ..source import ItemReader

_CHOICES = (("pass", "合格"), ("fail", "不合格"), NOT_APPLICABLE_CHOICE)


@dataclass(frozen=True, slots=True)
class ComplianceRule(Rule):
    """合格 or 不合格."""


class Compliance(Method[ComplianceRule, bool]):
    """Values: whether it is right."""

    name, label, order, rule = "compliance", "合格判定", 1, ComplianceRule
    guide = "合格判定：不用其他列。测评员选合格或不合格。"
    schemas = ({"enum": ["pass", "fail", "na"], "description": "compliance"},)
    examples = ({},)

    def read(self, reader: ItemReader) -> ComplianceRule:
        return ComplianceRule()

    def parse(self, rule: ComplianceRule, raw: object, where: Details) -> bool | list[Problem]:
        if raw not in ("pass", "fail"):
            return [Problem("answers.not_compliance", details={**where, "got": repr(raw)})]
        return raw == "pass"

    def score(self, rule: ComplianceRule, value: bool, site: Origin) -> Scored:
        return Scored("scored", float(value), "合格" if value else "不合格")

    def describe(self, rule: ComplianceRule) -> str:
        return "合格得满分，不合格不得分"

    def paper(self, rule: ComplianceRule) -> Sequence[Blank]:
        return Blank("□ 合格"), Blank("□ 不合格")

    def form(self, rule: ComplianceRule, item: Item) -> tuple[Field, ...]:
        return (Field("value", "choice", choices=_CHOICES),)

    def entered(self, rule: ComplianceRule, typed: Typed, at: str) -> object | None:
        return typed.text("value") or None

    def ask(self, rule: ComplianceRule, item: Item) -> Asked:
        name = question_name(item.id)
        answer = f"${{{name}}}"
        return Asked(
            [question(f"select_one {JUDGEMENT_LIST}", name, item.text, required="yes", **help_of(item))],
            f"if({answer} = 'pass', 1, if({answer} = 'fail', 0, ''))",
        )

    def right(self, rule: ComplianceRule) -> Sample:
        return Sample("pass", {"value": "pass"})

    def wrong(self, rule: ComplianceRule, fix: Mapping[str, Any]) -> Sample:
        return Sample("fail", {"value": "fail"})

    def invent(self, rule: ComplianceRule, good: bool, scene: Scene) -> str:
        return "na" if scene.rng.random() < 0.05 else "pass" if good else "fail"


METHOD = Compliance()
