"""What everybody learns of draws: commitments before, the secret and all that was drawn once the week is over."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from ...collections.plan.week_plan import WEEK_PLANS, beacon_document
from ...domain.plan.commitment import commitment_of
from ...domain.plan.repeating import Announced, Repeated, repeat
from ...domain.plan.week_plan import SEALED, WeekPlan
from ...store import Stale
from .. import Services
from ..audit import Entry, keep
from .planning import all_plans, find_plan, is_over, register_file
from .sealing import open_sealer

ITSELF = "程序"
"""Who reveals: nobody has to, and nobody can do it early."""


def reveal_due(services: Services, now: datetime) -> list[str]:
    """Reveal the secrets of all weeks that are over, drawn or not, once; the weeks that were revealed just now.

    It is asked by every page and command that tells of draws, so nobody has to remember it.
    """
    return [plan.week for plan in all_plans(services) if _reveal(services, plan, now)]


def _reveal(services: Services, plan: WeekPlan, now: datetime) -> bool:
    if plan.rule != SEALED or plan.secret or not is_over(services, plan.week, now):
        return False
    secret = open_sealer(services.keys).opened(plan.week, plan.sealed)
    kept = find_plan(services, plan.week)
    if secret is None or commitment_of(secret) != plan.commitment or kept is None:
        return False
    told = replace(kept.value, secret=secret.hex(), revealed_at=now)
    after = {"secret": told.secret, "commitment": told.commitment, "beacon": beacon_document(told.beacon)}
    with suppress(Stale):  # somebody else asked at the same moment
        writing = WEEK_PLANS.writing(plan.week, told, kept.revision)
        keep(services.store, ITSELF, now, [Entry("plan.revealed", plan.week, after=after)], [writing])
        return True
    return False


def revealed_plan(services: Services, week: str, now: datetime) -> WeekPlan | None:
    """The plan of a week that everybody may see: it is over, and what was closed is open. Else None."""
    kept = find_plan(services, week)
    if kept is None or not is_over(services, week, now):
        return None
    _reveal(services, kept.value, now)
    kept = find_plan(services, week)
    assert kept
    return kept.value if kept.value.whole_seed or not kept.value.drawn_at else None


def public_plans(services: Services, now: datetime) -> list[WeekPlan]:
    """All plans as everybody may see them, newest first: of a week that is not over what was announced, and no more.

    A seed that was announced openly and drawn by tells who knows it what was drawn: it is closed until then, too.
    """
    reveal_due(services, now)
    return [plan if is_over(services, plan.week, now) else _announced(plan) for plan in all_plans(services)]


def _announced(plan: WeekPlan) -> WeekPlan:
    seed = "" if plan.drawn_at else plan.seed
    return replace(plan, seed=seed, how=None, sites=(), changes=(), beacon=None, sealed="", secret="", departures=())


def repeated(services: Services, plan: WeekPlan) -> Repeated:
    """The draw of a week that is over made once more from what was published, step by step."""
    beacon, how = plan.beacon, plan.how
    announced = Announced(
        week=plan.week,
        rule=plan.rule,
        seed=plan.whole_seed if plan.rule != SEALED else "",
        commitment=plan.commitment,
        secret=plan.secret,
        beacon=beacon,
        register=plan.register,
        count=plan.count,
        least_per_area=plan.least_per_area,
        second_share=how.second_share if how else 0.0,
    )
    drawn = {site.code: site.twice for site in plan.sites}
    return repeat(announced, register_file(services, plan), drawn)
