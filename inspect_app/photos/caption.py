"""The caption of a review copy: what 水印相机 apps burn into a photo, without the inspector's name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from .fonts import font_file
from .glyphs import drawable

_LINE_SHARE = 0.026
"""Height of a line of text as a share of the picture's longer side: 42 px of 1600."""
_MARGIN = 0.6
"""Margin around the text, in line heights."""


def captioned(picture: Image.Image, lines: Sequence[str]) -> Image.Image:
    """A copy of an upright RGB picture with the lines burnt in at its foot, white on a darkened band.

    The band makes them readable on any ground: its darkest white is below 20 % luminance whatever is under it. Lines
    that are too wide are broken, and what the font cannot draw is said (see ``drawable``).
    """
    size = max(10, round(max(picture.size) * _LINE_SHARE * 0.72))
    font = _font(size)
    step, margin = round(size * 1.42), round(size * _MARGIN)
    written = [part for line in lines for part in drawable(line).split("\n")]
    fitted = [part for line in written for part in _broken(line, font, picture.width - 2 * margin)]
    height = min(picture.height, step * len(fitted) + 2 * margin)
    result = picture.copy()
    top = picture.height - height
    band = result.crop((0, top, picture.width, picture.height)).point(lambda value: value * 3 // 16)
    result.paste(band, (0, top))
    draw = ImageDraw.Draw(result)
    for number, line in enumerate(fitted):
        draw.text((margin, top + margin + number * step), line, font=font, fill=(255, 255, 255))
    return result


def _broken(line: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """The line in pieces that fit; broken between any two letters, as Chinese text may be."""
    pieces, rest = [], line
    while rest:
        fits = len(rest)
        while fits > 1 and font.getlength(rest[:fits]) > width:
            fits = max(1, min(fits - 1, int(fits * width / font.getlength(rest[:fits])) + 1))
        pieces.append(rest[:fits])
        rest = rest[fits:]
    return pieces


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file()), size)
