"""What figures are made of, of an inspection: a hundredth of it, so that a national week can be gone through."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from datetime import datetime
from math import nan
from typing import NamedTuple

from ..weeks import instant_of, utc_text
from .inspection import Inspection
from .kinds import is_counted, is_visit


class ScoredItems(NamedTuple):
    """The items of a checklist as inspections were scored by them: ids and weights, in the checklist's order."""

    ids: tuple[str, ...]
    weights: tuple[float, ...]


class VisitBrief(NamedTuple):
    """An inspection as figures see it.

    ``is_visit``: of a kind of which figures are made; ``counts``: they are made of this one. ``visitors`` are the
    accounts of those who were there. ``scores`` in [0, 1] are those of ``items`` that count as decisions leave them,
    NaN of the others: float64 of this machine, one after another. ``seen`` is JSON of when it began and of the items
    that failed, unread: figures of the index ask for neither.
    """

    id: str
    kind: str
    is_visit: bool
    counts: bool
    area: str
    site: str
    name: str
    checklist: str
    version: str
    inspector: str
    visitors: frozenset[str]
    rate: float | None
    capped: bool
    items: ScoredItems
    scores: bytes
    seen: bytes

    @property
    def problems(self) -> tuple[datetime, list[str]]:
        """When it began, UTC, and the ids of the items that failed, in the checklist's order."""
        began, items = json.loads(self.seen)
        return instant_of(began), items

    def score(self, item: int) -> float:
        """That of the item at this place; NaN where it does not count."""
        return memoryview(self.scores).cast("d")[item]


def brief_of(id: str, inspection: Inspection) -> VisitBrief:
    """What figures are made of, of the inspection with this id."""
    scores = inspection.counted
    return VisitBrief(
        id=id,
        kind=inspection.kind,
        is_visit=is_visit(inspection),
        counts=is_counted(inspection),
        area=inspection.area,
        site=inspection.site.code,
        name=inspection.site.name,
        checklist=inspection.checklist,
        version=inspection.version,
        inspector=inspection.inspector,
        visitors=inspection.visitors,
        rate=inspection.rate,
        capped=inspection.capped,
        items=ScoredItems(
            tuple(item.item_id for item in inspection.items), tuple(item.weight for item in inspection.items)
        ),
        scores=packed([scores.get(item.item_id) for item in inspection.items]),
        seen=json.dumps([utc_text(inspection.started_at), [one.item.item_id for one in inspection.findings]]).encode(),
    )


def packed(scores: Sequence[float | None]) -> bytes:
    """Scores as a brief has them."""
    return array("d", [nan if score is None else score for score in scores]).tobytes()
