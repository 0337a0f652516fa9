"""Plans of the demonstration: last week's, which everybody can repeat, and this week's. Their numbers are invented."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from ..collections import Kept
from ..domain.accounts.scope import EVERYTHING
from ..domain.place.sites import Site
from ..domain.plan.beacon import Beacon
from ..domain.weeks import first_day, shifted
from ..services import Services
from ..services.plan.assigning import rules
from ..services.plan.planning import announce, drawn_sites, find_plan, make_plan, register

_PER_STREET = 6


def demo_plans(services: Services, supervisor: str, this_week: str) -> None:
    """Announce and draw the plans as of the days before their weeks; a second call adds nothing."""
    for week in (shifted(this_week, -1), this_week):
        _plan(services, supervisor, week)


def drawn_of(services: Services, sites: Mapping[str, Sequence[Site]], week: str) -> dict[str, list[Site]]:
    """Of the sites of each street those that a week's plan drew; all where it has none."""
    drawn = drawn_sites(services, week, scope=EVERYTHING)
    return {street: [site for site in some if drawn is None or site.code in drawn] for street, some in sites.items()}


def _plan(services: Services, supervisor: str, week: str) -> None:
    thursday = first_day(week) - timedelta(days=4)
    announced, drawn = (
        datetime.combine(thursday + timedelta(days=days), time(10), services.settings.timezone) for days in (0, 2)
    )
    beacon = Beacon("practice", thursday + timedelta(days=1))
    kept = find_plan(services, week)
    streets = Counter(site.area for site in register(services, week))
    asked = {"count": sum(min(_PER_STREET, size) for size in streets.values()), "least_per_area": _PER_STREET}
    made = kept or announce(services, supervisor, week, beacon, announced, practice=True, **asked)
    assert isinstance(made, Kept), made
    if not made.value.drawn_at:
        value = f"{random.Random(week).randrange(300_000, 420_000) / 100:.2f}"
        done = make_plan(services, supervisor, made, value, rules(services), drawn)
        assert isinstance(done, Kept), done
