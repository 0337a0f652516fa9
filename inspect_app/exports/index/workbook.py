"""A published week as a workbook (XLSX) for people who live in Excel and WPS."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from ...domain.index.composites import composite_ranking
from ...domain.index.figures import Part, PublishedWeek
from ...domain.index.sample import APART, CHOSEN, DRAWN, WeekSample
from ...domain.index.sample_words import missed_text, sentences
from ...domain.text import xml_text
from ...domain.weeks import title
from ..cells import put
from ..sheets import SheetColumn, Value, add_sheet
from . import LICENCE, LICENCE_URL
from .packing import repacked

_RATE, _WHOLE, _SIGNED = "0.00", "0", "+0.00;-0.00;0.00"


_RATES = (SheetColumn("得分率", 10, _RATE), SheetColumn("区间下限", 10, _RATE), SheetColumn("区间上限", 10, _RATE))
_COUNTS = (SheetColumn("点位数", 9, _WHOLE), SheetColumn("测评次数", 10, _WHOLE), SheetColumn("观测数", 9, _WHOLE))
_AREA = (SheetColumn("区划代码", 14), SheetColumn("区域", 22))
_RANKING = (
    SheetColumn("级别", 11),
    *_AREA,
    SheetColumn("档次", 8, _WHOLE),
    SheetColumn("最好名次", 10, _WHOLE),
    SheetColumn("最差名次", 10, _WHOLE),
    SheetColumn("指数", 10, _RATE),
    *_RATES[1:],
    SheetColumn("较上周", 10, _SIGNED),
    SheetColumn("变化超出误差", 14),
    SheetColumn("近四周平均", 12, _RATE),
    SheetColumn("综合指数", 10, "0.0000"),
    *_COUNTS,
    SheetColumn("登记点位", 10, _WHOLE),
    SheetColumn("计划点位", 10, _WHOLE),
    SheetColumn("计划完成", 10, _WHOLE),
    SheetColumn("说明", 12),
    SheetColumn("不调整宽严", 12, _RATE),
    SheetColumn("标准误", 10, _RATE),
    SheetColumn("自由度", 10, "0.0"),
    SheetColumn("字母", 8),
)
_COMPOSITES = (
    *_AREA,
    SheetColumn("级别", 11),
    SheetColumn("名次", 8, _WHOLE),
    SheetColumn("最好名次", 10, _WHOLE),
    SheetColumn("最差名次", 10, _WHOLE),
    SheetColumn("综合指数", 10, "0.0000"),
    SheetColumn("区间下限", 10, "0.0000"),
    SheetColumn("区间上限", 10, "0.0000"),
    SheetColumn("指数", 10, _RATE),
)
_BY_MODEL = 4
"""The last columns, which weeks before method 3 have not."""
_PARTS = (
    *_AREA,
    SheetColumn("分类", 10),
    SheetColumn("名称", 30),
    *_RATES,
    *_COUNTS,
    SheetColumn("权重（%）", 10, "0.0"),
    SheetColumn("计入指数", 10, _RATE),
)
_ITEMS = (*_AREA, SheetColumn("测评项", 48), SheetColumn("代号", 30), *_RATES, *_COUNTS)
_SITES = (
    *_AREA,
    SheetColumn("点位编码", 20),
    SheetColumn("点位", 30),
    SheetColumn("类型", 20),
    *_RATES[:1],
    _COUNTS[1],
)

_RESPONSE = (
    *_AREA,
    SheetColumn("点位类型", 20),
    SheetColumn("抽中", 8, _WHOLE),
    SheetColumn("测到", 8, _WHOLE),
    SheetColumn("应答率（%）", 10, _RATE),
    SheetColumn("未测的原因", 40),
)
_APART = (
    *_AREA,
    SheetColumn("分类", 22),
    SheetColumn("次数", 8, _WHOLE),
    _COUNTS[0],
    SheetColumn("平均得分率", 12, _RATE),
)


def workbook(week: PublishedWeek) -> bytes:
    """Sheets 排名, 维度, 测评项, 点位, 应答, 不计入 and 方法; real numbers, frozen headings, filters, A4 to print."""
    book = Workbook()
    book.remove(book.active)
    book.properties.title = xml_text(f"{week.head.city}公共文明指数 {week.head.week}")
    book.properties.creator = xml_text(week.head.city)
    names = {row.area: row.name for row in week.rows}
    modelled = any(row.basis for row in week.rows)
    _sheet(book, week, "排名", _RANKING if modelled else _RANKING[:-_BY_MODEL], _ranking(week, modelled))
    if composite_ranking(week.rows):
        _sheet(book, week, "综合指数", _COMPOSITES, _composites(week))
    _sheet(book, week, "维度", _PARTS if modelled else _PARTS[:-1], _dimensions(week, names, modelled))
    _sheet(book, week, "测评项", _ITEMS, _items(week, names))
    _sheet(book, week, "点位", _SITES, _sites(week, names))
    if week.sample:
        _sheet(book, week, "应答", _RESPONSE, _response(week.sample, names))
        _sheet(book, week, "不计入", _APART, _apart(week.sample, names))
    _method(book.create_sheet("方法"), week)
    out = io.BytesIO()
    book.save(out)
    return repacked(out.getvalue(), week.head.published_at)


def _ranking(week: PublishedWeek, modelled: bool) -> Iterable[Sequence[Value]]:
    for row in week.rows:
        sure = None if row.change_sure is None else "是" if row.change_sure else "否"
        yield (
            row.level, row.area, row.name, row.tier, row.rank_low, row.rank_high, row.rate, row.low, row.high,
            row.change, sure, row.moving, row.composite, row.sites, row.inspections, row.observations, row.listed,
            row.planned, row.planned_done if row.planned else None, None if row.enough else "样本不足",
            *((row.plain, row.error, row.freedom, row.letters or None) if modelled else ()),
        )  # fmt: skip


def _composites(week: PublishedWeek) -> Iterable[Sequence[Value]]:
    for level, some in composite_ranking(week.rows).items():
        for one in some:
            row = one.row
            ends = row.composite_low, row.composite_high
            yield (row.area, row.name, level, one.rank, one.low, one.high, row.composite, *ends, row.rate)


def _dimensions(week: PublishedWeek, names: Mapping[str, str], modelled: bool) -> Iterable[Sequence[Value]]:
    for area, detail in week.details.items():
        for kind, parts in (("维度", detail.dimensions), ("点位类型", detail.types), ("条款", detail.clauses)):
            for part in parts:
                counts_with = (part.counts_with,) if modelled else ()
                yield (area, names.get(area), kind, part.title, *_figures(part), part.share, *counts_with)


def _items(week: PublishedWeek, names: Mapping[str, str]) -> Iterable[Sequence[Value]]:
    for area, detail in week.details.items():
        for part in detail.items:
            yield (area, names.get(area), part.title, part.key, *_figures(part))


_INTERVALS = {
    "": "95%，分层抽样估计；同一档中相邻的区域分不出高下，不同档的两个区域区间一定不重叠",
    DRAWN: "95%；没有共同字母的两个区域，差别超出误差；标准误和自由度在「排名」，两个区域之差按 t 检验",
    CHOSEN: "没有：本周没有抽取计划，指数只是所测点位的汇总，分不出高下",
}
"""By the basis of the week's figures; before method 3 they have none."""


def _sites(week: PublishedWeek, names: Mapping[str, str]) -> Iterable[Sequence[Value]]:
    for site in week.sites:
        yield (site.area, names.get(site.area), site.site, site.name, site.type_title, site.rate, site.inspections)


def _response(sample: WeekSample, names: Mapping[str, str]) -> Iterable[Sequence[Value]]:
    for one in sample.responses:
        kind, share = sample.types.get(one.site_type, one.site_type), None if one.rate is None else 100 * one.rate
        yield (one.area, names.get(one.area), kind, one.drawn, one.inspected, share, missed_text(one))


def _apart(sample: WeekSample, names: Mapping[str, str]) -> Iterable[Sequence[Value]]:
    for one in sample.apart:
        yield (one.area, names.get(one.area), APART[one.kind], one.visits, one.sites, one.mean)


def _figures(part: Part) -> tuple[Value, ...]:
    return part.rate, part.low, part.high, part.sites, part.inspections, part.observations


def _sheet(
    book: Workbook, week: PublishedWeek, name: str, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Value]]
) -> None:
    about = f"{week.head.city}公共文明指数 {title(week.head.week)}"
    add_sheet(book, name, about, columns, rows, frozen="D2" if name == "排名" else "C2")


def _method(sheet: Worksheet, week: PublishedWeek) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 16, 100
    weights = week.head.weights
    lines: list[tuple[str, str]] = [
        ("期", title(week.head.week)),
        ("版本", f"第{week.head.revision}版" if week.head.revision else "预览，未发布"),
        ("更正说明" if week.head.revision > 1 else "说明", week.head.reason or "无"),
        ("发布时间（UTC）", week.head.published_at or "未发布"),
        ("方法", f"第{week.head.method}版"),
        ("指数", "各类点位平均得分率的加权平均；同一点位一周内测评几次的先取平均"),
        *((("依据", "".join(sentences(week.sample))),) if week.sample else ()),
        ("区间", _INTERVALS[week.top.basis if week.top else ""]),
        ("样本不足", f"得分的点位不足{week.head.minimum}个：列出，不排名"),
        (
            "点位类型权重",
            "、".join(f"{key} {value:g}" for key, value in weights.get("types", {}).items()) or "各类相同",
        ),
        (
            "维度权重",
            "、".join(f"{key} {value:g}" for key, value in weights.get("dimensions", {}).items()) or "按清单分值",
        ),
        ("许可", f"{LICENCE}（{LICENCE_URL}）"),
        ("校验码（SHA-256）", week.head.digest or "未发布"),
    ]
    for number, (name, text) in enumerate(lines, start=1):
        put(sheet, number, 1, name)
        put(sheet, number, 2, text)
        sheet.cell(number, 1).font = Font(bold=True)
