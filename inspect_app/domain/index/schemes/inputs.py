"""Figures filled in for a scheme: a table with a row for each area and a column for each figure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import isinf

from ...numbers import exact_of, plain_text
from ...problems import Details, Problem
from ...tables import Headings, RawTable, heading_key, read_table
from .computing import AreaFigures, Measured
from .scheme import FILLED_IN, WEIGHT, FigureSource, PublicationScheme

AREA_COLUMNS = {
    "area": ("区域", "地区", "单位", "街道", "区域代码", "区划代码", "代码"),
    "name": ("名称", "区域名称"),
    "level": ("级别",),
    "group": ("分组", "组别", "类别"),
    "above": ("上级", "所属区域"),
    "weight": ("权数",),
    "previous": ("上期", "上月", "上次"),
}
"""What is known of an area, by the name that a table's column has; no figure may be called so."""
PREVIOUS = AREA_COLUMNS["previous"][0]
_ENDS = {"low": "下限", "high": "上限"}
_MOST, _MOST_DIGITS = Decimal(10) ** 12, 12
_RATIO = re.compile(r"(-?[0-9]{1,60})/([0-9]{1,60})")


def headings_of(scheme: PublicationScheme) -> Headings:
    """The columns of the table: the area, what is known of it, and each figure by its own name or its part's title.

    A figure may have ends of its interval beside it: ``… 下限`` and ``… 上限``.
    """
    columns: dict[str, tuple[str, ...]] = {}
    for column, others in _figures(scheme).items():
        names = tuple(dict.fromkeys(heading_key(one) for one in (column, *others)))
        columns[column] = names
        columns |= {f"{column}|{end}": tuple(f"{one}{word}" for one in names) for end, word in _ENDS.items()}
    # A figure of that name is meant before what would be known of the area.
    return Headings(columns | {name: names for name, names in AREA_COLUMNS.items() if name not in columns}, key="area")


def column_names(scheme: PublicationScheme) -> dict[str, str]:
    """By column of a figure the heading that it is published under: its own, or its part's title."""
    own = {part.column: part for part in reversed(scheme.parts) if part.source not in (*FILLED_IN, FigureSource.PARTS)}
    return {
        **{column: column for column in scheme.columns},
        **{column: part.id if part.title in scheme.columns else part.title for column, part in own.items()},
    }


def inputs_of(scheme: PublicationScheme, known: AreaFigures) -> dict[str, str]:
    """An area's figures by heading, exactly, with the ends of their intervals; ``parse_inputs`` reads them again."""
    found: dict[str, str] = {}
    for column, name in column_names(scheme).items():
        if (one := known.figures.get(column)) is None:
            continue
        found[name] = exact_text(one.value)
        if (one.below or one.above) and not isinf(one.below + one.above):
            found[f"{name}{_ENDS['low']}"] = exact_text(one.value - exact_of(one.below))
            found[f"{name}{_ENDS['high']}"] = exact_text(one.value + exact_of(one.above))
    if known.previous is not None:
        found.setdefault(PREVIOUS, exact_text(known.previous))
    return found


def parse_inputs(
    table: RawTable | str, file: str, scheme: PublicationScheme
) -> tuple[AreaFigures, ...] | list[Problem]:
    """The areas of a table (or of a CSV's text) with their figures; or all that is wrong, by row."""
    figures = _figures(scheme)
    # A figure that only adds, deducts or bars may be left out altogether.
    read = read_table(table, file, headings_of(scheme), ("area",))
    if isinstance(read, list):
        return read
    problems: list[Problem] = []
    found: dict[str, AreaFigures] = {}
    for number, row in read.items():
        where: Details = {"file": file, "row": number}
        if not row["area"]:
            problems.append(Problem("schemes.area_missing", details=where))
            continue
        if row["area"] in found:
            problems.append(Problem("schemes.area_repeated", details={**where, "area": row["area"]}))
            continue
        numbers = {column: _exactly(text) for column, text in row.items() if text and column not in _TEXTS}
        problems += [
            Problem(code, details={**where, "column": column.split("|")[0], "value": row[column]})
            for column, value in numbers.items()
            if (code := _complaint(WEIGHT if column == "weight" else column, value))
        ]
        known = {column: value for column, value in numbers.items() if value is not None}
        found[row["area"]] = AreaFigures(
            area=row["area"],
            name=row["name"] or row["area"],
            figures={column: _measured(known, column) for column in figures if column in known},
            level=row["level"],
            group=row["group"],
            above=row["above"],
            weight=known.get("weight"),
            previous=known.get("previous"),
        )
    if not found and not problems:
        problems.append(Problem("index.no_figures", details={"file": file}))
    return problems or _weighted(found.values())


def complaint(column: str, text: str) -> str:
    """The code of what is wrong with a figure of a column; empty where nothing is."""
    return _complaint(column, number_of(text))


def _complaint(column: str, number: Fraction | None) -> str:
    if number is None:
        return "schemes.figure_malformed"
    return "schemes.weight_negative" if column == WEIGHT and number < 0 else ""


def _weighted(areas: Iterable[AreaFigures]) -> tuple[AreaFigures, ...]:
    """The areas; where none has a weight all weigh the same. Where some have, one without is missing."""
    found = tuple(areas)
    is_weighted = any(one.weight is not None for one in found)
    above = {one.above for one in found}
    return tuple(one if is_weighted or one.area in above else replace(one, weight=Fraction(1)) for one in found)


def number_of(text: str) -> Fraction | None:
    """The number that a cell says, exactly: with a percent sign or commas between thousands as well; None for none."""
    plain = text.strip().removesuffix("%").removesuffix("％").replace(",", "").replace("−", "-")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    is_sane = number.is_finite() and abs(number) <= _MOST and int(number.as_tuple().exponent) >= -_MOST_DIGITS
    return Fraction(number) if is_sane else None


def _exactly(text: str) -> Fraction | None:
    number = number_of(text)
    return number if number is not None else _ratio(text)


def _ratio(text: str) -> Fraction | None:
    """The number that two whole ones say exactly (``250/3``), as published figures have it; None for another text."""
    match = _RATIO.fullmatch(text.strip())
    return Fraction(int(match[1]), int(match[2])) if match and int(match[2]) else None


def exact_text(number: Fraction) -> str:
    """A number so that ``parse_inputs`` reads the same again: as a decimal, or as a ratio where none is the same."""
    decimal = Decimal(number.numerator) / Decimal(number.denominator)
    if Fraction(decimal) == number and int(decimal.as_tuple().exponent) >= -_MOST_DIGITS:
        return plain_text(decimal)
    return f"{number.numerator}/{number.denominator}"


_TEXTS = ("area", "name", "level", "group", "above")


def _figures(scheme: PublicationScheme) -> Mapping[str, tuple[str, ...]]:
    """The columns of a scheme's figures, each with the other names that it goes by."""
    found: dict[str, tuple[str, ...]] = {}
    for part in scheme.parts:
        if part.source.name != "PARTS":
            others = (part.id, *(() if part.source in FILLED_IN and part.key else (part.title,)))
            found[part.column] = tuple(dict.fromkeys((*found.get(part.column, ()), *others)))
        if part.base:
            found.setdefault(part.base, ())
    return found


def _measured(known: Mapping[str, Fraction], column: str) -> Measured:
    value = known[column]
    low, high = known.get(f"{column}|low", value), known.get(f"{column}|high", value)
    return Measured(value, float(max(Fraction(0), value - low)), float(max(Fraction(0), high - value)))
