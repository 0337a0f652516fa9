"""What figures and lists ask of all cases, and of the problems of years, in memory: read once, then what changed.

A server has it from the first time that somebody asks, and is told by the store what became another one since, by
whichever process: some 600 bytes of each case.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from ...collections import Kept
from ...collections.cases.case import CASES
from ...collections.following import Following
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import Scope
from ...domain.cases.brief import CaseBrief
from ...domain.cases.case import Case
from ...domain.cases.columns import CaseColumns, Mask
from ...domain.cases.figures import Reported
from ...domain.cases.spans import month_of
from ...store import Store
from ..place.scoped import those_in

if TYPE_CHECKING:
    from .. import Services

_MOST_WEEKS = 110
"""Weeks of problems that are kept: as many as figures may be of."""


class FoundProblem(NamedTuple):
    """An item that failed on a visit, where, when that began (UTC) and in which month."""

    inspection: str
    item: str
    area: str
    started_at: datetime
    month: str


@dataclass(slots=True)
class WeekProblems:
    """The problems of a week's inspections at some state of it; ``counted`` when it had so many changes of cases."""

    week: str
    state: str
    found: Sequence[FoundProblem]
    changes: int = -1
    counted: Counter[Reported] = field(default_factory=Counter)
    _first_and_last: tuple[datetime, ...] = field(init=False)
    """When the visits began that began first and last; empty without any."""

    def __post_init__(self) -> None:
        instants = [one.started_at for one in self.found]
        self._first_and_last = (min(instants), max(instants)) if instants else ()

    def reported(self, columns: CaseColumns, start: datetime, end: datetime) -> Counter[Reported]:
        """How many are alike of those whose visits began in a span, with whether each is a case."""
        if not all(start <= at < end for at in self._first_and_last):
            return self._count(columns, [one for one in self.found if start <= one.started_at < end])
        if self.changes != columns.changes[self.week]:
            self.counted, self.changes = self._count(columns, self.found), columns.changes[self.week]
        return self.counted

    def _count(self, columns: CaseColumns, found: Iterable[FoundProblem]) -> Counter[Reported]:
        alike = Counter((one.area, columns.is_filed(one.inspection, one.item), one.month) for one in found)
        return Counter({Reported(area, self.week, filed, month): n for (area, filed, month), n in alike.items()})


class CasesAtHand:
    """The cases as columns, and the problems by week. Safe for threads."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._lock, self._timezone = threading.Lock(), timezone
        self._columns, self._following = CaseColumns(timezone), Following(CASES)
        self._problems: OrderedDict[str, WeekProblems] = OrderedDict()

    @contextmanager
    def now(self, store: Store) -> Iterator[CaseColumns]:
        """All cases as they stand, nobody else's for as long as this lasts."""
        with self._lock:
            for place, brief in self._following.changes(store):
                self._columns.put(place, brief)
            yield self._columns

    def briefs(self, store: Store, fits: Callable[[CaseBrief], bool]) -> list[CaseBrief]:
        """What is at hand of the cases that fit, in the order filed."""
        with self.now(store) as columns:
            return [one for one in columns.briefs if fits(one)]

    def problems(self, store: Store, week: str) -> WeekProblems:
        """Those of a week's inspections."""
        state = INSPECTIONS.state(store, week)
        known = self._problems.get(week)
        if known and known.state == state:
            return known
        found = WeekProblems(week, state, tuple(self._read(store, week)))
        with self._lock:
            self._problems[week] = found
            self._problems.move_to_end(week)
            while len(self._problems) > _MOST_WEEKS:
                self._problems.popitem(last=False)
        return found

    def _read(self, store: Store, week: str) -> Iterator[FoundProblem]:
        for one in INSPECTIONS.briefs(store, week):
            began, items = one.problems
            if items:
                month = month_of(began, self._timezone)
                yield from (FoundProblem(one.id, intern(item), one.area, began, month) for item in items)


def covered(columns: CaseColumns, store: Store, scope: Scope) -> Mask:
    """Which cases a scope covers."""
    if scope.everywhere:
        return np.ones(len(columns), np.bool_)
    spots = list(columns.spots.numbers)
    mine = set(those_in(store, scope, spots, lambda spot: spot))  # type: ignore[arg-type, return-value]
    found: Mask = np.array([spot in mine for spot in spots], np.bool_)[columns.spot]
    return found


def briefs_of(services: Services, scope: Scope, fits: Callable[[CaseBrief], bool]) -> list[CaseBrief]:
    """What is at hand of a scope's cases that fit, in the order filed."""
    found = services.cases.briefs(services.store, fits)
    return those_in(services.store, scope, found, lambda one: (one.week, one.area))


def whole(store: Store, briefs: Iterable[CaseBrief]) -> list[Kept[Case]]:
    """A few of them whole, as they are kept now."""
    found = (CASES.get(store, one.id) for one in briefs)
    return [one for one in found if one]
