"""A log of acts of which lines are damaged: what can be put back with certainty, and nothing else.

An entry is what it was where its own hash and that noted in the entry behind it agree. So a line of which one byte is
another is put right by trying, and a lost one is taken from an earlier copy of the log; what neither gives stays as it
is, for ``verify`` to name. Only an end that cannot be read is cut off, or nothing more could be logged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..chain import START, Head, head_in, reason_against

_LONGEST_TRIED = 4096
"""Bytes of a line of which every other value of every byte is tried; of a longer one, each flipped bit is."""


@dataclass(frozen=True, slots=True)
class LogExamined:
    """A log's lines as they are to stand; which were put right or taken over, which stay damaged, what is cut off."""

    lines: tuple[bytes, ...]
    mended: tuple[int, ...] = ()
    taken: tuple[int, ...] = ()
    damaged: tuple[int, ...] = ()
    cut: bytes = b""
    lacks: int = 0
    """Bytes at the end that were noted to be there and that no copy has."""

    @property
    def is_sound(self) -> bool:
        return not (self.mended or self.taken or self.damaged or self.cut or self.lacks)


def examined_log(path: Path, source: Path | None = None, noted: int = 0) -> LogExamined:
    """What is in a log, with what an earlier copy of it has of what is lost. Lines are numbered from 1 on.

    ``noted`` are the bytes that it must have at least: of one that is shorter the end is taken from the copy. A last
    line that was never written to its end is left to whoever opens the log.
    """
    lines = _lines_of(path)
    torn = b""
    if lines and not lines[-1].endswith(b"\n") and not _own(lines[-1][:-1] + b"\n"):
        torn = lines.pop()
    copy = _lines_of(source) if source else []
    kept: list[bytes] = []
    mended: list[int] = []
    taken: list[int] = []
    damaged: list[int] = []
    head: Head | None = Head(0, START)
    at = 0
    while at < len(lines):
        if head and not reason_against(lines[at], head):
            kept.append(lines[at])
            head, at = head_in(lines[at]), at + 1
            continue
        good = _next_whole(lines, at)
        found = head and _between(head, lines[at:good], lines[good] if good < len(lines) else None)
        if found:
            mended += range(len(kept) + 1, len(kept) + 1 + len(found))
        elif head and (found := _from_copy(copy, head, lines[good] if good < len(lines) else None)):
            taken += range(len(kept) + 1, len(kept) + 1 + len(found))
        elif good == len(lines):
            cut = b"".join(lines[at:]) + torn
            return LogExamined(tuple(kept), tuple(mended), tuple(taken), tuple(damaged), cut)
        else:
            damaged += range(len(kept) + 1, len(kept) + 1 + good - at)
            found = lines[at:good]
            head = None
        kept += found
        at = good
        head = head_in(kept[-1]) if head else _before(lines[at])
    if head and _length(kept) < noted and (found := _from_copy(copy, head, None)):
        taken += range(len(kept) + 1, len(kept) + 1 + len(found))
        kept += found
    lacks = max(0, noted - _length(kept))
    return LogExamined(tuple(kept), tuple(mended), tuple(taken), tuple(damaged), lacks=lacks)


def _length(lines: Sequence[bytes]) -> int:
    return sum(map(len, lines))


def _lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def _next_whole(lines: Sequence[bytes], at: int) -> int:
    """Where the next line is whose own hash is right; behind the last where there is none."""
    return next((number for number in range(at, len(lines)) if _own(lines[number])), len(lines))


def _own(line: bytes) -> dict[str, Any] | None:
    """The entry of a line that is as it was chained, whatever is before it; None where it is not."""
    try:
        entry = json.loads(line)
        before = Head(entry["seq"] - 1, entry["previous"])
    except (ValueError, KeyError, TypeError):
        return None
    return entry if not reason_against(line, before) else None


def _before(line: bytes) -> Head:
    entry = json.loads(line)
    return Head(entry["seq"] - 1, entry["previous"])


def _between(head: Head, lines: Sequence[bytes], behind: bytes | None) -> list[bytes] | None:
    """The entries that damaged lines were, one byte put right: they follow a head and lead to what is behind."""
    raw = b"".join(lines)
    if not raw:
        return None
    for candidate in _others(raw):
        found = candidate.splitlines(keepends=True)
        if _leads(head, found, behind):
            return found
    return None


def _others(raw: bytes) -> Iterator[bytes]:
    """A text with each of its bits flipped, then, where it is not too long, with every other byte in each place."""
    changes = [1 << bit for bit in range(8)]
    if len(raw) <= _LONGEST_TRIED:
        changes += [change for change in range(1, 256) if change & change - 1]
    for change in changes:
        for at, byte in enumerate(raw):
            yield raw[:at] + bytes([byte ^ change]) + raw[at + 1 :]


def _leads(head: Head, lines: Sequence[bytes], behind: bytes | None) -> bool:
    """Whether lines follow a head one after another, and what is behind follows them."""
    for line in lines:
        if not line.endswith(b"\n") or reason_against(line, head):
            return False
        head = head_in(line)
    return behind is None or _before(behind) == head


def _from_copy(copy: Sequence[bytes], head: Head, behind: bytes | None) -> list[bytes] | None:
    """The entries between a head and what is behind, of an earlier copy; all that it has after the head at the end."""
    last = _before(behind).seq if behind else len(copy)
    found = list(copy[head.seq : last])
    return found if found and _leads(head, found, behind) else None
