"""A copy of a photo that says where and when it was taken, for any GIS or photo program (EXIF 2.32, GPS IFD).

Phones strip the position from photos that a web page receives; the position that the browser measured is written back
here. The picture itself is not coded again: of a JPEG only the metadata segments change.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

from ..domain.evidence.turns import turned_orientation
from ..domain.place.positions import Fix
from ..domain.problems import Problem
from .colours import bare_profile
from .intake import decode, mended
from .jpeg import picture_alone
from .orientation import turned, upright

_APP1 = 0xE1
_QUALITY = 95
_LEAST_PX = 2048
"""A copy is made smaller by a whole factor only where it still has so many pixels on its longest side."""


def geotagged(content: bytes, fix: Fix | None, captured_at: datetime, orientation: int = 1, quarters: int = 0) -> bytes:
    """A JPEG of the photo whose EXIF holds the capture's instant and, where there is one, its WGS-84 position.

    The instant is written as the clock of ``captured_at``'s own zone with its offset, as cameras do: viewers that know
    no offset show that clock. The position's time is UTC, as its tags want. Of the original's metadata only the numbers
    of the colour profile stay; ``orientation`` is written again, turned by ``quarters`` clockwise, so that the picture
    stands upright. Other formats, and a JPEG that ends early, are turned so and coded as JPEG, very large ones smaller.
    Raises ``ValueError`` for what is no picture.
    """
    if content.startswith(b"\xff\xd8") and (alone := picture_alone(content)):
        return _with_exif(alone, _exif(fix, captured_at, turned_orientation(orientation, quarters)))
    picture = decode(mended(content) or content, _LEAST_PX)
    if isinstance(picture, Problem):
        raise ValueError(str(picture))
    output = io.BytesIO()
    small = turned(upright(picture.small, picture.orientation), quarters)
    small.info = {}
    bare = bare_profile(picture.profile or b"")
    profile = {"icc_profile": bare} if _is_rgb(bare) else {}
    small.save(output, "JPEG", quality=_QUALITY, **profile)
    return _with_exif(output.getvalue(), _exif(fix, captured_at, 1))


def _with_exif(jpeg: bytes, exif: bytes) -> bytes:
    segment = bytes([0xFF, _APP1]) + (len(exif) + 2).to_bytes(2, "big") + exif
    return jpeg[:2] + segment + jpeg[2:]


def _exif(fix: Fix | None, captured_at: datetime, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x0131] = "Inspect"
    taken = captured_at.strftime("%Y:%m:%d %H:%M:%S")
    exif[0x0132] = taken
    details = exif.get_ifd(0x8769)
    details[0x9000] = b"0232"
    details[0x9003] = details[0x9004] = taken
    details[0x9010] = details[0x9011] = details[0x9012] = _offset(captured_at)
    details[0x9291] = f"{captured_at.microsecond // 1000:03d}"
    if fix is not None:
        gps = exif.get_ifd(0x8825)
        at = fix.at.astimezone(UTC)
        gps[0] = bytes((2, 3, 0, 0))
        gps[1], gps[2] = "N" if fix.lat >= 0 else "S", _degrees(abs(fix.lat))
        gps[3], gps[4] = "E" if fix.lon >= 0 else "W", _degrees(abs(fix.lon))
        seconds = at.second * 1000 + at.microsecond // 1000
        gps[7] = (IFDRational(at.hour, 1), IFDRational(at.minute, 1), IFDRational(seconds, 1000))
        gps[18] = "WGS-84"
        gps[27] = b"ASCII\0\0\0" + {"manual": b"MANUAL", "exif": b"CAMERA"}.get(fix.source, b"BROWSER")
        gps[29] = at.strftime("%Y:%m:%d")
        gps[31] = IFDRational(min(round(fix.accuracy_m * 100), 2**32 - 1), 100)
    return bytes(exif.tobytes())


def _offset(at: datetime) -> str:
    """Hours and minutes from UTC of an aware instant, as ``+08:00``."""
    written = f"{at:%z}"
    return f"{written[:3]}:{written[3:5]}"


def _degrees(value: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    """Degrees, minutes and seconds; seconds to 1/100,000, which is a third of a millimetre."""
    hundred_thousandths = round(value * 3600 * 100_000)
    minutes, seconds = divmod(hundred_thousandths, 60 * 100_000)
    return IFDRational(minutes // 60, 1), IFDRational(minutes % 60, 1), IFDRational(seconds, 100_000)


def _is_rgb(profile: object) -> bool:
    if not isinstance(profile, bytes):
        return False
    try:
        return bool(ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space.strip() == "RGB")
    except (ImageCms.PyCMSError, OSError):
        return False
