"""What can still be read of a file of records (``store/lines.py``) of which something is damaged.

One byte that is another than was written is found by the record's checksum: a CRC-32 tells which byte of a text it was,
where only one was changed and the text is JSON again with it. More than that is lost.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..lines import decode, is_torn, is_whole

_HEAD = re.compile(rb"[0-9a-f]{8} ([0-9]{1,20}) ")
_CHECKSUM = re.compile(rb"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a file, in bytes: a record, or what cannot be read as one (``payload`` None)."""

    offset: int
    raw: bytes
    payload: Any = None
    is_mended: bool = False
    is_taken: bool = False
    """Whether it was read in another file."""

    @property
    def is_lost(self) -> bool:
        return self.payload is None


def pieces(content: bytes, *, noted: int = 0) -> Iterator[Piece]:
    """A file's records in order, and what stands between them.

    A last record that was never written to its end is none, unless it was ``noted`` to be there: a number of bytes that
    the file had once for sure.
    """
    at = 0
    while at < len(content):
        end = _end_of_line(content, at)
        line = content[at:end]
        if is_whole(line):
            yield Piece(at, line, decode(line))
        elif at >= noted and is_torn(content[at:], at):
            return
        else:
            piece = _mended(content, at, end)
            yield piece
            end = at + len(piece.raw)
        at = end


def mended_record(line: bytes) -> bytes | None:
    """The payload of a record of which one byte is not what was written; None where more is wrong."""
    body = _body(line)
    if body is None:
        return None
    head, right = line[: -len(body) - 1], b"%08x %d " % (zlib.crc32(body), len(body))
    if _differing(head, right) <= 1:
        return body if _is_json(body) else None
    if _differing(head[8:], right[8:]) or not _CHECKSUM.fullmatch(head[:8]):
        return None
    return _by_checksum(body, int(head[:8], 16))


def _mended(content: bytes, at: int, end: int) -> Piece:
    """What begins here and is no whole record: one that can be put right, else all up to the end of the line."""
    line = content[at:end]
    for raw in (_announced(content, at), line):  # its line break is another byte, and the next record is in its line
        if raw and is_whole(raw[:-1] + b"\n"):
            return Piece(at, raw, decode(raw[:-1] + b"\n"), is_mended=True)
    further = _end_of_line(content, end)  # one of its bytes is a line break
    joined = b"" if is_whole(content[end:further]) else content[at:further]
    for raw in (line, joined):
        body = mended_record(raw)
        if body is not None:
            return Piece(at, raw, json.loads(body), is_mended=True)
    return Piece(at, line)


def _announced(content: bytes, at: int) -> bytes:
    """As much from here on as the record that begins here says that it has; nothing where it says nothing."""
    head = _HEAD.match(content, at)
    end = head.end() + int(head[1]) + 1 if head else 0
    return content[at:end] if end <= len(content) else b""


def _end_of_line(content: bytes, at: int) -> int:
    return content.find(b"\n", at) + 1 or len(content)


def _body(line: bytes) -> bytes | None:
    """What is the payload in a record as long as this, by its length alone; None where no record is."""
    for digits in range(1, 11):
        length = len(line) - 11 - digits
        if length > 0 and len(str(length)) == digits:
            return line[10 + digits : -1]
    return None


def _differing(one: bytes, other: bytes) -> int:
    return sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other))


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _remainders() -> list[int]:
    """What a CRC-32 makes of each byte (RFC 1952, section 8)."""
    found = []
    for byte in range(256):
        rest = byte
        for _ in range(8):
            rest = rest >> 1 ^ (0xEDB88320 if rest & 1 else 0)
        found.append(rest)
    return found


_REMAINDERS = _remainders()
_CHANGE_OF = {rest: change for change, rest in enumerate(_REMAINDERS) if change}
_BYTE_OF_TOP = {rest >> 24: byte for byte, rest in enumerate(_REMAINDERS)}


def _by_checksum(body: bytes, checksum: int) -> bytes | None:
    """The one text of JSON that has a checksum and differs from a body in one byte.

    A CRC is linear: the difference of two checksums is that of the texts. It is followed back from the end, byte by
    byte, to where it is what one changed byte makes.
    """
    difference = zlib.crc32(body) ^ checksum
    found = []
    for at in range(len(body) - 1, -1, -1):
        if change := _CHANGE_OF.get(difference):
            candidate = body[:at] + bytes([body[at] ^ change]) + body[at + 1 :]
            if _is_json(candidate):
                found.append(candidate)
        byte = _BYTE_OF_TOP[difference >> 24]
        difference = (difference ^ _REMAINDERS[byte]) << 8 | byte
    return found[0] if len(found) == 1 else None
