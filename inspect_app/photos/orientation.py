"""Turning a picture as the camera's orientation tag (EXIF 0x0112) says, and as somebody wants it."""

from __future__ import annotations

from PIL import Image

_TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
_CLOCKWISE = (None, Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90)
"""By quarters; Pillow turns the other way."""


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture turned and mirrored so that it stands upright; 1 and nonsense leave it as it is."""
    for turn in _TURNS.get(orientation, ()):
        picture = picture.transpose(turn)
    return picture


def turned(picture: Image.Image, quarters: int) -> Image.Image:
    """The picture turned clockwise by so many quarters; the picture itself for none."""
    turn = _CLOCKWISE[quarters % len(_CLOCKWISE)]
    return picture if turn is None else picture.transpose(turn)
