"""Who may be sent where: areas that inspectors keep away from, where they were and are to go, the office's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ...collections import Kept
from ...collections.plan.week_plan import AVOIDANCES, PLAN_SETTINGS, RULES, WEEK_PLANS
from ...domain.place.areas import AreaTree
from ...domain.place.positions import Place
from ...domain.place.sites import Site
from ...domain.plan.sharing import (
    DEPARTURES,
    Departure,
    Shares,
    Stop,
    Team,
    departures,
    pairs,
    share_out,
    weeks_between,
)
from ...domain.plan.week_plan import How, PlannedSite, WeekPlan
from ...domain.problems import Problem
from ...domain.weeks import shifted
from ...store import Stale
from ..accounts.accounts import inspectors
from ..audit import Entry, entries_of, keep
from ..inspecting.visits import visits_made
from ..place.register import all_sites, area_tree
from .validating import validation_rules

if TYPE_CHECKING:
    from .. import Services

_MOST_WEEKS = 52
_MOST_PER_STREET = 20


def avoidances(services: Services) -> dict[str, Kept[tuple[str, ...]]]:
    """The areas that each inspector keeps away from (回避), where they live or work, by account."""
    return {kept.id: kept for kept in AVOIDANCES.find(services.store)}


def _kept_away(services: Services) -> dict[str, tuple[str, ...]]:
    return {name: kept.value for name, kept in avoidances(services).items()}


def avoid(
    services: Services, by: str, inspector: str, areas: tuple[str, ...], expected_revision: int, now: datetime
) -> list[Problem]:
    """Say which areas an inspector keeps away from; all below them with them.

    Raises ``Stale`` where that was said anew since ``expected_revision``, 0 where it never was.
    """
    tree = area_tree(services.store)
    problems = [Problem("plan.avoided_area_unknown", details={"code": code}) for code in areas if code not in tree]
    if problems:
        return problems
    kept, areas = AVOIDANCES.get(services.store, inspector), tuple(sorted(set(areas)))
    before = kept.value if kept else ()
    if before == areas and expected_revision == (kept.revision if kept else 0):
        return []
    entry = Entry("plan.avoided", f"{AVOIDANCES.name}/{inspector}", {"areas": list(before)}, {"areas": list(areas)})
    keep(services.store, by, now, [entry], [AVOIDANCES.writing(inspector, areas, expected_revision)])
    return []


def rules(services: Services) -> How:
    """How the office shares sites out, where a draw does not say otherwise."""
    return rules_kept(services)[0]


def rules_kept(services: Services) -> tuple[How, int]:
    """The office's rules with the revision that a change of them names, 0 where it never set any."""
    kept = PLAN_SETTINGS.get(services.store, RULES)
    return (kept.value, kept.revision) if kept else (How(), 0)


def set_rules(services: Services, by: str, how: How, expected_revision: int, now: datetime) -> list[Problem]:
    """Set how sites are shared out from the next draw on; what it was is in the log of acts.

    Raises ``Stale`` where they were changed since ``expected_revision``, 0 where they never were.
    """
    how = replace(how, value="")
    if problems := wrong_rules(how):
        return problems
    before, revision = rules_kept(services)
    if revision != expected_revision:
        raise Stale(f"{PLAN_SETTINGS.name}/{RULES}")
    if before == how:
        return []
    entry = Entry("plan.rules", RULES, before=asdict(before), after=asdict(how))
    keep(services.store, by, now, [entry], [PLAN_SETTINGS.writing(RULES, how, revision)])
    return []


def rules_history(services: Services) -> list[Mapping[str, object]]:
    """The entries of the log about the rules, newest first."""
    return [entry for entry in reversed(entries_of(services, RULES)) if entry["act"] == "plan.rules"]


def wrong_rules(how: How) -> list[Problem]:
    """What is wrong with rules, by field."""
    weeks = range(_MOST_WEEKS + 1)
    checked = (
        (0 <= how.second_share <= 1, Problem("plan.repeat_share_out_of_range")),
        (0 <= how.least_response <= 1, Problem("plan.least_response_out_of_range")),
        (how.gap_weeks in weeks, Problem("plan.pause_out_of_range", details={"most_weeks": _MOST_WEEKS})),
        (how.street_gap_weeks in weeks, Problem("plan.street_pause_out_of_range", details={"most_weeks": _MOST_WEEKS})),
        (
            1 <= how.per_street <= _MOST_PER_STREET,
            Problem("plan.per_street_out_of_range", details={"most": _MOST_PER_STREET}),
        ),
    )
    return [problem for is_right, problem in checked if not is_right]


@dataclass(frozen=True, slots=True)
class Been:
    """How long ago, in weeks, each inspector was, or how soon is to be, at sites and in streets, within the rules."""

    sites: Mapping[str, Mapping[str, int]]
    streets: Mapping[str, Mapping[str, int]]


def been(services: Services, week: str, how: How, names: Iterable[str]) -> Been:
    """Where inspectors were in the weeks about a week, and where they are to go by plans, whether they went or not."""
    tree, around = area_tree(services.store, week), max(how.gap_weeks, how.street_gap_weeks)
    sites: dict[str, dict[str, set[str]]] = {}
    streets: dict[str, dict[str, set[str]]] = {}
    for other in (shifted(week, n) for n in range(-around, around + 1) if n):
        for inspector, code, area in _goings(services, other):
            sites.setdefault(other, {}).setdefault(inspector, set()).add(code)
            streets.setdefault(other, {}).setdefault(inspector, set()).add(street_of(tree, area))
    return Been(
        {name: weeks_between(sites, name, week, how.gap_weeks) for name in names},
        {name: weeks_between(streets, name, week, how.street_gap_weeks) for name in names},
    )


def _goings(services: Services, week: str) -> Iterable[tuple[str, str, str]]:
    """Who was where, and who is to go where, in a week: inspector, the site's code and area."""
    yield from ((name, there.code, there.area) for name, there in _gone(services, week))
    plan = WEEK_PLANS.get(services.store, week)
    for site in plan.value.sites if plan else ():
        # Who may still come in late is not sent there again.
        if not site.dropped:
            yield from ((name, site.code, site.area) for name in (*site.inspectors, *site.second))


def _gone(services: Services, week: str) -> Iterable[tuple[str, Site]]:
    """Who was where in a week, be it as the inspector or along with one, whatever is denied since."""
    for kept in visits_made(services.store, week):
        yield from ((name, kept.value.site) for name in sorted(kept.value.knowing))


def street_of(tree: AreaTree, area: str) -> str:
    """The street that an area is or lies in; the area itself where that is not known."""
    path = tree.path(area)
    return next((one.code for one in path if one.level == "街道乡镇"), path[-1].code if path else area)


def shared_out(services: Services, plan: WeekPlan, codes: Sequence[str], again: frozenset[str], seed: str) -> Shares:
    """The drawn sites of a plan shared out among those who may go. ``plan.how`` says by which rules."""
    assert plan.how
    tree = area_tree(services.store, plan.week)
    sites = {site.code: site for site in all_sites(services.store, active_only=True)}
    return share_out(
        [_stop(sites[code], tree) for code in codes if code in sites],
        _teams(services, plan, tree, plan.how, seed),
        seed=seed,
        week=plan.week,
        again=again,
        per_street=plan.how.per_street,
    )


def departures_of(services: Services, plan: WeekPlan) -> tuple[Departure, ...]:
    """Where a plan as it stands departs from its rules."""
    how = plan.how or How()
    going = [site for site in plan.sites if not site.dropped]
    visits = [
        (site.code, site.area, members) for site in going for members in (site.inspectors, site.second) if members
    ]
    were = been(services, plan.week, how, sorted({name for _, _, members in visits for name in members}))
    found = departures(visits, per_street=how.per_street, sites=were.sites, streets=were.streets)
    alone = [
        Departure("second", site.area, "", 0, site.code)
        for site in going
        if site.twice and site.inspectors and not site.second
    ]
    return (*found, *alone)


def departure_words(services: Services, plan: WeekPlan) -> list[str]:
    """The departures of a plan in words."""
    tree = area_tree(services.store, plan.week)
    found = []
    for one in plan.departures:
        said = DEPARTURES[one.rule].format(inspector=one.inspector or "有测评员", number=one.number, site=one.site)
        found.append(f"{tree.full_name(one.street)}：{said}")
    return found


def keeps_away(services: Services, inspector: str, planned: PlannedSite, site: Site | None, week: str) -> bool:
    """Whether an inspector keeps away from where a planned site lies."""
    tree = area_tree(services.store, week)
    kept = {tree.standing(code) for code in _kept_away(services).get(inspector, ())}
    return bool(kept & {area.code for area in tree.path(site.area if site else planned.area)})


def _stop(site: Site, tree: AreaTree) -> Stop:
    place = Place(*site.point, 0.0) if site.point else None
    return Stop(site.code, street_of(tree, site.area), frozenset(area.code for area in tree.path(site.area)), place)


def _teams(services: Services, plan: WeekPlan, tree: AreaTree, how: How, seed: str) -> list[Team]:
    # Who validates inspects nothing else: what they see is to be compared with what others saw.
    apart = validation_rules(services)[0].validators
    names = [user.name for user in inspectors(services.store) if user.name not in apart]
    groups = pairs(names, seed=seed, week=plan.week) if how.in_pairs else [(name,) for name in names]
    were, kept = been(services, plan.week, how, names), _kept_away(services)
    gone = [(name, site.code) for name, site in _gone(services, plan.week)]
    return [
        Team(
            members=group,
            kept_from=frozenset(tree.standing(code) for name in group for code in kept.get(name, ())),
            seen=frozenset(code for name in group for code in were.sites[name]),
            streets=_nearest(were.streets[name] for name in group),
            visited=frozenset(code for name, code in gone if name in group),
        )
        for group in groups
    ]


def _nearest(apart: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in apart:
        found |= {street: min(weeks, found.get(street, weeks)) for street, weeks in one.items()}
    return found
