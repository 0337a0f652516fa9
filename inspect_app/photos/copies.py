"""What is made of an original, all in one decoding: thumbnail, review picture, perceptual hashes, what the file says.

Nothing of the original's metadata is carried over; the picture is turned upright and its colours are sRGB.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageCms

from ..domain.evidence.exif import Exif
from ..domain.problems import Problem
from .intake import decode, mended
from .orientation import upright
from .prints import prints_of

THUMBNAIL_PX, REVIEW_PX = 320, 1600
"""Longest sides in pixels."""
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True, slots=True)
class Look:
    """What a photo tells once it is decoded, without its picture: ``thumbnail`` is a JPEG.

    ``whole`` is False where the original ends early and only its beginning is a picture.
    """

    thumbnail: bytes
    prints: tuple[int, ...]
    whole: bool
    exif: Exif


@dataclass(frozen=True, slots=True)
class Copies:
    """``review`` is an upright RGB picture of at most ``REVIEW_PX``."""

    review: Image.Image
    look: Look


def copies_of(content: bytes) -> Copies | Problem:
    """Everything that is made of an original; a problem where it is no picture at all."""
    found = _upright(content, REVIEW_PX)
    if isinstance(found, Problem):
        return found
    review, whole, exif = found
    return Copies(review, _look(review, whole, exif))


def look_of(content: bytes) -> Look | Problem:
    """What a photo tells, from the least of a decode that gives it; a problem where it is no picture at all."""
    found = _upright(content, THUMBNAIL_PX)
    return found if isinstance(found, Problem) else _look(*found)


def _look(picture: Image.Image, whole: bool, exif: Exif) -> Look:
    small = thumbnail_of(picture)
    return Look(as_jpeg(small, 72), prints_of(small), whole, exif)


def _upright(content: bytes, longest_px: int) -> tuple[Image.Image, bool, Exif] | Problem:
    """The upright picture in sRGB, of at most so many pixels; whether it is whole; what it says of itself."""
    whole = True
    picture = decode(content, longest_px)
    if isinstance(picture, Problem):
        repaired = mended(content)
        again = decode(repaired, longest_px) if repaired is not None else picture
        if isinstance(again, Problem):
            return picture
        picture, whole = again, False
    turned = upright(_in_srgb(_fitted(picture.small, longest_px), picture.profile), picture.orientation)
    return turned, whole, picture.exif


def thumbnail_of(review: Image.Image) -> Image.Image:
    """A small picture of an upright one, of at most ``THUMBNAIL_PX``."""
    return _fitted(review, THUMBNAIL_PX)


def as_jpeg(picture: Image.Image, quality: int) -> bytes:
    """The picture as a JPEG without any metadata."""
    # Pillow would write comment and profile of the original again.
    picture.info = {}
    if sys.platform == "linux":
        # Pillow lets other threads go on only while it encodes to a descriptor: else all requests would wait for the
        # whole of a picture that is encoded beside them, 10 ms and more. Limits of files (ulimit -f) hold for it, too.
        with suppress(OSError), os.fdopen(os.memfd_create("jpeg"), "w+b", buffering=0) as file:
            return _written(picture, quality, file)
    return _written(picture, quality, io.BytesIO())


def _written(picture: Image.Image, quality: int, output: IO[bytes]) -> bytes:
    picture.save(output, "JPEG", quality=quality)
    output.seek(0)
    return output.read()


def _fitted(picture: Image.Image, longest_px: int) -> Image.Image:
    shrink = longest_px / max(picture.size)
    if shrink >= 1:
        return picture
    size = (max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink)))
    return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture with its colours in sRGB; a profile that cannot be used is as good as none."""
    if not profile:
        return picture
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(found).lower():
            return picture
        converted = ImageCms.profileToProfile(picture, found, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return converted or picture
