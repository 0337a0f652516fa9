"""What the segments of a JPEG tell without decoding it (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
"""A marker with a segment behind it; not those that stand alone (0x01, 0xD0 to 0xD7)."""
_MOST_SEGMENTS, _MOST_PADDING = 2000, 64
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_SEQUENTIAL = frozenset({0xC0, 0xC1, 0xC9})
_START_OF_SCAN, _END = 0xDA, 0xD9


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """Size in pixels as coded, and where the first scan's coded bits begin."""

    width: int
    height: int
    scan_at: int


def read_frame(content: bytes) -> JpegFrame | None:
    """The frame of a JPEG that is there to its end; None where a segment is broken or the end marker is missing.

    Coded bits never hold the end marker (a 0xFF among them is followed by 0x00), so finding one behind the first scan's
    beginning means that the last scan came to its end. Whatever a phone appends behind it is allowed. Looked for from
    the end, where it nearly always is.
    """
    size = (0, 0)
    for marker, at, end in _segments(content):
        if marker in _FRAMES:
            size = (int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7]))
        if marker == _START_OF_SCAN:
            whole = min(size) > 0 and content.rfind(b"\xff\xd9", end) >= 0
            return JpegFrame(*size, end) if whole else None
    return None


def is_in_one_pass(content: bytes) -> bool | None:
    """Whether a decoder can give out rows as it reads; else it keeps all coefficients, 2 bytes for each sample.

    So it is where the one scan of a sequential frame holds all components. None where no scan is reached.
    """
    components = 0
    for marker, at, _ in _segments(content):
        if marker in _FRAMES:
            components = content[at + 9] if marker in _SEQUENTIAL and len(content) > at + 9 else 0
        if marker == _START_OF_SCAN:
            return components > 0 and len(content) > at + 4 and content[at + 4] == components
    return None


def without_segments(content: bytes, drop: Callable[[int, bytes], bool]) -> bytes:
    """A JPEG without the segments before its first scan for which ``drop(marker, body)`` holds; coded bits untouched.

    What is broken is left as it is.
    """
    kept, kept_to = [content[:2]], 2
    for marker, at, end in _segments(content):
        if marker == _START_OF_SCAN or end > len(content):
            break
        kept.append(content[kept_to:at])
        if not drop(marker, content[at + 4 : end]):
            kept.append(content[at:end])
        kept_to = end
    return b"".join((*kept, content[kept_to:]))


def count_scans(content: bytes) -> int:
    """In how many scans the picture comes; in very many where it is in more pieces than are looked at."""
    markers = [marker for marker, _, _ in _segments(content)]
    return markers.count(_START_OF_SCAN) if len(markers) < _MOST_SEGMENTS else _MOST_SEGMENTS


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, place and end of each segment up to the end marker; ends at the first that is broken.

    As a decoder does, whatever is no marker is passed over; before the first scan only a few bytes of it are, as fill
    bytes: Pillow takes its time for each. For the same reason there is a most of segments.
    """
    at, coded = 2, False
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(content, at)
        if found is None or found.end() + 2 > len(content) or (found.start() - at > _MOST_PADDING and not coded):
            return
        start = found.start()
        marker, length = content[start + 1], int.from_bytes(content[start + 2 : start + 4])
        if marker == _END or length < 2:
            return
        at = start + 2 + length
        coded = coded or marker == _START_OF_SCAN
        yield marker, start, at
