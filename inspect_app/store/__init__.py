"""Documents by collection and id: the interface that the rest of the tool uses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

__all__ = ["Put", "Stale", "Store", "StoreDamaged", "Stored"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept document. ``revision`` counts from 1. Values inside ``document`` are shared and must not be changed."""

    id: str
    revision: int
    document: dict[str, Any]
    remembered: object = field(default=None, init=False, compare=False, repr=False)

    def remember(self, value: object) -> None:
        """Keep what was made of the document beside it: it is good for as long as this revision is."""
        object.__setattr__(self, "remembered", value)


class Put(StrEnum):
    """How ``put_once`` ended."""

    CREATED = "created"
    SAME = "same"
    CONFLICT = "conflict"


class Stale(Exception):
    """An update named a revision that is not the kept one: somebody else was quicker."""


class StoreDamaged(Exception):
    """A file of the store holds what nobody wrote; the message names file and byte offset, in Chinese."""


class Store(Protocol):
    """Keeps JSON documents. Safe for threads, and for several processes on one folder.

    A document's own fields ``week``, ``area``, ``site``, ``state``, ``unit`` and ``units`` (a list) are what ``find``
    can look for. Writing methods return once what they report is on disk, ``get`` returns only what is.
    """

    def put_once(
        self, collection: str, id: str, document: Mapping[str, Any], *, same_by: str | None = None
    ) -> tuple[Put, Stored]:
        """Keep a new document, or report the one that has this id already.

        SAME where the field ``same_by`` of both is equal (the whole documents, where None), else CONFLICT.
        """

    def get(self, collection: str, id: str) -> Stored | None:
        """The document with this id, or None."""

    def update(self, collection: str, id: str, document: Mapping[str, Any], *, expected_revision: int) -> Stored:
        """Replace a document. Raises ``Stale`` where the kept revision is another, or there is none."""

    def put_all(self, collection: str, documents: Sequence[tuple[str, Mapping[str, Any], int]]) -> None:
        """Keep several documents, all or none, whatever happens: ids, documents, and the revisions that they replace.

        Revision 0 is that of a document that is not there yet. Raises ``Stale`` where one is at another revision. Not
        for a collection partitioned by week.
        """

    def find(
        self,
        collection: str,
        *,
        week: str | Collection[str] | None = None,
        area: str | Collection[str] | None = None,
        site: str | None = None,
        state: str | Collection[str] | None = None,
        unit: str | None = None,
        units: str | None = None,
        skip: int = 0,
    ) -> list[Stored]:
        """The documents whose fields have these values (one of these, where several), in the order first kept.

        ``units`` is one that the document's list of that name holds.

        With one ``week`` and ``skip``, a collection partitioned by week is looked through without the week's first so
        many: who has seen those need only ask for what came since.
        """

    def weeks(self, collection: str) -> list[str]:
        """The weeks that hold documents of a collection partitioned by week, in order."""

    def close(self) -> None:
        """Give the files back. The store is not used afterwards."""
