"""The form of a publication scheme: its fields as a scheme's table has them, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from werkzeug.datastructures import MultiDict

from ...domain.index.schemes.reading import MOST_PARTS, scheme_from
from ...domain.index.schemes.scheme import PublicationScheme, SchemePart
from ...domain.numbers import number_from, plain_text
from ...domain.problems import NOWHERE, Details, Problem
from ...domain.reading import Wording
from ...domain.text import cleaned, cleaned_line

FIELDS: Mapping[str, str] = {
    "id": "代号", "title": "名称", "source": "依据", "level": "排名的区域", "unit": "单位", "combine": "合成方式",
    "full": "满分", "floor": "最低分", "ceiling": "最高分", "decimals": "小数位数", "absent": "缺一部分时",
    "basis": "排名用的数", "ties": "并列", "roll_up": "上级区域", "week_weights": "各周权重",
    "rounding": "取整", "rank_by": "排名按", "few": "样本不足的区域",
}  # fmt: skip
"""The plain fields of a scheme with their labels."""
PART_FIELDS: Mapping[str, str] = {
    "title": "名称", "of": "属于", "role": "作用", "source": "数的来源", "key": "是哪一个", "base": "除数的名称",
    "weight": "权重", "full": "满分", "combine": "下属部分的合成方式", "each": "每一个算几分", "most": "最多几分",
    "short_of": "只算不到它的", "beyond": "只算超过它的", "steps": "换算", "cap": "否决后最多几分",
    "decimals": "先取整到几位", "floor": "最低分", "ceiling": "最高分", "rounding": "取整办法",
}  # fmt: skip
"""The fields of a part with their labels; its id is hidden."""
_LISTS = {
    "parts": "部分",
    "groups": "分组",
    "bands": "等级",
    "red": "红榜",
    "black": "黑榜",
    "areas": "区域",
    "weights": "权数",
    "area": "区域",
}
_RULES = {"places": "名数", "bound": "界限", "at_least": "起点", "bound_points": "换算"}
_LABELS = {**FIELDS, **PART_FIELDS, **_LISTS, **_RULES}
_NUMBERS = ("full", "floor", "ceiling", "decimals")
_PART_NUMBERS = ("weight", "full", "each", "most", "short_of", "beyond", "cap", "decimals", "floor", "ceiling")
_FLAGS = ("lowest_first", "lists_by_group")
_NAMES = re.compile(r"「([^」]+)」|([^、,，;；\s]+)")
"""Names beside one another; one that has a blank or a comma in itself stands in 「」."""
_PLAIN = re.compile(r"[^、,，;；\s「」]+")
_GROUP = re.compile(r"(?:「([^」]+)」|([^：:]+))[：:](.*)")
_BAND = re.compile(r"(.*?)(?:(?<![\d\s=＝：:≥])[-–—－−~～]|\s+[-–—－~～]\s+|[\s=＝：:≥]+([-－−])?)?([\d.]+)")
"""A band's name and from where on it is: a dash behind a name parts the two, behind a blank it is a minus."""
_WEIGHT = re.compile(r"(.+?)[\s=＝：:]*(?<![\d.])([\d.]+)")
_FROM_TO = re.compile(r".*\d\s*[-–—－−~～至到]+\s*\d[\d.]*")


class FormWording(Wording):
    """Fields by their labels on the page."""

    def field(self, field: str) -> Details:
        return {"heading": (_LABELS.get(field, field),)}

    def title(self, field: str) -> str:
        return _LABELS.get(field, field)


def scheme_from_form(form: MultiDict[str, str]) -> PublicationScheme | list[Problem]:
    """The scheme that a form says, or all that is wrong with it by label."""
    ranges = [line for line in _lines(form.get("bands", "")) if _FROM_TO.fullmatch(line)]
    problems = [Problem("schemes.band_from_to", details={"line": line}) for line in ranges]
    found = scheme_from(_table(form), NOWHERE, FormWording())
    return [*problems, *found] if isinstance(found, list) else problems or found


def form_from(scheme: PublicationScheme) -> MultiDict[str, str]:
    """The fields that say a scheme."""
    fields: MultiDict[str, str] = MultiDict((name, _text(getattr(scheme, name))) for name in FIELDS)
    fields["floor"] = "" if scheme.floor is None else plain_text(scheme.floor)
    for flag in _FLAGS:
        if getattr(scheme, flag):
            fields[flag] = "1"
    titles = {part.id: part.title for part in scheme.parts}
    fields["tie_parts"] = _joined(titles.get(id, id) for id in scheme.tie_parts)
    fields["groups"] = "\n".join(f"{_group_title(group.title)}：{_joined(group.areas)}" for group in scheme.groups)
    fields["bands"] = "\n".join(f"{band.title}：{plain_text(band.at_least)}" for band in scheme.bands)
    fields["weights"] = "\n".join(f"{one.area}：{plain_text(one.weight)}" for one in scheme.weights)
    for name in ("red", "black"):
        rule = getattr(scheme, name)
        fields[f"{name}_places"] = str(rule.places or "")
        fields[f"{name}_bound"] = _text(rule.bound)
    for part in scheme.parts:
        _add_part(fields, part, titles)
    return fields


def part_rows(form: MultiDict[str, str], blank: int) -> list[dict[str, str]]:
    """The parts of a form as rows of fields, with so many blank ones behind them."""
    rows = [row for row in _rows(form) if row["title"]][:MOST_PARTS]
    return rows + [dict.fromkeys(("id", *PART_FIELDS), "") for _ in range(blank)]


def _add_part(fields: MultiDict[str, str], part: SchemePart, titles: Mapping[str, str]) -> None:
    fields.add("part_id", part.id)
    for name in PART_FIELDS:
        value = getattr(part, name)
        if name == "of":
            fields.add("part_of", titles.get(part.of, ""))
        elif name == "steps":
            fields.add("part_steps", "、".join(f"{plain_text(at)}={plain_text(points)}" for at, points in part.steps))
        else:
            fields.add(f"part_{name}", _text(value))


def _rows(form: MultiDict[str, str]) -> list[dict[str, str]]:
    columns = {name: form.getlist(f"part_{name}") for name in ("id", *PART_FIELDS)}
    count = min(len(columns["title"]), MOST_PARTS + 1)
    return [
        {name: cleaned_line(values[at]) if at < len(values) else "" for name, values in columns.items()}
        for at in range(count)
    ]


def _table(form: MultiDict[str, str]) -> dict[str, object]:
    texts = {name: cleaned_line(form.get(name, "")) for name in FIELDS}
    table: dict[str, object] = {name: _typed(name, text, _NUMBERS) for name, text in texts.items() if text}
    table.setdefault("floor", "none")
    table |= {flag: True for flag in _FLAGS if form.get(flag)}
    rows = [row for row in _rows(form) if row["title"]]
    _give_ids(rows)
    ids = {row["title"]: row["id"] for row in rows}
    table["parts"] = [_part_table(row, ids) for row in rows]
    if ties := _split(form.get("tie_parts", "")):
        table["tie_parts"] = [ids.get(one, one) for one in ties]
    if groups := [_group_table(line) for line in _lines(form.get("groups", ""))]:
        table["groups"] = groups
    if bands := [_band_table(line) for line in _lines(form.get("bands", ""))]:
        table["bands"] = bands
    if weights := [_weight_table(line) for line in _lines(form.get("weights", ""))]:
        table["weights"] = weights
    for name in ("red", "black"):
        rule = {key: cleaned_line(form.get(f"{name}_{key}", "")) for key in ("places", "bound")}
        if given := {key: _number(text) for key, text in rule.items() if text}:
            table[name] = given
    return table


def _give_ids(rows: Sequence[dict[str, str]]) -> None:
    """A part keeps its id for good; a new one gets the next that is free."""
    taken = {row["id"] for row in rows}
    free = (f"p{number}" for number in range(1, 2 * MOST_PARTS) if f"p{number}" not in taken)
    for row in rows:
        row["id"] = row["id"] or next(free)


def _part_table(row: Mapping[str, str], ids: Mapping[str, str]) -> dict[str, object]:
    table: dict[str, object] = {name: _typed(name, text, _PART_NUMBERS) for name, text in row.items() if text}
    if row["of"]:
        table["of"] = ids.get(row["of"], row["of"])
    if row["steps"]:
        table["steps"] = [[_number(one) for one in step.split("=")] for step in _split(row["steps"].replace("＝", "="))]
    return table


def _group_table(line: str) -> dict[str, object]:
    match = _GROUP.fullmatch(line)
    if match is None:
        return {"title": line, "areas": []}
    return {"title": (match[1] or match[2]).strip(), "areas": _split(match[3])}


def _group_title(title: str) -> str:
    return f"「{title}」" if set(title) & set("：:") else title


def _band_table(line: str) -> dict[str, object]:
    match = _BAND.fullmatch(line)
    if match is None:
        return {"title": line}
    return {"title": match[1].strip(), "at_least": _number(("-" if match[2] else "") + match[3])}


def _weight_table(line: str) -> dict[str, object]:
    """An area and its weight, the last of the line."""
    match = _WEIGHT.fullmatch(line)
    return {"area": match[1], "weight": _number(match[2])} if match else {"area": line}


def _typed(name: str, text: str, numbers: Sequence[str]) -> object:
    return _number(text) if name in numbers else text


def _number(text: str) -> object:
    """The number, or the text that is none: that is named as wrong where it is read."""
    found = number_from(text)
    return text if found is None else found


def _text(value: object) -> str:
    if value is None:
        return ""
    return plain_text(value) if isinstance(value, Decimal) else str(value)


def _split(text: str) -> list[str]:
    return [quoted or plain for quoted, plain in _NAMES.findall(cleaned_line(text))]


def _joined(names: Iterable[str]) -> str:
    """Names as ``_split`` reads them."""
    return "、".join(name if _PLAIN.fullmatch(name) else f"「{name}」" for name in names)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in cleaned(text).splitlines() if line.strip()]
