"""All that a store holds, read as it is kept and written into an empty one: documents with their revisions, in order,
and the lines of the log, byte for byte. Each part is compared by its hash as soon as it is copied.

A part is the documents of a collection, or those of one of its weeks. No document is ever removed, so a copy that was
broken off goes on where it ended: what the target has at the same revision is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from . import StoreUnfit
from .chain import START, Head, head_in, reason_against
from .lines import text_of

Part = tuple[str, str]
"""Collection, and week or ``all``."""
_ROWS, _BYTES, _LINES = 1000, 4 * 1024 * 1024, 1000
"""How much is written at once: documents, bytes of them, lines of the log."""
_WORTH_TELLING = 1000
"""Documents of a part of which whoever waits is told."""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A document as it is kept: ``text`` is its JSON, as every store writes it."""

    id: str
    revision: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Digest:
    """How many documents there are, and the SHA-256 (hexadecimal) of ids, revisions and texts in order."""

    documents: int
    sha256: str


class Image(Protocol):
    """What a store holds."""

    def parts(self) -> Mapping[Part, str]:
        """The parts that hold documents, with what tells one state of each from the next.

        Raises ``StoreUnfit`` where some are of no collection that this program knows.
        """

    def rows(self, part: Part) -> Iterator[KeptRow]:
        """The documents of a part as they are at one moment, in the order first kept."""

    def head(self) -> Head:
        """The last entry of the log."""

    def lines(self, after: int) -> Iterator[bytes]:
        """The lines of the log behind so many, without their line breaks."""


class CopySource(Protocol):
    """A store that is copied from. Nothing is written into it but, at the end, that it was left."""

    name: str
    """What it is called to people, without a password."""
    identity: str
    """What tells it from every other, wherever it is asked from."""

    def reading(self) -> AbstractContextManager[Image]:
        """What it holds now, while others write."""

    def standing_still(self) -> AbstractContextManager[Still]:
        """What it holds, with nobody writing; who tries is told to come again."""

    def left_for(self) -> str | None:
        """The identity of the store that it was left for; None where it is in use."""

    def reopen(self) -> bool:
        """Have it in use again; whether it had been left."""

    def close(self) -> None:
        """Give connections and files back."""


class Still(Image, Protocol):
    """What a store holds that nobody writes to."""

    def leave(self, target: str, message: str) -> None:
        """Have nobody write here from now on, also after this ended; whoever tries is told the message, in Chinese."""


class CopyTarget(Image, Protocol):
    """A store that is copied into, which nobody else opens until ``end``."""

    name: str
    identity: str

    def known(self, part: Part) -> Mapping[str, int]:
        """The revisions of the documents that a part has already, by id."""

    def put(self, part: Part, rows: Sequence[KeptRow]) -> None:
        """Keep documents at their revisions, new ones behind all others. Returns once they are on disk."""

    def extend(self, lines: Sequence[bytes]) -> None:
        """Put lines that follow the head behind it. Returns once they are on disk."""

    def end(self) -> None:
        """It is whole: whoever comes may open it."""

    def close(self) -> None:
        """Give connections and files back."""


@dataclass(slots=True)
class CopiedNow:
    """What a pass wrote: documents, and entries of the log."""

    documents: int = 0
    entries: int = 0


class Copy:
    """A copy that follows its source, pass after pass. ``said`` is told of large parts, in Chinese."""

    def __init__(self, target: CopyTarget, said: Callable[[str], None] = lambda _: None) -> None:
        self._target = target
        self._said = said
        self._states: dict[Part, str] = {}
        self.digests: dict[Part, Digest] = {}
        """Of what is copied, source and target alike."""
        self.head = Head(0, START)
        """Up to which both logs were compared, and their chain was checked."""

    def catch_up(self, image: Image) -> CopiedNow:
        """Copy what changed since the last pass, and compare it. Raises ``StoreUnfit`` where it came out otherwise."""
        written = CopiedNow()
        for part, state in sorted(image.parts().items()):
            if self._states.get(part) != state:
                written.documents += self._part(image, part)
                self._states[part] = state
        written.entries += self._log(image)
        return written

    def assert_whole(self, still: Image) -> None:
        """Raises ``StoreUnfit`` where the target is not all that the source is, which nobody writes to."""
        wrong = [part for part, state in still.parts().items() if self._states.get(part) != state]
        ours = {part for part, digest in self.digests.items() if digest.documents}
        wrong += sorted(ours ^ set(self._target.parts()))
        if wrong:
            raise StoreUnfit(f"{'/'.join(wrong[0])}：搬过去的与原来的不同，没有切换")
        if not still.head() == self.head == self._target.head():
            raise StoreUnfit("操作日志：搬过去的与原来的不同，没有切换")

    def _part(self, image: Image, part: Part) -> int:
        known = self._target.known(part)
        source, count, size, batch = _Hashing(), 0, 0, list[KeptRow]()
        for row in image.rows(part):
            source.add(row)
            if known.get(row.id) == row.revision:
                continue
            batch.append(row)
            size += len(row.text)
            if len(batch) >= _ROWS or size >= _BYTES:
                self._target.put(part, batch)
                count, size, batch = count + len(batch), 0, []
        if batch:
            self._target.put(part, batch)
        self.digests[part] = source.digest()
        if count + len(batch) >= _WORTH_TELLING:
            self._said(f"{'/'.join(part)}：{count + len(batch)} 份")
        is_nothing = not known and not self.digests[part].documents
        if not is_nothing and digest_of(self._target.rows(part)) != self.digests[part]:
            raise StoreUnfit(f"{'/'.join(part)}：搬过去的与原来的不同，没有切换")
        return count + len(batch)

    def _log(self, image: Image) -> int:
        """Both logs are gone through from where they were compared last: each line is to be the same and in its place.

        What the target lacks is put there.
        """
        theirs, ours, count = self._target.lines(self.head.seq), image.lines(self.head.seq), 0
        while lines := list(islice(ours, _LINES)):
            there = list(islice(theirs, len(lines)))
            self._follow(lines, there)
            if missing := lines[len(there) :]:
                self._target.extend(missing)
                theirs, count = iter(()), count + len(missing)
        if next(theirs, None) is not None or self._target.head() != self.head:
            raise StoreUnfit("操作日志：搬过去的与原来的不同，没有切换")
        return count

    def _follow(self, lines: Sequence[bytes], there: Sequence[bytes]) -> None:
        """Raises ``StoreUnfit`` where lines are not the next ones of the chain, or the target has others there."""
        for number, line in enumerate(lines):
            at = self.head.seq + 1
            if reason := reason_against(line, self.head):
                raise StoreUnfit(f"操作日志第{at}条：{reason}。断开的日志不搬，请先从备份恢复")
            if number < len(there) and there[number] != line:
                raise StoreUnfit(f"操作日志第{at}条：目标的与原来的不同，不是它的副本")
            self.head = head_in(line)


class _Hashing:
    def __init__(self) -> None:
        self._hash, self._count = hashlib.sha256(), 0

    def add(self, row: KeptRow) -> None:
        self._hash.update(b"%s %s\n" % (text_of([row.id, row.revision]), row.text))
        self._count += 1

    def digest(self) -> Digest:
        return Digest(self._count, self._hash.hexdigest())


def digest_of(rows: Iterable[KeptRow]) -> Digest:
    """How many documents there are, and their hash."""
    hashing = _Hashing()
    for row in rows:
        hashing.add(row)
    return hashing.digest()
