"""Where and when each inspector took photos: what the speed between two successive captures is told from."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.evidence.signals import Capture
from ...domain.inspecting.inspection import Inspection
from ...domain.weeks import shifted
from ...store import Store

_MOST_WEEKS, _MOST_ASKED = 12, 1000


@dataclass(frozen=True, slots=True)
class _CaptureOf:
    capture: Capture
    inspection: str
    sha256: str


Source = Callable[[str, str], Sequence[_CaptureOf]]
"""The captures of a week and an inspector, in order of time. It is asked by one thread at a time."""


class Captures:
    """The captures with a measured position, by inspector and time. Safe to use from several threads.

    To look through all inspections of some weeks for each photo takes as long as there are photos, so all of a week
    would take its square; here a photo costs a few comparisons. Nothing is kept on disk. What arrives late is put where
    its time belongs, so that it is compared with the captures before and after it, whichever came first.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = threading.Lock()

    def around(
        self, inspector: str, week: str, inspection: str, photos: Sequence[tuple[datetime, str]]
    ) -> list[tuple[Capture | None, Capture | None]]:
        """The inspector's captures next before and next after each photo (time, SHA-256) of an inspection of that week.

        Looked for in the week and those beside it. The one after, or of the same instant, is of another inspection:
        within one, each photo is compared with the one before it.
        """
        if not photos:
            return []
        with self._lock:
            lists = self._lists(inspector, week)
            return [
                (_last_before(lists, at, sha256), _first_after(lists, at, sha256, inspection)) for at, sha256 in photos
            ]

    def used(self, inspector: str, week: str, hashes: Set[str]) -> set[str]:
        """Which of these photos the inspector's inspections of the week and those beside it have already."""
        with self._lock:
            lists = self._lists(inspector, week)
            return {one.sha256 for taken in lists for one in taken} & hashes

    def _lists(self, inspector: str, week: str) -> list[Sequence[_CaptureOf]]:
        return [self._source(shifted(week, by), inspector) for by in (-1, 0, 1)]


@dataclass(slots=True)
class _Week:
    """Captures of each inspector in order of time, and how many inspections of the week they are from."""

    read: int = 0
    of: dict[str, list[_CaptureOf]] = field(default_factory=dict)


class WholeWeeks:
    """Captures where all documents of a week are at hand: a week is read when it is first asked for, and from then on
    only what was kept in it since, by this process or another.
    """

    def __init__(self, inspections: Callable[[str, int], list[Kept[Inspection]]]) -> None:
        """``inspections(week, skip)`` are those of a week in the order first kept, without the first so many."""
        self._inspections = inspections
        self._weeks: OrderedDict[str, _Week] = OrderedDict()

    def __call__(self, week: str, inspector: str) -> Sequence[_CaptureOf]:
        return self._caught_up(week).of.get(inspector, [])

    def _caught_up(self, name: str) -> _Week:
        week = self._weeks.setdefault(name, _Week())
        self._weeks.move_to_end(name)
        while len(self._weeks) > _MOST_WEEKS:
            self._weeks.popitem(last=False)
        new = self._inspections(name, week.read)
        for kept in new:
            taken = week.of.setdefault(kept.value.inspector, [])
            for one in _taken(kept):
                insort(taken, one, key=_when)
        week.read += len(new)
        return week


class OwnInspections:
    """Captures where documents are in a database that others change: an inspector's inspections of a week are asked for
    each time, by their revisions; put in order are they anew only where one came or was corrected, on any server.
    """

    def __init__(self, inspections: Callable[[str, str], list[Kept[Inspection]]]) -> None:
        """``inspections(week, inspector)`` are all of them."""
        self._inspections = inspections
        self._known: OrderedDict[tuple[str, str], tuple[dict[str, int], list[_CaptureOf]]] = OrderedDict()

    def __call__(self, week: str, inspector: str) -> Sequence[_CaptureOf]:
        asked, found = (week, inspector), self._inspections(week, inspector)
        revisions = {kept.id: kept.revision for kept in found}
        known = self._known.get(asked)
        if known is None or known[0] != revisions:
            known = revisions, sorted((one for kept in found for one in _taken(kept)), key=_when)
            self._known[asked] = known
            while len(self._known) > _MOST_ASKED:
                self._known.popitem(last=False)
        self._known.move_to_end(asked)
        return known[1]


def captures_at_hand(store: Store) -> Captures:
    """The captures of the inspections of a store that has the documents of a week in memory."""
    return Captures(WholeWeeks(lambda week, skip: INSPECTIONS.find(store, week=week, skip=skip)))


def captures_asked_for(store: Store) -> Captures:
    """The captures of the inspections of a database."""
    return Captures(OwnInspections(lambda week, inspector: INSPECTIONS.find(store, week=week, inspector=inspector)))


def _taken(kept: Kept[Inspection]) -> list[_CaptureOf]:
    """What a hand put on the map says nothing of where the phone was, and would hide what does."""
    return [
        _CaptureOf(Capture(photo.captured_at, photo.fix), kept.id, photo.sha256)
        for photo in kept.value.photos
        if photo.fix is not None and photo.fix.source != "manual"
    ]


def _last_before(lists: Iterable[Sequence[_CaptureOf]], at: datetime, sha256: str) -> Capture | None:
    return max((one for taken in lists if (one := _before(taken, at, sha256))), key=_at, default=None)


def _first_after(lists: Iterable[Sequence[_CaptureOf]], at: datetime, sha256: str, inspection: str) -> Capture | None:
    return min((one for taken in lists if (one := _after(taken, at, sha256, inspection))), key=_at, default=None)


def _before(taken: Sequence[_CaptureOf], at: datetime, sha256: str) -> Capture | None:
    earlier = range(bisect_left(taken, at, key=_when) - 1, -1, -1)
    return next((taken[index].capture for index in earlier if taken[index].sha256 != sha256), None)


def _after(taken: Sequence[_CaptureOf], at: datetime, sha256: str, inspection: str) -> Capture | None:
    later = range(bisect_left(taken, at, key=_when), len(taken))
    others = (taken[index] for index in later if taken[index].inspection != inspection)
    return next((one.capture for one in others if one.sha256 != sha256), None)


def _when(one: _CaptureOf) -> datetime:
    return one.capture.at


def _at(capture: Capture) -> datetime:
    return capture.at
