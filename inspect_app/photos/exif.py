"""Reading what an image file says of itself, without trust."""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from typing import Any

from PIL import Image

from ..domain.exif import Exif, interpret
from .intake import FORMATS

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825


def read_exif(content: bytes) -> Exif | None:
    """What an image file says of itself; None where it is no image that can be opened. Never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            tags: dict[int, Any] = {}
            gps: dict[int, Any] = {}
            with suppress(Exception):  # damaged metadata says nothing; the size was read all the same
                exif = image.getexif()
                tags = dict(exif)
                with suppress(Exception):
                    tags |= dict(exif.get_ifd(_EXIF_IFD))
                with suppress(Exception):
                    gps = dict(exif.get_ifd(_GPS_IFD))
            return interpret(tags, gps, str(image.format), *image.size)
    except Exception:  # Pillow's readers raise nearly anything on damaged files
        return None
