"""A picture so small that many of them fit on a phone."""

from __future__ import annotations

from PIL import Image

from .copies import as_jpeg
from .uniform import cut

_SIDES_PX = (1280, 960, 640, 480, 360, 240, 160)
_QUALITIES = (80, 65, 50, 35)


def small_jpeg(picture: Image.Image, most_bytes: int, *, longest_px: int = 640) -> bytes:
    """The best JPEG of an upright RGB picture, cut to one shape, of at most so many bytes: large before fine.

    Of noise alone the smallest is given, whatever its size: 160 px at the lowest quality, about 10 KB.
    """
    made = b""
    for side in (one for one in _SIDES_PX if one <= longest_px):
        smaller = cut(picture, side)
        for quality in _QUALITIES:
            made = as_jpeg(smaller, quality)
            if len(made) <= most_bytes:
                return made
    return made
