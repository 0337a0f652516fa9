"""Figures of other indexes (such as 环卫指数) that a composite index (综合指数) is made of beside this one."""

from __future__ import annotations

from collections.abc import Container, Mapping

from ..numbers import number_from
from ..problems import Details, Problem
from ..tables import read_table
from .weights import OWN_PART, Weights

COLUMNS = ("area", "part", "value")
OutsideFigures = Mapping[str, Mapping[str, float]]
"""By area code, then by the part's id, percent."""


def parse_outside_figures(
    text: str, file: str, weights: Weights, areas: Container[str]
) -> dict[str, dict[str, float]] | list[Problem]:
    """Figures from CSV with the columns ``area,part,value``; or all that is wrong, by row (the header is row 1).

    ``part`` is the id of a part in the weights file, ``value`` percent.
    """
    table = read_table(text, file, COLUMNS, COLUMNS)
    if isinstance(table, list):
        return table
    parts = [part.id for part in weights.parts if part.id != OWN_PART]
    found: dict[str, dict[str, float]] = {}
    problems: list[Problem] = []
    for number, row in table.items():
        area, part, value = ((row.get(column) or "").strip() for column in COLUMNS)
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
