"""Faces and number plates in a picture, as boxes with a margin. Half a second of processor time: never in a request."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from ..domain.evidence.redaction import Box
from .faces import faces_in
from .models import ONE_AT_A_TIME, give_back_when_idle
from .plates import plates_in

_MARGINS = {"face": (0.15, 0.15), "plate": (0.12, 0.25)}
"""What is added on each side, as shares of width and height: ears and chin; plates are seen lower than they are."""


def search(picture: Image.Image) -> tuple[Box, ...]:
    """Where faces and number plates are in an upright RGB picture. ``models_are_there()`` must hold."""
    pixels = np.asarray(picture)
    with ONE_AT_A_TIME:
        try:
            found = [("face", faces_in(pixels)), ("plate", plates_in(pixels))]
        finally:
            give_back_when_idle()
    return tuple(_box(one, picture.size, kind) for kind, all in found for one in all)


def _box(found: Sequence[float], size: tuple[int, int], kind: str) -> Box:
    """A place in pixels with its margin, as shares of the picture."""
    x, y, wide, tall = found[:4]
    width, height = size
    across, down = _MARGINS[kind]
    left, top = max(0.0, x - wide * across), max(0.0, y - tall * down)
    right, bottom = min(width, x + wide * (1 + across)), min(height, y + tall * (1 + down))
    return Box(left / width, top / height, (right - left) / width, (bottom - top) / height, kind)
