"""The caption of a copy: what 水印相机 apps burn into a photo, below the picture, without the inspector's name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from .fonts import font_file
from .glyphs import drawable
from .wrapping import wrapped

LOOK = 2
"""Number of the look of a captioned copy: copies that lie about under a lower one are made anew."""
SMALL_PX = 480
"""A picture of less width has the short form of its caption."""
_NO_ROOM_PX = 32
"""A picture of less width has none: not two signs fit below it."""
_SIZE_SHARE = 0.0187
"""Height of a letter as a share of the picture: 30 px of 1600."""
_LEAST_SIZE, _TINY_SIZE, _TINY_PX = 15, 11, 160
"""Letters that are read with ease on a phone, in pixels, and those below a picture narrower than ``_TINY_PX``."""
_STEP, _MARGIN = 1.42, 0.5
"""From line to line, and around the text, in heights of a letter."""
_MOST_ROWS, _MOST_ROWS_SMALL = 2, 4
"""Rows that one line may take, as a long name does; the rest is cut off with …."""
_GROUND, _INK = (20, 23, 26), (255, 255, 255)


def captioned(picture: Image.Image, lines: Sequence[str], short: Sequence[str] = ()) -> Image.Image:
    """An upright RGB picture with the lines below it, white on a dark band; its own pixels stay as they are.

    A small picture has the ``short`` lines, where there are any. Lines that are too wide are broken as Chinese text is,
    long ones end in …, and what the font cannot draw is said (see ``drawable``). Without lines it is the picture as it
    was.
    """
    width = picture.width
    chosen = short if short and width < SMALL_PX else lines
    if not chosen or width < _NO_ROOM_PX:
        return picture
    size = _letter_px(picture)
    font, margin, step = _font(size), round(size * _MARGIN), round(size * _STEP)
    most = _MOST_ROWS if width >= SMALL_PX else _MOST_ROWS_SMALL
    written = [part for line in chosen for part in drawable(line).split("\n")]
    rows = [row for line in written for row in wrapped(line, width - 2 * margin, most, font.getlength)]
    result = Image.new("RGB", (width, picture.height + step * len(rows) + margin), _GROUND)
    result.paste(picture)
    draw = ImageDraw.Draw(result)
    for number, row in enumerate(rows):
        middle = picture.height + margin / 2 + (number + 0.5) * step
        draw.text((margin, middle), row, font=font, fill=_INK, anchor="lm")
    return result


def _letter_px(picture: Image.Image) -> int:
    """By width and longer side: a standing picture is shown no wider for being high."""
    if picture.width < _TINY_PX:
        return _TINY_SIZE
    return max(_LEAST_SIZE, round(_SIZE_SHARE * math.sqrt(picture.width * max(picture.size))))


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file()), size)
