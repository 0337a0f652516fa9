"""The week's plan: a draw that nobody can tell beforehand and everybody can repeat afterwards, and who inspects.

A plan is kept under its week. ``announce`` makes known the SHA-256 of a secret that the tool made, which public number
the secret will be mixed with, how many sites are to be drawn and the digest of the register as it stands then: whoever
keeps the secret can no longer choose anything to suit. ``make_plan`` draws with both, once, when the number is known.
When the week is over the secret is told (``revealing``). Every act on a plan is in the log of acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from ...collections import Kept
from ...collections.plan.week_plan import REGISTERS, WEEK_PLANS, beacon_document, plan_change_document
from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.plan.beacon import CHINA, SOURCES, Beacon, canonical_value, used_day
from ...domain.plan.commitment import commitment_of, seed_of
from ...domain.plan.draw import Drawn, Listed, digest_of, draw, read_register, register_csv
from ...domain.plan.sharing import second_visits
from ...domain.plan.week_plan import OPEN_SEED, SEALED, How, PlanChange, PlannedSite, WeekPlan
from ...domain.problems import Problem
from ...domain.weeks import last_day, week_of
from ...store import Stale
from .. import Services
from ..accounts.accounts import inspectors
from ..accounts.nameless import words_for
from ..audit import Entry, keep
from ..place.register import all_sites, area_tree, find_site
from . import assigning
from .sealing import new_secret, open_sealer

SOMEBODY = "测评员"
"""Stands for an inspector where it is not told who."""
RETIRED = "公布抽取以后停用"
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
            listed.append(Listed(site.code, assigning.street_of(tree, site.area), site.site_type))
    return listed


def practise(
    services: Services, week: str, *, count: int, least_per_area: int = 0, area: str = "", site_type: str = ""
) -> list[Drawn] | list[Problem]:
    """What a draw could look like, made with invented numbers that nobody keeps: it tells nothing of a real one."""
    if area and area not in area_tree(services.store, week):
        return [Problem("plan.area_unknown", details={"area": area})]
    seed = seed_of(new_secret(), Beacon("practice", date(2000, 1, 1), "0"))
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
    streets = {site.area for site in sites}
    departures = tuple(one for one in kept.value.departures if one.street in streets)
    if not scope.inspectors:
        sites = tuple(map(_without_inspectors, sites))
        words = words_for(services, scope)
        sites = tuple(replace(site, dropped=words(site.dropped)) for site in sites)
        # Why somebody else goes to a site is told in words about people.
        changes = tuple(replace(one, reason=words(one.reason)) for one in changes if one.after.dropped)
        departures = tuple(replace(one, inspector="") for one in departures)
    seen = replace(kept.value, sites=sites, changes=changes, departures=departures, sealed="")
    return replace(kept, value=seen)


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
    services: Services,
    supervisor: str,
    week: str,
    beacon: Beacon,
    now: datetime,
    *,
    count: int,
    least_per_area: int = 0,
    practice: bool = False,
) -> Kept[WeekPlan] | list[Problem]:
    """Commit to a draw: its secret, the public number to come, and how many sites. Nothing of it can be changed.

    ``count`` sites in all, each street at least ``least_per_area`` of them. Only demonstrations ``practice``: they draw
    with an invented number. What was announced by an open seed, or whose secret is lost, is announced anew.
    """
    before = find_plan(services, week)
    listed = register(services, week)
    # A draw with any seed tells whether so many can be drawn.
    tried = draw(listed, seed="any", week=week, count=count, least_per_area=least_per_area)
    problems = _untimely(services, week, beacon, now)
    problems += [Problem("plan.number_for_practice")] if not (SOURCES[beacon.source].real or practice) else []
    problems += [_announced(week)] if before and not _may_replace(services, before.value) else []
    problems += [one for one in tried if isinstance(one, Problem)]
    if problems:
        return problems
    secret, file = new_secret(), register_csv(listed)
    plan = WeekPlan(
        week=week,
        seed="",
        register=digest_of(file),
        count=count,
        least_per_area=least_per_area,
        announced_at=now,
        announced_by=supervisor,
        rule=SEALED,
        commitment=commitment_of(secret),
        announced_beacon=beacon,
        sealed=open_sealer(services.keys).seal(week, secret),
        replaced=(*before.value.replaced, before.value.seed or before.value.commitment) if before else (),
    )
    # The same register may have been drawn from before.
    REGISTERS.put_once(services.store, plan.register, file)
    entry = Entry(
        "plan.announced", week, before=_announcement(before.value) if before else None, after=_announcement(plan)
    )
    try:
        return _kept(services, supervisor, now, entry, plan, before.revision if before else 0)
    except Stale:
        return [_announced(week)]


def _untimely(services: Services, week: str, beacon: Beacon, now: datetime) -> list[Problem]:
    """Why a public number cannot be announced now for a week."""
    if week < week_of(now, services.settings.timezone):
        return [Problem("plan.week_past")]
    if SOURCES[beacon.source].real and now >= beacon.open_until:
        until = f"{beacon.open_until:%Y-%m-%d %H:%M}"
        return [Problem("plan.number_known", details={"number": beacon.title, "until": until})]
    if beacon.day > last_day(week):
        return [Problem("plan.number_after_week", details={"week": week})]
    return []


def _may_replace(services: Services, plan: WeekPlan) -> bool:
    """Whether another announcement may take its place: nothing was drawn by it, and nothing secret can be."""
    if plan.drawn_at:
        return False
    return plan.rule == OPEN_SEED or open_sealer(services.keys).opened(plan.week, plan.sealed) is None


def _announced(week: str) -> Problem:
    return Problem("plan.announced_already", details={"week": week})


def _announcement(plan: WeekPlan) -> dict[str, object]:
    """What the log says of an announcement; never the secret."""
    found = {"register": plan.register, "count": plan.count, "least_per_area": plan.least_per_area}
    if plan.rule == OPEN_SEED:
        return {"seed": plan.seed, **found}
    beacon = beacon_document(plan.announced_beacon)
    return {"rule": plan.rule, "commitment": plan.commitment, "beacon": beacon, **found}


def make_plan(
    services: Services,
    supervisor: str,
    kept: Kept[WeekPlan],
    value: str,
    how: How,
    now: datetime,
    *,
    day: str = "",
) -> Kept[WeekPlan] | list[Problem]:
    """Draw with the secret and the public number, and share the sites out, once. Nothing can be tried beforehand.

    ``day`` is that of the number where the announced one brought none. Raises ``Stale`` where somebody was quicker.
    """
    beacon = _known_beacon(services, kept.value, value, day, now)
    if isinstance(beacon, list):
        return beacon
    if problems := assigning.wrong_rules(how):
        return problems
    sealer = open_sealer(services.keys)
    secret = sealer.opened(kept.value.week, kept.value.sealed)
    if secret is None or commitment_of(secret) != kept.value.commitment:
        return [Problem("plan.secret_closed")]
    plan = replace(kept.value, how=replace(how, value=""), beacon=beacon, drawn_at=now, drawn_by=supervisor)
    seed = seed_of(secret, beacon)
    found = draw(
        drawn_from(services, plan), seed=seed, week=plan.week, count=plan.count, least_per_area=plan.least_per_area
    )
    if problems := [one for one in found if isinstance(one, Problem)]:
        return problems
    drawn = [one for one in found if isinstance(one, Drawn)]
    again = second_visits([one.code for one in drawn], how.second_share, seed=seed, week=plan.week)
    seed_of_shares = sealer.seed_of_shares(plan.week, plan.commitment)
    plan = replace(plan, sites=_sites(services, plan, drawn, again, seed_of_shares))
    plan = replace(plan, departures=assigning.departures_of(services, plan))
    after = {
        "beacon": beacon_document(beacon),
        "settings": asdict(how),
        "sites": [site.code for site in plan.sites],
        "departures": assigning.departure_words(services, plan),
    }
    return _kept(services, supervisor, now, Entry("plan.drawn", plan.week, after=after), plan, kept.revision)


def _known_beacon(services: Services, plan: WeekPlan, value: str, day: str, now: datetime) -> Beacon | list[Problem]:
    """The public number that a plan is drawn with; or why it cannot be drawn now."""
    if plan.drawn_at:
        return [Problem("plan.drawn_already", details={"week": plan.week})]
    if plan.announced_beacon is None:
        return [Problem("plan.seed_open", details={"week": plan.week})]
    if is_over(services, plan.week, now):
        return [Problem("plan.secret_revealed", details={"week": plan.week})]
    used = used_day(plan.announced_beacon, day)
    if isinstance(used, Problem):
        return [used]
    beacon = replace(plan.announced_beacon, day=used)
    if now < beacon.known_from:
        known = f"{beacon.known_from.astimezone(CHINA):%Y-%m-%d %H:%M}"
        return [Problem("plan.number_not_yet", details={"number": beacon.title, "known": known})]
    canonical = canonical_value(beacon.source, value)
    return [canonical] if isinstance(canonical, Problem) else replace(beacon, value=canonical)


def _sites(
    services: Services, plan: WeekPlan, drawn: list[Drawn], again: frozenset[str], seed: str
) -> tuple[PlannedSite, ...]:
    shares = assigning.shared_out(services, plan, [one.code for one in drawn], again, seed)
    active = {site.code for site in all_sites(services.store, active_only=True)}
    return tuple(
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
            dropped="" if one.code in active else RETIRED,
            twice=one.code in again,
        )
        for one in drawn
    )


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
    if site and assigning.keeps_away(services, inspector, site, find_site(services.store, code), plan.value.week):
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
    """The register that a plan is drawn from: as it stood when the draw was announced."""
    file = register_file(services, plan)
    if file is None:
        return register(services, plan.week)
    return [one for one in read_register(file, "登记") if isinstance(one, Listed)]


def is_over(services: Services, week: str, now: datetime) -> bool:
    """Whether a week's plan may be seen by everybody."""
    return week < week_of(now, services.settings.timezone)


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
    plan = replace(plan, departures=assigning.departures_of(services, plan))
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
