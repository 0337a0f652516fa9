"""A published week in words, for an official account's post (微信公众号): plain text, no more than the figures bear."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.checklists.scoring import format_rate
from ...domain.index.figures import AreaWeek, Part, PublishedWeek, WeekHead
from ...domain.index.sample import CHOSEN, DRAWN
from ...domain.index.sample_words import apart_sentence, basis_text, warning_text
from ...domain.numbers import signed_text
from ...domain.weeks import title

_NAMED = 5
_SAID_OF_ERROR = {
    "": "测评是抽查，指数有误差，同一档中相邻的区域分不出高下。",
    DRAWN: "测评是抽查，指数有误差，同一档内的先后可能只是偶然。",
    CHOSEN: "指数没有区间，区域之间分不出高下。",
}
"""By the basis of the week's figures; before method 3 they have none."""


def post_text(week: PublishedWeek) -> str:
    """The city's figure, how sure its change is, who leads and which items failed most."""
    top = week.top
    lines = [f"{week.head.city}公共文明指数｜{title(week.head.week)}", ""]
    if top is None:
        return "\n".join([*lines, "本周没有测评。"])
    lines += [f"全市指数 {format_rate(top.rate)}{interval_text(top)}。{change_text(top)}", coverage_text(top), ""]
    lines += _leaders(week, top)
    worst = week.details[top.area].worst
    if worst:
        lines += ["", "扣分最多的项目："]
        lines += [f"· {part.title}（得分率 {format_rate(part.rate)}）" for part in worst]
    lines += ["", _SAID_OF_ERROR[top.basis]]
    if week.sample:
        lines.append(basis_text(week.sample) + warning_text(week.sample) + apart_sentence(week.sample))
    if week.head.reason:
        lines.append(reason_text(week.head))
    if week.head.log:
        lines.append(f"操作日志末条 {week.head.log.head}（办公室公钥 {week.head.log.key[:16]}）")
    return "\n".join(lines) + "\n"


def with_address(post: str, address: str) -> str:
    """A post that leads to its page: the address is that of today, also under a text that was frozen long ago."""
    return f"{post}各街道、社区的详细数据：{address}\n"


def interval_text(row: AreaWeek) -> str:
    """``（95%区间 70.12—80.34）``; empty where there is none."""
    span = span_text(row)
    return f"（95%区间 {span}）" if span else ""


def span_text(one: AreaWeek | Part) -> str:
    """``70.12—80.34``, or the bound where it has one side only; empty where there is none."""
    if one.low is None or one.high is None:
        return ""
    if isinstance(one, AreaWeek) and one.one_sided:
        return f"不低于{format_rate(one.low)}" if one.high >= 100 else f"不高于{format_rate(one.high)}"
    return f"{format_rate(one.low)}—{format_rate(one.high)}"


def change_text(row: AreaWeek) -> str:
    """One sentence on the change against the week before; empty where there is nothing to compare with."""
    if row.change is None:
        return ""
    if row.change_sure:
        return f"比上周{'上升' if row.change > 0 else '下降'} {format_rate(abs(row.change))}。"
    if is_unjudged(row):
        return f"与上周相差 {signed_text(row.change)}，没有区间，说不出是不是偶然。"
    return "与上周相比，变化在误差之内。"


def is_unjudged(row: AreaWeek) -> bool:
    """Whether there is a change and nothing to judge it by. Letters of weeks before method 3 did not tell that, and are
    made of what was frozen as they were."""
    return bool(row.basis) and row.change is not None and row.change_sure is None


def reason_text(head: WeekHead) -> str:
    """What was said of a publication: of a correction, that it is one."""
    correction = f"本期为第{head.revision}版，更正" if head.revision > 1 else ""
    return f"{correction}说明：{head.reason}"


def coverage_text(row: AreaWeek) -> str:
    """One sentence on how much was inspected."""
    planned = f"，完成计划 {row.planned} 个中的 {row.planned_done} 个" if row.planned else ""
    return f"本周测评 {row.sites} 个点位、{row.inspections} 次，逐项观测 {row.observations} 项{planned}。"


def first_tier(rows: Sequence[AreaWeek]) -> list[AreaWeek]:
    """The rows that cannot be told from the best."""
    return [row for row in rows if row.tier == 1]


def in_one_tier(rows: Sequence[AreaWeek]) -> str:
    """Why rows that are ranked are all in one tier, said of them; before method 3 their intervals touch."""
    if not any(row.basis for row in rows):
        return "的区间前后相接，分不出档次"
    return "没有区间，分不出档次" if all(row.low is None for row in rows) else "分不出档次"


def _leaders(week: PublishedWeek, top: AreaWeek) -> list[str]:
    """The first tier of the widest level below the top, where there is more than one tier: else nobody leads."""
    below = [row for row in week.rows if row is not top and row.enough]
    level = below[0].level if below else ""
    rows = [row for row in below if row.level == level]
    first = first_tier(rows)
    if not rows:
        return []
    if len(first) == len(rows):
        return [f"{len(rows)}个区域（{level}）{in_one_tier(rows)}。"]
    names = "、".join(row.name for row in first[:_NAMED]) + ("等" if len(first) > _NAMED else "")
    return [f"第一档：{names}（共{len(first)}个，{level}）。"]
