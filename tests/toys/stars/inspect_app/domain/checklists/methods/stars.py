"""One to five stars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...problems import Details, Problem
from ..columns import Column
from ..fields import NOT_APPLICABLE_CHOICE, Field, Typed
from ..item import Item, Rule
from ..method import NOT_APPLICABLE, Blank, Method, Origin, Sample, Scene, Scored
from ..questions import Asked, help_of, question, question_name
from ..source import ItemReader

_MOST = 5


@dataclass(frozen=True, slots=True)
class StarsRule(Rule):
    """Full marks from so many stars up; fewer in proportion."""

    full_from: int


class Stars(Method[StarsRule, int]):
    """Values: how many stars."""

    name, label, order, rule = "stars", "星级", 7, StarsRule
    words: ClassVar[Mapping[str, str]] = {"full_from": "满分星数"}
    sentences: ClassVar[Mapping[str, tuple[str, str]]] = {
        "stars.full_from_malformed": ("{at}", "应为1到5的整数，实为{got}"),
        "stars.not_stars": ("{at}", "应为1到{most}颗星，实为{got}"),
    }
    columns = (Column("full_from", "number", 10, younger=True),)
    guide = "星级：「满分星数」是得满分的星数，1到5，不填为5。"
    schemas = ({"type": "integer", "minimum": 1, "maximum": _MOST, "description": "stars"},)
    examples = ({}, {"full_from": 4})

    def read(self, reader: ItemReader) -> StarsRule:
        stars = reader.number(
            "full_from", lambda value: value in range(1, _MOST + 1), "stars.full_from_malformed", default=_MOST
        )
        return StarsRule(int(stars))

    def parse(self, rule: StarsRule, raw: object, where: Details) -> int | list[Problem]:
        if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= _MOST:
            return [Problem("stars.not_stars", details={**where, "most": _MOST, "got": repr(raw)})]
        return raw

    def score(self, rule: StarsRule, value: int, site: Origin) -> Scored:
        return Scored("scored", min(1.0, value / rule.full_from), f"{value}星")

    def describe(self, rule: StarsRule) -> str:
        return f"{rule.full_from} 星得满分，不足的按比例"

    def paper(self, rule: StarsRule) -> Sequence[Blank]:
        return (Blank("☆☆☆☆☆"),)

    def form(self, rule: StarsRule, item: Item) -> tuple[Field, ...]:
        stars = tuple((str(number), f"{number}星") for number in range(1, _MOST + 1))
        return (Field("value", "choice", choices=(*stars, NOT_APPLICABLE_CHOICE)),)

    def entered(self, rule: StarsRule, typed: Typed, at: str) -> object | None:
        return NOT_APPLICABLE if typed.text("value") == NOT_APPLICABLE else typed.number("value", int)

    def ask(self, rule: StarsRule, item: Item) -> Asked:
        name = question_name(item.id)
        answer, choices = f"${{{name}}}", dict(self.form(rule, item)[0].choices)
        share = f"if({answer} >= {rule.full_from}, 1, {answer} div {rule.full_from})"
        row = question(f"select_one {name}", name, item.text, required="yes", **help_of(item))
        return Asked([row], f"if({answer} = '' or {answer} = 'na', '', {share})", choices=choices)

    def right(self, rule: StarsRule) -> Sample:
        return Sample(_MOST, {"value": str(_MOST)})

    def wrong(self, rule: StarsRule, fix: Mapping[str, Any]) -> Sample:
        return Sample(1, {"value": "1"})

    def invent(self, rule: StarsRule, good: bool, scene: Scene) -> int:
        return scene.rng.randint(rule.full_from, _MOST) if good else scene.rng.randint(1, rule.full_from)


METHOD = Stars()
