"""What a received photo must be before it is kept."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from PIL import Image, UnidentifiedImageError

from ..domain.evidence.exif import Exif
from ..domain.problems import Problem
from .exif import exif_of
from .jpeg import count_scans, is_in_one_pass, read_frame
from .raster import READS_AVIF, Unable, coding, format_of, opened, small_raster, small_raster_apart
from .turns import Turns

MAX_SIDE = 32_000
MAX_SCANS = 50
"""Passes in which a progressive JPEG may come, each of which goes over the whole picture; usual are 10."""
MAX_PIXELS_SCALED = 210_000_000
"""Pixels of a JPEG that is decoded at a fraction of its size, row by row (large phone sensors have 200 million)."""
_BYTES_A_PIXEL = {"JPEG": 8, "PNG": 4, "WEBP": 16, "HEIF": 5, "AVIF": 17}
"""Memory that decoding takes where the picture has to be there whole: a progressive JPEG's coefficients, Pillow's
several copies of a WebP, and of an AVIF of 10 bits with alpha."""
_MOST_HERE, _MOST_APART = 64_000_000, 245_000_000
"""Bytes of memory for one such picture in this process, and in one of its own: HEIC of phones have up to 48.8 million
pixels."""
_JPEG = b"\xff\xd8\xff"
_FILES = ((_JPEG, "image/jpeg", "jpg"), (b"\x89PNG", "image/png", "png"), (b"RIFF", "image/webp", "webp"))
_OTHER_FILE = ("application/octet-stream", "bin")
_MAGIC = (_JPEG, b"\x89PNG\r\n\x1a\n")
_NO_PHOTO = Problem("photos.not_a_photo")
_NO_AVIF = Problem("photos.avif_not_readable")
_DAMAGED = Problem("photos.damaged")
_ENDS_EARLY = Problem("photos.cut")
_one_whole = Turns()
"""Taken while a picture is in memory whole: never several at a time."""
_FREE_BYTES, _BYTES_FOR_A_PIXEL = 1024 * 1024, 8
"""What a file may have beside its picture, and for each of its pixels: the largest that cameras write have 8 (PNG of 16
bits with alpha). A film behind a motion photo has its place in what a picture of millions of pixels does not use."""
_LEAST_BITS = 1024
"""Coded bytes from which on the beginning of a JPEG is taken for a picture."""
_FIRST_BITS = 16 * 1024
"""How much of a JPEG's coded bits is decoded before it is acknowledged."""
_IN_RGB = ("RGB", "RGBA", "P")
"""Modes of which the raster is in the colours of the photo's profile still."""
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo that decoded: format, size in pixels as stored, a small raster (not yet turned), and what it says."""

    format: str
    width: int
    height: int
    small: Image.Image
    exif: Exif
    profile: bytes | None = None

    @property
    def orientation(self) -> int:
        """EXIF orientation 1 to 8; 1 where it is absent or nonsense."""
        return self.exif.orientation or 1


def is_heif(content: bytes) -> bool:
    """Whether these bytes begin as a HEIC or HEIF picture does (other files of that family are videos)."""
    return coding(content) == "heic"


def is_avif(content: bytes) -> bool:
    """Whether these bytes begin as an AVIF picture does."""
    return coding(content) == "avif"


def media_type(content: bytes) -> tuple[str, str]:
    """Internet media type and suffix of a photo's file."""
    for magic, media, suffix in _FILES:
        if content.startswith(magic):
            return media, suffix
    family = coding(content)
    return (f"image/{family}", family) if family else _OTHER_FILE


def hash_problem(sha256: str, content: bytes, medium: str = "照片") -> Problem | None:
    """Whether the bytes are the ones that the client hashed before sending; ``medium`` is what they should be."""
    actual = hashlib.sha256(content).hexdigest()
    if actual == sha256:
        return None
    return Problem("photos.hash_differs", details={"medium": medium, "hash": actual[:12], "bytes": len(content)})


def decoding_problem(content: bytes) -> Problem | None:
    """What keeps these bytes from being decoded whole."""
    decoded = decode(content, 1)
    return decoded if isinstance(decoded, Problem) else None


def photo_problem(
    content: bytes,
    *,
    only_copy: bool = False,
    wrong_with: Callable[[bytes], Problem | None] = decoding_problem,
) -> Problem | None:
    """What keeps these bytes from being a decodable photo within the limits; None where nothing does.

    Quick enough to run before the acknowledgement. Of a JPEG the segments are walked to the end marker, and the decoder
    itself takes all tables and the first 16 KB of coded bits; the rest is decoded by whoever needs the pixels (to a
    decoder any further bits are a picture, if perhaps an ugly one). Other formats are decoded whole: ``wrong_with``
    does so, or knows it already. A JPEG that ends early is refused, as it may have been cut on its way; not so where
    the sender has no better one (``only_copy``).
    """
    if not content.startswith(_JPEG):
        return wrong_with(content) or _bulk_problem(content, *opened(content).size)
    whole, frame = content, read_frame(content)
    if frame is None and only_copy and (ended := mended(content)):
        whole, frame = ended, read_frame(ended)
    if frame is None:
        return _DAMAGED
    if not frame.in_one_pass and (problem := _scans_problem(whole)):
        return problem
    if problem := _bulk_problem(content, frame.width, frame.height):
        return problem
    found = _guarded(_pixels_only, whole[: frame.scan_at + _FIRST_BITS])
    return found if isinstance(found, Problem) and found is not _ENDS_EARLY else None


def _bulk_problem(content: bytes, width: int, height: int) -> Problem | None:
    """Whether a file is far larger than its picture: then it is something else that is kept here."""
    if len(content) <= _FREE_BYTES + width * height * _BYTES_FOR_A_PIXEL:
        return None
    return Problem(
        "photos.far_larger_than_picture",
        details={"megabytes": len(content) / 1024**2, "width": width, "height": height},
    )


def mended(content: bytes) -> bytes | None:
    """A JPEG that ends early with an end put to it: a decoder shows what there is; None where there is nothing.

    For a phone whose only copy is broken: what can be seen is evidence still.
    """
    if not content.startswith(_JPEG) or read_frame(content) is not None:
        return None
    ended = content + b"\xff\xd9"
    frame = read_frame(ended)
    return ended if frame is not None and len(content) - frame.scan_at >= _LEAST_BITS else None


def decode(content: bytes, small_px: int) -> Picture | Problem:
    """Decode a photo all the way through, to a raster of ``small_px`` or somewhat more on the longest side.

    A JPEG is decoded at 1/1 to 1/8 in the DCT domain: every coded bit is still read, at about half the cost of a full
    decode. Size limits are checked on the header, before any pixel is made. Raises ``Unable`` where a large picture
    cannot be decoded now for want of a process, or because too many wait for their turn (``Busy``).
    """
    return _guarded(lambda content: _decode(content, small_px), content)


def _guarded(decoding: Callable[[bytes], _Made | Problem], content: bytes) -> _Made | Problem:
    """What a decoder makes of a photo, or what it says against it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return decoding(content)
    except Unable:
        raise
    except UnidentifiedImageError:
        return _DAMAGED if _begins_as_photo(content) else _NO_PHOTO
    except Exception as error:  # the decoders raise nearly anything on damaged data; an early end is told apart
        return _ENDS_EARLY if "truncated" in str(error) else _DAMAGED


def _begins_as_photo(content: bytes) -> bool:
    return content.startswith(_MAGIC) or bool(coding(content)) or (content[:4], content[8:12]) == (b"RIFF", b"WEBP")


def _decode(content: bytes, small_px: int) -> Picture | Problem:
    found = _opened(content)
    if isinstance(found, Problem):
        return found
    image, in_rows = found
    kind, (width, height) = format_of(image), image.size
    exif = replace(exif_of(image, content), width=width, height=height)
    profile = image.info.get("icc_profile") if image.mode in _IN_RGB else None
    small = _small(image, content, small_px, in_rows=in_rows)
    return Picture(kind, width, height, small, exif, profile if isinstance(profile, bytes) else None)


def _pixels_only(content: bytes) -> Image.Image | Problem:
    """As ``_decode``, to the smallest raster and without reading what the photo says of itself."""
    found = _opened(content)
    if isinstance(found, Problem):
        return found
    image, in_rows = found
    return _small(image, content, 1, in_rows=in_rows)


def _opened(content: bytes) -> tuple[Image.Image, bool] | Problem:
    """The image of a photo within the limits, of which only the header is read; whether it is decoded row by row."""
    in_rows = content.startswith(_JPEG) and is_in_one_pass(content)
    if in_rows is None:
        return _DAMAGED
    if is_avif(content) and not READS_AVIF:
        return _NO_AVIF
    if content[8:16] == b"WEBPVP8X" and (problem := _size_problem("WEBP", *_canvas(content), in_rows=False)):
        return problem  # Pillow would ask for the memory when it opens the file
    image = opened(content)
    kind = format_of(image)
    if problem := _size_problem(kind, *image.size, in_rows=in_rows):
        return problem
    if kind == "JPEG" and not in_rows and (problem := _scans_problem(content)):
        return problem
    return image, in_rows


def _small(image: Image.Image, content: bytes, small_px: int, *, in_rows: bool) -> Image.Image:
    """A small raster; one picture at a time where it has to be in memory whole."""
    if in_rows:
        return small_raster(image, content, small_px)
    width, height = image.size
    with _one_whole.taken():
        kind = format_of(image)
        # The pixels that an AVIF is coded in may be far more than its container says.
        if kind != "AVIF" and width * height * _BYTES_A_PIXEL[kind] <= _MOST_HERE:
            return small_raster(image, content, small_px)
        return small_raster_apart(content, small_px)


def max_pixels(kind: str) -> int:
    """The most pixels of a picture of this format that has to be in memory whole."""
    return _MOST_APART // _BYTES_A_PIXEL[kind]


def _scans_problem(content: bytes) -> Problem | None:
    if count_scans(content) <= MAX_SCANS:
        return None
    return Problem("photos.too_many_scans", details={"most_scans": MAX_SCANS})


def _canvas(webp: bytes) -> tuple[int, int]:
    """Width and height of a WebP that holds more than one plain picture (RFC 9649, section 2.7)."""
    return int.from_bytes(webp[24:27], "little") + 1, int.from_bytes(webp[27:30], "little") + 1


def _size_problem(kind: str, width: int, height: int, *, in_rows: bool) -> Problem | None:
    if width * height <= (MAX_PIXELS_SCALED if in_rows else max_pixels(kind)) and max(width, height) <= MAX_SIDE:
        return None
    return Problem("photos.too_large", details={"width": width, "height": height})
