"""Every inspection with its cases, and whether a rule of retention may touch it (docs/operate/retention.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from ...collections import Kept
from ...collections.cases.case import CASES
from ...collections.index.publication import PUBLICATIONS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.cases.case import Case
from ...domain.cases.retention import Stays, stays
from ...domain.inspecting.inspection import Inspection
from ...domain.weeks import last_day
from .. import Services


@dataclass(frozen=True, slots=True)
class OldVisit:
    """An inspection with its cases. ``is_old``: its week is over for so long; ``stays`` is what keeps an old one."""

    inspection: Kept[Inspection]
    cases: tuple[Kept[Case], ...]
    is_old: bool
    stays: Stays | None

    @property
    def is_due(self) -> bool:
        return self.is_old and self.stays is None


def all_visits(services: Services, before: datetime) -> Iterator[OldVisit]:
    """Week by week, those that are due at ``before`` (UTC) among the others."""
    cases = defaultdict(list)
    for case in CASES.find(services.store):
        cases[case.value.inspection].append(case)
    for week in INSPECTIONS.weeks(services.store):
        is_old = over(services, week) < before
        published = is_old and PUBLICATIONS.get(services.store, week) is not None
        for kept in INSPECTIONS.find(services.store, week=week):
            own = tuple(cases[kept.id])
            why = stays(kept.value, [one.value for one in own], published, before) if is_old else None
            yield OldVisit(kept, own, is_old, why)


def over(services: Services, week: str) -> datetime:
    """The instant (UTC) at which a week ends."""
    midnight = datetime.combine(last_day(week) + timedelta(days=1), time(), services.settings.timezone)
    return midnight.astimezone(UTC)
