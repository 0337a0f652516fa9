"""How many were open before and are open now: one line for each unit, clause or area."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .drawing import BRAND, SOFT, WIDE_PX, Chart, plain_axes

_ROW_PX, _FRAME_PX = 28, 72

Pair = tuple[str, float, float]


def before_after_chart(
    title: str, pairs: Sequence[Pair], *, before: str = "期初", after: str = "期末", width_px: int = WIDE_PX
) -> Chart:
    """``pairs`` are a name, the number before and the number after; hollow is before, solid is after."""
    words = "；".join(f"{name}{before}{first:g}、{after}{last:g}" for name, first, last in pairs) or "没有数据"
    height = _FRAME_PX + _ROW_PX * len(pairs)
    return Chart(title, f"{words}。", width_px, height, lambda axes: _draw(axes, pairs, before, after))


def _draw(axes: Axes, pairs: Sequence[Pair], before: str, after: str) -> None:
    plain_axes(axes)
    for n, (_, first, last) in enumerate(pairs):
        axes.hlines(n, min(first, last), max(first, last), color=SOFT, linewidth=2)
        hollow, solid = (before, after) if n == 0 else (None, None)
        axes.plot(first, n, "o", color=SOFT, markerfacecolor="white", markersize=8, label=hollow, clip_on=False)
        axes.plot(last, n, "o", color=BRAND, markersize=8, label=solid, clip_on=False)
    axes.set_ylim(max(1, len(pairs)) - 0.5, -0.5)
    axes.set_yticks(range(len(pairs)), [name for name, _, _ in pairs])
    axes.set_xlim(0, max(1.0, 1.06 * max((max(first, last) for _, first, last in pairs), default=0.0)))
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.tick_params(axis="x", colors=SOFT)
    if pairs:
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0)
