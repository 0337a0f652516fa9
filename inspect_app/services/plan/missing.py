"""Why a drawn site was not inspected, as the inspector who was to go there or the office says it."""

from __future__ import annotations

from datetime import datetime

from ...collections import Kept
from ...collections.plan.missed_site import MISSED_SITES, MissedSite, missed_id
from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.plan.response import SAID, Response, responses
from ...domain.plan.week_plan import PlannedSite
from ...domain.problems import Problem
from ...domain.weeks import shifted, week_of
from ...store import Stale
from .. import Services
from ..audit import Entry, keep
from ..inspecting.visits import counted_visits
from .planning import drawn_sites, own_sites


def missed_reasons(services: Services, week: str) -> dict[str, str]:
    """What was said of a week's missed sites, by code: keys of ``SAID``."""
    found = (kept.value for kept in MISSED_SITES.find(services.store, week=week))
    return {one.site: one.reason for one in found if one.reason in SAID}


def say_missed(
    services: Services, by: str, week: str, code: str, reason: str, now: datetime, *, scope: Scope
) -> list[Problem]:
    """Why a drawn site of a scope is missed; an empty reason takes back what was said. Whoever inspects it all the same
    has inspected it.
    """
    if code not in (drawn_sites(services, week, scope=scope) or {}):
        return [Problem("plan.site_unknown", details={"code": code})]
    if reason and reason not in SAID:
        return [Problem("plan.missed_reason_unknown", details={"accepted": tuple(SAID.values())})]
    kept = MISSED_SITES.get(services.store, missed_id(week, code))
    if reason == (kept.value.reason if kept else ""):
        return []
    return _said(services, MissedSite(week, code, reason, by, now), kept)


def say_own_missed(
    services: Services, inspector: str, week: str, code: str, reason: str, now: datetime
) -> list[Problem]:
    """Likewise of an inspector's own site of the plan of this week or the last one."""
    this_week = week_of(now, services.settings.timezone)
    if week not in (this_week, shifted(this_week, -1)) or code not in own_sites(services, inspector, week):
        return [Problem("plan.not_own_site", details={"code": code})]
    return say_missed(services, inspector, week, code, reason, now, scope=EVERYTHING)


def own_open_sites(services: Services, inspector: str, week: str) -> dict[str, str]:
    """The inspector's own sites of a week's plan that they have not inspected, with what was said of each."""
    visits = (kept.value for kept in counted_visits(services.store, week))
    done = {visit.site.code for visit in visits if inspector in visit.visitors}
    said = missed_reasons(services, week)
    return {code: said.get(code, "") for code in own_sites(services, inspector, week) if code not in done}


def week_responses(services: Services, week: str, *, scope: Scope) -> tuple[Response, ...]:
    """The response of each stratum of a week's plan in a scope; empty where no plan was drawn."""
    planned: dict[str, PlannedSite] = drawn_sites(services, week, scope=scope) or {}
    inspected = {kept.value.site.code for kept in counted_visits(services.store, week)} if planned else set()
    return responses(planned.values(), inspected, missed_reasons(services, week))


def _said(services: Services, missed: MissedSite, kept: Kept[MissedSite] | None) -> list[Problem]:
    of = missed_id(missed.week, missed.site)
    before = {"reason": kept.value.reason} if kept else None
    entry = Entry("plan.missed", f"{missed.week}/missed/{missed.site}", before=before, after={"reason": missed.reason})
    try:
        keep(
            services.store,
            missed.by,
            missed.at,
            [entry],
            [MISSED_SITES.writing(of, missed, kept.revision if kept else 0)],
        )
    except Stale:
        return [Problem("plan.missed_meanwhile")]
    return []
