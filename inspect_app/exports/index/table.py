"""A published week as plain tables: CSV (RFC 4180), JSON and GeoJSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ...domain.checklists.scoring import format_rate
from ...domain.index.composites import composite_ranking
from ...domain.index.figures import (
    SINCE_METHOD_3,
    AreaWeek,
    PublishedWeek,
    head_to_json,
    row_to_json,
    without_unsaid,
)
from ...domain.index.sample import APART
from ...domain.place.outlines import Outline, outline_to_json
from ...domain.plan.response import MISSED, Response
from ...domain.plan.validation import validation_to_json
from ..csv_text import plain
from . import LICENCE, LICENCE_URL

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its name for machines, its title for people, and its type as Frictionless calls it."""

    name: str
    title: str
    type: str = "string"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; the first ``key`` columns tell a row from all others."""

    name: str
    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Value, ...], ...]
    key: int


_RATE = (
    TableColumn("rate", "得分率", "number"),
    TableColumn("low", "区间下限", "number"),
    TableColumn("high", "区间上限", "number"),
)
_COUNTS = (
    TableColumn("sites", "点位数", "integer"),
    TableColumn("inspections", "测评次数", "integer"),
    TableColumn("observations", "观测数", "integer"),
)
_AREA_COLUMNS = (
    TableColumn("week", "周"),
    TableColumn("area", "区划代码"),
    TableColumn("name", "区域"),
    TableColumn("level", "级别"),
    *_RATE,
    TableColumn("tier", "档次", "integer"),
    TableColumn("rank", "名次", "integer"),
    TableColumn("rank_low", "最好名次", "integer"),
    TableColumn("rank_high", "最差名次", "integer"),
    TableColumn("change", "较上周", "number"),
    TableColumn("change_sure", "变化超出误差", "boolean"),
    TableColumn("moving", "近四周平均", "number"),
    TableColumn("composite", "综合指数", "number"),
    *_COUNTS,
    TableColumn("listed", "登记点位数", "integer"),
    TableColumn("planned", "计划点位数", "integer"),
    TableColumn("planned_done", "计划完成数", "integer"),
    TableColumn("enough", "样本足够", "boolean"),
    TableColumn("basis", "依据"),
    TableColumn("plain", "不调整宽严", "number"),
    TableColumn("error", "标准误", "number"),
    TableColumn("freedom", "自由度", "number"),
    TableColumn("one_sided", "区间只有一侧", "boolean"),
    TableColumn("letters", "字母"),
)
_COMPOSITE_COLUMNS = (
    TableColumn("composite_low", "综合指数下限", "number"),
    TableColumn("composite_high", "综合指数上限", "number"),
    TableColumn("composite_rank", "综合指数名次", "integer"),
)
"""Of weeks that have a ranking by composite."""
_PART_KINDS = {"types": "点位类型", "dimensions": "维度", "clauses": "条款", "items": "测评项"}
_PART_COLUMNS = (
    TableColumn("week", "周"),
    TableColumn("area", "区划代码"),
    TableColumn("kind", "分类"),
    TableColumn("key", "代号"),
    TableColumn("title", "名称"),
    *_RATE,
    *_COUNTS,
    TableColumn("share", "权重（%）", "number"),
    TableColumn("counts_with", "计入指数", "number"),
)
_SITE_COLUMNS = (
    TableColumn("week", "周"),
    TableColumn("site", "点位编码"),
    TableColumn("area", "区划代码"),
    TableColumn("name", "点位"),
    TableColumn("type_title", "类型"),
    TableColumn("rate", "得分率", "number"),
    TableColumn("inspections", "测评次数", "integer"),
)

_FRAME_COLUMNS = (
    TableColumn("week", "周"),
    TableColumn("area", "区划代码"),
    TableColumn("type", "类型代号"),
    TableColumn("type_title", "点位类型"),
    TableColumn("listed", "登记点位数", "integer"),
)
_RESPONSE_COLUMNS = (
    TableColumn("week", "周"),
    TableColumn("area", "区划代码"),
    TableColumn("type", "类型代号"),
    TableColumn("type_title", "点位类型"),
    TableColumn("drawn", "抽中", "integer"),
    TableColumn("inspected", "测到", "integer"),
    *(TableColumn(f"missed_{name}", f"未测：{title}", "integer") for name, title in MISSED.items()),
)
_APART_COLUMNS = (
    TableColumn("week", "周"),
    TableColumn("area", "区划代码"),
    TableColumn("kind", "分类"),
    TableColumn("inspections", "次数", "integer"),
    TableColumn("sites", "点位数", "integer"),
    TableColumn("rated", "有得分率的", "integer"),
    TableColumn("rate", "平均得分率", "number"),
)


def columns_of(week: PublishedWeek, columns: tuple[TableColumn, ...]) -> tuple[TableColumn, ...]:
    """Without those that a week before method 3 knows nothing of: its files stay as they were."""
    known = any(row.basis for row in week.rows)
    return tuple(column for column in columns if known or column.name not in SINCE_METHOD_3)


def areas_table(week: PublishedWeek) -> Table:
    """One row an area."""
    ranks = {one.row.area: one.rank for some in composite_ranking(week.rows).values() for one in some}
    columns = columns_of(week, (*_AREA_COLUMNS, *_COMPOSITE_COLUMNS) if ranks else _AREA_COLUMNS)
    rows = tuple(
        _values(columns, {"week": week.head.week, **asdict(row), "composite_rank": ranks.get(row.area)})
        for row in week.rows
    )
    return Table("areas", "各区域指数", columns, rows, 2)


def parts_table(week: PublishedWeek) -> Table:
    """One row for each site type, dimension, clause and item of an area."""
    columns = columns_of(week, _PART_COLUMNS)
    rows = tuple(
        _values(columns, {"week": week.head.week, "area": area, "kind": _PART_KINDS[kind], **asdict(part)})
        for area, detail in week.details.items()
        for kind in _PART_KINDS
        for part in getattr(detail, kind)
    )
    return Table("parts", "各区域的类型、维度、条款、测评项", columns, rows, 4)


def sites_table(week: PublishedWeek) -> Table:
    """One row for each inspected site."""
    rows = tuple(_values(_SITE_COLUMNS, {"week": week.head.week, **asdict(site)}) for site in week.sites)
    return Table("sites", "各点位得分率", _SITE_COLUMNS, rows, 3)


def frame_table(week: PublishedWeek) -> Table:
    """One row for each street and type of the frozen register: how many sites it has."""
    titles = week.sample.types if week.sample else {}
    strata = week.sample.strata if week.sample else ()
    rows = tuple((week.head.week, area, id, titles.get(id, id), listed) for area, id, listed in strata)
    return Table("frame", "抽样框：登记的点位", _FRAME_COLUMNS, rows, 3)


def response_table(week: PublishedWeek) -> Table:
    """One row for each street and type of the plan: how many sites were drawn, inspected, and missed by reason."""
    titles = week.sample.types if week.sample else {}

    def values(one: Response) -> tuple[Value, ...]:
        title = titles.get(one.site_type, one.site_type)
        missed = (one.missed.get(name, 0) for name in MISSED)
        return (week.head.week, one.area, one.site_type, title, one.drawn, one.inspected, *missed)

    rows = tuple(map(values, week.sample.responses if week.sample else ()))
    return Table("response", "抽中和测到的点位", _RESPONSE_COLUMNS, rows, 3)


def apart_table(week: PublishedWeek) -> Table:
    """One row for each kind of what is no part of the figures, by street: how many, and their plain mean."""
    rows = tuple(
        (week.head.week, one.area, APART[one.kind], one.visits, one.sites, one.rated, one.mean)
        for one in (week.sample.apart if week.sample else ())
    )
    return Table("apart", "不计入指数的测评", _APART_COLUMNS, rows, 3)


def as_csv(table: Table, *, titles: bool = False) -> bytes:
    """RFC 4180 in UTF-8 with a byte-order mark, so that Excel and WPS show Chinese.

    With ``titles`` it is for people: Chinese headings, rates with two decimals, 是 and 否. Else it is for programs: the
    columns' names, rates with six decimals, true and false. Empty is what is not known. No text is taken for a formula.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.title if titles else column.name for column in table.columns])
    written = _for_people if titles else _for_programs
    writer.writerows([written(value) for value in row] for row in table.rows)
    return ("\ufeff" + text.getvalue()).encode()


def as_json(week: PublishedWeek) -> bytes:
    """The whole week with licence and method: head, rows, details and sites, as they were frozen."""
    document = {
        **week_document(week),
        "details": [without_unsaid(asdict(detail)) for detail in week.details.values()],
        "sites": [asdict(site) for site in week.sites],
        **({"sample": asdict(week.sample)} if week.sample else {}),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def week_json(week: PublishedWeek) -> bytes:
    """Head and rows, for programs that need no more."""
    return json.dumps(week_document(week), ensure_ascii=False, separators=(",", ":")).encode()


def week_document(week: PublishedWeek) -> dict[str, object]:
    """Head and rows as JSON values, each row with its rate as printed. A preview has no revision and no date."""
    head = head_to_json(week.head)
    if not week.head.revision:
        head |= {"revision": None, "published_at": None}
    rows = [{**without_unsaid(row_to_json(row)), "rate_text": format_rate(row.rate)} for row in week.rows]
    told = {"validation": validation_to_json(week.validation)} if week.validation else {}
    told |= {"plausibility": asdict(week.plausibility)} if week.plausibility else {}
    return {**head, "licence": LICENCE, "licence_url": LICENCE_URL, **told, "rows": rows}


def as_geojson(week: PublishedWeek) -> bytes:
    """A FeatureCollection (RFC 7946, WGS-84) of the week's areas; geometry is null where no outline is known."""
    document = {
        "type": "FeatureCollection",
        "week": week.head.week,
        "revision": week.head.revision,
        "method": week.head.method,
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "features": list(_features(week.rows, week.outlines)),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _features(rows: Iterable[AreaWeek], outlines: Mapping[str, Outline]) -> Iterator[dict[str, object]]:
    for row in rows:
        outline = outlines.get(row.area)
        yield {
            "type": "Feature",
            "id": row.area,
            "geometry": outline_to_json(outline) if outline else None,
            "properties": without_unsaid(row_to_json(row)),
        }


def _values(columns: tuple[TableColumn, ...], known: Mapping[str, Any]) -> tuple[Value, ...]:
    return tuple(known[column.name] for column in columns)


def _for_people(value: Value) -> str | int:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return format_rate(value)
    return _for_programs(value)


def _for_programs(value: Value) -> str | int:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(plain(value))
    if isinstance(value, float):
        return f"{value:.6f}"
    return "" if value is None else value
