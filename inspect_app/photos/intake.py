"""What a received photo must be before it is kept."""

from __future__ import annotations

import hashlib
import io
import struct
import threading
import warnings
import zlib
from contextlib import nullcontext
from dataclasses import dataclass

import pillow_heif
from PIL import Image, ImageFile, UnidentifiedImageError

from ..domain.problems import Problem
from .jpeg import read_frame

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MAX_SIDE = 32_000
MAX_PIXELS_SCALED = 210_000_000
"""Pixels of a baseline JPEG, which is decoded at a fraction of its size (large phone sensors have 200 million)."""
MAX_PIXELS_WHOLE = 40_000_000
"""Pixels of any other image, which has to be decoded whole: at 4 bytes each, 160 MB."""
MAX_PIXELS_HEIF = 50_000_000
"""Pixels of a HEIC, decoded whole as well: phones that write it have up to 48 million."""
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_NO_PHOTO = Problem("照片", "不是可以识别的照片文件，支持 JPEG、PNG、WebP、HEIC")
_DAMAGED = Problem("照片", "照片不完整或已损坏，无法解码，请重新拍摄或重新发送")
_ENDS_EARLY = Problem("照片", "照片不完整，传输中断或文件被截断，请重新发送")
# One image decoded whole may take 300 MB: never several at a time.
_one_whole = threading.Lock()
# Never guess the rest of a photo that ends early.
ImageFile.LOAD_TRUNCATED_IMAGES = False
# Of a HEIC only the picture itself is of use; what else phones put into it is not even looked at.
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

_MAX_PIXELS = {"HEIF": MAX_PIXELS_HEIF}
_LEAST_BITS = 1024
"""Coded bytes from which on the beginning of a JPEG is taken for a picture."""
_FIRST_BITS = 16 * 1024
"""How much of a JPEG's coded bits is decoded before it is acknowledged."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo that decoded: format, size in pixels as stored, and a small raster (not yet turned)."""

    format: str
    width: int
    height: int
    small: Image.Image
    orientation: int
    profile: bytes | None = None


def is_heif(content: bytes) -> bool:
    """Whether these bytes begin as a HEIC or HEIF picture does (other files of that family are videos)."""
    return content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS


def hash_problem(sha256: str, content: bytes) -> Problem | None:
    """Whether the bytes are the ones that the client hashed before sending."""
    actual = hashlib.sha256(content).hexdigest()
    if actual == sha256:
        return None
    return Problem(
        "照片", f"内容与SHA-256不符（收到的是{actual[:12]}…，{len(content)}字节），可能在传输中损坏，请重新发送"
    )


def photo_problem(content: bytes, *, only_copy: bool = False) -> Problem | None:
    """What keeps these bytes from being a decodable photo within the limits; None where nothing does.

    Quick enough to run before the acknowledgement. Of a JPEG the segments are walked to the end marker, and the decoder
    itself takes all tables and the first 16 KB of coded bits; the rest is decoded by whoever needs the pixels (to a
    decoder any further bits are a picture, if perhaps an ugly one). Other formats are decoded whole. A JPEG that ends
    early is refused, as it may have been cut on its way; not so where the sender has no better one (``only_copy``).
    """
    if not content.startswith(b"\xff\xd8\xff"):
        decoded = decode(content, 1)
        return decoded if isinstance(decoded, Problem) else None
    whole = content if read_frame(content) is not None or not only_copy else mended(content)
    frame = read_frame(whole) if whole is not None else None
    if whole is None or frame is None:
        return _DAMAGED
    decoded = decode(whole[: frame.scan_at + _FIRST_BITS], 1)
    return decoded if isinstance(decoded, Problem) and decoded is not _ENDS_EARLY else None


def mended(content: bytes) -> bytes | None:
    """A JPEG that ends early with an end put to it: a decoder shows what there is; None where there is nothing.

    For a phone whose only copy is broken: what can be seen is evidence still.
    """
    if not content.startswith(b"\xff\xd8\xff") or read_frame(content) is not None:
        return None
    ended = content + b"\xff\xd9"
    frame = read_frame(ended)
    return ended if frame is not None and len(content) - frame.scan_at >= _LEAST_BITS else None


def decode(content: bytes, small_px: int) -> Picture | Problem:
    """Decode a photo all the way through, at the smallest scale that still gives ``small_px`` on the longest side.

    A JPEG is decoded at 1/1 to 1/8 in the DCT domain: every coded bit is still read, at about half the cost of a full
    decode. Size limits are checked on the header, before any pixel is made.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _decode(content, small_px)
    except UnidentifiedImageError:
        return _DAMAGED if content.startswith(_MAGIC) or is_heif(content) else _NO_PHOTO
    except Image.DecompressionBombError:
        return _too_large("尺寸过大")
    except (
        OSError,
        SyntaxError,
        ValueError,
        IndexError,
        TypeError,
        struct.error,
        zlib.error,
        MemoryError,
        EOFError,
        RuntimeError,
    ) as e:
        # The decoders raise any of these on damaged data; only an early end is told apart.
        return _ENDS_EARLY if "truncated" in str(e) else _DAMAGED


def _decode(content: bytes, small_px: int) -> Picture | Problem:
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    width, height = image.size
    limit = MAX_PIXELS_SCALED if _scales(image) else _MAX_PIXELS.get(str(image.format), MAX_PIXELS_WHOLE)
    if width * height > limit or max(width, height) > MAX_SIDE:
        return _too_large(f"{width}×{height}像素")
    picture_format, orientation, longest = str(image.format), _orientation(image), max(width, height)
    if _scales(image):
        image.draft("RGB", (max(1, width * small_px // longest), max(1, height * small_px // longest)))
    with nullcontext() if _scales(image) else _one_whole:
        image.load()
        small = image if image.mode == "RGB" else image.convert("RGB")
    profile = image.info.get("icc_profile") if image.mode == "RGB" else None
    return Picture(picture_format, width, height, small, orientation, profile if isinstance(profile, bytes) else None)


def _scales(image: Image.Image) -> bool:
    """Whether the decoder can scale while decoding and needs no memory for the whole: baseline JPEG only."""
    return image.format == "JPEG" and not image.info.get("progressive")


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1 where it is absent or nonsense."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:  # any damage in the metadata leaves the picture itself usable
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _too_large(what: str) -> Problem:
    limits = "JPEG 2.1亿像素，HEIC 5000万像素，其他格式4000万像素，边长3.2万像素"
    return Problem("照片", f"{what}，超过上限（{limits}），请缩小后再上传")
