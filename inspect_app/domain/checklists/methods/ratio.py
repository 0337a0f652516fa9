"""How many of those observed did right, by class where there are classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...problems import Details, Problem
from ..columns import Column, Nested
from ..fields import NOT_APPLICABLE_TICK, Field, Group, Part, Typed
from ..item import Item, Rule
from ..method import MAX_COUNT, Blank, Method, Origin, Sample, Scene, Scored, is_count
from ..questions import (
    LABEL,
    WRONG,
    Asked,
    Row,
    applies,
    calculation,
    count_question,
    decimal,
    help_of,
    not_applicable,
    question,
    question_name,
    shown,
    sum_of,
    where_answered,
)
from ..rates import format_rate
from ..source import ItemReader

_CLASSES = Nested("类别", "classes", (Column("id", "text", 20), Column("label", "text", 40)))
_REMAINDER = "其他"
_COUNT = {"$ref": "#/components/schemas/Count"}


@dataclass(frozen=True, slots=True)
class RatioClass:
    """One class of what is observed, for example buses among vehicles."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class RatioRule(Rule):
    """``k`` of ``n`` observed. Fewer than ``minimum`` is 样本不足; full marks from ``full_marks_from`` percent up."""

    minimum: int
    full_marks_from: float | None
    yes_label: str
    no_label: str
    classes: tuple[RatioClass, ...]

    @property
    def labels(self) -> dict[str, str]:
        """Class to its label; the class "" where there are none."""
        return {entry.id: entry.label for entry in self.classes} or {"": ""}

    @property
    def usual_first(self) -> tuple[RatioClass, ...]:
        """The classes as they are tapped: 其他 first, which takes what no other names, so most of what passes."""
        return tuple(sorted(self.classes, key=lambda entry: not entry.label.startswith(_REMAINDER)))


@dataclass(frozen=True, slots=True)
class Count:
    """``yes`` of ``of`` observed."""

    yes: int
    of: int


Counts = Mapping[str, Count]
"""Class to count."""


class Ratio(Method[RatioRule, Counts]):
    """Values: counts by class."""

    name, label, order, rule = "ratio", "比例", 3, RatioRule
    words: ClassVar[Mapping[str, str]] = {
        "minimum": "最少观察数",
        "full_marks_from": "满分线",
        "yes_label": "符合",
        "no_label": "不符合",
        "classes": "类别",
    }
    columns = (
        Column("minimum", "number", 12),
        Column("full_marks_from", "number", 8),
        Column("yes_label", "text", 10),
        Column("no_label", "text", 10),
    )
    nested = (_CLASSES,)
    guide = (
        "比例：「最少观察数」不足时不计分；「满分线」是得满分的百分数（写95，不写95%），可以不填；「符合」「不符合」是两个按钮的字。"
        "要分类别计数的，在「类别」表中写，每类一行，「测评项代号」对应「测评项」表的「代号」。"
    )
    schemas = (_COUNT, {"type": "object", "additionalProperties": _COUNT, "description": "ratio by class"})
    shared_schemas: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Count": {
            "type": "object",
            "additionalProperties": False,
            "required": ["yes", "of"],
            "properties": {"yes": {"type": "integer", "minimum": 0}, "of": {"type": "integer", "minimum": 0}},
            "description": "yes of `of` observed; yes <= of",
        }
    }
    examples = (
        {"minimum": 20},
        {
            "minimum": 3,
            "full_marks_from": 95,
            "yes_label": "让行",
            "no_label": "未让行",
            "classes": [{"id": "bus", "label": "公交车"}, {"id": "taxi", "label": "出租车"}],
        },
    )

    def read(self, reader: ItemReader) -> RatioRule:
        classes = tuple(
            RatioClass(entry.text("id"), entry.text("label")) for entry in reader.rows(_CLASSES, required=False)
        )
        reader.no_repeats("classes", [entry.id for entry in classes])
        return RatioRule(
            minimum=int(
                reader.number(
                    "minimum", lambda value: value >= 1 and value == int(value), "checklists.minimum_malformed"
                )
            ),
            full_marks_from=reader.optional_number(
                "full_marks_from", lambda value: 0 < value <= 100, "checklists.full_marks_out_of_range"
            ),
            yes_label=reader.text("yes_label", required=False, default="符合"),
            no_label=reader.text("no_label", required=False, default="不符合"),
            classes=classes,
        )

    def from_values(self, values: Mapping[str, Any]) -> RatioRule:
        return RatioRule(**{**values, "classes": tuple(RatioClass(**entry) for entry in values["classes"])})

    def parse(self, rule: RatioRule, raw: object, where: Details) -> Counts | list[Problem]:
        classes = [entry.id for entry in rule.classes]
        if not isinstance(raw, Mapping):
            return [Problem("answers.ratio_no_object", details={**where, "got": repr(raw)})]
        if not classes:
            count = _count(raw, where)
            return [count] if isinstance(count, Problem) else {"": count}
        if unknown := [str(id) for id in raw if id not in classes]:
            return [
                Problem(
                    "answers.class_unknown", details={**where, "unknown": tuple(unknown), "accepted": tuple(classes)}
                )
            ]
        counts: dict[str, Count] = {}
        for id in classes:
            count = _count(raw.get(id, {"yes": 0, "of": 0}), where)
            if isinstance(count, Problem):
                return [count]
            counts[id] = count
        return counts

    def score(self, rule: RatioRule, value: Counts, site: Origin) -> Scored:
        """The pooled share over all classes; each class's own share is named in the detail."""
        yes, of = sum(count.yes for count in value.values()), sum(count.of for count in value.values())
        detail = f"观察{of},{rule.yes_label}{yes}" + (f"({format_rate(100 * yes / of)}%)" if of else "")
        labels = {entry.id: entry.label for entry in rule.classes}
        by_class = [f"{labels[id]}{count.yes}/{count.of}" for id, count in value.items() if id and count.of]
        detail += f":{'、'.join(by_class)}" if by_class else ""
        if of < rule.minimum:
            return Scored("insufficient", None, f"样本不足（至少{rule.minimum}）:{detail}")
        full = rule.full_marks_from
        # Compared as whole numbers of hundredths of a percent, so that 80 % of 5 is 80 % and not a hair less.
        if full is not None and yes * 100 >= full * of:
            return Scored("scored", 1.0, detail)
        return Scored("scored", yes / of, detail)

    def describe(self, rule: RatioRule) -> str:
        full = f"，达 {rule.full_marks_from:g}% 得满分" if rule.full_marks_from is not None else ""
        classes = f"；分 {'、'.join(entry.label for entry in rule.classes)}" if rule.classes else ""
        return f"至少观察 {rule.minimum}{full}{classes}"

    def paper(self, rule: RatioRule) -> Sequence[Blank]:
        return [Blank(f"{label} {rule.yes_label}＿＿ {rule.no_label}＿＿") for label in rule.labels.values()]

    def form(self, rule: RatioRule, item: Item) -> tuple[Part, ...]:
        count = (Field("yes", "text", rule.yes_label), Field("of", "text", "观察总数"))
        labels = rule.labels.items()
        return *(Group(f"class.{id}", label or item.text, count) for id, label in labels), NOT_APPLICABLE_TICK

    def entered(self, rule: RatioRule, typed: Typed, at: str) -> object | None:
        """``{"yes", "of"}``, by class where the item has classes; classes left empty are left out."""
        counts: dict[str, object] = {}
        for id in rule.labels:
            group = typed.groups[f"class.{id}"]
            yes, of = group.number("yes", int), group.number("of", int)
            if yes is not None or of is not None:
                counts[id] = {"yes": yes or 0, "of": of or 0}
        return counts.get("", counts) or None

    def typed(self, rule: RatioRule, raw: Any) -> Mapping[str, str]:
        counts = raw if rule.classes else {"": raw}
        return {f"class.{id}.{part}": str(count[part]) for id, count in counts.items() for part in ("yes", "of")}

    def ask(self, rule: RatioRule, item: Item) -> Asked:
        """The pooled share over all classes; for each class how many there were, then how many of them did right."""
        name = question_name(item.id)
        rows: list[Row] = [{"type": "note", "name": f"{name}__task", LABEL: shown(item.text), **help_of(item)}]
        parts = class_parts(rule)
        for id, part in parts.items():
            rows += _class_questions(name, part, rule, rule.labels[id])
        of, yes_sum = (sum_of(f"${{{name}__{part}{end}}}" for part in parts.values()) for end in ("of", "yes"))
        asked = [f"{name}__{part}{end}" for part in parts.values() for end in ("of", "yes")]
        total, right = f"${{{name}__total}}", f"${{{name}__right}}"
        few = shown(f"样本不足：至少{rule.minimum}，本项不计分")
        rows += [
            not_applicable(name),
            calculation(f"{name}__total", where_answered(asked, of, applies(name)), "int"),
            calculation(f"{name}__right", where_answered(asked, yes_sum, applies(name)), "int"),
            question("note", f"{name}__few", few, relevant=f"{total} != '' and {total} < {rule.minimum}"),
        ]
        score = f"{right} div {total}"
        if rule.full_marks_from is not None:
            score = f"if({right} * 100 >= {decimal(rule.full_marks_from)} * {total}, 1, {score})"
        return Asked(rows, f"if({total} = '', '', if({total} < {rule.minimum}, '', {score}))")

    def right(self, rule: RatioRule) -> Sample:
        of = max(50, rule.minimum)
        return _sample(rule, of, of)

    def wrong(self, rule: RatioRule, fix: Mapping[str, Any]) -> Sample:
        return _sample(rule, 0, max(50, rule.minimum))

    def invent(self, rule: RatioRule, good: bool, scene: Scene) -> Mapping[str, object]:
        rng = scene.rng
        of = max(1, rule.minimum // 2) if rng.random() < 0.05 else rule.minimum + rng.randrange(16)
        share = rng.uniform(0.95, 1) if good else rng.uniform(0.5, 0.9)
        seen = [(rng.choice(rule.classes).id if rule.classes else "", rng.random() < share) for _ in range(of)]
        counts = {
            id: {"yes": sum(yes for kind, yes in seen if kind == id), "of": sum(kind == id for kind, _ in seen)}
            for id in rule.labels
        }
        return counts if rule.classes else counts[""]


def class_parts(rule: RatioRule) -> dict[str, str]:
    """For each class what its questions' names end in: ``1_`` and so on; nothing where there are none."""
    return {kind.id: f"{number}_" for number, kind in enumerate(rule.classes, start=1)} or {"": ""}


def _count(raw: object, where: Details) -> Count | Problem:
    if not isinstance(raw, Mapping) or set(raw) != {"yes", "of"}:
        return Problem("answers.ratio_malformed", details=where)
    if not is_count(raw["yes"]) or not is_count(raw["of"]) or raw["yes"] > raw["of"]:
        return Problem(
            "answers.ratio_out_of_range",
            details={**where, "most_count": MAX_COUNT, "yes": repr(raw["yes"]), "of": repr(raw["of"])},
        )
    return Count(raw["yes"], raw["of"])


def _class_questions(name: str, part: str, rule: RatioRule, kind: str) -> list[Row]:
    label, whole = f"{kind}「{rule.yes_label}」", f"{kind}「{rule.yes_label}」与「{rule.no_label}」合计"
    yes = count_question(f"{name}__{part}yes", label, applies(name))
    bound = {"constraint": f". >= 0 and . <= ${{{name}__{part}of}}", WRONG: "不能多于合计数"}
    return [count_question(f"{name}__{part}of", whole, applies(name)), {**yes, **bound}]


def _sample(rule: RatioRule, yes: int, of: int) -> Sample:
    value = {id: {"yes": yes, "of": of} for id in rule.labels}
    typed = {f"class.{id}.{part}": str(count) for id in value for part, count in (("yes", yes), ("of", of))}
    return Sample(value if rule.classes else value[""], typed)


METHOD = Ratio()
