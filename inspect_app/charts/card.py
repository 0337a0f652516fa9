"""The picture that a link to a week shows in a messenger (Open Graph): 1200 × 630 pixels."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from ..domain.checklists.scoring import format_rate
from ..domain.index.figures import AreaWeek, WeekHead
from ..domain.weeks import title
from ..photos.fonts import font_file

SIZE = (1200, 630)
_GROUND, _PAPER, _SOFT, _BAND = "#0f4c75", "#ffffff", "#cfe0ec", "#5e96bd"


def card_png(head: WeekHead, top: AreaWeek | None) -> bytes:
    """City, week and figure with its interval, large enough to be read as a thumbnail; the same bytes each time."""
    picture = Image.new("RGB", SIZE, _GROUND)
    draw = ImageDraw.Draw(picture)
    draw.text((72, 64), f"{head.city}公共文明指数", font=_font(64), fill=_PAPER)
    draw.text((72, 156), title(head.week), font=_font(38), fill=_SOFT)
    draw.text((72, 214), format_rate(top.rate if top else None), font=_font(220), fill=_PAPER)
    if top and top.rate is not None:
        _scale(draw, top)
    picture = picture.quantize(64)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _scale(draw: ImageDraw.ImageDraw, row: AreaWeek) -> None:
    """The interval on a scale from 0 to 100."""
    left, right, y = 72, SIZE[0] - 72, 524

    def at(value: float) -> float:
        return left + (right - left) * value / 100

    draw.line((left, y, right, y), fill=_BAND, width=4)
    if row.low is not None and row.high is not None:
        draw.line((at(row.low), y, at(row.high), y), fill=_SOFT, width=18)
        words = f"95%区间 {format_rate(row.low)}—{format_rate(row.high)} · {row.sites}个点位"
        draw.text((72, 558), words, font=_font(36), fill=_SOFT)
    rate = at(row.rate or 0.0)
    draw.ellipse((rate - 16, y - 16, rate + 16, y + 16), fill=_PAPER)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file()), size)
