"""The headings of tables as cities print them: which column is which figure, and which says what of the area.

A figure is known by its exact heading before brackets are left out of account (实地（白天） beside 实地（夜间）).
Of an area a table may have a code, a name, the district that it lies in, a level, a group: each from one column, the
most telling where several would do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...tables import Cells, Headings, heading_key

CODE, WITHIN, FEW = "|code", "|within", "|few"
"""Columns of an area's code, of what it lies in, and whether it has too few sites; no figure can be called so."""
_NAMED_AREAS: tuple[tuple[str, ...], ...] = (
    ("社区", "社区名称", "村", "村社区", "社区村"),
    ("街道", "街道乡镇", "乡镇街道", "街道名称", "乡镇", "乡镇名称", "镇", "镇街", "街镇", "镇街名称", "街镇名称"),
    ("区域", "区域名", "单位", "单位名称", "参评单位", "考核单位", "被考核单位", "测评单位", "被测评单位"),
    ("地区", "地区名称", "区县", "区市县", "县市区", "县区", "区县市", "市县", "区", "县", "城区", "行政区", "辖区"),
    ("城市", "城市名称"),
    ("部门", "责任单位", "责任部门"),
)
"""By what a table calls its areas, from the smallest on; what is not of a place last."""
_ABOVE = (3, 4)
"""Which of those say what a smaller area lies in."""
AREA_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "area": tuple(name for names in _NAMED_AREAS for name in names),
    CODE: ("区域代码", "区划代码", "行政区划代码", "地区代码", "代码", "编码", "code"),
    "name": ("名称", "区域名称"),
    "level": ("级别",),
    "group": ("分组", "组别", "类别"),
    "above": ("上级", "所属区域", "所属区县", "所属地区", "所属区", "所在区"),
    "weight": ("权数",),
    "previous": ("上期", "上月", "上次", "上季", "上季度", "上期得分", "上月得分", "上次得分"),
    WITHIN: (),
    FEW: ("样本不足",),
}
"""What is known of an area, by the headings that it has; the one named first is meant where a table has several."""
WORDS = {name: names[0] for name, names in AREA_COLUMNS.items() if names} | {"area": "区域", CODE: "区域代码"}
"""What people are told of these columns."""
_NONE = re.compile(r"[-–—－―−─/／\\]+|无|N/?A", re.IGNORECASE)
_PLACE = re.compile(r"(?:[省市区县旗镇乡村街、/和]|街道|社区|城区|开发区|园区|新区|林场|农场|街办|办事处|级)+")
_GRADE = re.compile(r"[优良中差]|优秀|良好|中等|较好|较差|一般|合格|不合格|基本合格|达标|不达标|及格|不及格")
_CONVERTED = re.compile(r"[（(](?:换算|不到[^（）()]*的|超过[^（）()]*的)[）)]\s*$")


@dataclass(frozen=True, slots=True)
class PrintedHeadings(Headings):
    """The columns of a table: ``figures`` by the names that each may have, and what is known of an area."""

    figures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def named(self, heading: object) -> str | None:
        """The column that a heading means by itself."""
        text = str(heading)
        return self._figure(text, exact=True) or self._figure(text, exact=False) or self._known(text)

    def headings(self, cells: Cells) -> dict[int, str]:
        """The columns that a row names: exact headings first, what is known of an area once each."""
        texts = {place: str(cell) for place, cell in cells.items() if isinstance(cell, str)}
        found = {place: name for place, text in texts.items() if (name := self._figure(text, exact=True))}
        exact = set(found.values())
        for place, text in texts.items():
            name = self._figure(text, exact=False)
            if place not in found and name and name not in exact:
                found[place] = name
        rest = {place: text for place, text in texts.items() if place not in found}
        return dict(sorted({**found, **self._areas(rest)}.items()))

    def _figure(self, heading: str, *, exact: bool) -> str | None:
        """The figure of that heading; without brackets none where several are called so, or where it was converted."""
        if not exact and _CONVERTED.search(heading):
            return None
        key = exact_key if exact else heading_key
        fitting = [column for column, names in self.figures.items() if key(heading) in {key(name) for name in names}]
        return fitting[0] if fitting and (exact or len(fitting) == 1) else None

    def _known(self, heading: str) -> str | None:
        plain = heading_key(heading)
        columns = {column: names for column, names in AREA_COLUMNS.items() if column not in self.figures}
        return next((column for column, names in columns.items() if plain in (column, *names)), None)

    def _areas(self, texts: Mapping[int, str]) -> dict[int, str]:
        """What is known of an area, each from the column of which the name comes first."""
        places: dict[str, list[int]] = {}
        for place, text in texts.items():
            if name := self._known(text):
                places.setdefault(name, []).append(place)
        chosen = {name: min(some, key=lambda place: _order(name, texts[place])) for name, some in places.items()}
        if "area" in chosen and _rank(texts[chosen["area"]]) < min(_ABOVE):
            wider = [place for place in places["area"] if _rank(texts[place]) in _ABOVE]
            chosen |= {WITHIN: wider[0]} if wider else {}
        others = [place for place in places.get("area", ()) if place != chosen["area"]]
        if CODE not in chosen and (plain := [place for place in others if heading_key(texts[place]) == "area"]):
            chosen[CODE] = plain[0]
        for other in (CODE, "name"):
            # A table that has a code alone, or a name alone, says by it which area a row is.
            if "area" not in chosen and other in chosen:
                chosen["area"] = chosen.pop(other)
        return {place: name for name, place in chosen.items()}


def printed_headings(figures: Mapping[str, tuple[str, ...]]) -> PrintedHeadings:
    """The headings of a table of these figures. A figure of a name is meant before what would be known of the area."""
    known = {name: names for name, names in AREA_COLUMNS.items() if name not in figures}
    return PrintedHeadings({**figures, **known}, key="area", figures=figures)


def exact_key(heading: str) -> str:
    """A heading as it stands, but for blanks, width and case of letters."""
    return "".join(unicodedata.normalize("NFKC", heading).split()).casefold()


def without_none(rows: Iterable[tuple[int, Mapping[str, str]]]) -> dict[int, dict[str, str]]:
    """The rows with nothing in cells where a table says that there is nothing: 「—」, 「/」, 「-」, 「无」."""
    return {number: {name: plain_cell(text) for name, text in row.items()} for number, row in rows}


def plain_cell(text: str) -> str:
    """A cell's text, empty where it says that there is nothing."""
    return "" if _NONE.fullmatch(text.strip()) else text


def are_levels(values: Iterable[str]) -> bool:
    """Whether a column 级别 tells of areas (区县、街道) and not of grades (优、一级)."""
    return all(_PLACE.fullmatch(value) and value != "级" for value in values)


def are_groups(values: Iterable[str], titles: Iterable[str]) -> bool:
    """Whether a column of groups tells of groups: not of grades, and of the scheme's own where it has some."""
    own, said = set(titles), set(values)
    return not any(_GRADE.fullmatch(value) for value in said) and (not own or said <= own)


def _rank(heading: str) -> int:
    plain = heading_key(heading)
    return next((rank for rank, names in enumerate(_NAMED_AREAS) if plain in names), len(_NAMED_AREAS))


def _order(name: str, heading: str) -> int:
    """Among columns that say the same of an area, which is meant: the smallest wins."""
    return _rank(heading) if name == "area" else (*AREA_COLUMNS[name], name).index(heading_key(heading))
