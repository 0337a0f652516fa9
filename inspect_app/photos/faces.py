"""Faces in a picture, by CenterFace: a map of how likely a face's middle lies at each fourth pixel, with its size."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .models import face_network

Pixels = NDArray[Any]
Found = tuple[float, float, float, float, float]
"""Left, top, width and height in pixels, and the score, 0 to 1."""
_WORK_PX, _STRIDE, _GRAIN = 1280, 4, 32
"""Longest side at which is searched; pixels per cell of the network's maps; what its sides must be multiples of."""
_LEAST_SCORE, _OVERLAP = 0.35, 0.3
_OUTPUTS = ("537", "538", "539")
"""Likelihood, logarithm of the size in cells (height, width), and offset of the middle in cells (down, across)."""


def faces_in(pixels: Pixels) -> list[Found]:
    """The faces in an upright picture, RGB bytes of (height, width, 3); the surest first.

    ``ONE_AT_A_TIME`` must be held.
    """
    height, width = pixels.shape[:2]
    shrink = min(1.0, _WORK_PX / max(height, width))
    size = (_grained(width * shrink), _grained(height * shrink))
    network = face_network(size)
    # The blob of RGB pixels with its channels as they are: the network was trained on RGB from 0 to 255.
    network.setInput(cv2.dnn.blobFromImage(pixels, 1.0, size, (0, 0, 0), swapRB=False))
    likely, sizes, offsets = (np.array(one) for one in network.forward(_OUTPUTS))
    rows, columns = np.where(likely[0, 0] > _LEAST_SCORE)
    if not len(rows):
        return []
    scores = likely[0, 0, rows, columns]
    tall, wide = (np.exp(sizes[0, axis, rows, columns]) * _STRIDE for axis in (0, 1))
    middle_y = (rows + offsets[0, 0, rows, columns] + 0.5) * _STRIDE
    middle_x = (columns + offsets[0, 1, rows, columns] + 0.5) * _STRIDE
    across, down = width / size[0], height / size[1]
    boxes = np.stack([(middle_x - wide / 2) * across, (middle_y - tall / 2) * down, wide * across, tall * down], axis=1)
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), _LEAST_SCORE, _OVERLAP)
    return [_found(boxes[one], scores[one]) for one in np.array(kept).flatten()]


def _found(box: Pixels, score: float) -> Found:
    x, y, wide, tall = map(float, box)
    return x, y, wide, tall, float(score)


def _grained(length: float) -> int:
    return max(_GRAIN, round(length / _GRAIN) * _GRAIN)
