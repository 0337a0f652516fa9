"""Reading what an image file says of itself, without trust."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

from PIL import Image

from ..domain.evidence.exif import Exif, interpret
from .raster import format_of, opened

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825


def read_exif(content: bytes) -> Exif | None:
    """What an image file says of itself; None where it is no image that can be opened. Never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return exif_of(opened(content))
    except Exception:  # Pillow's readers raise nearly anything on damaged files
        return None


def exif_of(image: Image.Image) -> Exif:
    """What an opened image says of itself, without decoding it. Damaged metadata say nothing; never raises."""
    tags: dict[int, Any] = {}
    gps: dict[int, Any] = {}
    with suppress(Exception):
        # A PNG's own way would decode all of it first, as the tags may stand at its end.
        exif = Image.Image.getexif(image)
        tags = dict(exif)
        with suppress(Exception):
            tags |= dict(exif.get_ifd(_EXIF_IFD))
        with suppress(Exception):
            gps = dict(exif.get_ifd(_GPS_IFD))
    return interpret(tags, gps, format_of(image), *image.size)
