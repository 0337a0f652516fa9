"""Plans as tests make them: announced two days before, drawn with the number of the day before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from inspect_app.collections import Kept
from inspect_app.domain.plan.beacon import CHINA, Beacon
from inspect_app.domain.plan.week_plan import How, WeekPlan
from inspect_app.services import Services
from inspect_app.services.plan.planning import announce, make_plan

SOURCE, VALUE = "pl5", "53168"
"""A number that there is every day."""


def beacon_before(now: datetime) -> Beacon:
    """The number of the day before, which is known."""
    return Beacon(SOURCE, (now.astimezone(CHINA) - timedelta(days=1)).date())


def announced(services: Services, week: str, now: datetime, **asked: Any) -> Kept[WeekPlan]:
    """A plan that can be drawn at ``now``; ``asked`` are ``count`` (3) and ``least_per_area``."""
    then = now - timedelta(days=2)
    plan = announce(services, "supervisor", week, beacon_before(now), then, **{"count": 3, **asked})
    assert isinstance(plan, Kept), plan
    return plan


def drawn(services: Services, plan: Kept[WeekPlan], now: datetime, how: How | None = None) -> Kept[WeekPlan]:
    made = make_plan(services, "supervisor", plan, VALUE, how or How(), now)
    assert isinstance(made, Kept), made
    return made


def planned(services: Services, week: str, now: datetime, *, how: How | None = None, **asked: Any) -> Kept[WeekPlan]:
    """A plan that was announced and drawn."""
    return drawn(services, announced(services, week, now, **asked), now, how)
