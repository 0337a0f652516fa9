"""When photos came: what tells of two that look alike which one was first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.inspecting.inspection import Inspection
from ...store import Store

_MOST = 50_000
NOT_ONE_OF_IT = datetime.max.replace(tzinfo=UTC)
"""Stands for when a photo came of which an inspection knows nothing: the hashes tell of it alone, and are damaged."""


class Arrivals:
    """When photos came, of those that were asked for last: it never changes. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def came_at(self, store: Store, photos: Sequence[tuple[str, str]]) -> list[datetime | None]:
        """When photos (inspection, SHA-256) came; None of one that is of no inspection, but of a report."""
        with self._lock:
            known = [self._known.get(one) for one in photos]
        return [at or self._read(store, *one) for at, one in zip(known, photos, strict=True)]

    def _read(self, store: Store, inspection: str, sha256: str) -> datetime | None:
        kept = INSPECTIONS.get(store, inspection)
        if kept is None:
            return None
        of_it = arrivals_of(kept.value)
        self.note(inspection, of_it)
        return of_it.get(sha256, NOT_ONE_OF_IT)

    def note(self, inspection: str, came_at: Mapping[str, datetime]) -> None:
        """Have it known when photos of an inspection came."""
        with self._lock:
            for sha256, at in came_at.items():
                self._known[inspection, sha256] = at
            while len(self._known) > _MOST:
                self._known.popitem(last=False)


def arrivals_of(inspection: Inspection) -> dict[str, datetime]:
    """When each photo of an inspection came, the first time where it shows several items, by SHA-256."""
    found: dict[str, datetime] = {}
    for photo in inspection.photos:
        found.setdefault(photo.sha256, inspection.came_at(photo))
    return found
