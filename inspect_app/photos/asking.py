"""By which hashes a photo is looked for among earlier ones: as it is, and as it would be had it not been changed.

Every earlier photo is known by five hashes alone (``prints.py``), so what a cheat may have done is undone on the new
one: mirrored and turned back, without the bars of a screenshot and the frame of a screen, without the foot that bears a
caption; what was cut off is put back as far as one can guess, by drawing out the picture's edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .prints import SIDE, VIEWS, frequencies, turned_prints

Frame = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of the picture: what is left out, or put to it where it is negative."""
EVERYWHERE_BITS: Final = 8
"""Up to so many bits a photo is asked about beyond its own surroundings."""
_EVEN, _EVEN_SHARE, _MOST_BAR = 5, 0.8, 0.42


@dataclass(frozen=True, slots=True)
class Guess:
    """One thing that may have been done: the frames to be looked at, the views of earlier photos that they are compared
    with, and up to how many bits. ``quarters``: also turned. ``everywhere``: also asked among all photos.
    """

    frames: tuple[Frame, ...]
    views: tuple[str, ...]
    bits: int
    quarters: bool = False
    everywhere: bool = False


def _around(share: float) -> Frame:
    return (share, share, share, share)


def _each_side(share: float) -> tuple[Frame, ...]:
    return ((share, 0, 0, 0), (0, share, 0, 0), (0, 0, share, 0), (0, 0, 0, share))


GUESSES: Final = (
    Guess((_around(0),), ("whole", "inner", "middle"), 18, quarters=True, everywhere=True),
    Guess((_around(0.05), _around(0.1), _around(0.16)), ("whole",), 16, quarters=True),
    Guess(((0.14, 0.08, 0.06, 0.13), (0.06, 0.08, 0.14, 0.13), (0.12, 0.05, 0.1, 0.1)), ("whole",), 16),
    Guess(((0, 0, 0, 0.1), (0, 0, 0, 0.2), (0, 0, 0, 0.28)), ("whole",), 14),
    Guess(((0, 0, 0, 0.2), _around(0)), ("upper",), 16),
    Guess(((0, 0.2, 0, 0), _around(0)), ("lower",), 16),
    Guess((_around(-0.06), _around(-0.125)), ("whole",), 18, quarters=True),
    Guess((*_each_side(-0.11), *_each_side(-0.25)), ("whole",), 16),
    Guess((_around(-0.2), _around(-1 / 3)), ("whole",), 20),
    Guess((_around(-0.25),), ("inner",), 20),
    Guess(((-1 / 3, -1 / 3, -1 / 3, 0),), ("upper",), 20),
    Guess(((-1 / 3, 0, -1 / 3, -1 / 3),), ("lower",), 20),
)
"""What is guessed. The limits were measured: docs/develop/photos.md."""


@dataclass(frozen=True, slots=True)
class AskedPrints:
    """Hashes (n,) to be compared with one view of earlier photos, whether each is of the mirrored photo, the limit."""

    view: int
    prints: NDArray[np.uint64]
    mirrored: NDArray[np.bool_]
    bits: int
    everywhere: bool


def asked_of(picture: Image.Image) -> tuple[AskedPrints, ...]:
    """All hashes by which an upright picture is looked for."""
    grey = picture.convert("L")
    bare = without_bars(grey)
    pictures = [np.asarray(one) for one in ((grey,) if bare.size == grey.size else (grey, bare))]
    return tuple(one for guess in GUESSES for one in _asked(guess, pictures))


def _asked(guess: Guess, pictures: list[NDArray[np.uint8]]) -> list[AskedPrints]:
    smalls = [_framed(pixels, frame) for pixels in pictures for frame in guess.frames]
    turned = [one for small in smalls for one in turned_prints(frequencies(small), quarters=guess.quarters)]
    prints, mirrored = np.array([one for one, _ in turned], np.uint64), np.array([two for _, two in turned])
    return [AskedPrints(VIEWS.index(view), prints, mirrored, guess.bits, guess.everywhere) for view in guess.views]


def _framed(pixels: NDArray[np.uint8], frame: Frame) -> Image.Image:
    """The part of a grey picture in a frame, ``SIDE`` by ``SIDE``."""
    height, width = pixels.shape
    left, top, right, bottom = (share * size for share, size in zip(frame, (width, height, width, height), strict=True))
    if min(frame) < 0:
        more = [(round(max(0.0, -top)), round(max(0.0, -bottom))), (round(max(0.0, -left)), round(max(0.0, -right)))]
        return Image.fromarray(np.pad(pixels, more, mode="edge")).resize((SIDE, SIDE), Image.Resampling.BOX)
    box = (left, top, width - right, height - bottom)
    return Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BOX, box=box)


def without_bars(grey: Image.Image) -> Image.Image:
    """A grey picture without even bars at its sides, as a screenshot has: small signs in them do not matter.

    Of each side at most two fifths are taken for a bar.
    """
    pixels = np.asarray(grey).astype(np.int16)
    top, bottom = _between_bars(pixels)
    left, right = _between_bars(pixels[top:bottom].T)
    return grey.crop((left, top, right, bottom))


def _between_bars(rows: NDArray[Any]) -> tuple[int, int]:
    """From which row on, and up to which, there is more than a bar."""
    middle = np.median(rows, axis=1)
    even = (np.abs(rows - middle[:, None]) <= _EVEN).mean(axis=1) >= _EVEN_SHARE
    most = int(len(rows) * _MOST_BAR)
    first = _length(even[:most] & (np.abs(middle[:most] - middle[0]) <= _EVEN))
    last = _length((even & (np.abs(middle - middle[-1]) <= _EVEN))[::-1][:most])
    return first, len(rows) - last


def _length(run: NDArray[np.bool_]) -> int:
    """How many at the beginning are true."""
    return len(run) if run.all() else int(np.argmin(run))
