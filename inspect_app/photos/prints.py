"""Perceptual hashes: 64 bits that stay nearly the same when a photo is sent again in another size, quality or frame.

Of a 32 × 32 grey picture the low frequencies of its cosine transform are compared with their median (the pHash idea, as
published by Zauner 2010, here over the lowest 64 frequencies by distance from zero). Cutting a border or burning in a
caption changes whole rows, so each photo gets a hash of the whole and of four parts, and parts are compared too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

VIEWS: Final = ("whole", "inner", "middle", "upper", "lower")
_FRAMES: Final = {
    "whole": (0.0, 0.0, 0.0, 0.0),
    "inner": (0.05, 0.05, 0.05, 0.05),
    "middle": (0.025, 0.025, 0.025, 0.025),
    "upper": (0.0, 0.0, 0.0, 0.2),
    "lower": (0.0, 0.2, 0.0, 0.0),
}
"""What is left out of each view: left, top, right, bottom, as shares of the picture."""
COMPARED: Final = (
    ("whole", "whole"),
    ("whole", "inner"),
    ("whole", "middle"),
    ("inner", "whole"),
    ("middle", "whole"),
    ("upper", "upper"),
    ("lower", "lower"),
)
"""Which view of a new photo is compared with which view of an earlier one."""
SIDE: Final = 32
_BASIS = np.cos(np.pi * np.outer(np.arange(SIDE), 2 * np.arange(SIDE) + 1) / (2 * SIDE))
_LOWEST = sorted(
    ((row, column) for row in range(SIDE) for column in range(SIDE) if row + column), key=lambda at: (sum(at), at)
)[:64]
_ODD = np.where(np.arange(SIDE) % 2, -1.0, 1.0)
_ROWS, _COLUMNS = (np.array(part) for part in zip(*_LOWEST, strict=True))


def prints_of(picture: Image.Image) -> tuple[int, ...]:
    """The hash of each view in the order of ``VIEWS``, unsigned 64 bit each. The picture is upright."""
    grey = picture.convert("L")
    smalls = np.array([np.asarray(_framed(grey, _FRAMES[view])) for view in VIEWS], np.float64)
    return tuple(int(one) for one in _bits(_BASIS @ smalls @ _BASIS.T))


def difference(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    """Bits in which the nearest of the compared views differ: 0 for the same picture, about 26 for two others."""
    index = {view: number for number, view in enumerate(VIEWS)}
    return min((a[index[mine]] ^ b[index[other]]).bit_count() for mine, other in COMPARED)


def _framed(grey: Image.Image, left_out: tuple[float, float, float, float]) -> Image.Image:
    width, height = grey.size
    left, top, right, bottom = left_out
    box = (width * left, height * top, width * (1 - right), height * (1 - bottom))
    return grey.resize((SIDE, SIDE), Image.Resampling.BOX, box=box)


def frequencies(small: Image.Image) -> NDArray[np.float64]:
    """The cosine transform of a grey picture of ``SIDE`` by ``SIDE``: rows by columns of frequencies."""
    return _BASIS @ np.asarray(small, dtype=np.float64) @ _BASIS.T


def turned_prints(low: NDArray[np.float64], *, quarters: bool) -> list[tuple[int, bool]]:
    """The hashes of the picture with these frequencies as it is and mirrored, with whether it is mirrored.

    With ``quarters`` also turned by each quarter. To turn a picture is to transpose its frequencies and to change the
    signs of the odd ones, so that all eight cost no more than one.
    """
    rows, columns = _ODD[:, None], _ODD[None, :]
    upright = [(low, False), (low * columns, True)]
    if not quarters:
        return _hashed(upright)
    half = [(one * rows * columns, mirrored) for one, mirrored in upright]
    lying = [(one.T * factor, not mirrored) for one, mirrored in upright for factor in (1.0, rows * columns)]
    return _hashed([*upright, *half, *lying])


def _hashed(views: list[tuple[NDArray[np.float64], bool]]) -> list[tuple[int, bool]]:
    found = _bits(np.array([low for low, _ in views]))
    return [(int(bits), mirrored) for bits, (_, mirrored) in zip(found, views, strict=True)]


def _bits(frequencies: NDArray[np.float64]) -> NDArray[np.uint64]:
    """The hash of each of several transforms (n, ``SIDE``, ``SIDE``)."""
    low = frequencies[:, _ROWS, _COLUMNS]
    # As np.median, which costs more than all the rest for so few numbers.
    middle = np.partition(low, (31, 32), axis=1)[:, 31:33].mean(axis=1, keepdims=True)
    return np.packbits((low > middle).ravel()).view(">u8")
