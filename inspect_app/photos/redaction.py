"""A picture in which what its boxes hide cannot be seen any more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from ..domain.evidence.redaction import Box

_CELLS = 4
"""A hidden region keeps the colours of 4 by 4 cells, 48 bytes: too little to tell anybody by."""


def redacted(picture: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """A copy of an RGB picture in which each box holds nothing but the coarse colours of its region."""
    result = picture.copy()
    for box in boxes:
        left, top = int(box.x * picture.width), int(box.y * picture.height)
        right = min(picture.width, int(np.ceil((box.x + box.width) * picture.width)))
        bottom = min(picture.height, int(np.ceil((box.y + box.height) * picture.height)))
        if right <= left or bottom <= top:
            continue
        # From the picture as it was, so that boxes which overlap hide as much as boxes that do not.
        region = picture.crop((left, top, right, bottom))
        cells = region.resize((_CELLS, _CELLS), Image.Resampling.BOX)
        coarse = cells.point(lambda value: value & 0xF0 | 0x08)
        result.paste(coarse.resize(region.size, Image.Resampling.BICUBIC), (left, top))
    return result
