"""An append-only log whose entries carry the hash of the one before: nothing in it can be changed unnoticed.

One JSON object a line. An entry's hash is the SHA-256 of its canonical JSON without the hash itself; the first one's
``previous`` is 64 zeros. Cutting off the end leaves a whole chain, so a known head (``head``) has to be kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import portalocker

from ..durable import make_folder, sync_folder

START = "0" * 64
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """Number and hash of the last entry; 0 and 64 zeros where there is none."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that does not fit: the number of its line, the number it should have, and why, in Chinese."""

    line: int
    reason: str


class ChainedLog:
    """One log in one file. Safe for threads, and for several processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._size = -1
        self._head = Head(0, START)

    def append(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Add an entry, with ``seq``, ``previous`` and ``hash`` put to it. Returns once it is on disk."""
        return self.append_all([entry])[0]

    def append_all(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add several entries one after another, as ``append`` does, with nobody else's in between."""
        with self._lock:
            is_new = not self._path.exists()
            make_folder(self._path.parent)
            with self._path.open("ab+", buffering=0) as file:
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE)
                head = self._caught_up(file)
                added = []
                for entry in entries:
                    whole = {**entry, "seq": head.seq + 1, "previous": head.hash}
                    whole["hash"] = hash_of(whole)
                    head = Head(whole["seq"], whole["hash"])
                    added.append(whole)
                _write_whole(file, b"".join(_canonical(whole) + b"\n" for whole in added))
                os.fsync(file.fileno())
                self._size, self._head = file.tell(), head
            if is_new:
                sync_folder(self._path.parent)
            return added

    def head(self) -> Head:
        """The last whole entry."""
        with self._lock:
            if not self._path.exists():
                return Head(0, START)
            with self._path.open("rb") as file:
                portalocker.lock(file, portalocker.LockFlags.SHARED)
                end = _last_end(file)
                return _head_of(_last_line(file, end)) if end else Head(0, START)

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every entry in order, unchecked. An end that a crash tore off is left out."""
        for _, line in self._lines():
            yield json.loads(line)

    def about(self, of: str) -> Iterator[dict[str, Any]]:
        """The entries of acts on one thing, from the first on; what is kept of others is not even parsed."""
        wanted = json.dumps(of, ensure_ascii=False).encode()
        for _, line in self._lines():
            if wanted in line:
                entry = json.loads(line)
                if entry["of"] == of:
                    yield entry

    def verify(self, known: Head | None = None) -> Head | Broken:
        """The head of an unbroken log, or its first entry that does not fit.

        With ``known``, a head noted down earlier, the log must still hold it.
        """
        head, found = Head(0, START), known is None or known.seq == 0
        for number, line in self._lines():
            reason = _reason(line, head)
            if reason:
                return Broken(number, reason)
            head = _head_of(line)
            found = found or head == known
        if not found and known is not None:
            return Broken(known.seq, f"缺少先前记下的第 {known.seq} 条（{known.hash[:12]}…），日志的末尾被截去或重写")
        return head

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        try:
            with self._path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if line.endswith(b"\n"):
                        yield number, line
        except FileNotFoundError:
            return

    def _caught_up(self, file: IO[bytes]) -> Head:
        """The head, read again where another process has appended; what a crash left half-written is cut off."""
        size = file.seek(0, os.SEEK_END)
        if size == self._size:
            return self._head
        end = _last_end(file)
        if end < size:
            file.truncate(end)
        return _head_of(_last_line(file, end)) if end else Head(0, START)


def hash_of(entry: Mapping[str, Any]) -> str:
    """The hash that an entry must carry."""
    return hashlib.sha256(_canonical({key: entry[key] for key in entry if key != "hash"})).hexdigest()


def _write_whole(file: IO[bytes], lines: bytes) -> None:
    """An unbuffered file may take less than it is given."""
    rest = memoryview(lines)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def _last_end(file: IO[bytes]) -> int:
    """Where the last whole line of a file ends, in bytes."""
    return _newline_before(file, file.seek(0, os.SEEK_END)) + 1


def _last_line(file: IO[bytes], end: int) -> bytes:
    start = _newline_before(file, end - 1) + 1
    file.seek(start)
    return file.read(end - start)


def _newline_before(file: IO[bytes], at: int) -> int:
    """Where the last line break before a byte is; -1 where there is none."""
    while at > 0:
        start = max(0, at - _CHUNK)
        file.seek(start)
        found = file.read(at - start).rfind(b"\n")
        if found >= 0:
            return start + found
        at = start
    return -1


def _head_of(line: bytes) -> Head:
    entry = json.loads(line)
    return Head(int(entry["seq"]), str(entry["hash"]))


def _reason(line: bytes, before: Head) -> str:
    """Why a line does not follow the one before; empty where it does."""
    try:
        entry = json.loads(line)
        seq, previous, own = entry["seq"], entry["previous"], entry["hash"]
    except (ValueError, KeyError, TypeError):
        return "不是有效的日志记录"
    if seq != before.seq + 1:
        return f"编号应为 {before.seq + 1}，实为 {seq}：有记录被删去或插入"
    if previous != before.hash:
        return "与上一条的哈希不符：上一条或这一条被改动"
    if own != hash_of(entry):
        return "内容与自身的哈希不符：这一条被改动"
    return ""


def _canonical(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
