"""Pillow as it is used here: which formats, and nothing guessed."""

from __future__ import annotations

import io

import pillow_heif
from PIL import Image, ImageFile

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
# Never guess the rest of a photo that ends early.
ImageFile.LOAD_TRUNCATED_IMAGES = False
# The limits are by format and decoded scale (intake.py); Pillow's own one would refuse what they allow.
Image.MAX_IMAGE_PIXELS = None
# Of a HEIC only the picture itself is of use; what else phones put into it is not even looked at.
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def opened(content: bytes) -> Image.Image:
    """The image of these bytes, of which only the header is read. Raises what Pillow raises for what is none."""
    return Image.open(io.BytesIO(content), formats=FORMATS)


def format_of(image: Image.Image) -> str:
    """One of ``FORMATS``. Phones add further pictures to a JPEG, which Pillow then calls another format."""
    return "JPEG" if image.format == "MPO" else str(image.format)
