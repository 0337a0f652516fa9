"""A photo as whoever may not know the inspector sees it: of one size and shape, whichever phone took it."""

from __future__ import annotations

from PIL import Image

SIDE_PX, SMALL_PX = 1600, 320
"""The sides of the square canvas, in pixels."""
_LONG, _SHORT = 4, 3
"""The shape of every picture, lying or standing: what most phones take, so that of most photos nothing is lost."""
_GROUND = (48, 48, 48)


def uniform(picture: Image.Image, side_px: int = SIDE_PX) -> Image.Image:
    """An upright RGB picture cut around its middle to 4:3 or 3:4, scaled to fill a grey square of ``side_px``.

    Pixels as stored and their shape differ from phone to phone: bars around a picture that was not cut would tell them
    as well as its size did. What is cut off is in the original still.
    """
    part = cut(picture, side_px)
    canvas = Image.new("RGB", (side_px, side_px), _GROUND)
    canvas.paste(part, ((side_px - part.width) // 2, (side_px - part.height) // 2))
    return canvas


def cut(picture: Image.Image, side_px: int) -> Image.Image:
    """An upright RGB picture cut around its middle to 4:3 or 3:4, its longer side scaled to ``side_px``."""
    standing = picture.height > picture.width
    shape = (_SHORT, _LONG) if standing else (_LONG, _SHORT)
    width = min(picture.width, picture.height * shape[0] / shape[1])
    height = min(picture.height, picture.width * shape[1] / shape[0])
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    size = (side_px * shape[0] // _LONG, side_px * shape[1] // _LONG)
    box = (left, top, left + width, top + height)
    return picture.resize(size, Image.Resampling.BICUBIC, box, reducing_gap=3.0)
