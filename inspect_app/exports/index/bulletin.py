"""What the bulletin (通报) of a week says: the same words, tables and charts for DOCX and PDF.

Plain official Chinese made from the figures, and nothing that their intervals do not bear: nobody leads who cannot be
told from the next, and nothing rose that may be chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ...domain.checklists.scoring import format_rate
from ...domain.index.composites import CompositeRank, composite_ranking, composite_text
from ...domain.index.figures import AreaWeek, Part, PastWeek, PublishedWeek
from ...domain.index.plausibility_figure import plausibility_text
from ...domain.index.sample import CHOSEN, DRAWN
from ...domain.index.sample_words import missed_text, percent, sentences
from ...domain.index.unseen import unseen_text
from ...domain.numbers import signed
from ...domain.plan.response import by
from ...domain.plan.validation import validation_text
from ...domain.signed_heads import printed
from ...domain.weeks import first_day, last_day
from . import LICENCE
from .dating import day_text
from .post import change_text, first_tier, in_one_tier, interval_text, is_unjudged, reason_text, span_text

if TYPE_CHECKING:
    from ...charts.drawing import Chart

_CHART_PX = 620
_NAMED = 8
_MOST_CHARTED = 40
"""Rows of a ranking that still fit on one page as a chart."""
_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the first order; its number is part of the text."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its title, headings and rows; ``widths`` are relative. Numbers stand right."""

    title: str
    headings: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ChartPicture:
    chart: Chart


Block = Heading | Paragraph | Grid | ChartPicture


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Title, whom it is addressed to, its blocks, who signs, and the day."""

    title: str
    addressees: str
    blocks: tuple[Block, ...]
    signed: str
    day: str


def bulletin(week: PublishedWeek, day: date | None) -> Bulletin:
    """The bulletin of a week, dated ``day`` (of publication, local); None for a preview."""
    top = week.top
    sections = (_overall(week, top), *_levels(week, top), _composites(week), _changes(week, top), _parts(week, top))
    sections += (_response(week), _notes(week))
    blocks: list[Block] = [Paragraph(_opening(week, top))]
    number = 0
    for heading, content in sections:
        if content:
            blocks += [Heading(f"{_NUMERALS[number]}、{heading}"), *content]
            number += 1
    return Bulletin(
        title=f"{week.head.city}公共文明指数测评情况通报",
        addressees="各有关单位：",
        blocks=tuple(blocks),
        signed=week.head.city,
        day=day_text(day),
    )


Section = tuple[str, list[Block]]


def _opening(week: PublishedWeek, top: AreaWeek | None) -> str:
    first, last = first_day(week.head.week), last_day(week.head.week)
    span = f"{first.year}年{first.month}月{first.day}日至{last.month}月{last.day}日"
    if top is None:
        return f"{span}没有测评。"
    correction = f"{reason_text(week.head)}。" if week.head.reason else ""
    return (
        f"{span}（{week.head.week[:4]}年第{int(week.head.week[6:])}周），{week.head.city}按测评清单对{top.sites}个点位"
        f"进行了{top.inspections}次测评，逐项观测{top.observations}项。{correction}现将结果通报如下。"
    )


def _overall(week: PublishedWeek, top: AreaWeek | None) -> Section:
    if top is None:
        return "总体情况", []
    moving = f"近{top.moving_weeks}周平均{format_rate(top.moving)}。" if top.moving_weeks > 1 else ""
    planned = f"本周计划测评{top.planned}个点位，完成{top.planned_done}个。" if top.planned else ""
    text = f"公共文明指数{format_rate(top.rate)}{interval_text(top)}。{change_text(top)}{moving}{planned}"
    content: list[Block] = [Paragraph(text)]
    if unseen := unseen_text(week):
        content.append(Paragraph(unseen))
    if week.validation:
        content.append(Paragraph(validation_text(week.validation)))
    if week.plausibility:
        content.append(Paragraph(plausibility_text(week.plausibility)))
    history = week.details[top.area].history
    if history:
        from ...charts.trend import trend_chart  # what draws takes half a second to load, and most pages draw nothing

        points = [*history, PastWeek.of(top, week.head.week)]
        content.append(ChartPicture(trend_chart(f"{top.name}公共文明指数走势", points, width_px=_CHART_PX)))
    return "总体情况", content


def _levels(week: PublishedWeek, top: AreaWeek | None) -> Iterator[Section]:
    """Every level below the top, communities left to the open data: there are too many for a letter."""
    for level in ("市", "区县", "街道乡镇"):
        rows = [row for row in week.rows if row.level == level and row is not top]
        if not rows:
            continue
        content: list[Block] = [Paragraph(_tiers(rows))]
        if 2 < len(rows) <= _MOST_CHARTED:
            from ...charts.ranking import ranking_chart

            content.append(ChartPicture(ranking_chart(f"各{level}公共文明指数", rows, width_px=_CHART_PX)))
        content.append(_ranking(level, rows))
        yield f"各{level}情况", content


def _composites(week: PublishedWeek) -> Section:
    """The composite index by level, communities left to the open data; nothing where the city has none."""
    content: list[Block] = [
        _composite_grid(level, some) for level, some in composite_ranking(week.rows).items() if level != "社区"
    ]
    parts = "、".join(f"{part['title']}（权重{part['weight']:g}）" for part in week.head.weights.get("parts", ()))
    words = f"综合指数由{parts}合成，按综合指数排名；区间只反映公共文明指数的抽查误差，其他指数当作没有误差。"
    return "综合指数", [Paragraph(words), *content] if content else []


def _composite_grid(level: str, some: Sequence[CompositeRank]) -> Grid:
    def cells(one: CompositeRank) -> tuple[str, ...]:
        low, high = one.row.composite_low, one.row.composite_high
        span = f"{composite_text(low)}—{composite_text(high)}" if low is not None else "—"
        range_ = str(one.rank) if one.low == one.high else f"{one.low}—{one.high}"
        return str(one.rank), one.row.name, composite_text(one.row.composite), span, range_, format_rate(one.row.rate)

    headings, widths = ("名次", "区域", "综合指数", "95%区间", "可能名次", "文明指数"), (1.1, 3.2, 1.8, 3.2, 1.7, 1.7)
    return Grid(f"各{level}综合指数", headings, widths, tuple(map(cells, some)))


def _tiers(rows: Sequence[AreaWeek]) -> str:
    ranked = [row for row in rows if row.tier]
    few = [row.name for row in rows if not row.tier]
    short = f"{_names(few)}样本不足，不排名。" if few else ""
    if not ranked:
        return short
    first, last = first_tier(ranked), [row for row in ranked if row.tier == ranked[-1].tier]
    if len(first) == len(ranked):
        return f"参加排名的{len(ranked)}个区域{in_one_tier(ranked)}，可能的名次见下表。{short}"
    best, worst = _names([row.name for row in first]), _names([row.name for row in last])
    return (
        f"参加排名的{len(ranked)}个区域分为{ranked[-1].tier}档。第一档{len(first)}个：{best}；"
        f"最后一档{len(last)}个：{worst}。同一档内的先后可能只是偶然。{short}"
    )


def _names(names: Sequence[str]) -> str:
    return "、".join(names[:_NAMED]) + (f"等{len(names)}个" if len(names) > _NAMED else "")


def _ranking(level: str, rows: Sequence[AreaWeek]) -> Grid:
    def cells(row: AreaWeek) -> tuple[str, ...]:
        ranks = "样本不足" if row.tier is None else f"{row.rank_low}—{row.rank_high}"
        change = "—" if row.change is None else f"{signed(row.change)}{'*' if row.change_sure else ''}"
        tier = f"{row.tier} {row.letters}".strip() if row.tier else "—"
        return tier, row.name, format_rate(row.rate), _span(row), ranks, change, str(row.sites)

    headings = ("档次", "区域", "指数", "95%区间", "名次", "较上周", "点位")
    widths = (1.0, 3.5, 1.5, 2.6, 2.0, 1.6, 1.1)
    return Grid(f"各{level}公共文明指数（*变化超出误差）", headings, widths, tuple(map(cells, rows)))


def _changes(week: PublishedWeek, top: AreaWeek | None) -> Section:
    below = [row for row in week.rows if row is not top and row.level != "社区" and row.change is not None]
    sure = [row for row in below if row.change_sure]
    up = [f"{row.name}（{signed(row.change or 0)}）" for row in sure if (row.change or 0) > 0]
    down = [f"{row.name}（{signed(row.change or 0)}）" for row in sure if (row.change or 0) < 0]
    if not below:
        return "与上周相比", []
    unknown = sum(map(is_unjudged, below))
    if unknown == len(below):
        return "与上周相比", [Paragraph("各区域没有区间，变化说不出是不是偶然。")]
    others = f"另有{unknown}个区域没有区间，变化说不出是不是偶然。" if unknown else ""
    if not sure:
        within = f"{len(below) - unknown}个区域的变化都在误差之内。" if unknown else "各区域的变化都在误差之内。"
        return "与上周相比", [Paragraph(within + others)]
    said = [f"明显上升的：{_names(up)}" if up else "", f"明显下降的：{_names(down)}" if down else ""]
    rest = "其余区域的变化在误差之内。" if len(sure) + unknown < len(below) else ""
    return "与上周相比", [Paragraph("；".join(filter(None, said)) + f"。{rest}{others}")]


def _parts(week: PublishedWeek, top: AreaWeek | None) -> Section:
    if top is None:
        return "主要问题", []
    detail = week.details[top.area]
    content: list[Block] = []
    if detail.worst:
        said = "；".join(f"{part.title}（得分率{format_rate(part.rate)}）" for part in detail.worst)
        content.append(Paragraph(f"扣分最多的项目：{said}。"))
    if detail.best:
        said = "；".join(f"{part.title}（得分率{format_rate(part.rate)}）" for part in detail.best)
        content.append(Paragraph(f"做得较好的项目：{said}。"))
    content += [_grid("各维度得分率", detail.dimensions), _grid("各类点位得分率", detail.types)]
    return "各维度、各类点位和主要问题", content


def _grid(title: str, parts: Sequence[Part]) -> Grid:
    def cells(part: Part) -> tuple[str, ...]:
        return part.title, format_rate(part.rate), _span(part), str(part.sites), str(part.observations)

    headings, widths = ("名称", "得分率", "95%区间", "点位", "观测"), (4.2, 1.7, 2.9, 1.4, 1.4)
    return Grid(title, headings, widths, tuple(map(cells, parts)))


def _response(week: PublishedWeek) -> Section:
    """What the figures are an estimate of, how many sites were missed and why, and what is no part of them."""
    sample = week.sample
    if sample is None:
        return "抽查和应答", []
    rows = by(sample.responses, lambda one: one.site_type)
    cells = tuple(
        (sample.types.get(id, id), str(one.drawn), str(one.inspected), percent(one), missed_text(one) or "—")
        for id, one in rows.items()
    )
    headings, widths = ("点位类型", "抽中", "测到", "应答率", "未测的原因"), (3.4, 1.1, 1.1, 1.6, 4.0)
    content: list[Block] = [Paragraph("".join(sentences(sample)))]
    return "抽查和应答", [*content, *([Grid("各类点位的应答", headings, widths, cells)] if cells else [])]


_OF_ERROR = "测评是抽查，95%区间表示真实水平大致所在的范围；"
_TOLD_APART = {
    "": f"{_OF_ERROR}同一档中相邻的区域分不出高下，不同档的两个区域区间一定不重叠。",
    DRAWN: f"{_OF_ERROR}档次后面没有共同字母的两个区域，差别超出误差。",
    CHOSEN: "本周没有抽取计划，指数只是所测点位的汇总，没有区间，分不出高下。",
}
"""What tells two areas apart, by the basis of the week's figures."""


def _notes(week: PublishedWeek) -> Section:
    return "说明", [
        Paragraph(
            "指数是各类点位平均得分率的加权平均。"
            f"{_TOLD_APART[week.top.basis if week.top else '']}"
            f"得分的点位不足{week.head.minimum}个的，列为样本不足，不排名。"
        ),
        Paragraph(
            f"计算方法第{week.head.method}版，数据以{LICENCE}许可公开"
            + (f"，第{week.head.revision}版，校验码{week.head.digest[:16]}。" if week.head.digest else "。")
        ),
        *_log(week),
    ]


def _log(week: PublishedWeek) -> Iterator[Block]:
    """The head of the log of acts: whoever has this letter can tell later whether the log was rewritten."""
    if log := week.head.log:
        yield Paragraph(
            f"发布时操作日志的末条为{printed(log.head)}，由办公室签名（公钥指纹{log.key[:16]}）。留存本通报，即可日后核对此前的记录有没有被改写。"
        )


def is_figure(cell: str) -> bool:
    """Whether a cell of a grid holds a figure, or the dash that stands for none: those stand right."""
    return cell[:1] in "0123456789+-—"


def _span(one: AreaWeek | Part) -> str:
    return span_text(one) or "—"
