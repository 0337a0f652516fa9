"""Reading what an image file says of itself, without trust."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import pillow_heif
from PIL import Image

from ..domain.evidence.exif import Exif, interpret
from .raster import format_of, opened

_EXIF_IFD, _GPS_IFD, _ORIENTATION = 0x8769, 0x8825, 0x0112


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
        own_way = _EXIF_OF.get(str(image.format))
        exif = own_way(image, content) if own_way else None
        # A PNG's own way would decode all of it first, as the tags may stand at its end.
        exif = Image.Image.getexif(image) if exif is None else exif
        tags = dict(exif)
        with suppress(Exception):
            tags |= dict(exif.get_ifd(_EXIF_IFD))
        with suppress(Exception):
            gps = dict(exif.get_ifd(_GPS_IFD))
    return interpret(_unicode(tags), _unicode(gps), format_of(image), *image.size)


def _exif_of_avif(image: Image.Image, content: bytes) -> Image.Exif:
    """Its tags, with the orientation that says how the container turns the picture.

    As browsers do, which take no other word for it (ISO/IEC 23000-22, 7.3.6.7), nor that of XMP. Pillow puts that
    orientation into the tags, and writes them anew for it, which leaves ``?`` of a text that is not ASCII: so the
    tags are those that libheif finds.
    """
    shown, exif = Image.Exif(), Image.Exif()
    shown.load(image.info.get("exif", b""))
    try:
        exif.load(pillow_heif.open_heif(content).info.get("exif") or b"")
    except Exception:  # what libheif cannot open, Pillow could
        return shown
    if _ORIENTATION in shown:
        exif[_ORIENTATION] = shown[_ORIENTATION]
    return exif


def _exif_of_png(_image: Image.Image, content: bytes) -> Image.Exif | None:
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


_EXIF_OF = {"PNG": _exif_of_png, "AVIF": _exif_of_avif}
"""Formats of which Pillow's own way is not taken."""


def _unicode(tags: dict[int, Any]) -> dict[int, Any]:
    """The tags with their text as UTF-8, which phones write, where Pillow took its bytes for Latin-1."""
    return {tag: _as_utf8(value) if isinstance(value, str) else value for tag, value in tags.items()}


def _as_utf8(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8", "ignore")
    except UnicodeEncodeError:
        return text
