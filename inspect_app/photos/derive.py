"""Pictures made from an original. They carry none of its metadata and can be made again at any time."""

from __future__ import annotations

import io

from PIL import Image

from .intake import Picture

_TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}


def thumbnail(picture: Picture, longest_px: int) -> bytes:
    """A JPEG of at most ``longest_px`` on its longest side, turned as the camera's orientation tag says."""
    small = picture.small.copy()
    small.thumbnail((longest_px, longest_px), Image.Resampling.BILINEAR, reducing_gap=1.5)
    for turn in _TURNS.get(picture.orientation, ()):
        small = small.transpose(turn)
    output = io.BytesIO()
    # A new image without the info of the original: Pillow would carry comment and profile over otherwise.
    clean = Image.new("RGB", small.size)
    clean.paste(small)
    clean.save(output, "JPEG", quality=72)
    return output.getvalue()
