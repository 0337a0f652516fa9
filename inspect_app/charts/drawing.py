"""What all charts share: the canvas, colours that stay apart in grey, and the way out as SVG or PNG."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ..domain.text import xml_text
from ..photos.fonts import font_file

INK, SOFT, GRID, BRAND, BAND = "#14181c", "#4a545e", "#d5dae0", "#0f4c75", "#9fc3dc"
_FAMILY = "Noto Sans CJK SC"
_FAMILIES = f"'{_FAMILY}', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
_DPI = 72
WIDE_PX, NARROW_PX = 880, 380
"""Widths of an SVG for a desk and for a phone; one unit is a CSS pixel."""

font_manager.fontManager.addfont(str(font_file()))
# This process draws with nothing else, so its settings are set once: changing them while threads draw would not do.
mpl.rcParams.update(
    {
        "font.family": [_FAMILY],
        "font.size": 12,
        "svg.fonttype": "none",
        "svg.hashsalt": "inspect",
        "axes.edgecolor": GRID,
        "axes.labelcolor": SOFT,
        "axes.linewidth": 1,
        "axes.unicode_minus": False,
        "text.color": INK,
        "text.parse_math": False,
        "xtick.color": SOFT,
        "ytick.color": INK,
        "path.simplify": False,
    }
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready to be drawn: its title, what is to be seen in words, its size in pixels, and the drawing."""

    title: str
    description: str
    width_px: int
    height_px: int
    draw: Callable[[Axes], None]

    def svg(self) -> bytes:
        """SVG with the title and the description for those who do not see it."""
        figure = self._figure()
        FigureCanvasSVG(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        body = out.getvalue()
        start = body.index("<svg ")
        opened = body.index(">", start) + 1
        head = body[start : opened - 1].replace("<svg ", '<svg role="img" aria-labelledby="t d" lang="zh-CN" ', 1)
        title, description = escape(xml_text(self.title)), escape(xml_text(self.description))
        words = f'<title id="t">{title}</title><desc id="d">{description}</desc>'
        drawn = body[opened:].replace(f"'{_FAMILY}'", _FAMILIES.replace('"', "'"))
        return f"{head}>{words}{drawn}".encode()

    def png(self, scale: float = 2.0) -> bytes:
        """PNG with ``scale`` pixels for each of the chart's."""
        figure = self._figure()
        FigureCanvasAgg(figure)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=_DPI * scale, metadata={"Software": None})
        return out.getvalue()

    def _figure(self) -> Figure:
        figure = Figure(
            figsize=(self.width_px / _DPI, self.height_px / _DPI), dpi=_DPI, layout="constrained", facecolor="white"
        )
        self.draw(figure.add_subplot())
        return figure


def plain_axes(axes: Axes, *, grid: Literal["x", "y"] = "x") -> None:
    """No frame, a light grid behind."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    axes.tick_params(axis="y", pad=8)
    axes.grid(axis=grid, color=GRID, linewidth=1)
    axes.set_axisbelow(True)
