"""Registers of premises from other offices, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..numbers import number_from
from ..place.coordinates import SYSTEMS
from ..problems import Details, Problem
from ..tables import Headings, RawTable, is_name, read_table

COLUMNS = Headings(
    {
        "name": ("名称", "场所名称", "单位名称", "字号"),
        "category": ("类别", "类型", "场所类别", "场所类型"),
        "lat": ("纬度", "latitude", "y"),
        "lon": ("经度", "longitude", "lng", "x"),
        "accuracy_m": ("精度", "定位精度", "位置精度", "accuracy"),
        "address": ("地址", "场所地址", "经营地址"),
    },
    key="name",
)
_REQUIRED = ("name", "category", "lat", "lon")
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


def parse_premises(table: RawTable | str, file: str, system: str = "wgs84") -> list[RegisteredPremises] | list[Problem]:
    """Premises from a table (or the text of a CSV); all are right, or the problems of the first two hundred wrong rows.

    ``system`` is the coordinates' (a key of ``SYSTEMS``). ``accuracy_m`` is 10 m where empty.
    """
    read = read_table(table, file, COLUMNS, _REQUIRED)
    if isinstance(read, list):
        return read
    found: list[RegisteredPremises] = []
    problems: list[Problem] = []
    for row, cells in read.items():
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


def _parse(text: Mapping[str, str], row: int, where: Details, system: str) -> RegisteredPremises | list[Problem]:
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
