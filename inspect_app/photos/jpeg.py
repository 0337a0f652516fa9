"""What the segments of a JPEG tell without decoding it (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .colours import bare_profile

_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
"""A marker with a segment behind it; not those that stand alone (0x01, 0xD0 to 0xD7)."""
_MOST_SEGMENTS, _MOST_PADDING = 2000, 64
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_SEQUENTIAL = frozenset({0xC0, 0xC1, 0xC9})
_START_OF_SCAN, _END = 0xDA, 0xD9
_CODING = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}
"""Frames, and what decoding needs: DHT, DAC, DQT, DNL, DRI, DHP, EXP."""
_HEADERS = ((0xE0, b"JFIF\0", 14), (0xEE, b"Adobe", 12))
"""Marker, beginning, and size in bytes of the headers that a picture is shown by: JFIF without a preview, and Adobe's,
which tells the colour space."""
_PROFILE, _PROFILE_BEGINS, _MOST_OF_PROFILE = 0xE2, b"ICC_PROFILE\0", 65_000


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """Size in pixels as coded, where the first scan's coded bits begin, and whether one pass gives out its rows."""

    width: int
    height: int
    scan_at: int
    in_one_pass: bool


def came_whole(content: bytes | None) -> bool:
    """Whether a file that was written as a JPEG is there from its beginning to its end, by these alone."""
    return content is not None and content.startswith(b"\xff\xd8") and content.endswith(b"\xff\xd9")


def read_frame(content: bytes) -> JpegFrame | None:
    """The frame of a JPEG that is there to its end; None where a segment is broken or the end marker is missing.

    Coded bits never hold the end marker (a 0xFF among them is followed by 0x00), so finding one behind the first scan's
    beginning means that the last scan came to its end. Whatever a phone appends behind it is allowed. Looked for from
    the end, where it nearly always is.
    """
    size, components = (0, 0), 0
    for marker, at, end in _segments(content):
        if marker in _FRAMES:
            size = (int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7]))
            components = _components(content, marker, at)
        if marker == _START_OF_SCAN:
            whole = min(size) > 0 and content.rfind(b"\xff\xd9", end) >= 0
            return JpegFrame(*size, end, _has_all(content, at, components)) if whole else None
    return None


def is_in_one_pass(content: bytes) -> bool | None:
    """Whether a decoder can give out rows as it reads; else it keeps all coefficients, 2 bytes for each sample.

    So it is where the one scan of a sequential frame holds all components. None where no scan is reached.
    """
    components = 0
    for marker, at, _ in _segments(content):
        if marker in _FRAMES:
            components = _components(content, marker, at)
        if marker == _START_OF_SCAN:
            return _has_all(content, at, components)
    return None


def _components(content: bytes, marker: int, at: int) -> int:
    """How many components a sequential frame has; 0 for any other."""
    return content[at + 9] if marker in _SEQUENTIAL and len(content) > at + 9 else 0


def _has_all(content: bytes, scan_at: int, components: int) -> bool:
    """Whether the scan whose segment begins there holds all components of a sequential frame."""
    return components > 0 and len(content) > scan_at + 4 and content[scan_at + 4] == components


def picture_alone(content: bytes) -> bytes | None:
    """A JPEG of nothing but what its picture is made of, coded bits untouched; None where it does not come to its end.

    By a list of what may stay: frames, tables and scans, the bare JFIF and Adobe headers and the numbers of the colour
    profile. Comments, EXIF and its maker's note, XMP, IPTC, previews, further pictures, and all that stands behind the
    end marker, as the film of a moving photo does, are left out, known or not.
    """
    kept, profile, end = list[bytes](), list[bytes](), 2
    segments = list(_segments(content))
    following = [at for _, at, _ in segments[1:]]
    for number, (marker, at, end) in enumerate(segments):
        if marker == _START_OF_SCAN and number < len(following):
            kept.append(content[at : following[number]])
        elif marker == _PROFILE and content.startswith(_PROFILE_BEGINS, at + 4):
            profile.append(content[at + 4 + len(_PROFILE_BEGINS) : end])
        elif marker != _START_OF_SCAN and _is_of_picture(marker, content[at + 4 : end]):
            kept.append(content[at:end])
    last = _MARKER.search(content, end)
    if not segments or len(segments) == _MOST_SEGMENTS or last is None or content[last.start() + 1] != _END:
        return None
    marker, at, _ = segments[-1]
    kept += [content[at : last.start()] if marker == _START_OF_SCAN else b"", b"\xff\xd9"]
    # Readers want the JFIF header first.
    first = 1 if kept[0][1:2] == b"\xe0" else 0
    return b"".join((content[:2], *kept[:first], *_profile_segments(profile), *kept[first:]))


def _profile_segments(pieces: list[bytes]) -> list[bytes]:
    """The bare profile, in segments again; none where its numbered pieces are not all there, or are no profile."""
    numbers = [piece[0] for piece in pieces if len(piece) > 2 and piece[1] == len(pieces)]
    if not pieces or sorted(numbers) != list(range(1, len(pieces) + 1)):
        return []
    bare = bare_profile(b"".join(piece[2:] for piece in sorted(pieces, key=lambda piece: piece[0]))) or b""
    parts = [bare[at : at + _MOST_OF_PROFILE] for at in range(0, len(bare), _MOST_OF_PROFILE)]
    bodies = [_PROFILE_BEGINS + bytes((number, len(parts))) + part for number, part in enumerate(parts, 1)]
    return [bytes((0xFF, _PROFILE)) + (len(body) + 2).to_bytes(2) + body for body in bodies]


def _is_of_picture(marker: int, body: bytes) -> bool:
    return marker in _CODING or any(
        marker == header and body.startswith(begins) and len(body) == size for header, begins, size in _HEADERS
    )


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
