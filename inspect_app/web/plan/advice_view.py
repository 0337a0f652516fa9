"""What a week's number of sites can show, as the plan page says it."""

from __future__ import annotations

from collections import Counter

from ...domain.plan.week_plan import WeekPlan
from ...services.index.advising import PlanAdvice, advice, shared_out
from ...services.place.register import area_tree
from ...services.plan import planning
from ...services.plan.assigning import street_of
from ..context import scope, services

USUAL_COUNT = 60
"""How many sites are reckoned with where neither this week nor the one before says."""


def advice_of(week: str, plan: WeekPlan | None, earlier: str) -> dict[str, object]:
    """The advice and the number of sites it is for; ``asked`` is False where nobody has said it of this week yet.

    Whoever is held to some areas is advised of the sites that were drawn there: before, nobody knows how many they are.
    """
    if plan and plan.drawn_at:
        tree = area_tree(services().store, week)
        # Of those dropped since nothing will be seen.
        there = Counter(street_of(tree, one.area) for one in plan.sites if not one.dropped)
        return {"advice": _advice(week, {**there}), "advice_count": sum(there.values()), "advice_asked": True}
    if not scope().everywhere:
        return {"advice": None}
    before = planning.find_plan(services(), earlier)
    like = plan or (before.value if before else None)
    count, least = (like.count, like.least_per_area) if like else (USUAL_COUNT, 0)
    listed = Counter(one.area for one in planning.register(services(), week))
    shares = shared_out(min(count, listed.total()), least, listed)
    return {"advice": _advice(week, shares), "advice_count": count, "advice_asked": plan is not None}


def _advice(week: str, sites: dict[str, float]) -> PlanAdvice | None:
    return advice(services(), week, sites, whole=scope().everywhere)
