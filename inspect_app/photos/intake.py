"""What a received photo must be before it is kept."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from dataclasses import dataclass

from PIL import Image, ImageFile, UnidentifiedImageError

from ..domain.problems import Problem

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_SIDE = 32_000
MAX_PIXELS_SCALED = 210_000_000
"""Pixels of a baseline JPEG, which is decoded at a fraction of its size (the largest phone sensors have 200 million)."""
MAX_PIXELS_WHOLE = 40_000_000
"""Pixels of any other image, which has to be decoded whole: at 4 bytes each, 160 MB."""
# Never guess the rest of a photo that ends early.
ImageFile.LOAD_TRUNCATED_IMAGES = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo that decoded: format, size in pixels as stored, and a small raster for the thumbnail (not yet turned)."""

    format: str
    width: int
    height: int
    small: Image.Image
    orientation: int


def hash_problem(sha256: str, content: bytes) -> Problem | None:
    """Whether the bytes are the ones that the client hashed before sending."""
    actual = hashlib.sha256(content).hexdigest()
    if actual == sha256:
        return None
    return Problem("照片", f"内容与SHA-256不符(收到的是{actual[:12]}…,{len(content)}字节),可能在传输中损坏,请重新发送")


def decode(content: bytes, small_px: int) -> Picture | Problem:
    """Decode a photo all the way through, at the smallest scale that still gives ``small_px`` on the longest side.

    A JPEG is decoded at 1/1 to 1/8 in the DCT domain: every coded bit is still read, so an early end is found, at about
    half the cost of a full decode. Size limits are checked on the header, before any pixel is made.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _decode(content, small_px)
    except UnidentifiedImageError:
        return Problem("照片", "不是可以识别的照片文件,支持 JPEG、PNG、WebP")
    except Image.DecompressionBombError:
        return _too_large("尺寸过大")
    except (OSError, SyntaxError, ValueError, IndexError, TypeError, struct.error, zlib.error, MemoryError, EOFError):
        # Pillow's decoders raise any of these on damaged data; all mean the same to the sender.
        return Problem("照片", "照片不完整或已损坏,无法解码,请重新拍摄或重新发送")


def _decode(content: bytes, small_px: int) -> Picture | Problem:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        limit = MAX_PIXELS_SCALED if _scales(image) else MAX_PIXELS_WHOLE
        if width * height > limit or max(width, height) > MAX_SIDE:
            return _too_large(f"{width}×{height}像素")
        picture_format = str(image.format)
        orientation = _orientation(image)
        image.draft("RGB", (small_px, small_px))
        image.load()
        small = image.convert("RGB") if image.mode != "RGB" else image.copy()
    return Picture(picture_format, width, height, small, orientation)


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
    return Problem("照片", f"{what},超过上限(JPEG 2.1亿像素,其他格式4000万像素,边长3.2万像素),请缩小后再上传")
