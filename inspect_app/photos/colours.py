"""A colour profile of nothing but what colours are shown by (ICC.1:2022, section 7)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_HEADER, _ENTRY = 128, 12
_MOST_TAGS, _MOST_BYTES = 100, 4 * 1024 * 1024
_NEVER_KEPT = ((4, 8), (24, 36), (40, 64), (80, 100))
"""Bytes of the header that name programs, makers and devices, and when: CMM, date, platform to attributes, creator and
the checksum over all of it."""
_SHOWN_BY = frozenset(
    {
        b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt", b"bkpt", b"chad", b"cicp",
        b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"D2B0", b"D2B1", b"D2B2", b"D2B3", b"gamt",
    }
)  # fmt: skip
_TYPES = frozenset({b"XYZ ", b"curv", b"para", b"sf32", b"cicp", b"mft1", b"mft2", b"mAB ", b"mBA ", b"mpet"})
"""Types that hold numbers alone."""


def bare_profile(profile: bytes) -> bytes | None:
    """The profile without the texts, and the makers' own tags, which may name a device or its owner.

    None where it is no profile, or one whose tags overlap so that it would grow. Two texts that a profile must have
    are written anew.
    """
    if not _HEADER + 4 <= len(profile) <= _MOST_BYTES or profile[36:40] != b"acsp":
        return None
    tags = {name: body for name, body in _tags(profile) if name in _SHOWN_BY and body[:4] in _TYPES}
    if not tags or sum(map(len, set(tags.values()))) > len(profile):
        return None
    header = bytearray(profile[:_HEADER])
    for start, end in _NEVER_KEPT:
        header[start:end] = bytes(end - start)
    header[100:] = bytes(_HEADER - 100)
    for name in (b"desc", b"cprt"):
        tags[name] = _text(name, wide=profile[8] >= 4)
    return _put_together(header, tags)


def _tags(profile: bytes) -> Iterator[tuple[bytes, bytes]]:
    count = min(int.from_bytes(profile[_HEADER : _HEADER + 4]), _MOST_TAGS)
    for at in range(_HEADER + 4, min(_HEADER + 4 + count * _ENTRY, len(profile) - _ENTRY + 1), _ENTRY):
        name, place, length = struct.unpack_from(">4sII", profile, at)
        if place >= _HEADER and place + length <= len(profile):
            yield name, profile[place : place + length]


def _put_together(header: bytearray, tags: dict[bytes, bytes]) -> bytes:
    """Tags that are alike, as those of the three channels often are, stand once."""
    table, bodies, places = b"", b"", dict[bytes, int]()
    start = _HEADER + 4 + _ENTRY * len(tags)
    for name, body in tags.items():
        if body not in places:
            places[body] = start + len(bodies)
            bodies += body + bytes(-len(body) % 4)
        table += struct.pack(">4sII", name, places[body], len(body))
    header[:4] = (start + len(bodies)).to_bytes(4)
    return bytes(header) + len(tags).to_bytes(4) + table + bodies


def _text(name: bytes, *, wide: bool) -> bytes:
    """A text that says nothing, in the type that the profile's version wants."""
    if wide:
        return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", 2, 28) + "-".encode("utf-16-be")
    if name == b"desc":
        return b"desc" + bytes(4) + struct.pack(">I", 2) + b"-\0" + bytes(78)
    return b"text" + bytes(4) + b"-\0"
