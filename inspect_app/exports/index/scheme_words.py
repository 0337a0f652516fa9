"""How a table of a scheme was put together, in sentences: whatever decides a figure, a rank or a list."""

from __future__ import annotations

from collections.abc import Iterator

from ...domain.cases.spans import period_ends, period_starts
from ...domain.index.periods import period_of
from ...domain.index.schemes.kept import PrintedTable
from ...domain.index.schemes.scheme import (
    FILLED_IN,
    MADE,
    Absent,
    Basis,
    Few,
    FigureSource,
    ListRule,
    PartRole,
    PublicationScheme,
    RankBy,
    RollUp,
    Rounding,
    SchemePart,
    WeekWeights,
)
from ...domain.index.schemes.standing import TOO_FEW
from ...domain.numbers import plain_text
from . import LICENCE

_WORDS = {PartRole.BONUS: "加", PartRole.DEDUCTION: "扣"}


def scheme_words(printed: PrintedTable) -> list[str]:
    """How the table was put together, in sentences."""
    scheme = printed.scheme
    found = [
        f"{scheme.title}（满分{plain_text(scheme.full)}{scheme.unit}）由{_shares(scheme, '')}{scheme.combine.label}。"
    ]
    found += [
        f"其中「{part.title}」由{_shares(scheme, part.id)}{part.combine.label}。"
        for part in scheme.parts
        if part.source is FigureSource.PARTS
    ]
    found += [sentence for part in scheme.parts if (sentence := _part(scheme, part))]
    found += [*_figures(scheme), *_standing(scheme), *_of_this_table(printed)]
    without = [row for row in printed.table.rows if row.total is not None and row.rank is None]
    if unranked := [row.name for row in without if row.note != TOO_FEW]:
        found.append(f"{'、'.join(unranked)}不排名次；算平均和上级区域时，它的成绩照算在内。")
    found += [
        f"「{title}」由{len(items)}个测评项合成，是哪些见所附JSON。" for title, items in printed.industries.items()
    ]
    if scheme.source:
        found.append(f"依据：{scheme.source}。")
    revision = f"，第{printed.revision}版" if printed.revision else "，预览，未发布"
    found.append(f"方案第{printed.edition}版{revision}，数据以{LICENCE}许可公开。")
    return found


def part_heading(part: SchemePart) -> str:
    """A part's column: with what was made of its figure, where that is printed and not the figure itself."""
    if part.steps:
        return f"{part.title}（换算）"
    if part.short_of is not None:
        return f"{part.title}（不到{plain_text(part.short_of)}的）"
    return part.title if part.beyond is None else f"{part.title}（超过{plain_text(part.beyond)}的）"


def _shares(scheme: PublicationScheme, of: str) -> str:
    return "、".join(f"{part.title}（{_weight(part)}）" for part in scheme.under(of))


def _weight(part: SchemePart) -> str:
    return plain_text(part.weight) if part.role is PartRole.SHARE else part.role.label


def _part(scheme: PublicationScheme, part: SchemePart) -> str:
    """What is peculiar to a part; empty where nothing is."""
    said = [*_own_figure(part, scheme.rounding), *_effect(part)]
    return f"「{part.title}」：{'；'.join(said)}。" if said else ""


def _own_figure(part: SchemePart, rounding: Rounding) -> Iterator[str]:
    if part.source is FigureSource.CONSTANT:
        yield "人人相同，由它扣起"
    if part.source is FigureSource.RATE:
        yield f"是{part.column}与{part.base}之比"
    if part.full is not None:
        yield f"{'100%值' if part.source is FigureSource.RATE else '满分'}{plain_text(part.full)}"
    if part.short_of is not None:
        yield f"只算不到{plain_text(part.short_of)}的部分"
    if part.beyond is not None:
        yield f"只算超过{plain_text(part.beyond)}的部分"
    if part.floor is not None:
        yield f"最低{plain_text(part.floor)}" + ("（扣完为止）" if not part.floor and part.source in MADE else "")
    if part.ceiling is not None:
        yield f"最高{plain_text(part.ceiling)}"
    if part.steps:
        steps = sorted(part.steps, reverse=True)
        yield "、".join(f"达到{plain_text(at)}得{plain_text(points)}" for at, points in steps) + "，不到得0"
    if part.decimals is not None:
        yield f"先{(part.rounding or rounding).label}到{part.decimals}位小数再合成"
    elif part.rounding not in (None, rounding):
        yield f"印出的{part.rounding.label}"


def _effect(part: SchemePart) -> Iterator[str]:
    if part.role in _WORDS:
        most = f"，最多{plain_text(part.most)}分" if part.most is not None else ""
        yield f"每1{_WORDS[part.role]}{plain_text(part.each)}分{most}，没有数的不{_WORDS[part.role]}"
    if part.role is PartRole.VETO:
        yield "大于0的" + ("不参加排名" if part.cap is None else f"最多{plain_text(part.cap)}分")


def _figures(scheme: PublicationScheme) -> Iterator[str]:
    """How totals are made, where it is not as usual."""
    if scheme.absent is not Absent.REFUSE:
        yield f"缺一部分的，{scheme.absent.label}。"
    if scheme.roll_up is not RollUp.OWN:
        yield f"上级区域没有自己的数的，取{scheme.roll_up.label}。"
    if scheme.weights:
        said = "、".join(f"{one.area}（{plain_text(one.weight)}）" for one in scheme.weights)
        yield f"权数：{said}；填报了权数的以填报的为准。"
    if scheme.floor is None:
        yield "总分可以小于0。"
    elif scheme.floor:
        yield f"总分最低{plain_text(scheme.floor)}。"
    if scheme.ceiling is not None:
        yield f"总分最高{plain_text(scheme.ceiling)}。"


def _standing(scheme: PublicationScheme) -> Iterator[str]:
    """How areas are ranked, graded and listed."""
    basis = (
        f"用公布的（已{scheme.rounding.label}的）数"
        if scheme.basis is Basis.PRINTED
        else f"用未{scheme.rounding.label}的数"
    )
    first = "少的在前" if scheme.lowest_first else "多的在前"
    titles = {part.id: part.title for part in scheme.parts}
    ties = f"，同分先比{'、'.join(titles.get(id, id) for id in scheme.tie_parts)}" if scheme.tie_parts else ""
    if scheme.rank_by is not RankBy.TOTAL:
        yield f"排名、红黑榜按{scheme.rank_by.label}，没有上期的不排。"
    how = f"{scheme.rounding.label}到{scheme.decimals}位小数"
    yield f"{how}；排名、等级、平均{basis}，{first}{ties}，相同的{scheme.ties.label}。"
    if scheme.bands:
        bands = sorted(scheme.bands, key=lambda band: band.at_least, reverse=True)
        yield f"等级：{'、'.join(f'{plain_text(band.at_least)}起为{band.title}' for band in bands)}。"
    lists = (("红榜", scheme.red, "前", "达到"), ("黑榜", scheme.black, "后", "不到"))
    said = [f"{title}是{_rule(rule, end, reach, scheme)}" for title, rule, end, reach in lists if rule]
    if said:
        by_group = "各组分别上榜，" if scheme.lists_by_group else ""
        yield f"{by_group}{'，'.join(said)}；与末位相同的都在榜。"


def _rule(rule: ListRule, end: str, reach: str, scheme: PublicationScheme) -> str:
    places = f"{end}{rule.places}名" if rule.places else ""
    if rule.bound is None:
        return places
    if scheme.lowest_first:
        reach = {"达到": "不超过", "不到": "超过"}[reach]
    return f"{places}{'中' if places else ''}{reach}{plain_text(rule.bound)}的"


def _of_chosen(printed: PrintedTable) -> str:
    """What becomes of weeks without a plan: tables of before counted them beside those with one."""
    is_counted = set(printed.chosen) & set(printed.weeks)
    return "没有区间，与按计划抽查的周不能相比" if is_counted else "不与按计划抽查的周合在一起，未计入"


def _of_this_table(printed: PrintedTable) -> Iterator[str]:
    """What is to be said of the figures of this period."""
    scheme, rows = printed.scheme, printed.table.rows
    own = [part for part in scheme.parts if part.source not in (*FILLED_IN, *MADE)]
    is_long = bool(own) and len({*printed.weeks, *printed.lacking, *printed.chosen}) > 1
    if any(row.low is not None for row in rows):
        severity = "相邻两周误差的相关算在区间里，每周都相同的误差（测评员一直偏严或偏宽）不在。" if is_long else ""
        yield f"抽查得来的部分带95%区间，按权重传到总分；填报的部分当作没有误差。区间重叠的区域分不出高下。{severity}"
    if any(row.change_sure is not None for row in rows):
        yield "较上期的变化小于两期误差合起来的，注明「变化不显著」：不能说是进步或退步。没有区间的不作判断。"
    if printed.new_scale:
        yield "上一期的满分、部分、权重或合成办法与本期不同，不与上一期比较。"
    if is_long:
        weights = "按当周测评的点位数加权" if scheme.week_weights is WeekWeights.SITES else "各周权重相同"
        lacking = f"；{'、'.join(printed.lacking)}没有发布，未计入" if printed.lacking else ""
        few = "；「周数」不到的区域，是它有数的那几周的平均" if any(row.weeks is not None for row in rows) else ""
        yield (
            f"本期由{len(printed.weeks)}周已发布的数据合成，{weights}{lacking}{few}。"
            "一周属于它的星期四所在的月、季、年。"
        )
    if printed.chosen:
        yield f"{'、'.join(printed.chosen)}没有抽查计划，是选定点位的汇总，{_of_chosen(printed)}。"
    if printed.few:
        said = "名次只供参考" if scheme.few is Few.RANKED else "不排名、不定等级、不上榜，不算在平均和上级区域里"
        yield f"{'、'.join(printed.few)}在本期测到的点位太少（样本不足），{said}。"
    period = period_of(printed.period)
    cases = "、".join(f"「{part.title}」" for part in scheme.parts if part.source is FigureSource.CASES)
    if cases and period:
        first, last = period_starts(period.span[0]), period_ends(period.span[1])
        yield f"{cases}取{first}至{last}立案的件，按发布时的情况统计。"
    if printed.inputs:
        yield "算出本表的各个数（不先取整）见所附工作簿的「数据」表和JSON，可以复算。"
