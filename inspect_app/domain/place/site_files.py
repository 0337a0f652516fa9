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
from ..problems import Problem
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
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A file as read. ``titles`` are its columns as their headers name them; ``unused`` are headers of no meaning."""

    kind: str
    rows: tuple[FileRow, ...]
    titles: Mapping[str, str]
    unused: tuple[str, ...] = ()

    def where(self, row: FileRow, column: str = "") -> str:
        unit = "个要素" if self.kind == "GeoJSON" else "行"
        title = self.titles.get(column) or _TITLES.get(column, column)
        return f"第{row.number}{unit}{f'「{title}」列' if column else ''}"


def text_of(content: bytes, file: str) -> str | Problem:
    """The text of a CSV in UTF-8, in UTF-16 as Excel's Unicode text, or in GB 18030 as Excel and WPS save it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(content, "utf-16") or Problem(file, "像是UTF-16文本，但内容不完整，请另存为“CSV UTF-8”")
    if b"\0" in content[:4096]:
        return Problem(file, "不是文本文件。可导入的是CSV、XLSX和GeoJSON")
    text = _decoded(content, "utf-8-sig")
    if text is not None:
        return text
    lenient = content.decode("utf-8", "replace")
    broken, other = lenient.count("\ufffd"), sum(character > "\x7f" for character in lenient)
    if content.startswith(b"\xef\xbb\xbf") or broken * 10 < other:
        line = lenient[: lenient.index("\ufffd")].count("\n") + 1
        return Problem(f"{file} 第{line}行", "文件是UTF-8编码，但这里的字节已损坏，请重新另存")
    text = _decoded(content, "gb18030")
    return text if text is not None else Problem(file, "编码既不是UTF-8也不是GBK（GB 18030），请另存为“CSV UTF-8”")


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
        what = "不是有效的CSV：引号没有成对，某一格过长，或含有不能识别的字符"
        return [Problem(f"{file} 第{reader.line_num}行", what)]
    return table_sites("CSV", rows, file)


def table_sites(
    kind: str, rows: Iterable[tuple[int, Mapping[int, str | Problem]]], file: str
) -> SiteFile | list[Problem]:
    """The rows of a table from its cells that are not blank, by number of row and column.

    The header is the first row that has the column of codes; titles may stand above it.
    """
    listed = list(rows)
    if not listed:
        return [Problem(file, "没有任何内容")]
    top = next((at for at, (_, cells) in enumerate(listed[:_MOST_ABOVE]) if _names_sites(cells)), 0)
    (number, header), below = listed[top], listed[top + 1 :]
    problems = _header_problems(header, f"{file} 第{number}行")
    if problems:
        return problems
    if not below:
        return [Problem(file, "只有表头，没有任何点位")]
    if len(below) > MAX_ROWS:
        return [Problem(file, f"超过{MAX_ROWS}行，请分成几个文件")]
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
        return [Problem(file, "GeoJSON应为UTF-8编码，请在GIS软件中以UTF-8重新导出")]
    except (ValueError, RecursionError):
        return [Problem(file, "不是有效的JSON，文件可能不完整")]
    features = raw.get("features") if isinstance(raw, Mapping) and raw.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        return [Problem(file, "应为GeoJSON的FeatureCollection，含features列表")]
    if problem := crs_problem(raw.get("crs"), file):
        return [problem]
    if not 0 < len(features) <= MAX_ROWS:
        return [Problem(file, f"应有1到{MAX_ROWS}个要素，实有{len(features)}个")]
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


def _header_problems(header: Mapping[int, str | Problem], where: str) -> list[Problem]:
    problems = [cell for cell in header.values() if isinstance(cell, Problem)]
    names = [_COLUMN_OF[name] for cell in header.values() if (name := _plain(cell)) in _COLUMN_OF]
    for column in ALIASES:
        if names.count(column) > 1:
            same = "、".join(str(cell) for cell in header.values() if _COLUMN_OF.get(_plain(cell)) == column)
            problems.append(Problem(where, f"有几列都是{_TITLES[column]}（{same}），只能留一列"))
    if "code" not in names:
        known = "、".join(f"{_TITLES[column]}（{column}）" for column in ALIASES)
        problems.append(Problem(where, f"表头缺少「点位编码」（code）。可用的列：{known}"))
    for one, other in (("lat", "lon"), ("lon", "lat")):
        if one in names and other not in names:
            problems.append(Problem(where, f"有{_TITLES[one]}，缺少{_TITLES[other]}（{other}）"))
    return problems


def _row(
    number: int, cells: Mapping[int, str | Problem], columns: Mapping[int, str], header: Mapping[int, str | Problem]
) -> FileRow:
    named = {columns[place]: cell for place, cell in cells.items() if place in columns}
    wrong = {column: cell.what for column, cell in named.items() if isinstance(cell, Problem)}
    last = max(header)
    if any(place > last for place in cells):
        wrong[""] = "单元格比表头的列多，可能有一格含有分隔符而没有加引号"
    texts = {column: cell.strip() for column, cell in named.items() if not isinstance(cell, Problem)}
    return FileRow(number, texts, None, wrong)


def _feature(number: int, feature: object, titles: dict[str, str], unused: dict[str, None]) -> FileRow:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature" or not isinstance(properties, Mapping):
        return FileRow(number, {}, None, {"": "应为Feature，含properties和geometry"})
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
        return FileRow(number, cells, None, {"geometry": "应为GeoJSON的几何对象，或为null"})
    if geometry.get("type") != "Point":
        return FileRow(number, cells, geometry)
    position = geometry.get("coordinates")
    if not isinstance(position, list) or not 2 <= len(position) <= 4 or not all(map(is_number, position)):
        wrong["geometry"] = f"点应为[经度, 纬度]，实为{str(position)[:40]}"
    else:
        cells |= {"lat": repr(position[1]), "lon": repr(position[0])}
    return FileRow(number, cells, None, wrong)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
