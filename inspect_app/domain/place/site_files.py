"""Files of sites that somebody else made, read to rows of text by column: CSV and GeoJSON; tables of any other kind.

Nothing is judged here but whether it is such a file; what the rows say is for ``site_import``.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..numbers import is_number
from ..problems import Details, Problem
from .coordinates import crs_problem

MAX_ROWS = 50_000
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
_COLUMN_OF = {alias: column for column, aliases in ALIASES.items() for alias in (column, *aliases)}
_TITLES = {column: aliases[0] for column, aliases in ALIASES.items()} | {"geometry": "geometry"}
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|【.*?】|\s")
_MOST_UNUSED = 20
_MOST_ABOVE = 10


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
    """A file as read. ``titles`` are its columns as their headers name them; ``unused`` are headers of no meaning."""

    kind: str
    rows: tuple[FileRow, ...]
    titles: Mapping[str, str]
    unused: tuple[str, ...] = ()

    @property
    def has_features(self) -> bool:
        """Whether its rows are features."""
        return self.kind == "GeoJSON"

    def where(self, row: FileRow, column: str = "") -> Details:
        """The place of a row or of a cell, by the header that the file has for its column."""
        place: Details = {"feature" if self.has_features else "row": row.number}
        title = self.titles.get(column) or _TITLES.get(column, column)
        return {**place, "header": title} if column else place


def text_of(content: bytes, file: str) -> str | Problem:
    """The text of a CSV in UTF-8, in UTF-16 as Excel's Unicode text, or in GB 18030 as Excel and WPS save it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(content, "utf-16") or Problem("sites.utf16_damaged", details={"file": file})
    if b"\0" in content[:4096]:
        return Problem("sites.not_text", details={"file": file})
    text = _decoded(content, "utf-8-sig")
    if text is not None:
        return text
    lenient = content.decode("utf-8", "replace")
    broken, other = lenient.count("\ufffd"), sum(character > "\x7f" for character in lenient)
    if content.startswith(b"\xef\xbb\xbf") or broken * 10 < other:
        line = lenient[: lenient.index("\ufffd")].count("\n") + 1
        return Problem("sites.utf8_damaged", details={"file": file, "line": line})
    text = _decoded(content, "gb18030")
    return text if text is not None else Problem("sites.encoding_unknown", details={"file": file})


def csv_sites(text: str, file: str) -> SiteFile | list[Problem]:
    """The rows of a CSV; also of one that is separated by tabs or semicolons. The header is row 1."""
    header, _, _ = text.partition("\n")
    separator = max(",\t;", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, dict[int, str]]] = []
    try:
        for number, cells in enumerate(reader, start=1):
            found = {column: cell for column, cell in enumerate(cells, start=1) if cell.strip()}
            if found:
                rows.append((number, found))
            if len(rows) > MAX_ROWS + _MOST_ABOVE:
                break
    except csv.Error:
        return [Problem("sites.csv_malformed", details={"file": file, "row": reader.line_num})]
    return table_sites("CSV", rows, file)


def table_sites(
    kind: str, rows: Iterable[tuple[int, Mapping[int, str | Problem]]], file: str
) -> SiteFile | list[Problem]:
    """The rows of a table from its cells that are not blank, by number of row and column.

    The header is the first row that has the column of codes; titles may stand above it.
    """
    listed = list(rows)
    if not listed:
        return [Problem("sites.file_blank", details={"file": file})]
    top = next((at for at, (_, cells) in enumerate(listed[:_MOST_ABOVE]) if _names_sites(cells)), 0)
    (number, header), below = listed[top], listed[top + 1 :]
    problems = _header_problems(header, {"file": file, "row": number})
    if problems:
        return problems
    if not below:
        return [Problem("sites.header_only", details={"file": file})]
    if len(below) > MAX_ROWS:
        return [Problem("sites.too_many_rows", details={"file": file, "most_rows": MAX_ROWS})]
    columns = {place: _COLUMN_OF[name] for place, cell in header.items() if (name := _plain(cell)) in _COLUMN_OF}
    unused = [str(cell).strip() for place, cell in header.items() if place not in columns]
    titles = {column: str(header[place]).strip() for place, column in columns.items()}
    found = tuple(_row(number, cells, columns, header) for number, cells in below)
    return SiteFile(kind, found, titles, tuple(unused[:_MOST_UNUSED]))


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


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _plain(header: object) -> str:
    return _BRACKETS.sub("", unicodedata.normalize("NFKC", str(header))).casefold()


def _names_sites(cells: Mapping[int, str | Problem]) -> bool:
    return any(_COLUMN_OF.get(_plain(cell)) == "code" for cell in cells.values())


def _header_problems(header: Mapping[int, str | Problem], where: Details) -> list[Problem]:
    problems = [cell for cell in header.values() if isinstance(cell, Problem)]
    names = [_COLUMN_OF[name] for cell in header.values() if (name := _plain(cell)) in _COLUMN_OF]
    for column in ALIASES:
        if names.count(column) > 1:
            same = tuple(str(cell) for cell in header.values() if _COLUMN_OF.get(_plain(cell)) == column)
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


def _row(
    number: int, cells: Mapping[int, str | Problem], columns: Mapping[int, str], header: Mapping[int, str | Problem]
) -> FileRow:
    named = {columns[place]: cell for place, cell in cells.items() if place in columns}
    wrong = {column: cell for column, cell in named.items() if isinstance(cell, Problem)}
    last = max(header)
    if any(place > last for place in cells):
        wrong[""] = Problem("sites.too_many_cells")
    texts = {column: cell.strip() for column, cell in named.items() if not isinstance(cell, Problem)}
    return FileRow(number, texts, None, wrong)


def _feature(number: int, feature: object, titles: dict[str, str], unused: dict[str, None]) -> FileRow:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature" or not isinstance(properties, Mapping):
        return FileRow(number, {}, None, {"": Problem("sites.not_a_feature")})
    cells: dict[str, str] = {}
    for key, value in properties.items():
        column = _COLUMN_OF.get(_plain(key))
        if column is None:
            unused[str(key)[:50]] = None
        elif column not in cells:
            titles.setdefault(column, str(key))
            cells[column] = _text(value)
    geometry, wrong = feature.get("geometry"), {}
    if geometry is None:
        return FileRow(number, cells)
    if not isinstance(geometry, Mapping):
        return FileRow(number, cells, None, {"geometry": Problem("sites.not_a_geometry")})
    if geometry.get("type") != "Point":
        return FileRow(number, cells, geometry)
    position = geometry.get("coordinates")
    if not isinstance(position, list) or not 2 <= len(position) <= 4 or not all(map(is_number, position)):
        wrong["geometry"] = Problem("sites.point_malformed", details={"got": str(position)[:40]})
    else:
        cells |= {"lat": repr(position[1]), "lon": repr(position[0])}
    return FileRow(number, cells, None, wrong)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
