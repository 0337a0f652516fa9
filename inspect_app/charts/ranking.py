"""Areas by their figure: a dot and its interval for each, tiers set apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from matplotlib.axes import Axes

from ..domain.checklists.scoring import format_rate
from ..domain.index.figures import AreaWeek, Part
from .drawing import BAND, BRAND, GRID, SOFT, WIDE_PX, Chart, plain_axes

_ROW_PX, _FRAME_PX = 26, 56
_NAMED = 10


def ranking_chart(title: str, rows: Sequence[AreaWeek], *, width_px: int = WIDE_PX) -> Chart:
    """``rows`` in the order of the ranking, 样本不足 (hollow dots) last."""
    ranked = [row for row in rows if row.tier]
    tiers = len({row.tier for row in ranked})
    words = f"{len(ranked)}个区域分{tiers}档。" + "；".join(
        f"{row.name}{format_rate(row.rate)}" for row in ranked[:_NAMED]
    )
    few = len(rows) - len(ranked)
    words += f"。另有{few}个样本不足，用空心圆表示。" if few else "。"
    lines = [
        _Line(
            row.name,
            row.rate,
            row.low,
            row.high,
            solid=bool(row.tier),
            ends=below is not None and below.tier != row.tier,
        )
        for row, below in zip_longest(rows, rows[1:])
    ]
    return Chart(title, words, width_px, _FRAME_PX + _ROW_PX * len(rows), lambda axes: _draw(axes, lines))


def parts_chart(title: str, parts: Sequence[Part], *, width_px: int = WIDE_PX) -> Chart:
    """The dimensions or site types of one area, in the order given."""
    words = "；".join(f"{part.title}{format_rate(part.rate)}" for part in parts) or "没有数据"
    lines = [_Line(part.title, part.rate, part.low, part.high) for part in parts]
    return Chart(title, f"{words}。", width_px, _FRAME_PX + _ROW_PX * len(parts), lambda axes: _draw(axes, lines))


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the chart; ``solid`` is its dot where the figure counts, ``ends`` where a tier ends below it."""

    name: str
    rate: float | None
    low: float | None
    high: float | None
    solid: bool = True
    ends: bool = False


def _draw(axes: Axes, lines: Sequence[_Line]) -> None:
    """Dots from the top down."""
    plain_axes(axes)
    for n, line in enumerate(lines):
        if line.low is not None and line.high is not None:
            axes.hlines(n, line.low, line.high, color=BAND, linewidth=6)
        if line.rate is not None:
            inside = BRAND if line.solid else "white"
            axes.plot(line.rate, n, "o", color=BRAND, markerfacecolor=inside, markersize=7, clip_on=False)
        axes.annotate(
            format_rate(line.rate), (1.0, n), (8, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center",
        )  # fmt: skip
        if line.ends:
            axes.axhline(n + 0.5, color=SOFT, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_ylim(max(1, len(lines)) - 0.5, -0.5)
    axes.set_yticks(np.arange(len(lines)), [line.name for line in lines])
    axes.set_xlim(_left(lines), 100)
    axes.tick_params(axis="x", colors=SOFT)
    axes.axvline(100, color=GRID, linewidth=1)


def _left(lines: Sequence[_Line]) -> float:
    """Where the scale begins: whole tens below the lowest interval, at most 80."""
    known = [value for line in lines for value in (line.low, line.rate) if value is not None]
    return float(min(80.0, 10 * np.floor(min(known, default=0.0) / 10)))
