"""Reading checklists from their files (docs/checklists.md describes the format).

TOML and spreadsheets (exports/checklists/xlsx.py) give the same table; ``checklist_from_table`` judges both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..problems import Problem
from ..reading import TableReader, Wording, toml_table
from ..starting_set import NO_CHECKLISTS
from ..zones.judging import MEASURES
from .catalogue import Plan
from .checklist import (
    DIMENSIONS,
    Category,
    Checklist,
    ComplianceRule,
    Grade,
    GradeRule,
    Item,
    MeasureRule,
    Method,
    OccurrencesRule,
    PhotoRule,
    ProximityRule,
    RatioClass,
    RatioRule,
    Rule,
)

"""Files of the folder that are no checklists."""
MAX_ITEMS, MAX_ROWS = 200, 30
"""Items of a checklist, and grades, classes or categories of an item."""
_RESERVED = "、".join(name.removesuffix(".toml") for name in NO_CHECKLISTS)
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CHECKLIST_FIELDS = ("id", "title", "veto_cap", "live", "items")
_ITEM_FIELDS = (
    "id", "text", "guidance", "method", "weight", "dimension", "clauses", "units", "sources", "photo", "live", "veto",
)  # fmt: skip


def load_checklists(folder: Path, plan: Plan | None = None) -> dict[str, Checklist] | list[Problem]:
    """Every checklist of a folder by id, or all that is wrong in any file.

    With a plan, each item's clauses and units must be the plan's.
    """
    checklists, wrong = read_folder(folder, plan)
    problems = [problem for of_file in wrong.values() for problem in of_file]
    if not checklists and not problems:
        problems.append(Problem(str(folder), "没有任何测评清单（*.toml）"))
    return problems or checklists


def read_folder(folder: Path, plan: Plan | None = None) -> tuple[dict[str, Checklist], dict[str, list[Problem]]]:
    """The right checklists of a folder by id, and what is wrong with each of the others, by the file's stem."""
    checklists: dict[str, Checklist] = {}
    wrong: dict[str, list[Problem]] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name in NO_CHECKLISTS:
            continue
        parsed = parse_checklist(_text(path), path.name, plan)
        if isinstance(parsed, Checklist):
            checklists[parsed.id] = parsed
        else:
            wrong[path.stem] = parsed
    return checklists, wrong


def parse_checklist(text: str | None, file: str, plan: Plan | None = None) -> Checklist | list[Problem]:
    """One checklist from TOML text; ``file`` is its name, whose stem must be the checklist's id."""
    table = parse_toml(text, file)
    if isinstance(table, list):
        return table
    stem, id = file.removesuffix(".toml"), table.get("id")
    found = checklist_from_table(table, plan, Source(file))
    if isinstance(id, str) and id.strip() and id.strip() != stem:
        misnamed = Problem(f"{file} 字段 id", f"应与文件名一致，为「{stem}」，实为「{id}」")
        return [misnamed, *(found if isinstance(found, list) else [])]
    return found


class Source(Wording):
    """Where the tables of a checklist stand in what they were read from. This is TOML's way: file, item and row."""

    def __init__(self, whole: str) -> None:
        self.whole = whole

    def item(self, number: int, table: Mapping[str, Any]) -> str:
        """The place of the item with this number, counted from 1."""
        return f"{self.whole} 第 {table['id'] if isinstance(table.get('id'), str) else f'#{number}'} 项"

    def row(self, number: int, table: Mapping[str, Any], field: str, row: int) -> str:
        """The place of a row in the field of that item that is a table itself."""
        return f"{self.item(number, table)} {field} 第{row}条"


def checklist_from_table(table: Mapping[str, Any], plan: Plan | None, source: Source) -> Checklist | list[Problem]:
    """The checklist of a table as TOML gives it, or all that is wrong with it, told in the source's words."""
    problems: list[Problem] = []
    reader = TableReader(table, source.whole, problems, source)
    reader.only(_CHECKLIST_FIELDS)
    id = reader.text("id")
    if id and (not _SLUG.fullmatch(id) or f"{id}.toml" in NO_CHECKLISTS):
        reader.complain("id", f"应为小写字母、数字和横线，且不是 {_RESERVED}，实为「{id}」")
    veto_cap = reader.optional_number("veto_cap", lambda value: 0 <= value <= 100, "0到100之间的百分数")
    tables = reader.tables("items", required=True, at_most=MAX_ITEMS)
    readers = [_ItemReader(entry, number, source, problems) for number, entry in enumerate(tables, start=1)]
    live = reader.flag("live")
    items = tuple(_read_item(item, plan, live) for item in readers)
    _no_item_twice(items, readers)
    if any(item.veto for item in items) and veto_cap is None:
        reader.complain("veto_cap", "有一票否决项时必须给出封顶的得分率")
    return problems or Checklist(id, reader.text("title"), veto_cap, items)


def parse_toml(text: str | None, file: str) -> dict[str, Any] | list[Problem]:
    """A TOML document, or where it stops being one."""
    return [Problem(file, "不是UTF-8文本")] if text is None else toml_table(text, file)


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


class _ItemReader(TableReader):
    """Takes the fields of one item, and the rows of those fields that are tables themselves."""

    def __init__(self, table: Mapping[str, Any], number: int, source: Source, problems: list[Problem]) -> None:
        super().__init__(table, source.item(number, table), problems, source)
        self.name = source.name
        self._number = number
        self._source = source

    def method(self) -> tuple[Method, Collection[str], Callable[[_ItemReader], Rule]]:
        """The method, the fields of its own and how its rule is read; no more is asked where the method is wrong."""
        method = Method(self.choice("method", list(Method)))
        if self._table.get("method") != method:
            return method, [field for fields, _ in _RULES.values() for field in fields], lambda reader: ComplianceRule()
        return method, *_RULES[method]

    def rows(self, field: str, fields: tuple[str, ...], *, required: bool = True) -> list[TableReader]:
        tables = self.tables(field, required=required, at_most=MAX_ROWS)
        places = [self._source.row(self._number, self._table, field, row) for row in range(1, len(tables) + 1)]
        rows = [
            TableReader(table, place, self._problems, self._source) for table, place in zip(tables, places, strict=True)
        ]
        for row in rows:
            row.only(fields)
        return rows


def _no_item_twice(items: tuple[Item, ...], readers: list[_ItemReader]) -> None:
    seen: set[str] = set()
    for item, reader in zip(items, readers, strict=True):
        if item.id in seen:
            reader.complain("id", "与前面的测评项重复")
        seen.add(item.id)


def _read_item(reader: _ItemReader, plan: Plan | None, live: bool) -> Item:
    """One item; ``live`` is what the checklist says for those that say nothing themselves."""
    id = reader.text("id")
    if id and not _SLUG.fullmatch(id):
        reader.complain("id", f"应为小写字母、数字和横线，实为「{id}」")
    method, fields, read_rule = reader.method()
    reader.only((*_ITEM_FIELDS, *fields))
    return Item(
        id=id,
        text=reader.text("text"),
        guidance=reader.text("guidance", required=False),
        method=method,
        weight=reader.number("weight", lambda value: 0 < value <= 1000, "大于0、不超过1000的数"),
        dimension=reader.choice("dimension", DIMENSIONS),
        clauses=reader.texts("clauses", required=True, accepted=plan.clauses if plan else None, kind="条款"),
        units=reader.texts("units", required=True, accepted=plan.units if plan else None, kind="责任单位"),
        sources=reader.texts("sources"),
        photo=PhotoRule(reader.choice("photo", list(PhotoRule), PhotoRule.ON_FAILURE)),
        veto=reader.flag("veto"),
        rule=read_rule(reader),
        live=reader.flag("live", default=live),
    )


def _occurrences(reader: _ItemReader) -> OccurrencesRule:
    deduct = reader.number("deduct", lambda value: 0 < value <= 1, "大于0、不超过1的数（每处扣去的比例）")
    return OccurrencesRule(deduct, reader.text("unit", required=False, default="处"))


def _ratio(reader: _ItemReader) -> RatioRule:
    classes = tuple(
        RatioClass(entry.text("id"), entry.text("label"))
        for entry in reader.rows("classes", ("id", "label"), required=False)
    )
    _no_repeats(reader, "classes", [entry.id for entry in classes])
    return RatioRule(
        minimum=int(reader.number("minimum", lambda value: value >= 1 and value == int(value), "1以上的整数")),
        full_marks_from=reader.optional_number("full_marks_from", lambda value: 0 < value <= 100, "0到100的百分数"),
        yes_label=reader.text("yes_label", required=False, default="符合"),
        no_label=reader.text("no_label", required=False, default="不符合"),
        classes=classes,
    )


def _grade(reader: _ItemReader) -> GradeRule:
    grades = tuple(
        Grade(
            entry.text("key"), entry.text("label"), entry.number("score", lambda value: 0 <= value <= 1, "0到1之间的数")
        )
        for entry in reader.rows("grades", ("key", "label", "score"))
    )
    _no_repeats(reader, "grades", [grade.key for grade in grades])
    if any(worse.score >= better.score for better, worse in pairwise(grades)):
        reader.complain("grades", "各级得分应从高到低排列")
    if "na" in {grade.key for grade in grades}:
        reader.complain("grades", "na 是「不适用」，不能用作等级")
    return GradeRule(grades)


def _measure(reader: _ItemReader) -> MeasureRule:
    at_least = reader.optional_number("at_least", lambda value: True, "数")
    at_most = reader.optional_number("at_most", lambda value: True, "数")
    if at_least is None and at_most is None:
        reader.complain("at_least", f"{reader.name('at_least')} 与 {reader.name('at_most')} 至少要有一个")
    elif at_least is not None and at_most is not None and at_least > at_most:
        reader.complain("at_least", "下限大于上限")
    return MeasureRule(reader.text("unit"), at_least, at_most)


def _proximity(reader: _ItemReader) -> ProximityRule:
    categories = tuple(
        Category(
            entry.text("id"),
            entry.text("label"),
            entry.flag("banned"),
            entry.optional_number("radius_m", _is_radius, _RADIUS),
            entry.choice("measure", list(MEASURES), "boundary"),
        )
        for entry in reader.rows("categories", ("id", "label", "banned", "radius_m", "measure"))
    )
    _no_repeats(reader, "categories", [category.id for category in categories])
    return ProximityRule(
        reader.number("radius_m", _is_radius, _RADIUS),
        categories,
        reader.number("point_reach_m", lambda value: 0 <= value <= 2000, "0到2000之间的米数", default=0.0),
    )


def _is_radius(value: float) -> bool:
    return 0 < value <= 10_000


_RADIUS = "大于0、不超过10000的米数"


def _no_repeats(reader: _ItemReader, field: str, ids: list[str]) -> None:
    if len(set(ids)) != len(ids):
        reader.complain(field, "有重复的代号")


_RULES: dict[Method, tuple[tuple[str, ...], Callable[[_ItemReader], Rule]]] = {
    Method.COMPLIANCE: ((), lambda reader: ComplianceRule()),
    Method.OCCURRENCES: (("deduct", "unit"), _occurrences),
    Method.RATIO: (("minimum", "full_marks_from", "yes_label", "no_label", "classes"), _ratio),
    Method.GRADE: (("grades",), _grade),
    Method.MEASURE: (("unit", "at_least", "at_most"), _measure),
    Method.PROXIMITY: (("radius_m", "point_reach_m", "categories"), _proximity),
}
"""For each method the fields of its own and how its rule is read from them."""
