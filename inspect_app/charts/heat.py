"""Weeks × areas: how each area's figure went, in shades that keep their order in grey."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..domain.checklists.scoring import format_rate
from .drawing import INK, SOFT, WIDE_PX, Chart

_ROW_PX, _FRAME_PX = 26, 64
_DARK_BELOW = 0.5
"""The part of the scale below which cividis is dark enough for white figures."""

Row = tuple[str, Sequence[float | None]]


def heat_chart(title: str, weeks: Sequence[str], rows: Sequence[Row], *, width_px: int = WIDE_PX) -> Chart:
    """A row for each area: its name, and a rate (percent) or None for each of the weeks, which are oldest first."""
    every = [(value, name, week) for name, values in rows for week, value in zip(weeks, values, strict=True)]
    known = [(value, name, week) for value, name, week in every if value is not None]
    words = f"{len(rows)}个区域、{len(weeks)}周，颜色越浅指数越高。"
    if known:
        low, high = min(known), max(known)
        words += f"最低{low[1]}{low[2]}的{format_rate(low[0])}，最高{high[1]}{high[2]}的{format_rate(high[0])}。"
    height = _FRAME_PX + _ROW_PX * len(rows)
    return Chart(title, words, width_px, height, lambda axes: _draw(axes, weeks, rows))


def _draw(axes: Axes, weeks: Sequence[str], rows: Sequence[Row]) -> None:
    values = np.array([[np.nan if one is None else one for one in row] for _, row in rows], float)
    values = values.reshape(len(rows), len(weeks))
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 100.0)
    high = max(high, low + 1)
    axes.imshow(values, aspect="auto", cmap="cividis", vmin=low, vmax=high, interpolation="nearest")
    for (row, column), value in np.ndenumerate(values):
        if np.isnan(value):
            axes.text(column, row, "—", ha="center", va="center", color=SOFT)
            continue
        colour = "white" if (value - low) / (high - low) < _DARK_BELOW else INK
        axes.text(column, row, f"{value:.0f}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(weeks)), [week[5:] for week in weeks])
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
