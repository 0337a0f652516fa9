"""What is published of how far the index agrees with complaints and ad-hoc cases, where the office publishes it."""

from __future__ import annotations

from dataclasses import dataclass

from ..numbers import signed_text


@dataclass(frozen=True, slots=True)
class PlausibilityFigure:
    """The rank correlation of so many streets over so many weeks, with its 95 % interval where it has one.

    No street is named: which of them are far off is for the office to look into.
    """

    streets: int
    weeks: int
    correlation: float
    low: float | None
    high: float | None


def plausibility_text(figure: PlausibilityFigure) -> str:
    """The figure in words, for everybody."""
    between = ""
    if figure.low is not None and figure.high is not None:
        between = f"（95%区间{_said(figure.low)}至{_said(figure.high)}）"
    return (
        f"与投诉、随手拍的符合程度：{figure.streets}个街道的指数，与近{figure.weeks}周每个点位的投诉和随手拍件数，"
        f"名次相关{_said(figure.correlation)}{between}。1是完全相符，0是没有关系；两者看的不全是一回事。"
    )


def _said(value: float) -> str:
    return signed_text(value).removeprefix("+")
