"""The week's plan: a seed announced beforehand, sites drawn by it, and who inspects them.

A plan is kept under its week: ``announced`` with the seed, how many sites are to be drawn and the digest of the
register as it stands then, and ``drawn`` from that: who knows the seed can no longer choose anything to suit. Best is a
seed whose value nobody can know yet (a closing price to come); the value is added when it is known. Every act on a plan
is in the log of acts. It is secret until the week is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from ...collections import Kept
from ...collections.plan.week_plan import AVOIDANCES, REGISTERS, WEEK_PLANS, plan_change_document
from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.place.areas import AreaTree
from ...domain.place.positions import Place
from ...domain.place.sites import Site
from ...domain.plan.draw import MAX_SEED, Drawn, Listed, digest_of, draw, read_register, register_csv
from ...domain.plan.sharing import Stop, Team, lately, pairs, share_out
from ...domain.plan.week_plan import How, PlanChange, PlannedSite, WeekPlan
from ...domain.problems import Problem
from ...domain.weeks import shifted, week_of
from ...store import Stale
from .. import Services
from ..accounts.accounts import inspectors
from ..accounts.nameless import words_for
from ..audit import Entry, keep
from ..inspecting.visits import counted_visits
from ..place.register import all_sites, area_tree, find_site

SOMEBODY = "测评员"
"""Stands for an inspector where it is not told who."""
RETIRED = "公布种子以后停用"
MAX_REASON = 500


def register(services: Services, week: str, *, area: str = "", site_type: str = "") -> list[Listed]:
    """The sites in use, by the street that each lies in that week; ``area`` and ``site_type`` narrow it down.

    The stratum of a site in a community is its street: communities are too small to be drawn from one by one.
    """
    tree = area_tree(services.store, week)
    within = tree.within(area) if area else None
    listed = []
    for site in all_sites(services.store, active_only=True):
        path = tree.path(site.area)
        if not path or (within is not None and tree.standing(site.area) not in within):
            continue
        if site_type in ("", site.site_type):
            street = next((one.code for one in path if one.level == "街道乡镇"), path[-1].code)
            listed.append(Listed(site.code, street, site.site_type))
    return listed


def draw_week(
    services: Services,
    week: str,
    *,
    seed: str,
    count: int,
    least_per_area: int = 0,
    area: str = "",
    site_type: str = "",
) -> list[Drawn] | list[Problem]:
    """Draw the sites of a week, or say why not. Nothing is kept."""
    if area and area not in area_tree(services.store, week):
        return [Problem("plan.area_unknown", details={"area": area})]
    listed = register(services, week, area=area, site_type=site_type)
    return draw(listed, seed=seed, week=week, count=count, least_per_area=least_per_area)


def find_plan(services: Services, week: str) -> Kept[WeekPlan] | None:
    return WEEK_PLANS.get(services.store, week)


def all_plans(services: Services) -> list[WeekPlan]:
    """Newest week first."""
    plans = [kept.value for kept in WEEK_PLANS.find(services.store)]
    return sorted(plans, key=lambda plan: plan.week, reverse=True)


def seen_plan(services: Services, week: str, *, scope: Scope) -> Kept[WeekPlan] | None:
    """A week's plan as a scope shows it: its own sites and their changes, and who goes there only where it tells."""
    kept = find_plan(services, week)
    if kept is None:
        return None
    covered = _covered(services, kept.value, scope)
    sites = tuple(site for site in kept.value.sites if site.code in covered)
    changes = tuple(change for change in kept.value.changes if change.code in covered)
    if not scope.inspectors:
        sites = tuple(map(_without_inspectors, sites))
        words = words_for(services, scope)
        sites = tuple(replace(site, dropped=words(site.dropped)) for site in sites)
        # Why somebody else goes to a site is told in words about people.
        changes = tuple(replace(one, reason=words(one.reason)) for one in changes if one.after.dropped)
    return replace(kept, value=replace(kept.value, sites=sites, changes=changes))


def planned_sites(services: Services, week: str, *, scope: Scope) -> dict[str, PlannedSite] | None:
    """A scope's sites of the plan by code, those that were dropped left out; None where no plan was drawn."""
    kept = find_plan(services, week)
    if kept is None or not kept.value.drawn_at:
        return None
    covered = _covered(services, kept.value, scope)
    return {site.code: site for site in kept.value.sites if not site.dropped and site.code in covered}


def own_sites(services: Services, inspector: str, week: str) -> list[str]:
    """The codes of the sites that an inspector has to inspect in a week, first and second visits alike."""
    planned = planned_sites(services, week, scope=EVERYTHING) or {}
    return [code for code, site in planned.items() if inspector in (*site.inspectors, *site.second)]


def announce(
    services: Services, supervisor: str, week: str, seed: str, now: datetime, *, count: int, least_per_area: int = 0
) -> Kept[WeekPlan] | list[Problem]:
    """Make the seed and how many sites known before the draw; neither can be changed afterwards.

    ``count`` sites in all, each street at least ``least_per_area`` of them.
    """
    seed = seed.strip()
    problems = []
    if week < week_of(now, services.settings.timezone):
        problems.append(Problem("plan.week_past"))
    if find_plan(services, week):
        problems.append(_announced(week))
    listed = register(services, week)
    tried = draw(listed, seed=seed, week=week, count=count, least_per_area=least_per_area)
    problems += [one for one in tried if isinstance(one, Problem) and one not in problems]
    if problems:
        return problems
    file = register_csv(listed)
    digest = digest_of(file)
    plan = WeekPlan(week, seed, digest, count, least_per_area, now, supervisor)
    after = {"seed": seed, "register": digest, "count": count, "least_per_area": least_per_area}
    # The same register may have been drawn from before.
    REGISTERS.put_once(services.store, digest, file)
    try:
        return _kept(services, supervisor, now, Entry("plan.announced", week, after=after), plan, 0)
    except Stale:
        return [_announced(week)]


def _announced(week: str) -> Problem:
    return Problem("plan.seed_announced", details={"week": week})


def make_plan(
    services: Services, supervisor: str, kept: Kept[WeekPlan], how: How, now: datetime
) -> Kept[WeekPlan] | list[Problem]:
    """Draw by the announced seed and share the sites out, once. Raises ``Stale`` where somebody else was quicker."""
    plan = kept.value
    if plan.drawn_at:
        return [Problem("plan.drawn_already", details={"week": plan.week})]
    if problems := _how_problems(how):
        return problems
    plan = replace(plan, how=replace(how, value=how.value.strip()), drawn_at=now, drawn_by=supervisor)
    listed = drawn_from(services, plan)
    drawn = draw(listed, seed=plan.whole_seed, week=plan.week, count=plan.count, least_per_area=plan.least_per_area)
    problems = [one for one in drawn if isinstance(one, Problem)]
    if problems:
        return problems
    sites = _shared_out(services, plan, [one for one in drawn if isinstance(one, Drawn)], how)
    after = {"seed": plan.whole_seed, "settings": asdict(how), "sites": [site.code for site in sites]}
    entry = Entry("plan.drawn", plan.week, after=after)
    return _kept(services, supervisor, now, entry, replace(plan, sites=tuple(sites)), kept.revision)


def reassign(
    services: Services,
    supervisor: str,
    plan: Kept[WeekPlan],
    code: str,
    inspector: str,
    reason: str,
    now: datetime,
    *,
    scope: Scope,
) -> Kept[WeekPlan] | list[Problem]:
    """Another inspector for one site of a scope during the week, with a reason. Raises ``Stale`` as ``make_plan``."""
    if code not in _covered(services, plan.value, scope):
        return [_no_site(code)]
    names = {user.name for user in inspectors(services.store)}
    wrong = [] if inspector in names else [Problem("plan.inspector_unknown", details={"inspector": inspector})]
    site = plan.value.site(code)
    if site and inspector in site.second:
        wrong.append(Problem("plan.inspector_second_visit"))
    if site and _keeps_away(services, inspector, site, plan.value.week):
        wrong.append(Problem("plan.inspector_avoids"))
    return _change(services, supervisor, plan, code, {"inspectors": (inspector,), "problem": ""}, reason, wrong, now)


def drop(
    services: Services, supervisor: str, plan: Kept[WeekPlan], code: str, reason: str, now: datetime, *, scope: Scope
) -> Kept[WeekPlan] | list[Problem]:
    """Take a site of a scope out during the week (closed, torn down), with a reason. Raises ``Stale`` as above."""
    if code not in _covered(services, plan.value, scope):
        return [_no_site(code)]
    return _change(services, supervisor, plan, code, {"dropped": reason.strip()}, reason, [], now)


def register_file(services: Services, plan: WeekPlan) -> str | None:
    """The file of the register that a plan is drawn from; None of a plan that kept none."""
    kept = REGISTERS.get(services.store, plan.register) if plan.register else None
    return kept.value if kept else None


def drawn_from(services: Services, plan: WeekPlan) -> list[Listed]:
    """The register that a plan is drawn from: as it stood when the seed was announced."""
    file = register_file(services, plan)
    if file is None:
        return register(services, plan.week)
    return [one for one in read_register(file, "登记") if isinstance(one, Listed)]


def is_over(services: Services, week: str, now: datetime) -> bool:
    """Whether a week's plan may be seen by everybody."""
    return week < week_of(now, services.settings.timezone)


def avoidances(services: Services) -> dict[str, Kept[tuple[str, ...]]]:
    """The areas that each inspector keeps away from (回避), where they live or work, by account."""
    return {kept.id: kept for kept in AVOIDANCES.find(services.store)}


def _kept_away(services: Services) -> dict[str, tuple[str, ...]]:
    return {name: kept.value for name, kept in avoidances(services).items()}


def avoid(services: Services, inspector: str, areas: tuple[str, ...], expected_revision: int) -> list[Problem]:
    """Say which areas an inspector keeps away from; all below them with them.

    Raises ``Stale`` where that was said anew since ``expected_revision``, 0 where it never was.
    """
    tree = area_tree(services.store)
    problems = [Problem("plan.avoided_area_unknown", details={"code": code}) for code in areas if code not in tree]
    if problems:
        return problems
    services.store.act([AVOIDANCES.writing(inspector, areas, expected_revision)])
    return []


def _shared_out(services: Services, plan: WeekPlan, drawn: list[Drawn], how: How) -> list[PlannedSite]:
    tree = area_tree(services.store, plan.week)
    sites = {site.code: site for site in all_sites(services.store, active_only=True)}
    shares = share_out(
        [_stop(sites[one.code], tree) for one in drawn if one.code in sites],
        _teams(services, plan, tree, how),
        seed=plan.whole_seed,
        week=plan.week,
        second_share=how.second_share,
    )
    return [
        PlannedSite(
            code=one.code,
            area=one.stratum[0],
            site_type=one.stratum[1],
            taken=one.taken,
            of=one.of,
            inspectors=shares.first[one.code].members if one.code in shares.first else (),
            second=shares.second[one.code].members if one.code in shares.second else (),
            problem=shares.nobody.get(one.code, ""),
            chance=str(one.chance),
            dropped="" if one.code in sites else RETIRED,
        )
        for one in drawn
    ]


def _keeps_away(services: Services, inspector: str, planned: PlannedSite, week: str) -> bool:
    tree, site = area_tree(services.store, week), find_site(services.store, planned.code)
    kept = {tree.standing(code) for code in _kept_away(services).get(inspector, ())}
    return bool(kept & {area.code for area in tree.path(site.area if site else planned.area)})


def _stop(site: Site, tree: AreaTree) -> Stop:
    place = Place(*site.point, 0.0) if site.point else None
    return Stop(site.code, frozenset(area.code for area in tree.path(site.area)), place)


def _teams(services: Services, plan: WeekPlan, tree: AreaTree, how: How) -> list[Team]:
    names = [user.name for user in inspectors(services.store)]
    groups = pairs(names, seed=plan.whole_seed, week=plan.week) if how.in_pairs else [(name,) for name in names]
    visits, kept = _visits(services, plan.week, how.gap_weeks), _kept_away(services)
    return [
        Team(
            members=group,
            kept_from=frozenset(tree.standing(code) for name in group for code in kept.get(name, ())),
            seen=frozenset().union(*(lately(visits, name, plan.week, how.gap_weeks) for name in group)),
        )
        for group in groups
    ]


def _visits(services: Services, week: str, weeks: int) -> dict[str, dict[str, set[str]]]:
    """Who was where in the weeks before: by week, by inspector, the sites."""
    found: dict[str, dict[str, set[str]]] = {}
    for one in (shifted(week, -n) for n in range(1, weeks + 1)):
        for visit in (kept.value for kept in counted_visits(services.store, one)):
            found.setdefault(one, {}).setdefault(visit.inspector, set()).add(visit.site.code)
    return found


def _change(
    services: Services,
    supervisor: str,
    kept: Kept[WeekPlan],
    code: str,
    values: Mapping[str, Any],
    reason: str,
    wrong: list[Problem],
    now: datetime,
) -> Kept[WeekPlan] | list[Problem]:
    plan = kept.value
    site = plan.site(code)
    if site is None or site.dropped:
        wrong = [_no_site(code), *wrong]
    if not 0 < len(reason.strip()) <= MAX_REASON:
        wrong = [*wrong, Problem("plan.reason_wanted", details={"most_reason": MAX_REASON})]
    if wrong or site is None:
        return wrong
    changed = replace(site, **values)
    change = PlanChange(now, supervisor, code, reason.strip(), before=site, after=changed)
    sites = tuple(changed if one.code == code else one for one in plan.sites)
    entry = Entry("plan.changed", plan.week, after=plan_change_document(change))
    plan = replace(plan, sites=sites, changes=(*plan.changes, change))
    return _kept(services, supervisor, now, entry, plan, kept.revision)


def _kept(services: Services, who: str, now: datetime, entry: Entry, plan: WeekPlan, revision: int) -> Kept[WeekPlan]:
    """A plan and its entry, kept together. Raises ``Stale`` where it is not at that revision any more."""
    return WEEK_PLANS.kept(keep(services.store, who, now, [entry], [WEEK_PLANS.writing(plan.week, plan, revision)])[0])


def _covered(services: Services, plan: WeekPlan, scope: Scope) -> frozenset[str]:
    """The codes of the plan's sites that lie in a scope: by where each is registered, else by where it was drawn."""
    areas = {site.code: site.area for site in plan.sites}
    if not scope.everywhere:
        areas |= {site.code: site.area for site in all_sites(services.store) if site.code in areas}
    tree = area_tree(services.store, plan.week)
    return frozenset(code for code, area in areas.items() if scope.covers(tree, area))


def _without_inspectors(site: PlannedSite) -> PlannedSite:
    """How many go there stays."""
    first, second = ((SOMEBODY,) * len(names) for names in (site.inspectors, site.second))
    return replace(site, inspectors=first, second=second)


def _no_site(code: str) -> Problem:
    return Problem("plan.site_unknown", details={"code": code})


def _how_problems(how: How) -> list[Problem]:
    problems = []
    if len(how.value) > MAX_SEED:
        problems.append(Problem("plan.seed_too_long", details={"most_seed": MAX_SEED}))
    if not 0 <= how.second_share <= 1:
        problems.append(Problem("plan.repeat_share_out_of_range"))
    if not 0 <= how.gap_weeks <= 52:
        problems.append(Problem("plan.pause_out_of_range"))
    return problems
