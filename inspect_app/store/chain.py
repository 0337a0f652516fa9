"""The rules of an append-only log whose entries carry the hash of the one before: no change of it goes unnoticed.

One JSON object a line. An entry's hash is the SHA-256 of its canonical JSON without the hash itself; of one that has
commitments to its fields (``domain.commitments``), without those fields. The first one's ``previous`` is 64 zeros.
Cutting off the end leaves a whole chain, so a known head (``head``) has to be kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.commitments import SEED, VISIBLE, canonical, is_as_committed

START = "0" * 64
_OF_THE_CHAIN = ("seq", "previous", "hash")


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


class Chain:
    """Reading a log, whatever its lines are kept in."""

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every entry in order, unchecked. An end that a crash tore off is left out."""
        for _, line in self.lines():
            yield json.loads(line)

    def about(self, of: str) -> Iterator[dict[str, Any]]:
        """The entries of acts on one thing, from the first on; what is kept of others is not even parsed."""
        wanted = json.dumps(of, ensure_ascii=False).encode()
        for _, line in self.lines():
            if wanted in line:
                entry = json.loads(line)
                if entry["of"] == of:
                    yield entry

    def verify(self, *known: Head | None) -> Head | Broken:
        """The head of an unbroken log, or its first entry that does not fit.

        With ``known``, heads noted down earlier, the log must still hold each.
        """
        head, missing = Head(0, START), {one for one in known if one and one.seq}
        for number, line in self.lines():
            reason = reason_against(line, head)
            if reason:
                return Broken(number, reason)
            head = head_in(line)
            missing.discard(head)
        for one in sorted(missing, key=lambda one: one.seq):
            return Broken(one.seq, f"缺少先前记下的第 {one.seq} 条（{one.hash[:12]}…），日志的末尾被截去或重写")
        return head

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The whole lines with their numbers, from 1 on."""
        raise NotImplementedError


def chained(entries: Iterable[Mapping[str, Any]], head: Head) -> list[dict[str, Any]]:
    """Entries as they follow a head, with ``seq``, ``previous`` and ``hash`` put to each."""
    added = []
    for entry in entries:
        whole = {**entry, "seq": head.seq + 1, "previous": head.hash}
        whole["hash"] = hash_of(whole)
        head = head_of(whole)
        added.append(whole)
    return added


def unchained(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry without what ``chained`` puts to it."""
    return {name: value for name, value in entry.items() if name not in _OF_THE_CHAIN}


def hash_of(entry: Mapping[str, Any]) -> str:
    """The hash that an entry must carry."""
    covered = VISIBLE if "commitments" in entry else [key for key in entry if key != "hash"]
    return hashlib.sha256(canonical({key: entry[key] for key in covered if key in entry})).hexdigest()


def head_of(entry: Mapping[str, Any]) -> Head:
    """The head of a log that ends with an entry."""
    return Head(int(entry["seq"]), str(entry["hash"]))


def line_of(entry: Mapping[str, Any]) -> bytes:
    """An entry's line."""
    return canonical(entry) + b"\n"


def head_in(line: bytes) -> Head:
    """The head of a log that ends with a line."""
    return head_of(json.loads(line))


def reason_against(line: bytes, before: Head) -> str:
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
    return "" if _is_open(entry) else "内容与自身的承诺不符：这一条被改动"


def _is_open(entry: Mapping[str, Any]) -> bool:
    """Whether commitments, where there are any, are to what the entry says."""
    if "commitments" not in entry:
        return True
    try:
        return SEED in entry and is_as_committed(entry)
    except (ValueError, TypeError):
        return False
