"""The week's plan: a seed announced beforehand, sites drawn by it, and who inspects them.

A plan is kept under its week: ``announced`` with the seed, how many sites are to be drawn and the digest of the
register as it stands then, and ``drawn`` from that: who knows the seed can no longer choose anything to suit. Best is a
seed whose value nobody can know yet (a closing price to come); the value is added when it is known. Every act on a plan
is in the log of acts. It is secret until the week is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.inspecting.adhoc import is_ad_hoc
from ...domain.place.areas import AreaTree
from ...domain.place.positions import Place
from ...domain.place.sites import Site
from ...domain.plan.draw import MAX_SEED, Drawn, Listed, digest_of, draw, read_register, register_csv
from ...domain.plan.sharing import Stop, Team, lately, pairs, share_out
from ...domain.problems import Problem
from ...domain.weeks import shifted, utc_text, week_of
from ...store import Put, Stored
from .. import INSPECTIONS, Services
from ..accounts.accounts import inspectors
from ..audit import Undone, logged
from ..place.register import all_sites, area_tree, find_site

PLANS, REGISTERS, AVOIDANCES = "plans", "plan_registers", "avoidances"
SOMEBODY = "测评员"
"""Stands for an inspector where it is not told who."""
RETIRED = "公布种子以后停用"
SECOND_SHARE, GAP_WEEKS = 0.1, 8
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """A drawn site: its stratum's numbers, who inspects it and who inspects it a second time (both may be nobody).

    ``chance`` is the one it had beforehand, as a fraction; ``problem`` is why nobody was found; ``dropped`` why it was
    taken out during the week.
    """

    code: str
    area: str
    site_type: str
    taken: int
    of: int
    inspectors: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    problem: str = ""
    dropped: str = ""
    chance: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A week's plan. ``sites`` is empty until it is drawn; ``changes`` are oldest first.

    ``register`` is the SHA-256 of the file of the register that it is drawn from; ``count`` and ``least_per_area`` are
    how many sites. ``value`` is what the announced seed turned out to be, empty where it was a value already.
    """

    week: str
    revision: int
    seed: str
    announced_at: str
    announced_by: str
    drawn_at: str
    settings: Mapping[str, Any]
    sites: tuple[PlannedSite, ...]
    changes: tuple[Mapping[str, Any], ...]
    register: str = ""
    count: int = 0
    least_per_area: int = 0
    value: str = ""

    @property
    def whole_seed(self) -> str:
        """What the draw is made with: the announced seed with its value behind it."""
        return f"{self.seed} {self.value}".strip()


@dataclass(frozen=True, slots=True)
class How:
    """How drawn sites are shared out: ``second_share`` of them are inspected twice, nobody the same site within weeks.

    ``value`` is the value of the announced seed, where it had none yet.
    """

    value: str = ""
    second_share: float = SECOND_SHARE
    gap_weeks: int = GAP_WEEKS
    in_pairs: bool = False


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
        return [Problem("区域", f"没有区域「{area}」")]
    listed = register(services, week, area=area, site_type=site_type)
    return draw(listed, seed=seed, week=week, count=count, least_per_area=least_per_area)


def find_plan(services: Services, week: str) -> Plan | None:
    stored = services.store.get(PLANS, week)
    return _plan(stored) if stored else None


def all_plans(services: Services) -> list[Plan]:
    """Newest week first."""
    return sorted((_plan(stored) for stored in services.store.find(PLANS)), key=lambda plan: plan.week, reverse=True)


def seen_plan(services: Services, week: str, *, scope: Scope) -> Plan | None:
    """A week's plan as a scope shows it: its own sites and their changes, and who goes there only where it tells."""
    plan = find_plan(services, week)
    if plan is None:
        return None
    covered = _covered(services, plan, scope)
    sites = tuple(site for site in plan.sites if site.code in covered)
    changes = tuple(change for change in plan.changes if change["code"] in covered)
    if scope.inspectors:
        return replace(plan, sites=sites, changes=changes)
    # Why somebody else goes to a site is told in words about people.
    changes = tuple(change for change in changes if change["after"]["dropped"])
    return replace(plan, sites=tuple(map(_without_inspectors, sites)), changes=changes)


def planned_sites(services: Services, week: str, *, scope: Scope) -> dict[str, PlannedSite] | None:
    """A scope's sites of the plan by code, those that were dropped left out; None where no plan was drawn."""
    plan = find_plan(services, week)
    if plan is None or not plan.drawn_at:
        return None
    covered = _covered(services, plan, scope)
    return {site.code: site for site in plan.sites if not site.dropped and site.code in covered}


def own_sites(services: Services, inspector: str, week: str) -> list[str]:
    """The codes of the sites that an inspector has to inspect in a week, first and second visits alike."""
    planned = planned_sites(services, week, scope=EVERYTHING) or {}
    return [code for code, site in planned.items() if inspector in (*site.inspectors, *site.second)]


def announce(
    services: Services, supervisor: str, week: str, seed: str, now: datetime, *, count: int, least_per_area: int = 0
) -> Plan | list[Problem]:
    """Make the seed and how many sites known before the draw; neither can be changed afterwards.

    ``count`` sites in all, each street at least ``least_per_area`` of them.
    """
    seed = seed.strip()
    problems = []
    if week < week_of(now, services.settings.timezone):
        problems.append(Problem("周", "这一周已经过去"))
    if services.store.get(PLANS, week):
        problems.append(_announced(week))
    listed = register(services, week)
    tried = draw(listed, seed=seed, week=week, count=count, least_per_area=least_per_area)
    problems += [one for one in tried if isinstance(one, Problem) and one not in problems]
    if problems:
        return problems
    file = register_csv(listed)
    digest = digest_of(file)
    services.store.put_once(REGISTERS, digest, {"csv": file})
    document = {
        "state": "announced",
        "seed": seed,
        "register": digest,
        "count": count,
        "least_per_area": least_per_area,
        "announced_at": utc_text(now),
        "announced_by": supervisor,
    }
    after = {name: document[name] for name in ("seed", "register", "count", "least_per_area")}
    try:
        with logged(services, supervisor, "plan.announced", week, now, after=after):
            put, stored = services.store.put_once(PLANS, week, document)
            if put is not Put.CREATED:
                raise Undone
    except Undone:
        return [_announced(week)]
    return _plan(stored)


def _announced(week: str) -> Problem:
    return Problem("种子", f"{week} 的种子已经公布，不能更改")


def make_plan(services: Services, supervisor: str, plan: Plan, how: How, now: datetime) -> Plan | list[Problem]:
    """Draw by the announced seed and share the sites out, once. Raises ``Stale`` where somebody else was quicker."""
    if plan.drawn_at:
        return [Problem(plan.week, "这一周已经抽取，不能再抽；需要调整的逐个更改")]
    if problems := _how_problems(how):
        return problems
    plan, listed = replace(plan, value=how.value.strip()), drawn_from(services, plan)
    drawn = draw(listed, seed=plan.whole_seed, week=plan.week, count=plan.count, least_per_area=plan.least_per_area)
    problems = [one for one in drawn if isinstance(one, Problem)]
    if problems:
        return problems
    sites = _shared_out(services, plan, [one for one in drawn if isinstance(one, Drawn)], how)
    changed = {
        "state": "drawn",
        "drawn_at": utc_text(now),
        "drawn_by": supervisor,
        "value": plan.value,
        "settings": asdict(how),
        "sites": [asdict(site) for site in sites],
        "changes": [],
    }
    after = {"seed": plan.whole_seed, "settings": asdict(how), "sites": [site.code for site in sites]}
    return _keep(services, supervisor, "plan.drawn", plan, changed, after, now)


def reassign(
    services: Services,
    supervisor: str,
    plan: Plan,
    code: str,
    inspector: str,
    reason: str,
    now: datetime,
    *,
    scope: Scope,
) -> Plan | list[Problem]:
    """Another inspector for one site of a scope during the week, with a reason. Raises ``Stale`` as ``make_plan``."""
    names = {user.name for user in inspectors(services.store)}
    wrong = [] if inspector in names else [Problem("测评员", f"没有测评员「{inspector}」")]
    if code not in _covered(services, plan, scope):
        return [_no_site(code)]
    site = _site_of(plan, code)
    if site and inspector in site.second:
        wrong.append(Problem("测评员", "已是这个点位复测的人，两次须由不同的人测"))
    if site and _keeps_away(services, inspector, site, plan.week):
        wrong.append(Problem("测评员", "须回避这个点位所在的区域"))
    return _change(services, supervisor, plan, code, {"inspectors": (inspector,), "problem": ""}, reason, wrong, now)


def drop(
    services: Services, supervisor: str, plan: Plan, code: str, reason: str, now: datetime, *, scope: Scope
) -> Plan | list[Problem]:
    """Take a site of a scope out during the week (closed, torn down), with a reason. Raises ``Stale`` as above."""
    if code not in _covered(services, plan, scope):
        return [_no_site(code)]
    return _change(services, supervisor, plan, code, {"dropped": reason.strip()}, reason, [], now)


def register_file(services: Services, plan: Plan) -> str | None:
    """The file of the register that a plan is drawn from; None of a plan that kept none."""
    stored = services.store.get(REGISTERS, plan.register) if plan.register else None
    return stored.document["csv"] if stored else None


def drawn_from(services: Services, plan: Plan) -> list[Listed]:
    """The register that a plan is drawn from: as it stood when the seed was announced."""
    file = register_file(services, plan)
    if file is None:
        return register(services, plan.week)
    return [one for one in read_register(file, "登记") if isinstance(one, Listed)]


def is_over(services: Services, week: str, now: datetime) -> bool:
    """Whether a week's plan may be seen by everybody."""
    return week < week_of(now, services.settings.timezone)


def avoidances(services: Services) -> dict[str, tuple[str, ...]]:
    """The areas that each inspector keeps away from (回避), where they live or work, by account."""
    return {stored.id: tuple(stored.document["areas"]) for stored in services.store.find(AVOIDANCES)}


def avoid(services: Services, inspector: str, areas: tuple[str, ...]) -> list[Problem]:
    """Say which areas an inspector keeps away from; all below them with them."""
    tree = area_tree(services.store)
    problems = [Problem("回避区域", f"没有区域「{code}」") for code in areas if code not in tree]
    if problems:
        return problems
    document = {"areas": sorted(set(areas))}
    put, stored = services.store.put_once(AVOIDANCES, inspector, document)
    if put is Put.CONFLICT:
        services.store.update(AVOIDANCES, inspector, document, expected_revision=stored.revision)
    return []


def _shared_out(services: Services, plan: Plan, drawn: list[Drawn], how: How) -> list[PlannedSite]:
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
    kept = {tree.standing(code) for code in avoidances(services).get(inspector, ())}
    return bool(kept & {area.code for area in tree.path(site.area if site else planned.area)})


def _stop(site: Site, tree: AreaTree) -> Stop:
    place = Place(*site.point, 0.0) if site.point else None
    return Stop(site.code, frozenset(area.code for area in tree.path(site.area)), place)


def _teams(services: Services, plan: Plan, tree: AreaTree, how: How) -> list[Team]:
    names = [user.name for user in inspectors(services.store)]
    groups = pairs(names, seed=plan.whole_seed, week=plan.week) if how.in_pairs else [(name,) for name in names]
    visits, kept = _visits(services, plan.week, how.gap_weeks), avoidances(services)
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
        for stored in services.store.find(INSPECTIONS, week=one):
            if not is_ad_hoc(stored.document):
                by = found.setdefault(one, {}).setdefault(stored.document["inspector"], set())
                by.add(stored.document["site"])
    return found


def _change(
    services: Services,
    supervisor: str,
    plan: Plan,
    code: str,
    values: Mapping[str, Any],
    reason: str,
    wrong: list[Problem],
    now: datetime,
) -> Plan | list[Problem]:
    site = _site_of(plan, code)
    if site is None or site.dropped:
        wrong = [_no_site(code), *wrong]
    if not 0 < len(reason.strip()) <= MAX_REASON:
        wrong = [*wrong, Problem("理由", f"更改计划须写明理由，最多{MAX_REASON}个字")]
    if wrong or site is None:
        return wrong
    changed = replace(site, **values)
    act: dict[str, Any] = {"at": utc_text(now), "by": supervisor, "code": code, "reason": reason.strip()}
    act |= {"before": asdict(site), "after": asdict(changed)}
    document = {
        "sites": [asdict(changed if one.code == code else one) for one in plan.sites],
        "changes": [*plan.changes, act],
    }
    return _keep(services, supervisor, "plan.changed", plan, document, act, now)


def _covered(services: Services, plan: Plan, scope: Scope) -> frozenset[str]:
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
    return Problem("点位", f"计划里没有点位「{code}」")


def _site_of(plan: Plan, code: str) -> PlannedSite | None:
    return next((site for site in plan.sites if site.code == code), None)


def _keep(
    services: Services,
    supervisor: str,
    act: str,
    plan: Plan,
    changed: Mapping[str, Any],
    after: Mapping[str, Any],
    now: datetime,
) -> Plan:
    stored = services.store.get(PLANS, plan.week)
    assert stored is not None
    with logged(services, supervisor, act, plan.week, now, after=after):
        document = {**stored.document, **changed}
        return _plan(services.store.update(PLANS, plan.week, document, expected_revision=plan.revision))


def _how_problems(how: How) -> list[Problem]:
    problems = []
    if len(how.value) > MAX_SEED:
        problems.append(Problem("种子的值", f"最多{MAX_SEED}个字"))
    if not 0 <= how.second_share <= 1:
        problems.append(Problem("复测比例", "应为0到100之间的百分数"))
    if not 0 <= how.gap_weeks <= 52:
        problems.append(Problem("间隔周数", "应为0到52"))
    return problems


def _plan(stored: Stored) -> Plan:
    document = stored.document
    return Plan(
        week=stored.id,
        revision=stored.revision,
        seed=document["seed"],
        announced_at=document["announced_at"],
        announced_by=document["announced_by"],
        drawn_at=document.get("drawn_at", ""),
        settings=document.get("settings", {}),
        sites=tuple(
            PlannedSite(**{**site, "inspectors": tuple(site["inspectors"]), "second": tuple(site["second"])})
            for site in document.get("sites", ())
        ),
        changes=tuple(document.get("changes", ())),
        register=document.get("register", ""),
        count=document.get("count", 0),
        least_per_area=document.get("least_per_area", 0),
        value=document.get("value", ""),
    )
