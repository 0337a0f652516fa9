"""Files of sites that somebody else made, read to rows of text by column: tables and GeoJSON.

Nothing is judged here but whether it is such a file; what the rows say is for ``site_import``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..numbers import is_number
from ..problems import Details, Problem
from ..tables import MAX_ROWS, Cells, Headings, RawTable, cell_text
from .coordinates import crs_problem
from .outlines import single_part

ALIASES: Mapping[str, tuple[str, ...]] = {
    "code": ("点位编码", "编码", "点位编号", "编号", "代码", "点位代码"),
    "name": ("点位名称", "名称", "点位"),
    "type": ("点位类型", "类型", "类型代号", "site_type", "测评清单", "清单"),
    "area": ("区域", "区域代码", "区划代码", "区划", "街道", "所属区域", "所属街道", "area_code"),
    "lat": ("纬度", "latitude", "y"),
    "lon": ("经度", "longitude", "lng", "x"),
    "accuracy_m": ("精度", "定位精度", "位置精度", "accuracy"),
}
"""The columns, each with the headers that mean it as well as its own name; what stands in brackets is left out."""
COLUMNS = Headings(ALIASES, key="code")
_TITLES = {column: aliases[0] for column, aliases in ALIASES.items()} | {"geometry": "geometry"}
_MOST_UNUSED = 20


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row or feature: its number as the reader counts it, its cells by column, and a geometry of GeoJSON.

    ``wrong`` says of columns what is wrong with their cells (of "" what is wrong with the row).
    """

    number: int
    cells: Mapping[str, str]
    geometry: Mapping[str, Any] | None = None
    wrong: Mapping[str, Problem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A file as read. ``titles`` are its columns as their headers name them; ``unused`` are headers of no meaning.

    ``notes`` are what the sender should be told.
    """

    kind: str
    rows: tuple[FileRow, ...]
    titles: Mapping[str, str]
    unused: tuple[str, ...] = ()
    notes: tuple[Problem, ...] = ()

    @property
    def has_features(self) -> bool:
        """Whether its rows are features."""
        return self.kind == "GeoJSON"

    def where(self, row: FileRow, column: str = "") -> Details:
        """The place of a row or of a cell, by the header that the file has for its column."""
        place: Details = {"feature" if self.has_features else "row": row.number}
        title = self.titles.get(column) or _TITLES.get(column, column)
        return {**place, "header": title} if column else place


def table_sites(table: RawTable, file: str) -> SiteFile | list[Problem]:
    """The rows of a table. The header is the first row that has the column of codes; titles may stand above it."""
    if not table.rows:
        return [Problem("tables.empty", details={"file": file})]
    top = COLUMNS.top(table.rows)
    (number, header), below = table.rows[top], table.rows[top + 1 :]
    problems = _header_problems(header, {"file": file, "row": number})
    if problems:
        return problems
    if not below:
        return [Problem("sites.header_only", details={"file": file})]
    if len(below) > MAX_ROWS:
        return [Problem("tables.too_many_rows", details={"file": file, "most_rows": MAX_ROWS})]
    columns = COLUMNS.headings(header)
    unused = [str(cell) for place, cell in header.items() if place not in columns]
    titles = {column: str(header[place]) for place, column in columns.items()}
    found = tuple(_row(number, cells, columns, header) for number, cells in below)
    return SiteFile(table.kind, found, titles, tuple(unused[:_MOST_UNUSED]), table.notes)


def geojson_sites(content: bytes, file: str) -> SiteFile | list[Problem]:
    """The features of a FeatureCollection: properties are columns, a point is a position, anything else an outline."""
    try:
        raw = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return [Problem("sites.geojson_not_utf8", details={"file": file})]
    except (ValueError, RecursionError):
        return [Problem("sites.geojson_not_json", details={"file": file})]
    features = raw.get("features") if isinstance(raw, Mapping) and raw.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        return [Problem("sites.geojson_no_collection", details={"file": file})]
    if problem := crs_problem(raw.get("crs"), file):
        return [problem]
    if not 0 < len(features) <= MAX_ROWS:
        return [
            Problem(
                "sites.features_out_of_range", details={"file": file, "most_rows": MAX_ROWS, "count": len(features)}
            )
        ]
    titles: dict[str, str] = {}
    unused: dict[str, None] = {}
    rows = tuple(_feature(number, feature, titles, unused) for number, feature in enumerate(features, start=1))
    return SiteFile("GeoJSON", rows, titles, tuple(unused)[:_MOST_UNUSED])


def _header_problems(header: Cells, where: Details) -> list[Problem]:
    problems = [cell for cell in header.values() if isinstance(cell, Problem)]
    names = [name for cell in header.values() if (name := COLUMNS.named(cell))]
    for column in ALIASES:
        if names.count(column) > 1:
            same = tuple(str(cell) for cell in header.values() if COLUMNS.named(cell) == column)
            problems.append(
                Problem("sites.column_repeated", details={**where, "column": _TITLES[column], "same": same})
            )
    if "code" not in names:
        known = tuple(f"{_TITLES[column]}（{column}）" for column in ALIASES)
        problems.append(Problem("sites.code_column_missing", details={**where, "known": known}))
    for one, other in (("lat", "lon"), ("lon", "lat")):
        if one in names and other not in names:
            problems.append(
                Problem(
                    "sites.column_missing",
                    details={**where, "one": _TITLES[one], "other": _TITLES[other], "column": other},
                )
            )
    return problems


def _row(number: int, cells: Cells, columns: Mapping[int, str], header: Cells) -> FileRow:
    named = {columns[place]: cell for place, cell in cells.items() if place in columns}
    wrong = {column: cell for column, cell in named.items() if isinstance(cell, Problem)}
    last = max(header)
    if any(place > last for place in cells):
        wrong[""] = Problem("sites.too_many_cells")
    texts = {column: cell for column, cell in named.items() if not isinstance(cell, Problem)}
    return FileRow(number, texts, None, wrong)


def _feature(number: int, feature: object, titles: dict[str, str], unused: dict[str, None]) -> FileRow:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature" or not isinstance(properties, Mapping):
        return FileRow(number, {}, None, {"": Problem("sites.not_a_feature")})
    cells: dict[str, str] = {}
    for key, value in properties.items():
        column = COLUMNS.named(key)
        if column is None:
            unused[str(key)[:50]] = None
        elif column not in cells:
            titles.setdefault(column, str(key))
            cells[column] = cell_text(value)
    geometry, wrong = feature.get("geometry"), {}
    if geometry is None:
        return FileRow(number, cells)
    if not isinstance(geometry, Mapping):
        return FileRow(number, cells, None, {"geometry": Problem("sites.not_a_geometry")})
    single = single_part(geometry)
    if not isinstance(single, Mapping) or single.get("type") != "Point":
        return FileRow(number, cells, geometry)
    position = single.get("coordinates")
    if not isinstance(position, list) or not 2 <= len(position) <= 4 or not all(map(is_number, position)):
        wrong["geometry"] = Problem("sites.point_malformed", details={"got": str(position)[:40]})
    else:
        cells |= {"lat": repr(position[1]), "lon": repr(position[0])}
    return FileRow(number, cells, None, wrong)
