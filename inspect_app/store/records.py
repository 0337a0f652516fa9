"""Lines of a journal: checksum, length, payload.

``1c291ca3 17 [["documents",…]]\\n``: CRC-32 of the payload in 8 hexadecimal digits, its length in bytes, the payload as
compact JSON (which holds no line break). One line is one atomic change, however many documents it touches.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import IO, Any

Change = tuple[str, str, dict[str, Any] | None]
"""Table, document id, and the document as it is from now on; None where it is removed."""


class Torn(Exception):
    """The last record was not written to its end; ``offset`` is where it begins."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class Damaged(Exception):
    """A record is not what was written; ``offset`` is where it begins."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def encode(payload: Any) -> bytes:
    """One line for a JSON value."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return b"%08x %d %s\n" % (zlib.crc32(body), len(body), body)


def records(file: IO[bytes], offset: int) -> Iterator[tuple[Any, int]]:
    """Each record from ``offset`` on with the offset of its end.

    Raises ``Torn`` where the file ends within a record that nobody can have been told of, ``Damaged`` for anything else
    that is wrong: a whole record whose checksum differs, or a broken one that is not the last.
    """
    file.seek(offset)
    for line in file:
        payload = _payload(line)
        if payload is None:
            rest = line + file.read()
            raise Torn(offset) if _is_torn(rest) else Damaged(offset)
        offset += len(line)
        yield json.loads(payload), offset


def _payload(line: bytes) -> bytes | None:
    """The payload of a right line, or None."""
    if not line.endswith(b"\n"):
        return None
    try:
        checksum, length, body = line[:-1].split(b" ", 2)
        right = len(checksum) == 8 and int(checksum, 16) == zlib.crc32(body) and int(length) == len(body)
    except ValueError:
        return None
    return body if right else None


def _is_torn(rest: bytes) -> bool:
    """Whether the rest of a file is one record cut short.

    It is where no right record follows, and either the text stops before the length that it announces (power or
    process gone before the write was complete) or blocks of zeros stand in it (the file system had grown the file and
    not yet written the block).
    """
    if any(_payload(line) is not None for line in rest.splitlines(keepends=True)[1:]):
        return False
    if b"\0" in rest:
        return True
    return b"\n" not in rest and len(rest) < _announced(rest)


def _announced(rest: bytes) -> float:
    """Bytes that a record announces for itself; endless where its head is not whole."""
    head = rest.split(b" ", 2)
    if len(head) < 3:
        return float("inf") if len(rest) < 30 else 0
    try:
        return len(head[0]) + len(head[1]) + 2 + int(head[1]) + 1
    except ValueError:
        return 0
