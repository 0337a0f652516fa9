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
            return exif_of(opened(content), content)
    except Exception:  # Pillow's readers raise nearly anything on damaged files
        return None


def exif_of(image: Image.Image, content: bytes) -> Exif:
    """What an opened image says of itself, without decoding it. Damaged metadata say nothing; never raises."""
    tags: dict[int, Any] = {}
    gps: dict[int, Any] = {}
    with suppress(Exception):
        exif = _exif_of_png(content) if image.format == "PNG" else None
        # A PNG's own way would decode all of it first, as the tags may stand at its end.
        exif = exif or Image.Image.getexif(image)
        tags = dict(exif)
        with suppress(Exception):
            tags |= dict(exif.get_ifd(_EXIF_IFD))
        with suppress(Exception):
            gps = dict(exif.get_ifd(_GPS_IFD))
    return interpret(_unicode(tags), _unicode(gps), format_of(image), *image.size)


def _exif_of_png(content: bytes) -> Image.Exif | None:
    """The tags of the eXIf chunk, before the picture or behind it (PNG 3rd edition, 11.3.4.5); None without one."""
    at = 8
    while at + 8 <= len(content):
        end = at + 8 + int.from_bytes(content[at : at + 4])
        if content[at + 4 : at + 8] == b"eXIf" and end <= len(content):
            exif = Image.Exif()
            exif.load(b"Exif\0\0" + content[at + 8 : end])
            return exif
        at = end + 4
    return None


def _unicode(tags: dict[int, Any]) -> dict[int, Any]:
    """The tags with their text as UTF-8, which phones write, where Pillow took its bytes for Latin-1."""
    return {tag: _as_utf8(value) if isinstance(value, str) else value for tag, value in tags.items()}


def _as_utf8(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8", "ignore")
    except UnicodeEncodeError:
        return text
