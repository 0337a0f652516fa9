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

_NEAR = 1.5


def thumbnail(picture: Picture, longest_px: int) -> bytes:
    """A JPEG of about ``longest_px`` on its longest side, turned as the camera's orientation tag says.

    What the decoder's own scaling left up to half as large again stays as it is: resampling would cost as much as a
    quarter of the decoding, and a sharp screen shows the difference.
    """
    small = picture.small
    width, height = small.size
    shrink = longest_px / max(width, height)
    if shrink < 1 / _NEAR:
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        small = small.resize(size, Image.Resampling.BILINEAR)
    for turn in _TURNS.get(picture.orientation, ()):
        small = small.transpose(turn)
    # Pillow would write comment and profile of the original again.
    small.info = {}
    output = io.BytesIO()
    small.save(output, "JPEG", quality=72)
    return output.getvalue()
