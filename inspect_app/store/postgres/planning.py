"""What a transaction is to write: acts checked one after another, each against what those before it leave."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import Given, Stale, Stored, Write
from ..batches import Job
from ..chain import Head, chained, head_of, line_of
from ..layouts import Layouts, week_in
from ..lines import text_of
from .texts import WHOLE

Key = tuple[str, str]
"""Collection and id."""


@dataclass(frozen=True, slots=True)
class WhereKept:
    """Where a document is, and at which revision."""

    part: str
    revision: int


class ActInTransaction(Job):
    """An act that waits to be done, and what was kept by it. It is written out before it waits for others.

    Raises ``TypeError`` or ``ValueError`` where something is no JSON.
    """

    def __init__(self, writes: Sequence[Write], entries: Sequence[Mapping[str, Any]], given: Sequence[Given]) -> None:
        super().__init__()
        self.writes, self.entries, self.given = writes, entries, given
        self.texts = [text_of(write.document).decode() for write in writes]
        self.added: list[dict[str, Any]] = []
        self.jobs: list[tuple[str, str, int]] = []
        """Jobs that are entered with it: kind, id, photos."""
        for write in writes:
            write.id.encode()
        for entry in entries:
            line_of(entry)

    def goes_with(self, earlier: Sequence[Job]) -> bool:
        """With any: each is checked against what those before it leave."""
        return True

    def touched(self) -> Iterator[Key]:
        """The documents that it has to do with."""
        touched: list[Write | Given] = [*self.writes, *self.given]
        return ((one.collection, one.id) for one in touched)

    def kept(self) -> list[Stored]:
        """The documents as they are kept once it is done."""
        return [
            Stored(write.id, write.expected_revision + 1, json.loads(text))
            for write, text in zip(self.writes, self.texts, strict=True)
        ]


@dataclass(slots=True)
class Plan:
    """What is to be written: ``head`` is the end of the log, ``places`` tells of the documents that acts ask for."""

    layouts: Layouts
    head: Head
    places: dict[Key, WhereKept]
    documents: dict[Key, tuple[Mapping[str, Any], str]] = field(default_factory=dict)
    """The last state of each document that is written, also as JSON."""
    new: dict[Key, None] = field(default_factory=dict)
    """Those that were not there before, in order."""
    lines: list[tuple[int, str | None, str]] = field(default_factory=list)
    """The entries: number, what it is about, and its line."""
    jobs: list[tuple[str, str, int]] = field(default_factory=list)
    """Jobs that are entered in the same transaction."""

    def add(self, asked: ActInTransaction) -> None:
        """Take an act in, whole. Raises ``Stale``, and ``ValueError`` where a document would move to another week."""
        for one in asked.given:
            self._check(one.collection, one.id, one.revision)
        parts = [self._part_for(write) for write in asked.writes]
        asked.added = chained(asked.entries, self.head)
        lines = [line_of(entry).decode().rstrip() for entry in asked.added]
        for write, text, part in zip(asked.writes, asked.texts, parts, strict=True):
            self._put(write, text, part)
        self.jobs += asked.jobs
        for entry, line in zip(asked.added, lines, strict=True):
            about = entry.get("of")
            self.lines.append((entry["seq"], about if isinstance(about, str) else None, line))
            self.head = head_of(entry)

    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        return not self.documents and not self.lines

    def _check(self, collection: str, id: str, revision: int) -> None:
        place = self.places.get((collection, id))
        if (place.revision if place else 0) != revision:
            raise Stale(f"{collection}/{id}")

    def _part_for(self, write: Write) -> str:
        """The part that a write belongs to, where it may be done."""
        self._check(write.collection, write.id, write.expected_revision)
        if not self.layouts.is_weekly(write.collection):
            return WHOLE
        place, week = self.places.get((write.collection, write.id)), week_in(write.document)
        if place and place.part != week:
            raise ValueError("a document never moves to another week")
        return week

    def _put(self, write: Write, text: str, part: str) -> None:
        key = write.collection, write.id
        if write.expected_revision == 0:
            self.new[key] = None
        self.places[key] = WhereKept(part, write.expected_revision + 1)
        self.documents[key] = write.document, text
