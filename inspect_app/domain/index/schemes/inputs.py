"""Figures filled in for a scheme: a table with a row for each area and a column for each figure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import isinf

from ...numbers import exact_of, plain_text
from ...problems import Details, Problem
from ...tables import Headings, RawTable, read_table
from .computing import AreaFigures, Measured
from .headings import (
    AREA_COLUMNS,
    CODE,
    FEW,
    WITHIN,
    WORDS,
    are_groups,
    are_levels,
    printed_headings,
    without_none,
)
from .scheme import FILLED_IN, MADE, WEIGHT, PublicationScheme

TAKEN = ("area", "name", "level", "group", "above", "weight", "previous")
"""What is known of an area, by the name that a table's column has; no figure may be called so."""
PREVIOUS = AREA_COLUMNS["previous"][0]
_ENDS = {"low": "下限", "high": "上限"}
_YES = "是"
_MOST, _MOST_DIGITS = Decimal(10) ** 12, 12
_AS_PRINTED = str.maketrans({",": "", "，": "", "−": "-", "－": "-", "．": "."})
_RATIO = re.compile(r"(-?[0-9]{1,60})/([0-9]{1,60})")


def headings_of(scheme: PublicationScheme) -> Headings:
    """The columns of the table: the area, what is known of it, and each figure by its own name or its part's title.

    A figure may have ends of its interval beside it: ``… 下限`` and ``… 上限``.
    """
    columns: dict[str, tuple[str, ...]] = {}
    for column, others in _figures(scheme).items():
        columns[column] = names = tuple(dict.fromkeys((column, *others)))
        columns |= {f"{column}|{end}": tuple(f"{one}{word}" for one in names) for end, word in _ENDS.items()}
    return printed_headings(columns)


def column_names(scheme: PublicationScheme) -> dict[str, str]:
    """By column of a figure the heading that it is published under: its own, or its part's title."""
    own = {part.column: part for part in reversed(scheme.parts) if part.source not in (*FILLED_IN, *MADE)}
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
    if known.is_few:
        found.setdefault(AREA_COLUMNS[FEW][0], _YES)
    return found


def parse_inputs(
    table: RawTable | str, file: str, scheme: PublicationScheme
) -> tuple[AreaFigures, ...] | list[Problem]:
    """The areas of a table (or of a CSV's text) with their figures; or all that is wrong, by row."""
    figures = _figures(scheme)
    # A figure that only adds, deducts or bars may be left out altogether.
    read = read_table(table, file, headings_of(scheme), ("area",))
    if isinstance(read, list):
        return [_in_words(problem) for problem in read]
    read = _told(without_none(read.items()), scheme)
    problems: list[Problem] = []
    found: dict[str, AreaFigures] = {}
    ids = _ids(read)
    for number, row in read.items():
        where: Details = {"file": file, "row": number}
        area = ids[number]
        if not area:
            problems.append(Problem("schemes.area_missing", details=where))
            continue
        if area in found:
            problems.append(Problem("schemes.area_repeated", details={**where, "area": area}))
            continue
        numbers = {column: _exactly(text) for column, text in row.items() if text and column not in _TEXTS}
        problems += [
            Problem(code, details={**where, "column": _word(column.split("|")[0]), "value": row[column]})
            for column, value in numbers.items()
            if (code := _complaint(WEIGHT if column == "weight" else column, value))
        ]
        known = {column: value for column, value in numbers.items() if value is not None}
        found[area] = AreaFigures(
            area=area,
            name=row["name"] or _name(row),
            figures={column: _measured(known, column) for column in figures if column in known},
            level=row["level"],
            group=row["group"],
            above=row["above"],
            weight=known.get("weight"),
            previous=known.get("previous"),
            is_few=row[FEW] == _YES,
        )
    if not found and not problems:
        problems.append(Problem("index.no_figures", details={"file": file}))
    below = _below(found)
    return problems or (tuple(below) if scheme.weights else _weighted(below))


def _told(read: dict[int, dict[str, str]], scheme: PublicationScheme) -> dict[int, dict[str, str]]:
    """The rows without a 级别 that is a grade, and without groups that are none; above is what an area lies in."""
    said = {name: {row[name] for row in read.values() if row[name]} for name in ("level", "group")}
    levels = are_levels(said["level"])
    groups = are_groups(said["group"], [group.title for group in scheme.groups])
    return {
        number: {
            **row,
            "level": row["level"] if levels else "",
            "group": row["group"] if groups else "",
            "above": row["above"] or (row[WITHIN] if row["area"] else ""),
        }
        for number, row in read.items()
    }


def _ids(read: Mapping[int, Mapping[str, str]]) -> dict[int, str]:
    """By row what tells its area from others: the code, the name; with what it lies in where several are called so.

    A district that stands over the rows of its streets, and is left out in all but the first, counts for them.
    """
    times = Counter(_name(row) for row in read.values() if not row[CODE])
    found, above = {}, ""
    for number, row in read.items():
        above = row["above"] or above
        name = _name(row)
        found[number] = row[CODE] or (f"{above}/{name}" if name and above and times[name] > 1 else name)
    return found


def _name(row: Mapping[str, str]) -> str:
    """What a row calls its area: a district's own row may leave the column of streets blank."""
    return row["area"] or row[WITHIN] or row["name"] or row[CODE]


def _below(found: Mapping[str, AreaFigures]) -> list[AreaFigures]:
    """The areas, each below the one that its table names: by code, or by a name that only one has."""
    times = Counter(one.name for one in found.values())
    ids = {one.name: one.area for one in found.values() if times[one.name] == 1}
    return [one if one.above in found else replace(one, above=ids.get(one.above, one.above)) for one in found.values()]


def _in_words(problem: Problem) -> Problem:
    """A problem of a table's headings, with the columns as people call them."""
    details = {
        name: tuple(_word(one) for one in value if _word(one)) if isinstance(value, tuple) else value
        for name, value in problem.details.items()
    }
    if isinstance(column := details.get("column"), str):
        details["column"] = _word(column)
    return replace(problem, details=details)


def _word(column: str) -> str:
    """A column as people call it; empty of one that they have no name for."""
    name, _, end = column.partition("|")
    return WORDS.get(column, f"{name}{_ENDS.get(end, '')}")


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
    plain = text.strip().removesuffix("%").removesuffix("％").removesuffix("分").translate(_AS_PRINTED)
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


_TEXTS = ("area", CODE, WITHIN, FEW, "name", "level", "group", "above")


def _figures(scheme: PublicationScheme) -> Mapping[str, tuple[str, ...]]:
    """The columns of a scheme's figures, each with the other names that it goes by."""
    found: dict[str, tuple[str, ...]] = {}
    for part in scheme.parts:
        if part.source not in MADE:
            others = (part.id, *(() if part.source in FILLED_IN and part.key else (part.title,)))
            found[part.column] = tuple(dict.fromkeys((*found.get(part.column, ()), *others)))
        if part.base:
            found.setdefault(part.base, ())
    return found


def _measured(known: Mapping[str, Fraction], column: str) -> Measured:
    value = known[column]
    low, high = known.get(f"{column}|low", value), known.get(f"{column}|high", value)
    return Measured(value, float(max(Fraction(0), value - low)), float(max(Fraction(0), high - value)))
