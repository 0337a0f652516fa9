"""What is said of two areas that are compared: one sentence, the same wherever it stands."""

from __future__ import annotations

from ..checklists.scoring import format_rate
from .comparing import ComparedFigures


def compared_text(higher: str, lower: str, span: str, found: ComparedFigures | None) -> str:
    """Difference, 95 % interval, and whether the data tell the two apart; that nothing can be told without errors."""
    if found is None:
        return f"{span}，{higher}与{lower}比不出：至少有一个没有区间（测到的点位不足两个、周数不够，或没有抽查计划）。"
    interval = f"95%区间{signed(found.low)}到{signed(found.high)}分"
    if not float(format_rate(found.points)):
        return f"{span}，{higher}与{lower}印出来一样（相差的{interval}），数据分不出高下。"
    told = "超出误差，数据分得出高下" if found.sure else "在误差以内，数据分不出高下"
    return f"{span}，{higher}比{lower}高{format_rate(found.points)}分（{interval}），{told}。"


def signed(points: float) -> str:
    """Points as figures are printed, with a minus that is one; none before what is printed as 0."""
    text = format_rate(abs(points))
    return f"−{text}" if points < 0 and float(text) else text
