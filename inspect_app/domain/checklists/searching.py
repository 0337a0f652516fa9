"""Finding items and clauses by words or by clause number."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from .catalogue import Catalogue, Clause
from .checklist import Checklist, Item


def plain(text: str) -> str:
    """A text as it is compared: full-width letters, digits and brackets as half-width ones, small letters."""
    return unicodedata.normalize("NFKC", text).casefold()


def found_in(query: str, texts: Iterable[str]) -> bool:
    """Whether each word of a query (they are separated by white space) stands in one of the texts. No words: always."""
    hay = "\n".join(plain(text) for text in texts)
    return all(word in hay for word in plain(query).split())


def item_texts(item: Item) -> tuple[str, ...]:
    """What an item is found by: its text, guidance, clause numbers, units, dimension and sources."""
    return (item.text, item.guidance, *item.clauses, *item.units, item.dimension, *item.sources)


def matching_items(query: str, checklists: Mapping[str, Checklist]) -> list[tuple[Checklist, Item]]:
    """The items that a query finds, by checklist; the checklist's title counts as a text of each."""
    return [
        (checklist, item)
        for checklist in checklists.values()
        for item in checklist.items
        if found_in(query, (checklist.title, *item_texts(item)))
    ]


def matching_clauses(query: str, plan: Catalogue) -> list[Clause]:
    """The clauses of the plan that a query finds by number, title, threshold or unit."""
    return [
        clause
        for clause in plan.clauses.values()
        if found_in(query, (clause.number, clause.title, *clause.thresholds, *clause.units, *clause.evidence))
    ]
