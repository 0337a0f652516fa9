"""Areas (区域): a tree of city, districts, streets and communities, keyed by the statistics bureau's division code."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..problems import Problem
from ..tables import Headings, RawTable, is_name, read_table

_CODE = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}")
LEVELS = {2: "省", 4: "市", 6: "区县", 9: "街道乡镇", 12: "社区"}
"""Levels by the digits of their codes."""
COLUMNS = Headings(
    {
        "code": ("区划代码", "区域代码", "代码", "编码", "统计用区划代码"),
        "name": ("名称", "区域名称", "区划名称"),
        "parent_code": ("上级代码", "上级区划代码", "上级区域代码", "上级", "父级代码"),
    },
    key="code",
)


@dataclass(frozen=True, slots=True)
class Area:
    """One area: division code of 2, 4, 6, 9 or 12 digits, name, and the code of the area above (empty at the root)."""

    code: str
    name: str
    parent: str

    @property
    def level(self) -> str:
        return LEVELS[len(self.code)]


@dataclass(frozen=True, slots=True)
class AreaOnRecord:
    """An area with its outline (a GeoJSON geometry) where one is known.

    ``by_change``: a later change of the tree brought it, and here stands its outline only.
    """

    area: Area
    outline: Mapping[str, object] | None = None
    by_change: bool = False


class AreaTree:
    """The areas of a city by code, with the questions asked of a tree.

    ``stands_for`` names, for codes that are no area of this tree, the one that stands for them: a merged area's
    successor, a later area's parent. Whoever still names such a code is understood. ``comes_from`` names by areas those
    that will go into them later.
    """

    def __init__(
        self,
        areas: Iterable[Area],
        stands_for: Mapping[str, str] | None = None,
        comes_from: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        known = {area.code: area for area in sorted(areas, key=lambda area: area.code)}
        self._comes_from = comes_from or {}
        self._stands_for = {code: other for code, other in (stands_for or {}).items() if code not in known}
        self._areas = {code: self._under_its_parent(area, known) for code, area in known.items()}
        self._children: dict[str, list[Area]] = {}
        for area in self._areas.values():
            self._children.setdefault(area.parent, []).append(area)
        self._absent: dict[str, list[str]] = {}
        for code in self._stands_for:
            self._absent.setdefault(self.standing(code), []).append(code)

    def __contains__(self, code: object) -> bool:
        return code in self._areas

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def __len__(self) -> int:
        return len(self._areas)

    def get(self, code: str) -> Area | None:
        return self._areas.get(code)

    def standing(self, code: str) -> str:
        """The code of the area that stands for this one: itself where it is in the tree, or where nothing is known."""
        passed: set[str] = set()
        while code in self._stands_for and code not in passed:
            passed.add(code)
            code = self._stands_for[code]
        return code

    @property
    def absent(self) -> Mapping[str, str]:
        """The codes that are no area of this tree, each with that of the area which stands for it."""
        return {code: self.standing(code) for code in self._stands_for}

    def name(self, code: str) -> str:
        """The area's own name, or its code where it is not known."""
        area = self._areas.get(self.standing(code))
        return area.name if area else code

    def path(self, code: str) -> tuple[Area, ...]:
        """The areas from the root down to this one; empty where the code is unknown."""
        found: list[Area] = []
        area = self._areas.get(self.standing(code))
        while area and area not in found:
            found.append(area)
            area = self._areas.get(area.parent)
        return tuple(reversed(found))

    def full_name(self, code: str) -> str:
        """District and below, as people write an address: ``沙市区 中山街道``."""
        return " ".join(area.name for area in self.path(code) if len(area.code) >= 6) or self.name(code)

    def children(self, code: str) -> tuple[Area, ...]:
        return tuple(self._children.get(code, ()))

    def within(self, code: str) -> frozenset[str]:
        """The codes of this area and of all below it, with those that they stand for."""
        codes = {code, *self._absent.get(code, ())}
        for child in self._children.get(code, ()):
            codes |= self.within(child.code)
        return frozenset(codes)

    def made_of(self, code: str) -> frozenset[str]:
        """The codes under which this tree has what lies in an area, also one that it has no more or not yet.

        What went into another area is all of that one: nothing tells its part any more. One that is only to come is
        what will go into it, and never its whole parent.
        """
        if code in self:
            return self.within(code)
        other = self.standing(code)
        if len(other) == len(code):
            return self.within(other) | {code}
        parts, found = [code], {code}
        for part in parts:
            found |= self.within(part) if part in self else frozenset()
            parts += [one for one in self._comes_from.get(part, ()) if one not in parts]
        return frozenset(found)

    def _under_its_parent(self, area: Area, known: Mapping[str, Area]) -> Area:
        if not area.parent or area.parent in known:
            return area
        return replace(area, parent=self.standing(area.parent))


def parse_areas(
    table: RawTable | str, file: str, known: Mapping[str, Area] | None = None
) -> list[Area] | list[Problem]:
    """Areas from a table (or the text of a CSV) with the columns ``COLUMNS``.

    Every parent must be in the file or among the ``known`` areas. Returns the areas in file order, or the problems,
    each naming file, row (as the file counts them) and column.
    """
    found = read_table(table, file, COLUMNS, tuple(COLUMNS.aliases))
    if isinstance(found, list):
        return found
    rows = [(number, _area(row)) for number, row in found.items()]
    problems = [problem for number, area in rows for problem in _own_problems(file, number, area)]
    problems += _duplicates(file, rows)
    areas = [area for _, area in rows]
    codes = {area.code for area in areas} | set(known or ())
    problems += [
        Problem("areas.parent_unknown", details={"file": file, "row": number, "parent": area.parent, "name": area.name})
        for number, area in rows
        if area.parent and area.parent not in codes
    ]
    if not areas and not problems:
        problems.append(Problem("areas.none", details={"file": file}))
    return problems or areas


def is_area_code(text: str) -> bool:
    """Whether a text has the form of a division code: 2, 4, 6, 9 or 12 digits."""
    return _CODE.fullmatch(text) is not None


def _area(row: Mapping[str, str]) -> Area:
    return Area(row["code"], row["name"], row["parent_code"])


def _own_problems(file: str, number: int, area: Area) -> list[Problem]:
    problems = []
    if not is_area_code(area.code):
        problems.append(Problem("areas.code_malformed", details={"file": file, "row": number, "code": area.code}))
    if not is_name(area.name):
        problems.append(Problem("areas.name_malformed", details={"file": file, "row": number}))
    if area.parent and not (area.code.startswith(area.parent) and len(area.parent) < len(area.code)):
        problems.append(
            Problem(
                "areas.code_outside_parent",
                details={"file": file, "row": number, "code": area.code, "parent": area.parent},
            )
        )
    return problems


def _duplicates(file: str, rows: list[tuple[int, Area]]) -> list[Problem]:
    first: dict[str, int] = {}
    problems = []
    for number, area in rows:
        if first.setdefault(area.code, number) != number:
            problems.append(
                Problem(
                    "areas.code_repeated",
                    details={"file": file, "row": number, "first": first[area.code], "code": area.code},
                )
            )
    return problems
