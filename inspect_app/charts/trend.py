"""An area's figure over the weeks, with its interval as a band."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..domain.figures import PastWeek
from ..domain.scoring import format_rate
from ..domain.weeks import shifted
from .drawing import BAND, BRAND, SOFT, WIDE_PX, Chart, plain_axes

_LABELS = 8


def trend_chart(title: str, points: Sequence[PastWeek], *, width_px: int = WIDE_PX) -> Chart:
    """``points`` are oldest first; a week that is missing, or has no figure, is a gap in the line."""
    weeks = _every_week(points)
    known = [point for point in points if point.rate is not None]
    words = "没有数据。"
    if known:
        first, last = known[0], known[-1]
        words = (
            f"从{first.week}的{format_rate(first.rate)}到{last.week}的{format_rate(last.rate)}，"
            f"最低{format_rate(min(one.rate or 0.0 for one in known))}，"
            f"最高{format_rate(max(one.rate or 0.0 for one in known))}。阴影是95%区间。"
        )
    return Chart(title, words, width_px, 260, lambda axes: _draw(axes, weeks))


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
        np.array([np.nan if value is None else value for value in values])
        for values in zip(*((one.rate, one.low, one.high) for one in weeks), strict=True)
    )
    plain_axes(axes, grid="y")
    axes.fill_between(x, low, high, color=BAND, alpha=0.6, linewidth=0)
    # A single week between gaps has no band to show: it gets its interval as a bar.
    axes.vlines(x, low, high, color=BAND, linewidth=3)
    axes.plot(x, rate, color=BRAND, linewidth=2, marker="o", markersize=5)
    if len(weeks):
        axes.annotate(format_rate(float(rate[-1])), (x[-1], rate[-1]), (0, 8), textcoords="offset points", ha="center")
    axes.set_ylim(*_limits(np.concatenate([rate, low, high])))
    step = max(1, -(-len(weeks) // _LABELS))
    shown = list(range(len(weeks) - 1, -1, -step))
    axes.set_xticks(shown, [weeks[n].week[5:] for n in shown])
    axes.tick_params(axis="y", colors=SOFT)


def _limits(values: np.ndarray) -> tuple[float, float]:
    """Whole tens about the values, at least 20 apart, so that no ripple looks like a wave."""
    known = values[~np.isnan(values)]
    if not known.size:
        return 0.0, 100.0
    low, high = 10 * np.floor(known.min() / 10), 10 * np.ceil((known.max() + 1) / 10)
    if high - low < 20:
        low = max(0.0, high - 20)
    return float(low), float(min(104.0, max(high, low + 20)))
