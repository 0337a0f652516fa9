"""The documents of one table in memory: in the order first kept, by id, and by the values of their fields."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from . import Stored
from .layouts import Wanted

_Index = dict[str, list[int]]
"""Value of a field → places of the documents that have it, in order."""


class DocumentRows:
    """Documents, each at a place of its own that it keeps however often it changes: places count up as they come.

    A field is indexed from the first time that it is looked for on; the index then follows every change. For one user
    at a time.
    """

    __slots__ = ("_indexes", "_kept", "_places")

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._kept: list[Stored | None] = []
        self._indexes: dict[str, _Index] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Stored]:
        """The documents in the order first kept."""
        return (stored for stored in self._kept if stored is not None)

    def __contains__(self, id: object) -> bool:
        return id in self._places

    def __getitem__(self, id: str) -> Stored:
        """The document with this id. Raises ``KeyError``."""
        stored = self._kept[self._places[id]]
        assert stored
        return stored

    def get(self, id: str) -> Stored | None:
        """The document with this id."""
        place = self._places.get(id)
        return None if place is None else self._kept[place]

    def put(self, stored: Stored) -> None:
        """Keep a document, a new one behind all others."""
        place = self._places.setdefault(stored.id, len(self._kept))
        before = None
        if place == len(self._kept):
            self._kept.append(stored)
        else:
            before, self._kept[place] = self._kept[place], stored
        self._reindex(place, before, stored)

    def remove(self, id: str) -> None:
        """Forget a document, where it is there."""
        place = self._places.pop(id, None)
        if place is not None:
            before, self._kept[place] = self._kept[place], None
            self._reindex(place, before, None)

    def find(self, wanted: Wanted, skip: int = 0) -> list[Stored]:
        """The documents whose fields have one of the values wanted, in the order first kept.

        The first ``skip`` of the table are not looked at.
        """
        start = self._place_after(skip)
        if not wanted:
            return [stored for stored in islice(self._kept, start, None) if stored is not None]
        first = min(wanted, key=lambda field: self._count(field, wanted[field]))
        places = self._at(first, wanted[first])
        kept = self._kept
        # A place that an index holds is never empty.
        found: list[Any] = [kept[place] for place in islice(places, bisect_left(places, start), None)]
        for field, values in wanted.items():
            if field != first:
                found = [stored for stored in found if has_one(stored, field, values)]
        return found

    def page(self, wanted: Wanted, limit: int, *, after: str | None, newest: bool) -> list[Stored]:
        """As ``find``, the first ``limit`` behind the document with the id ``after``; ``newest``: from the end on.

        Raises ``ValueError`` where there is no document with that id.
        """
        if after is not None and after not in self._places:
            raise ValueError(f"no page ends with {after!r}")
        return list(islice(self._following(wanted, after, newest), limit))

    def _following(self, wanted: Wanted, after: str | None, newest: bool) -> Iterator[Stored]:
        places: Sequence[int] = range(len(self._kept))
        if wanted:
            places = self._at(*min(wanted.items(), key=lambda one: self._count(*one)))
        place = None if after is None else self._places[after]
        if newest:
            order = range((len(places) if place is None else bisect_left(places, place)) - 1, -1, -1)
        else:
            order = range(0 if place is None else bisect_left(places, place + 1), len(places))
        for number in order:
            stored = self._kept[places[number]]
            if stored is not None and all(has_one(stored, field, values) for field, values in wanted.items()):
                yield stored

    def _place_after(self, count: int) -> int:
        """The place of the document that so many others are before."""
        if len(self._places) == len(self._kept):
            return count
        return next(islice(self._places.values(), count, None), len(self._kept))

    def _count(self, field: str, values: Iterable[str]) -> int:
        index = self._index(field)
        return sum(len(index.get(value, ())) for value in values)

    def _at(self, field: str, values: frozenset[str]) -> Sequence[int]:
        """The places of the documents that have one of the values in a field, in order."""
        index = self._index(field)
        found = [index[value] for value in values if value in index]
        return found[0] if len(found) == 1 else sorted(set().union(*found))

    def _index(self, field: str) -> _Index:
        index = self._indexes.get(field)
        if index is None:
            index = self._indexes[field] = {}
            for place, stored in enumerate(self._kept):
                for value in _values(stored, field):
                    index.setdefault(value, []).append(place)
        return index

    def _reindex(self, place: int, before: Stored | None, after: Stored | None) -> None:
        for field, index in self._indexes.items():
            old, new = _values(before, field), _values(after, field)
            for value in old - new:
                places = index[value]
                del places[bisect_left(places, place)]
                if not places:
                    del index[value]
            for value in new - old:
                insort(index.setdefault(value, []), place)


def texts_in(value: object) -> frozenset[str]:
    """The values by which a field is found: its text, or the texts of its list."""
    if isinstance(value, str):
        return frozenset((value,))
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()


def has_one(stored: Stored, field: str, values: frozenset[str]) -> bool:
    """Whether a document has one of the values in a field."""
    value = stored.document.get(field)
    return value in values if isinstance(value, str) else not values.isdisjoint(texts_in(value))


def _values(stored: Stored | None, field: str) -> frozenset[str]:
    return frozenset() if stored is None else texts_in(stored.document.get(field))
