"""Lines of a journal: checksum, length, payload.

``1c291ca3 17 [["documents",…]]\\n``: CRC-32 of the payload in 8 hexadecimal digits, its length in bytes, the payload as
compact JSON (which holds no line break). One line is one atomic change, however many documents it touches.
A document of the store stands there with its revision as one more field, ``_revision``.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from . import Stored


class Text(bytes):
    """JSON that is written out already, as a line has it."""


Change = tuple[str, str, dict[str, Any] | None]
"""Table, document id, and the document as it is from now on; None where it is removed."""
Written = tuple[str, str, dict[str, Any] | Text | None]
"""A change whose document may be written out already."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_REVISION = "_revision"
_HEAD = re.compile(rb"[0-9a-f]{8} ([0-9]{1,20}) ")
_PART_OF_HEAD = re.compile(rb"[0-9a-f]{0,8}|[0-9a-f]{8} [0-9]{0,20}")
_BLOCK, _CHUNK = 512, 64 * 1024
"""The smallest unit that a disk writes or loses; how much is read at a time from the end of a file."""


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
    return _line(text_of(payload))


def encode_changes(changes: Iterable[Written]) -> bytes:
    """One line for changes: as ``encode``, with documents that may be written out already."""
    return _line(list_of(map(list_of, changes)))


def text_of(value: Any) -> Text:
    """A value written out. Raises ``TypeError`` or ``ValueError`` where it is no JSON."""
    if isinstance(value, Text):
        return value
    return Text(_ENCODER.encode(value).encode())


def list_of(values: Iterable[Any]) -> Text:
    """A list written out, whose values may be so already."""
    return Text(b"[%s]" % b",".join(map(text_of, values)))


def decode(line: bytes) -> Any:
    """The JSON value of a line that ``encode`` made."""
    return json.loads(_body(line))


def as_kept(document: Mapping[str, Any], revision: int) -> dict[str, Any]:
    """A document as it stands in a line; revision 0 is that of one which was kept without."""
    return {**document, _REVISION: revision} if revision else dict(document)


def as_stored(id: str, kept: dict[str, Any]) -> Stored:
    """A document that stands in a line. ``kept`` is taken over."""
    revision = kept.get(_REVISION)
    if type(revision) is not int or revision < 1:
        return Stored(id, 0, kept)
    del kept[_REVISION]
    return Stored(id, revision, kept)


def records(file: IO[bytes], offset: int) -> Iterator[tuple[Any, int]]:
    """Each record from ``offset`` on with the offset of its end.

    Raises ``Torn`` where the file ends within a record that nobody can have been told of, ``Damaged`` for anything else
    that is wrong: a whole record whose checksum differs, or a broken one that is not the last.
    """
    file.seek(offset)
    for line in file:
        if not is_whole(line):
            raise Torn(offset) if is_torn(line + file.read(), offset) else Damaged(offset)
        offset += len(line)
        yield decode(line), offset


def is_whole(line: bytes) -> bool:
    """Whether a line is a record as it was written."""
    return line == _line(_body(line))


def newline_before(file: IO[bytes], at: int) -> int:
    """Where the last line break before a byte is; -1 where there is none."""
    while at > 0:
        start = max(0, at - _CHUNK)
        file.seek(start)
        found = file.read(at - start).rfind(b"\n")
        if found >= 0:
            return start + found
        at = start
    return -1


def _line(body: bytes) -> bytes:
    return b"%08x %d %s\n" % (zlib.crc32(body), len(body), body)


def _body(line: bytes) -> bytes:
    """What stands where a line has its payload."""
    return line.split(b" ", 2)[-1][:-1]


def is_torn(rest: bytes, offset: int) -> bool:
    """Whether the rest of a file, from ``offset`` on, is one record cut short.

    Its text stops before the length that it announces (power or process gone before the write was complete), with or
    without zeros behind it (the file system had grown the file); or whole blocks within it are zeros (not yet written).
    No payload holds a zero or a line break, so more than one line is more than one record.
    """
    text = rest.rstrip(b"\0")
    if b"\n" in text[:-1]:
        return False
    if b"\0" in text:
        return _misses_blocks(text, offset) and len(text) <= _announced(text)
    return not text.endswith(b"\n") and len(text) < _announced(text)


def _misses_blocks(text: bytes, offset: int) -> bool:
    """Whether zeros fill the gaps that blocks leave: from the record's start or a block's, up to a block's."""
    gaps = [found.span() for found in re.finditer(rb"\0+", text)]
    starts = all(start == 0 or (offset + start) % _BLOCK == 0 for start, _ in gaps)
    return starts and all((offset + end) % _BLOCK == 0 for _, end in gaps)


def _announced(text: bytes) -> float:
    """Bytes that a record announces for itself; endless where its head is not whole, none where it has no head."""
    head = _HEAD.match(text)
    if head:
        return head.end() + int(head[1]) + 1
    beginning, _, _ = text.partition(b"\0")
    return float("inf") if _PART_OF_HEAD.fullmatch(beginning) else 0
