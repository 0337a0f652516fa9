"""When and where the demonstration inspectors go in a week."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from ..domain.place.sites import Site
from ..domain.weeks import first_day

_VISITS_PER_STREET = 6
_VISITS_OF_LAST_STREET = 2
"""Below the usual minimum, so that a reader sees what 样本不足 looks like."""
_OPENS, _CLOSES = time(7, 30), time(18, 30)
_DAYS = 6

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class DemoVisit:
    """One visit to come. ``quality`` in [0, 1] is the chance of each item to be in order."""

    id: str
    week: str
    site: Site
    inspector: str
    started_at: datetime
    finished_at: datetime
    quality: float

    def rng(self, purpose: str) -> random.Random:
        """Chance of this visit's own: the same in every run, whatever the other visits do."""
        return random.Random(f"{self.id} {purpose}")


def week_visits(
    sites: Mapping[str, Sequence[Site]], inspectors: Sequence[str], week: str, now: datetime, timezone: ZoneInfo
) -> list[DemoVisit]:
    """The visits of a week up to ``now``: some sites of every street, shared among the inspectors, in working hours."""
    rng = random.Random(week)
    spans = working_spans(week, now, timezone)
    drawn = {street: _drawn(found, rng)[: _count(street, sites)] for street, found in sites.items()}
    visits = []
    for turn, inspector in enumerate(inspectors):
        own = [site for street in list(drawn)[turn :: len(inspectors)] for site in drawn[street]]
        rng.shuffle(own)
        visits += [
            _visit(site, inspector, week, started, now, rng)
            for site, started in zip(own, spread(spans, len(own)), strict=True)
        ]
    return visits


def working_spans(week: str, now: datetime, timezone: ZoneInfo) -> list[Span]:
    """Monday to Saturday 7:30 to 18:30 of a week as far as it is past; else what is past of Monday at all."""
    days = [first_day(week) + timedelta(days=day) for day in range(_DAYS)]

    def instant(day: date, at: time) -> datetime:
        return datetime.combine(day, at, timezone).astimezone(UTC)

    past = [(instant(day, _OPENS), min(instant(day, _CLOSES), now)) for day in days if instant(day, _OPENS) < now]
    return past or [(instant(days[0], time()), now)]


def spread(spans: Sequence[Span], count: int) -> list[datetime]:
    """So many moments evenly over the spans, in order."""
    lengths = [end - start for start, end in spans]
    step = sum(lengths, timedelta()) / max(count, 1)
    moments = []
    for number in range(count):
        left = step * (number + 0.5)
        for (start, _), length in zip(spans, lengths, strict=True):
            if left <= length:
                moments.append(start + left)
                break
            left -= length
    return moments


def _drawn(sites: Sequence[Site], rng: random.Random) -> list[Site]:
    """The sites of a street type by type, the types in random order: an interval needs two inspections of a type."""
    types = rng.sample(found := list(dict.fromkeys(site.site_type for site in sites)), len(found))
    return sorted(sites, key=lambda site: types.index(site.site_type))


def _count(street: str, sites: Mapping[str, Sequence[Site]]) -> int:
    wanted = _VISITS_OF_LAST_STREET if len(sites) > 1 and street == list(sites)[-1] else _VISITS_PER_STREET
    return min(wanted, len(sites[street]))


def _visit(site: Site, inspector: str, week: str, started: datetime, now: datetime, rng: random.Random) -> DemoVisit:
    # Streets differ, weeks of the same street little: differences that a reader of the index can find.
    street = random.Random(site.area).uniform(0.72, 0.96)
    return DemoVisit(
        id=str(uuid5(NAMESPACE_URL, f"demo {week} {site.code}")),
        week=week,
        site=site,
        inspector=inspector,
        started_at=started,
        finished_at=min(started + timedelta(minutes=rng.randrange(8, 20)), now),
        quality=min(0.98, max(0.5, street + rng.uniform(-0.06, 0.06))),
    )
