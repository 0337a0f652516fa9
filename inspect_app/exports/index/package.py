"""A published week as a data package (Frictionless, profile tabular-data-package) and as one ZIP with everything."""

from __future__ import annotations

import json
from dataclasses import asdict

from ...domain.index.figures import PublishedWeek
from ...domain.index.sample import WeekSample
from ...domain.weeks import first_day, last_day
from . import LICENCE, LICENCE_URL
from .packing import packed
from .table import (
    Table,
    apart_table,
    areas_table,
    as_csv,
    as_geojson,
    as_json,
    frame_table,
    parts_table,
    response_table,
    sites_table,
)


def tables(week: PublishedWeek) -> tuple[Table, ...]:
    """The tables of the package; each is the file ``<name>.csv`` beside ``datapackage.json``."""
    told = (frame_table(week), response_table(week), apart_table(week)) if week.sample else ()
    return areas_table(week), parts_table(week), sites_table(week), *told


def datapackage(week: PublishedWeek) -> bytes:
    """``datapackage.json``: what the CSV files hold, column by column, with licence, method and hash."""
    document = {
        "profile": "tabular-data-package",
        "name": f"civility-index-{week.head.week.lower()}-r{week.head.revision}",
        "title": f"{week.head.city}公共文明指数 {week.head.week}",
        "version": str(week.head.revision),
        "created": week.head.published_at or None,
        "licenses": [{"name": LICENCE.replace(" ", "-"), "path": LICENCE_URL, "title": LICENCE}],
        "temporal": {"start": str(first_day(week.head.week)), "end": str(last_day(week.head.week))},
        "method": week.head.method,
        "digest": week.head.digest,
        "log": asdict(week.head.log) if week.head.log else None,
        "weights": week.head.weights,
        **({"frame": _frame(week.sample)} if week.sample else {}),
        "resources": [_resource(table) for table in tables(week)],
    }
    known = {name: value for name, value in document.items() if value is not None}
    return (json.dumps(known, ensure_ascii=False, indent=1) + "\n").encode()


def archive(week: PublishedWeek) -> bytes:
    """A ZIP of the package, the whole week as JSON and the areas as GeoJSON; the same bytes each time."""
    members = [
        ("datapackage.json", datapackage(week)),
        *((f"{table.name}.csv", as_csv(table)) for table in tables(week)),
        ("index.json", as_json(week)),
        ("areas.geojson", as_geojson(week)),
    ]
    return packed(members, week.head.published_at)


def _frame(sample: WeekSample) -> dict[str, object]:
    """From what the figures are estimated: the register and areas by their hashes, and since when they are frozen."""
    return {
        "basis": sample.basis,
        "listed": sample.listed,
        "frozen_at": sample.frozen_at or None,
        "register": sample.register or None,
        "areas": sample.areas or None,
        "least_response": sample.least_response,
    }


def _resource(table: Table) -> dict[str, object]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.title,
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig",
        "schema": {
            "fields": [_field(column.name, column.title, column.type) for column in table.columns],
            "primaryKey": [column.name for column in table.columns[: table.key]],
            "missingValues": [""],
        },
    }


def _field(name: str, title: str, kind: str) -> dict[str, object]:
    field: dict[str, object] = {"name": name, "title": title, "type": kind}
    if name in ("rate", "low", "high", "moving", "composite", "composite_low", "composite_high", "share"):
        field["constraints"] = {"minimum": 0, "maximum": 100}
        field["description"] = "百分数（percent）"
    elif kind == "integer":
        field["constraints"] = {"minimum": 0}
    return field
