"""Figures of other indexes (such as 环卫指数) that a composite index (综合指数) is made of beside this one."""

from __future__ import annotations

from collections.abc import Container, Mapping

from ..numbers import number_from
from ..problems import Details, Problem
from ..tables import Headings, RawTable, read_table
from .weights import OWN_PART, Weights

COLUMNS = Headings(
    {
        "area": ("区域", "区域代码", "区划代码", "代码"),
        "part": ("指数", "组成部分", "部分", "指标"),
        "value": ("数值", "值", "得分", "百分数"),
    },
    key="area",
)
OutsideFigures = Mapping[str, Mapping[str, float]]
"""By area code, then by the part's id, percent."""


def parse_outside_figures(
    table: RawTable | str, file: str, weights: Weights, areas: Container[str]
) -> dict[str, dict[str, float]] | list[Problem]:
    """Figures from a table (or the text of a CSV) with the columns ``COLUMNS``; or all that is wrong, by row.

    ``part`` is the id of a part in the weights file, ``value`` percent.
    """
    read = read_table(table, file, COLUMNS, tuple(COLUMNS.aliases))
    if isinstance(read, list):
        return read
    parts = [part.id for part in weights.parts if part.id != OWN_PART]
    found: dict[str, dict[str, float]] = {}
    problems: list[Problem] = []
    for number, row in read.items():
        area, part, value = row["area"], row["part"], row["value"]
        where: Details = {"file": file, "row": number}
        figure = _percent(value)
        if area not in areas:
            problems.append(Problem("index.area_unknown", details={**where, "area": area}))
        if part not in parts:
            problems.append(Problem("index.part_unknown", details={**where, "part": part, "accepted": tuple(parts)}))
        if figure is None:
            problems.append(Problem("index.figure_out_of_range", details={**where, "value": value}))
        elif part in found.get(area, {}):
            problems.append(Problem("index.figure_repeated", details={**where, "area": area, "part": part}))
        else:
            found.setdefault(area, {})[part] = figure
    if not found and not problems:
        problems.append(Problem("index.no_figures", details={"file": file}))
    return problems or found


def _percent(text: str) -> float | None:
    value = number_from(text)
    return value if value is not None and 0 <= value <= 100 else None
