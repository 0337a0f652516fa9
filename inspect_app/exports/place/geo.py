"""Map layers as GeoJSON (RFC 7946) and as CSV that GDAL, QGIS and WPS read; all WGS-84, written while they are read.

A CSV has its geometry as WKT in the first column. Beside it lie the types of its columns (``.csvt``) and the coordinate
system (``.prj``), so that codes stay text and nothing is asked when it becomes a GeoPackage.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, mapping, shape
from shapely.geometry.polygon import orient

from ..csv_text import plain

Value = str | int | float | None
DECIMALS = 7
"""Of degrees: a centimetre."""
WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column: its name, what it holds in Chinese, and its type, one of ``KINDS``."""

    name: str
    title: str
    kind: str = "text"


KINDS = {"text": "String", "whole": "Integer", "number": "Real", "day": "Date"}
"""Types of columns as GDAL names them."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing on the map: a GeoJSON geometry, None where its place is not known, and a value for each field."""

    geometry: Mapping[str, Any] | None
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Columns:
    """What the features of a layer have in common: all of one kind of geometry, all with these fields."""

    name: str
    geometry: str
    fields: tuple[Attribute, ...]


def geojson(columns: Columns, features: Iterable[Feature]) -> Iterator[str]:
    """A FeatureCollection in pieces, one feature a line."""
    yield f'{{"type":"FeatureCollection","name":{json.dumps(columns.name)},"features":['
    between = "\n"
    for feature in features:
        geometry = _geometry(feature, columns)
        properties = {field.name: feature.values.get(field.name) for field in columns.fields}
        whole = {"type": "Feature", "geometry": mapping(geometry) if geometry else None, "properties": properties}
        yield between + json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        between = ",\n"
    yield "\n]}\n"


def wkt_csv(columns: Columns, features: Iterable[Feature]) -> Iterator[str]:
    """Rows with the geometry as WKT, and a byte-order mark before them, so that WPS and Excel read Chinese.

    Text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    yield "\ufeff" + _row(["WKT", *(field.name for field in columns.fields)])
    for feature in features:
        geometry = _geometry(feature, columns)
        wkt = shapely.to_wkt(geometry, rounding_precision=DECIMALS, trim=True) if geometry else ""
        yield _row([wkt, *(plain(feature.values.get(field.name)) for field in columns.fields)])


def column_types(columns: Columns) -> str:
    """The ``.csvt`` of a layer."""
    return ",".join(f'"{kind}"' for kind in ("WKT", *(KINDS[field.kind] for field in columns.fields))) + "\n"


def csv_files(columns: Columns) -> Mapping[str, Callable[[Iterable[Feature]], Iterator[str]]]:
    """The files of a layer as CSV, by name, each with what writes it."""
    return {
        f"{columns.name}.csv": lambda features: wkt_csv(columns, features),
        f"{columns.name}.csvt": lambda _: iter([column_types(columns)]),
        f"{columns.name}.prj": lambda _: iter([WGS84 + "\n"]),
    }


def geojson_files(columns: Columns) -> Mapping[str, Callable[[Iterable[Feature]], Iterator[str]]]:
    """The one file of a layer as GeoJSON."""
    return {f"{columns.name}.geojson": lambda features: geojson(columns, features)}


FORMATS = {"geojson": geojson_files, "csv": csv_files}


def _geometry(feature: Feature, columns: Columns) -> Any:
    """The shapely geometry: rounded, outer rings counter-clockwise, of the layer's kind."""
    if feature.geometry is None:
        return None
    found = shape(feature.geometry)
    if columns.geometry == "MultiPolygon":
        parts = found.geoms if found.geom_type == "MultiPolygon" else [found]
        found = MultiPolygon([orient(part) for part in parts])
    assert found.geom_type == columns.geometry, found.geom_type
    return shapely.transform(found, lambda points: points.round(DECIMALS))


def _row(cells: Iterable[object]) -> str:
    output = io.StringIO()
    csv.writer(output).writerow(cells)
    return output.getvalue()
