"""What every store refuses, and how it takes what it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from . import Briefly, Fields, Layout, Page, Put, Stale, Stored, Write

_WEEK = re.compile(r"[0-9]{4}-W[0-9]{2}")
Wanted = Mapping[str, frozenset[str]]
"""The values that each field may have."""


class Layouts:
    """The collections that a store was opened with."""

    def __init__(self, layouts: Iterable[Layout]) -> None:
        self._by_name: dict[str, Layout] = {}
        for layout in layouts:
            if layout.name in self._by_name:
                raise ValueError(f"two collections of one name: {layout.name}")
            self._by_name[layout.name] = layout

    def __iter__(self) -> Iterator[Layout]:
        return iter(self._by_name.values())

    def is_weekly(self, collection: str) -> bool:
        """Whether a collection is partitioned by week. Raises ``ValueError`` where there is none of this name."""
        return self._of(collection).weekly

    def brief(self, collection: str) -> Briefly:
        """What is kept beside its documents. Raises ``ValueError`` where nothing is."""
        if (brief := self._of(collection).brief) is None:
            raise ValueError(f"nothing is kept beside documents: {collection!r}")
        return brief

    def wanted(self, collection: str, fields: Mapping[str, Fields]) -> tuple[Wanted, frozenset[str] | None]:
        """The values wanted of each field, without wishes for none; and the weeks, None where any will do.

        Raises ``ValueError`` where the collection cannot be found by one of the fields.
        """
        layout = self._of(collection)
        known = {*layout.by, "week"} if layout.weekly else set(layout.by)
        if unknown := fields.keys() - known:
            raise ValueError(f"{collection} is not found by {', '.join(sorted(unknown))}")
        wanted = {name: _values(value) for name, value in fields.items() if value is not None}
        return wanted, wanted.pop("week", None) if layout.weekly else None

    def _of(self, collection: str) -> Layout:
        try:
            return self._by_name[collection]
        except KeyError:
            raise ValueError(f"no collection of this store: {collection!r}") from None


def is_week(text: object) -> bool:
    """Whether a text names an ISO week as documents do."""
    return isinstance(text, str) and _WEEK.fullmatch(text) is not None


def check_weekly(layouts: Layouts, collection: str, week: str) -> None:
    """Raises ``ValueError`` where a collection has no such part as a week."""
    if not layouts.is_weekly(collection) or not is_week(week):
        raise ValueError(f"no week of a collection: {collection} {week!r}")


def check_id(id: str) -> None:
    """Raises ``ValueError`` where a text cannot be an id."""
    if not 0 < len(id) <= 200:
        raise ValueError(f"an id has 1 to 200 characters: {id!r}")


def check_writes(layouts: Layouts, writes: Sequence[Write]) -> None:
    """Raises ``ValueError`` where writes can never be an act."""
    for write in writes:
        check_id(write.id)
        if write.expected_revision < 0:
            raise ValueError(f"no revision: {write.expected_revision}")
        if layouts.is_weekly(write.collection):
            week_in(write.document)
    if len({(write.collection, write.id) for write in writes}) < len(writes):
        raise ValueError("an act keeps a document once")


def week_in(document: Mapping[str, Any]) -> str:
    """The week that a document of a weekly collection names. Raises ``ValueError`` where it names none."""
    week = document.get("week")
    if not isinstance(week, str) or not is_week(week):
        raise ValueError(f"no week: {week!r}")
    return week


def page_of(
    parts: Iterable[str],
    some: Callable[[str, int, str | None], list[Stored]],
    limit: int,
    after: str | None,
    *,
    newest: bool,
) -> Page:
    """A page from the parts that hold a collection. ``after`` and ``next`` name the part and the id of the last shown.

    ``some(part, count, id)`` are a part's first so many behind that id. Raises ``ValueError`` as ``Store.page``.
    """
    if limit < 1:
        raise ValueError("a page holds one document at least")
    begin, _, id = ("", "", None) if after is None else after.partition("/")
    order = sorted(parts, reverse=newest)
    if after is not None:
        if begin not in order:
            raise ValueError(f"no page ends with {after!r}")
        order = order[order.index(begin) :]
    found: list[tuple[str, Stored]] = []
    for part in order:
        behind = id if part == begin else None
        found += [(part, stored) for stored in some(part, limit + 1 - len(found), behind)]
        if len(found) > limit:
            last, stored = found[limit - 1]
            return Page([stored for _, stored in found[:limit]], f"{last}/{stored.id}")
    return Page([stored for _, stored in found], None)


def check_revision(kept: Stored | None, collection: str, id: str, revision: int) -> None:
    """Raises ``Stale`` where a document is at another revision; 0 is that of none."""
    if (kept.revision if kept else 0) != revision:
        raise Stale(f"{collection}/{id}")


def check_week(kept: Stored, document: Mapping[str, Any]) -> None:
    """Raises ``ValueError`` where a document of a weekly collection would move to another week."""
    if kept.document["week"] != document.get("week"):
        raise ValueError("a document never moves to another week")


def compared(earlier: Stored, document: Mapping[str, Any], same_by: str | None) -> Put:
    """Whether a document is what is kept under its id already."""
    same = earlier.document == document if same_by is None else earlier.document[same_by] == document[same_by]
    return Put.SAME if same else Put.CONFLICT


def _values(value: Fields) -> frozenset[str]:
    return frozenset({value} if isinstance(value, str) else value or ())
