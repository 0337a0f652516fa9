"""Registers of premises from other offices, as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..numbers import number_from
from ..place.coordinates import SYSTEMS
from ..problems import Details, Problem
from ..tables import is_name, read_table

COLUMNS = ("name", "category", "lat", "lon", "accuracy_m", "address")
_REQUIRED = COLUMNS[:4]
DEFAULT_ACCURACY_M = 10.0
_MOST_PROBLEMS = 200


@dataclass(frozen=True, slots=True)
class RegisteredPremises:
    """Registered premises: WGS-84 degrees, known to ``accuracy_m`` metres; ``row`` is that of the file."""

    row: int
    name: str
    category: str
    lat: float
    lon: float
    accuracy_m: float
    address: str = ""


def parse_premises(text: str, file: str, system: str = "wgs84") -> list[RegisteredPremises] | list[Problem]:
    """Premises from CSV; all rows are right, or the problems of the first two hundred wrong ones.

    ``system`` is the coordinates' (a key of ``SYSTEMS``). ``accuracy_m`` is 10 m where empty.
    """
    table = read_table(text, file, _REQUIRED, COLUMNS)
    if isinstance(table, list):
        return table
    found: list[RegisteredPremises] = []
    problems: list[Problem] = []
    for row, cells in table.items():
        parsed = _parse(cells, row, {"file": file, "row": row}, system)
        if isinstance(parsed, RegisteredPremises):
            found.append(parsed)
        else:
            problems += parsed
        if len(problems) >= _MOST_PROBLEMS:
            return [*problems, Problem("zones.too_many_problems", details={"file": file})]
    if not found and not problems:
        problems.append(Problem("zones.no_premises", details={"file": file}))
    return problems or found


def _parse(
    cells: Mapping[str, str | None], row: int, where: Details, system: str
) -> RegisteredPremises | list[Problem]:
    text = {column: (cells.get(column) or "").strip() for column in COLUMNS}
    problems = [
        Problem("zones.text_malformed", details={**where, "column": column})
        for column in ("name", "category")
        if not is_name(text[column])
    ]
    numbers = {}
    for column, low, high in (("lat", -90.0, 90.0), ("lon", -180.0, 180.0), ("accuracy_m", 0.0, 10_000.0)):
        written = text[column] or (str(DEFAULT_ACCURACY_M) if column == "accuracy_m" else "")
        number = number_from(written)
        if number is None or not low <= number <= high:
            problems.append(
                Problem(
                    "zones.out_of_range",
                    details={**where, "column": column, "value": text[column], "low": low, "high": high},
                )
            )
        else:
            numbers[column] = number
    if problems:
        return problems
    lat, lon = SYSTEMS[system].to_wgs84(numbers["lat"], numbers["lon"])
    return RegisteredPremises(row, text["name"], text["category"], lat, lon, numbers["accuracy_m"], text["address"])
