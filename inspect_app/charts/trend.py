"""An area's figure over the weeks, with its interval as a band."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..domain.checklists.scoring import format_rate
from ..domain.index.figures import PastWeek
from ..domain.weeks import shifted
from .drawing import BAND, BRAND, SOFT, WIDE_PX, Chart, plain_axes

_LABELS = 8


def trend_chart(title: str, points: Sequence[PastWeek], *, width_px: int = WIDE_PX) -> Chart:
    """``points`` are oldest first; a week that is missing, or has no figure, is a gap in the line."""
    weeks = _every_week(points)
    return Chart(title, _words(points), width_px, 260, lambda axes: _draw(axes, weeks))


def _words(points: Sequence[PastWeek]) -> str:
    known = [(point.week, point.rate) for point in points if point.rate is not None]
    if not known:
        return "没有数据。"
    (first, begun), (last, ended) = known[0], known[-1]
    words = f"{last}为{format_rate(ended)}。"
    if len(known) > 1:
        rates = [rate for _, rate in known]
        words = (
            f"从{first}的{format_rate(begun)}到{last}的{format_rate(ended)}，"
            f"最低{format_rate(min(rates))}，最高{format_rate(max(rates))}。"
        )
    banded = any(point.low is not None and point.high is not None for point in points)
    return words + ("阴影是95%区间。" if banded else "")


def _every_week(points: Sequence[PastWeek]) -> list[PastWeek]:
    """One point for each week from the first to the last."""
    by_week = {point.week: point for point in points}
    if not by_week:
        return []
    weeks = [min(by_week)]
    while weeks[-1] < max(by_week):
        weeks.append(shifted(weeks[-1], 1))
    return [by_week.get(week, PastWeek(week, None, None, None)) for week in weeks]


def _draw(axes: Axes, weeks: Sequence[PastWeek]) -> None:
    x = np.arange(len(weeks))
    rate, low, high = (
        np.array([np.nan if value is None else value for value in values], float)
        for values in ([one.rate for one in weeks], [one.low for one in weeks], [one.high for one in weeks])
    )
    plain_axes(axes, grid="y")
    axes.fill_between(x, low, high, color=BAND, alpha=0.6, linewidth=0)
    # A single week between gaps has no band to show: it gets its interval as a bar.
    alone = _alone(low)
    if alone.any():
        axes.vlines(x[alone], low[alone], high[alone], color=BAND, linewidth=3)
    axes.plot(x, rate, color=BRAND, linewidth=2, marker="o", markersize=5, clip_on=False)
    _label_last(axes, rate)
    bottom, top = _limits(np.concatenate([rate, low, high]))
    axes.set_ylim(bottom, top)
    axes.set_yticks(np.arange(bottom, top + 1, 5 if top - bottom <= 20 else 10))
    step = max(1, -(-len(weeks) // _LABELS))
    shown = list(range(len(weeks) - 1, -1, -step))
    axes.set_xticks(shown, [weeks[n].week[5:] for n in shown])
    axes.tick_params(axis="y", colors=SOFT)


def _alone(values: np.ndarray) -> np.ndarray:
    """Which values are known while their neighbours are not."""
    known = np.concatenate([[False], ~np.isnan(values), [False]])
    alone: np.ndarray = known[1:-1] & ~known[:-2] & ~known[2:]
    return alone


def _label_last(axes: Axes, rate: np.ndarray) -> None:
    """The last figure that there is, on the side of the dot where the line does not come from."""
    known = np.flatnonzero(~np.isnan(rate))
    if not known.size:
        return
    last = known[-1]
    fell = known.size > 1 and rate[known[-2]] > rate[last]
    axes.annotate(
        format_rate(float(rate[last])), (last, rate[last]), (0, -8 if fell else 8), textcoords="offset points",
        ha="center", va="top" if fell else "bottom",
    )  # fmt: skip


def _limits(values: np.ndarray) -> tuple[float, float]:
    """Whole tens about the values within 0 and 100, at least 20 apart, so that no ripple looks like a wave."""
    known = values[~np.isnan(values)]
    if not known.size:
        return 0.0, 100.0
    low, high = 10 * np.floor(known.min() / 10), 10 * np.ceil(known.max() / 10)
    high = min(100.0, max(high, low + 20))
    return float(max(0.0, min(low, high - 20))), float(high)
