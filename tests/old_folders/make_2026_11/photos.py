"""Small photos: real JPEGs, each scene different, the same ones each time."""

from __future__ import annotations

import hashlib
import io
import random
from datetime import datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

SIZE = (160, 120)
CHINA = timedelta(hours=8)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def scene(seed: str) -> Image.Image:
    rng = random.Random(seed)
    small = Image.new("RGB", (16, 12))
    draw = ImageDraw.Draw(small)
    for _ in range(14):
        x, y = rng.randrange(16), rng.randrange(12)
        colour = tuple(rng.randrange(256) for _ in range(3))
        draw.rectangle((x, y, x + rng.randrange(1, 8), y + rng.randrange(1, 6)), fill=colour)
    return small.resize(SIZE, Image.Resampling.BICUBIC)


def photo(seed: str, *, quality: int = 40, exif: Image.Exif | None = None) -> bytes:
    """A photo as a phone sends it once it has made it smaller, or, with ``exif``, as its camera wrote it."""
    output = io.BytesIO()
    more: dict[str, Any] = {"exif": exif} if exif else {}
    scene(seed).save(output, "JPEG", quality=quality, **more)
    return output.getvalue()


def png(seed: str) -> bytes:
    output = io.BytesIO()
    scene(seed).resize((40, 30)).save(output, "PNG")
    return output.getvalue()


def camera(
    *, taken: datetime | None = None, at: tuple[float, float] | None = None, software: str = "", turned: int = 1
) -> Image.Exif:
    """What a camera writes beside its picture: its make, its local time, where it was, how it was held."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "HUAWEI", "P60", turned
    if software:
        exif[0x0131] = software
    if taken:
        exif.get_ifd(0x8769)[0x9003] = (taken + CHINA).strftime("%Y:%m:%d %H:%M:%S")
    if at:
        gps = exif.get_ifd(0x8825)
        for tag, letter, degrees in ((1, "N", at[0]), (3, "E", at[1])):
            gps[tag] = letter
            gps[tag + 1] = (IFDRational(round(degrees * 10**7), 10**7), IFDRational(0, 1), IFDRational(0, 1))
    return exif


def recording(seed: str) -> bytes:
    """Bytes that begin as an Ogg recording does, and end early: players play what there is."""
    return b"OggS\x00\x02" + random.Random(seed).randbytes(400)
