"""Premises found near a site, of which banned ones must not lie within a radius."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ....place.proximity import Within
from ....problems import Details, Problem, deeper
from ....zones.judging import MEASURES
from ...columns import YES_NO, Column, Nested
from ...fields import NOT_APPLICABLE_TICK, Field, Part, Rows, Typed
from ...item import Item
from ...method import Blank, Method, NamedPhoto, Origin, Sample, Scene, Scored
from ...questions import (
    HINT,
    LABEL,
    WRONG,
    Asked,
    applies,
    choice_names,
    count_question,
    help_of,
    hint_of,
    not_applicable,
    question_name,
    shown,
    where_answered,
)
from ...source import ItemReader
from .premises import (
    ROW,
    FoundPremises,
    distance_words,
    entered_premises,
    judge,
    parse_premises,
    typed_premises,
)
from .questions import nothing_found, premises_questions
from .rule import Category, ProximityRule

_MAX_PREMISES = 100
_ROWS_SHOWN = 3
_MEASURE_WORDS: Mapping[str, str] = {"boundary": "从边界", "gate": "从校门", "walk": "步行"}
_CATEGORIES = Nested(
    "分类",
    "categories",
    (
        Column("id", "text", 20),
        Column("label", "text", 40),
        Column("banned", "choice", 8, tuple(YES_NO.values())),
        Column("radius_m", "number", 8, younger=True),
        Column("measure", "choice", 10, tuple(_MEASURE_WORDS.values()), younger=True),
    ),
)
_RADIUS = "checklists.radius_out_of_range"

Found = tuple[FoundPremises, ...]


class Proximity(Method[ProximityRule, Found]):
    """Values: the premises found."""

    name, label, order, rule = "proximity", "周边场所", 6, ProximityRule
    words: ClassVar[Mapping[str, str]] = {
        "radius_m": "半径",
        "point_reach_m": "校界离登记点",
        "categories": "分类",
        "banned": "禁设",
        "measure": "量法",
    }
    value_words: ClassVar[Mapping[str, Mapping[Any, str]]] = {"banned": YES_NO, "measure": _MEASURE_WORDS}
    columns = (Column("radius_m", "number", 8), Column("point_reach_m", "number", 14, younger=True))
    nested = (_CATEGORIES,)
    guide = (
        "周边场所：「半径」是米数；场所的种类写在「分类」表中，「禁设」为「是」的种类在半径内即失分；"
        "种类有自己的「半径」或「量法」的，写在同一行。"
    )
    schemas = ({"type": "array", "items": {"$ref": "#/components/schemas/Premises"}, "description": "proximity"},)
    shared_schemas: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Premises": {
            "type": "object",
            "additionalProperties": False,
            "required": ["category", "fix"],
            "properties": {
                "category": {"type": "string"},
                "name": {"type": "string"},
                "photo": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "fix": {"$ref": "#/components/schemas/Fix"},
            },
        }
    }
    examples = (
        {"radius_m": 200, "categories": [{"id": "bar", "label": "酒吧", "banned": True}]},
        {
            "radius_m": 200,
            "point_reach_m": 40,
            "categories": [
                {"id": "cafe", "label": "网吧", "banned": True, "radius_m": 150, "measure": "gate"},
                {"id": "bar", "label": "酒吧", "banned": True, "measure": "walk"},
                {"id": "shop", "label": "商店"},
            ],
        },
    )

    def read(self, reader: ItemReader) -> ProximityRule:
        categories = tuple(
            Category(
                entry.text("id"),
                entry.text("label"),
                entry.flag("banned"),
                entry.optional_number("radius_m", _is_radius, _RADIUS),
                entry.choice("measure", list(MEASURES), "boundary"),
            )
            for entry in reader.rows(_CATEGORIES)
        )
        reader.no_repeats("categories", [category.id for category in categories])
        return ProximityRule(
            reader.number("radius_m", _is_radius, _RADIUS),
            categories,
            reader.number("point_reach_m", lambda value: 0 <= value <= 2000, "zones.reach_out_of_range", default=0.0),
        )

    def from_values(self, values: Mapping[str, Any]) -> ProximityRule:
        return ProximityRule(**{**values, "categories": tuple(Category(**entry) for entry in values["categories"])})

    def parse(self, rule: ProximityRule, raw: object, where: Details) -> Found | list[Problem]:
        if not isinstance(raw, list) or len(raw) > _MAX_PREMISES:
            return [Problem("answers.premises_no_list", details={**where, "most_premises": _MAX_PREMISES})]
        categories = [category.id for category in rule.categories]
        found: list[FoundPremises] = []
        problems: list[Problem] = []
        for number, entry in enumerate(raw, start=1):
            premises = parse_premises(entry, categories, deeper(where, premises=number))
            if isinstance(premises, list):
                problems += premises
            else:
                found.append(premises)
        return problems or tuple(found)

    def score(self, rule: ProximityRule, value: Found, site: Origin) -> Scored:
        """0 where any banned premises are surely inside; 疑似 where one may be; 1 where all are surely outside."""
        categories = {category.id: category for category in rule.categories}
        banned = [premises for premises in value if categories[premises.category].banned]
        if not banned:
            return Scored("scored", 1.0, "未发现" if not value else f"发现{len(value)}处，均不在禁止之列")
        if site is None:
            return Scored("uncertain", None, f"发现{len(banned)}处，点位没有登记位置，疑似，待复核")
        judged = [(one, judge(one, categories[one.category], rule, site)) for one in banned]
        detail = ";".join(
            f"{categories[one.category].label}{one.name and f'「{one.name}」'}{distance_words(answer, rule)}"
            for one, answer in judged
        )
        answers = {answer.within for _, answer in judged}
        if Within.INSIDE in answers:
            return Scored("scored", 0.0, detail)
        unsure = Within.UNCERTAIN in answers
        return Scored("uncertain", None, detail) if unsure else Scored("scored", 1.0, detail)

    def photos(self, value: Found) -> Sequence[NamedPhoto]:
        return [
            NamedPhoto(f"第{number}处 photo", premises.photo)
            for number, premises in enumerate(value, start=1)
            if premises.photo is not None
        ]

    def untimed(self, raw: Any) -> object:
        if not isinstance(raw, list):
            return raw
        return [{**entry, "fix": {**entry["fix"], "at": None}} for entry in raw]

    def describe(self, rule: ProximityRule) -> str:
        return f"{rule.radius_m:g} 米内不得有：{'、'.join(category.label for category in rule.banned)}"

    def paper(self, rule: ProximityRule) -> Sequence[Blank]:
        return Blank("□ 未发现"), Blank("□ 发现：类别、店名、距离"), Blank("＿＿＿＿＿＿＿＿", wide=True)

    def form(self, rule: ProximityRule, item: Item) -> tuple[Part, ...]:
        filled_by = ("category", "name", "lat", "lon", "photo", "kept")
        return Field("none", "tick", "未发现"), Rows("premises", ROW, _ROWS_SHOWN, filled_by), NOT_APPLICABLE_TICK

    def entered(self, rule: ProximityRule, typed: Typed, at: str) -> object | None:
        rows = typed.rows["premises"]
        if not rows and "none" not in typed.ticked:
            return None
        return [entered_premises(row, at) for row in rows]

    def typed(self, rule: ProximityRule, raw: Any) -> Mapping[str, str]:
        rows = {f"premises.{n}.{name}": text for n, row in enumerate(raw) for name, text in typed_premises(row).items()}
        return rows or {"none": "y"}

    def ask(self, rule: ProximityRule, item: Item) -> Asked:
        """A repeat of premises, each measured against the site's position: three answers."""
        name = question_name(item.id)
        hint = {**help_of(item), HINT: shown(f"发现几处；没有则填0。{hint_of(item)}")}
        count = count_question(name, item.text, applies(name), **hint)
        few = {**count, "constraint": f". >= 0 and . <= {_MAX_PREMISES}", WRONG: f"0到{_MAX_PREMISES}"}
        repeat = {
            "type": "begin_repeat",
            "name": f"{name}__premises",
            LABEL: "发现的场所",
            "repeat_count": f"${{{name}}}",
            "appearance": "field-list",
        }
        inside, uncertain = f"sum(${{{name}__inside}})", f"sum(${{{name}__uncertain}})"
        score = f"if({inside} > 0, 0, if({uncertain} > 0, '', 1))"
        names = choice_names([category.id for category in rule.categories])
        return Asked(
            [few, not_applicable(name)],
            where_answered([name], score, applies(name)),
            choices={names[category.id]: category.label for category in rule.categories},
            pages=[repeat, *premises_questions(name, rule, item), {"type": "end_repeat"}, *nothing_found(item)],
            has_own_photos=True,
        )

    def right(self, rule: ProximityRule) -> Sample:
        return Sample([], {"none": "y"})

    def wrong(self, rule: ProximityRule, fix: Mapping[str, Any]) -> Sample:
        category = (rule.banned or rule.categories)[0].id
        typed = {name: str(fix[name]) for name in ("lat", "lon", "accuracy_m", "source", "at")}
        row = {f"premises.0.{name}": value for name, value in {"category": category, **typed}.items()}
        return Sample([{"category": category, "fix": dict(fix)}], row)

    def invent(self, rule: ProximityRule, good: bool, scene: Scene) -> list[dict[str, object]]:
        """Nothing; or premises inside the radius, outside it, or so near to it that nobody can tell."""
        if good or scene.fix_at is None:
            return []
        category = scene.rng.choice(rule.categories)
        fix = scene.fix_at(rule.radius_m * scene.rng.choice((0.5, 0.75, 1.0, 1.0, 1.4)))
        return [{"category": category.id, "name": scene.mark + category.label, "fix": fix}]


def _is_radius(value: float) -> bool:
    return 0 < value <= 10_000


METHOD = Proximity()
