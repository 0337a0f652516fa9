"""A grade out of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from ...problems import Details, Problem
from ..columns import Column, Nested
from ..fields import NOT_APPLICABLE_CHOICE, Field, Typed
from ..item import Item, Rule
from ..method import NOT_APPLICABLE, Blank, Method, Origin, Sample, Scene, Scored
from ..questions import Asked, choice_names, decimal, help_of, question, question_name
from ..source import ItemReader

_GRADES = Nested(
    "等级", "grades", (Column("key", "text", 10), Column("label", "text", 40), Column("score", "number", 8))
)


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade with what it stands for and its score in [0, 1]."""

    key: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class GradeRule(Rule):
    """A table of grades, best first."""

    grades: tuple[Grade, ...]

    @property
    def keys(self) -> list[str]:
        return [grade.key for grade in self.grades]

    def named(self, key: str) -> Grade:
        """The grade with this key, which must be one of the table."""
        return next(grade for grade in self.grades if grade.key == key)


class GradeMethod(Method[GradeRule, str]):
    """Values: the key of a grade."""

    name, label, order, rule = "grade", "等级", 4, GradeRule
    words: ClassVar[Mapping[str, str]] = {"grades": "等级", "key": "等级", "score": "得分"}
    nested = (_GRADES,)
    guide = "等级：各级写在「等级」表中，每级一行，从好到差，「得分」在0到1之间。"
    schemas = ({"type": "string", "description": "grade: the key of a grade"},)
    examples = (
        {
            "grades": [
                {"key": "A", "label": "好", "score": 1},
                {"key": "B", "label": "一般", "score": 0.6},
                {"key": "C", "label": "差", "score": 0},
            ]
        },
    )

    def read(self, reader: ItemReader) -> GradeRule:
        grades = tuple(
            Grade(
                entry.text("key"),
                entry.text("label"),
                entry.number("score", lambda value: 0 <= value <= 1, "checklists.grade_score_out_of_range"),
            )
            for entry in reader.rows(_GRADES)
        )
        reader.no_repeats("grades", [grade.key for grade in grades])
        if any(worse.score >= better.score for better, worse in pairwise(grades)):
            reader.complain("grades", "checklists.grades_out_of_order")
        if NOT_APPLICABLE in {grade.key for grade in grades}:
            reader.complain("grades", "checklists.grade_reserved")
        return GradeRule(grades)

    def from_values(self, values: Mapping[str, Any]) -> GradeRule:
        return GradeRule(tuple(Grade(**entry) for entry in values["grades"]))

    def parse(self, rule: GradeRule, raw: object, where: Details) -> str | list[Problem]:
        if raw in rule.keys:
            return str(raw)
        return [Problem("answers.not_a_grade", details={**where, "accepted": tuple(rule.keys), "got": repr(raw)})]

    def score(self, rule: GradeRule, value: str, site: Origin) -> Scored:
        grade = rule.named(value)
        return Scored("scored", grade.score, f"{grade.key}:{grade.label}")

    def describe(self, rule: GradeRule) -> str:
        return "；".join(f"{grade.key} {grade.label}（{grade.score * 100:g}%）" for grade in rule.grades)

    def scale(self, rule: GradeRule) -> Mapping[str, str]:
        return {grade.key: f"{grade.key} {grade.label}" for grade in rule.grades}

    def paper(self, rule: GradeRule) -> Sequence[Blank]:
        return (Blank("".join(f"□{key} " for key in rule.keys)),)

    def form(self, rule: GradeRule, item: Item) -> tuple[Field, ...]:
        choices = tuple((grade.key, grade.label) for grade in rule.grades)
        return (Field("value", "choice", choices=(*choices, NOT_APPLICABLE_CHOICE)),)

    def entered(self, rule: GradeRule, typed: Typed, at: str) -> object | None:
        return typed.text("value") or None

    def ask(self, rule: GradeRule, item: Item) -> Asked:
        name, names = question_name(item.id), choice_names(rule.keys)
        score = "''"
        for grade in reversed(rule.grades):
            score = f"if(${{{name}}} = '{names[grade.key]}', {decimal(grade.score)}, {score})"
        choices = {names[grade.key]: f"{grade.key} {grade.label}" for grade in rule.grades}
        row = question(f"select_one {name}", name, item.text, required="yes", **help_of(item))
        return Asked([row], score, choices={**choices, **dict([NOT_APPLICABLE_CHOICE])})

    def right(self, rule: GradeRule) -> Sample:
        return _sample(max(rule.grades, key=lambda grade: grade.score))

    def wrong(self, rule: GradeRule, fix: Mapping[str, Any]) -> Sample:
        return _sample(rule.grades[-1])

    def invent(self, rule: GradeRule, good: bool, scene: Scene) -> str:
        worse = rule.grades[1:] or rule.grades
        if good:
            return rule.grades[0].key
        return scene.rng.choices(worse, [2.0**-step for step in range(len(worse))])[0].key


def _sample(grade: Grade) -> Sample:
    return Sample(grade.key, {"value": grade.key})


METHOD = GradeMethod()
