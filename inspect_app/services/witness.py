"""Which documents the log is a witness of: every act's entry says what they are from then on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import Any

from ..collections.cases.cards import CASE_SETTINGS
from ..collections.cases.case import CASE_NUMBERS, CASES, FILED
from ..collections.checklists.edition import EDITIONS
from ..collections.evidence.redaction import REDACTIONS
from ..collections.index.outside_figures import OUTSIDE_FIGURES
from ..collections.index.publication import PUBLICATIONS
from ..collections.inspecting.held_import import HELD_IMPORTS
from ..collections.inspecting.inspection import INSPECTIONS
from ..collections.place.area import AREA_CHANGES
from ..collections.place.site import SITES
from ..collections.plan.week_plan import WEEK_PLANS
from ..collections.witness import Witness, witness_as_kept, witness_of
from ..store import Store, Stored, Write

WITNESSED = {
    collection.name: collection
    for collection in (
        INSPECTIONS,
        HELD_IMPORTS,
        CASES,
        FILED,
        CASE_NUMBERS,
        CASE_SETTINGS,
        PUBLICATIONS,
        OUTSIDE_FIGURES,
        REDACTIONS,
        WEEK_PLANS,
        SITES,
        AREA_CHANGES,
        EDITIONS,
    )
}
"""Collections whose documents are kept by logged acts only, so that one that is not as the log says was rewritten."""


def witnesses(store: Store, writes: Sequence[Write]) -> list[list[Any]]:
    """What the entry of an act says of what it keeps, as ``read_witnesses`` takes it."""
    return [list(astuple(_witness(store, write))) for write in writes if write.collection in WITNESSED]


def as_they_stand(collection: str, some: Sequence[Stored]) -> list[list[Any]]:
    """The same of documents that nobody changes."""
    return [list(astuple(witness_as_kept(collection, stored))) for stored in some]


def read_witnesses(entry: Mapping[str, Any]) -> Iterator[Witness]:
    """What an entry says that its act kept; nothing where an earlier version of the program wrote it."""
    return (Witness(*row) for row in entry.get("kept") or ())


def _witness(store: Store, write: Write) -> Witness:
    return witness_of(write, store.get(write.collection, write.id) if write.expected_revision else None)
