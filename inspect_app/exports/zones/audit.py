"""What an audit of zones found, as CSV for WPS and Excel, and as GeoJSON for maps."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from ...services.zones.auditing import InZone
from ..csv_text import plain

HEADINGS = (
    "原表行号", "名称", "类别", "地址", "纬度(WGS-84)", "经度(WGS-84)", "误差(米)", "学校", "规定", "结论", "距离(米)",
    "最小(米)", "最大(米)", "半径(米)", "量法", "依据",
)  # fmt: skip


def zones_csv(found: Iterable[InZone]) -> str:
    """One row for each premises and school, with a byte-order mark, so that WPS and Excel read Chinese."""
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(HEADINGS)
    for one in found:
        premises, judged = one.premises, one.judged
        writer.writerow(
            [
                premises.row, plain(premises.name), plain(premises.category), plain(premises.address),
                f"{premises.lat:.6f}", f"{premises.lon:.6f}", f"{premises.accuracy_m:g}", plain(one.school.name),
                one.rule.title, judged.within.label, f"{judged.metres:.1f}", f"{judged.low_m:.1f}",
                f"{judged.high_m:.1f}", f"{judged.radius_m:g}", judged.measured, "、".join(one.rule.sources),
            ]
        )  # fmt: skip
    return "\ufeff" + output.getvalue()


def zones_geojson(found: Iterable[InZone]) -> str:
    """A FeatureCollection (RFC 7946) of the premises, each with its school, rule and answer."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(one.premises.lon, 7), round(one.premises.lat, 7)]},
            "properties": {
                "row": one.premises.row,
                "name": one.premises.name,
                "category": one.premises.category,
                "school": one.school.name,
                "rule": one.rule.title,
                "answer": one.judged.within.value,
                "low_m": round(one.judged.low_m, 2),
                "high_m": round(one.judged.high_m, 2),
                "radius_m": one.judged.radius_m,
                "measured": one.judged.measured,
                "sources": list(one.rule.sources),
            },
        }
        for one in found
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
