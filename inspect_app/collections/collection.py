"""What a collection of the store says of itself, and reading its documents as values.

A document says by which version of its type's form it was written, in the field ``v``; 1 where it has none. One of an
earlier version is brought forward each time it is read, until ``flask store upgrade`` has written it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..store import Briefly, Given, Layout, Put, Stale, Store, Stored, Write, remembered

VERSION = "v"
Document = dict[str, Any]
Upgrade = Callable[[Document], Document]
"""Brings a document to the next version; gets a copy of its own, whose nested values it must not change."""
Value = TypeVar("Value")


class TooNew(Exception):
    """A document was written by a later version of the program; the message says what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[Value]):
    """A value as it is kept. ``revision`` counts from 1 and names the state that a change replaces."""

    id: str
    revision: int
    value: Value


@dataclass(frozen=True)
class Brief(Generic[Value]):
    """What is kept beside each of a collection's values, for who reads very many of them (``Store.briefs``).

    ``of`` makes it of a value and its id, ``write`` its bytes, ``reader`` what reads these; ``version`` is counted on
    when one of them changes what it says.
    """

    version: int
    of: Callable[[str, Value], Any]
    write: Callable[[Any], bytes]
    reader: Callable[[], Callable[[str, bytes], Any]]


@dataclass(frozen=True)
class Collection(Generic[Value]):
    """A collection: its name, and how its values are written down, which no other place knows.

    ``read`` gets a document of the newest version and trusts it: what came from outside was checked when it was taken.
    ``upgrades`` lead from version ``oldest``, the first that can still be read, to ``version``. ``by`` are the fields
    of the document that it is found by; a ``weekly`` collection is partitioned by its field ``week``.

    The log of acts is told of ``secret`` fields by a salted hash; of ids that are hashes of a secret (``hashed_id``)
    the beginning, and the whole likewise. ``lasting`` leaves out of a document what changes and is no act.
    """

    name: str
    read: Callable[[str, Mapping[str, Any]], Value]
    write: Callable[[Value], Document]
    by: tuple[str, ...] = ()
    weekly: bool = False
    version: int = 1
    upgrades: tuple[Upgrade, ...] = ()
    oldest: int = 1
    secret: tuple[str, ...] = ()
    hashed_id: bool = False
    lasting: Upgrade | None = None
    brief: Brief[Value] | None = None

    def __post_init__(self) -> None:
        assert len(self.upgrades) == self.version - self.oldest, self.name

    @property
    def layout(self) -> Layout:
        """What the store has to know of it."""
        brief = Briefly(self.brief.version, self._brief) if self.brief else None
        return Layout(self.name, self.by, self.weekly, brief)

    def _brief(self, id: str, document: Mapping[str, Any]) -> bytes:
        assert self.brief
        return self.brief.write(self.brief.of(id, self.read(id, self.upgraded(document))))

    def get(self, store: Store, id: str) -> Kept[Value] | None:
        """The value with this id, or None."""
        stored = store.get(self.name, id)
        return self.kept(stored) if stored else None

    def find(self, store: Store, **fields: Any) -> list[Kept[Value]]:
        """The values whose fields have these values (one of these, where several), in the order first kept."""
        return [self.kept(stored) for stored in store.find(self.name, **fields)]

    def count(self, store: Store, at_most: int, **fields: Any) -> int:
        """How many values have these values in their fields; more than ``at_most`` are not looked for."""
        return len(store.page(self.name, limit=at_most, **fields).stored) if at_most else 0

    def put_once(self, store: Store, id: str, value: Value, *, same_by: str | None = None) -> tuple[Put, Kept[Value]]:
        """Keep a new value, or report the one that has this id already; see ``Store.put_once``."""
        put, stored = store.put_once(self.name, id, self.written(value), same_by=same_by)
        return put, self.kept(stored)

    def update(self, store: Store, kept: Kept[Value], value: Value) -> Kept[Value]:
        """Replace what was kept. Raises ``Stale`` where it is another by now."""
        document = self.written(value)
        return self.kept(store.update(self.name, kept.id, document, expected_revision=kept.revision))

    def keep(self, store: Store, id: str, value: Value) -> bool:
        """Put or overwrite, whatever others do meanwhile; whether what is kept changed."""
        put, stored = store.put_once(self.name, id, self.written(value))
        while put is Put.CONFLICT:
            try:
                store.update(self.name, id, self.written(value), expected_revision=stored.revision)
                return True
            except Stale:
                put, stored = store.put_once(self.name, id, self.written(value))
        return put is Put.CREATED

    def writing(self, id: str, value: Value, expected_revision: int = 0) -> Write:
        """A value as a part of an act (``Store.act``): under its id, in place of that revision, 0 of none."""
        return Write(self.name, id, self.written(value), expected_revision)

    def given(self, id: str, kept: Kept[Value] | None) -> Given:
        """What an act rests on: that under this id the same is kept as here, or still nothing."""
        return Given(self.name, id, kept.revision if kept else 0)

    def briefs(self, store: Store, week: str) -> Iterator[Any]:
        """What ``brief`` makes of each value of a week, in the order first kept, one after another."""
        assert self.brief
        kept = store.briefs(self.name, week)
        if kept is None:
            of = self.brief.of
            return (of(one.id, one.value) for one in self.find(store, week=week))
        read = self.brief.reader()
        return (read(id, content) for id, content in kept)

    def weeks(self, store: Store) -> list[str]:
        """The weeks that hold anything of a weekly collection, in order."""
        return store.weeks(self.name)

    def state(self, store: Store, week: str) -> str:
        """A text that is another one after each change to a week of a weekly collection; see ``Store.state``."""
        return store.state(self.name, week)

    def written(self, value: Value) -> Document:
        """The document of a value."""
        document = self.write(value)
        return {**document, VERSION: self.version} if self.version > 1 else document

    def kept(self, stored: Stored) -> Kept[Value]:
        """The value of a document, made once for each state of it."""
        return remembered(stored, self._made)

    def _made(self, stored: Stored) -> Kept[Value]:
        return Kept(stored.id, stored.revision, self.read(stored.id, self.upgraded(stored.document)))

    def upgraded(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The document in the newest version; the one given where it is of that. Raises ``TooNew``."""
        version = document.get(VERSION, 1)
        if version > self.version:
            raise TooNew(f"「{self.name}」中有更新版本的程序写下的数据（版本{version}），请把程序升级到写下它的版本")
        for upgrade in self.upgrades[version - self.oldest :]:
            document = upgrade(dict(document))
        return document

    def outdated(self, store: Store) -> Iterator[Stored]:
        """The documents that were written by an earlier version."""
        parts: list[dict[str, Any]] = [{"week": week} for week in store.weeks(self.name)] if self.weekly else [{}]
        for part in parts:
            yield from (one for one in store.find(self.name, **part) if one.document.get(VERSION, 1) < self.version)
