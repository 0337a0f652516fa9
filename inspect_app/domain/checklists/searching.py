"""Finding items and clauses by words or by clause number."""

from __future__ import annotations

from collections.abc import Mapping

from ..searching import found_in
from .catalogue import Catalogue, Clause
from .checklist import Checklist, Item


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
