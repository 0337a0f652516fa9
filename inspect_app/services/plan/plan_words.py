"""Why sites of a plan were changed during its week, in other words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...domain.plan.week_plan import PlannedSite, WeekPlan

Words = Callable[[str], str]


def worded_plan(plan: WeekPlan, words: Words) -> WeekPlan:
    """The plan with the reasons of its changes in these words."""

    def site(one: PlannedSite) -> PlannedSite:
        return replace(one, dropped=words(one.dropped))

    changes = [
        replace(one, reason=words(one.reason), before=site(one.before), after=site(one.after)) for one in plan.changes
    ]
    return replace(plan, sites=tuple(map(site, plan.sites)), changes=tuple(changes))
