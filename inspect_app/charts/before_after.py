"""How many were open before and are open now: one line for each unit, clause or area."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from .drawing import BRAND, SOFT, WIDE_PX, Chart, plain_axes

_ROW_PX, _FRAME_PX = 28, 72

Pair = tuple[str, float, float]


def before_after_chart(
    title: str, pairs: Sequence[Pair], *, before: str = "期初", after: str = "期末", width_px: int = WIDE_PX
) -> Chart:
    """``pairs`` are a name, the number before and the number after; hollow is before, solid is after."""
    words = "；".join(f"{name}{before}{first:g}、{after}{last:g}" for name, first, last in pairs) + "。"
    height = _FRAME_PX + _ROW_PX * len(pairs)
    return Chart(title, words, width_px, height, lambda axes: _draw(axes, pairs, before, after))


def _draw(axes: Axes, pairs: Sequence[Pair], before: str, after: str) -> None:
    plain_axes(axes)
    for n, (_, first, last) in enumerate(pairs):
        axes.hlines(n, min(first, last), max(first, last), color=SOFT, linewidth=2)
        axes.plot(first, n, "o", color=SOFT, markerfacecolor="white", markersize=8, label=before if n == 0 else None)
        axes.plot(last, n, "o", color=BRAND, markersize=8, label=after if n == 0 else None)
    axes.set_ylim(len(pairs) - 0.5, -0.5)
    axes.set_yticks(range(len(pairs)), [name for name, _, _ in pairs])
    axes.set_xlim(left=0)
    axes.margins(x=0.06)
    axes.tick_params(axis="x", colors=SOFT)
    if pairs:
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0)
