"""Which visits of a week its figures are made of, and which stand beside them.

Where a plan was drawn only visits of drawn sites estimate: what somebody chose to look at says nothing of what nobody
looked at. A site that was dropped and inspected all the same was drawn. Whoever sees to it that a repair was made
(复查) looks at a site because it was bad, so that this is no measurement of the week, with or without a plan; but who
was sent there by the plan measures, whatever else is waited for there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import EVERYTHING
from ...domain.cases.case import Recheck
from ...domain.index.sample import CHOSEN, DRAWN, Apart
from ...domain.inspecting.brief import VisitBrief, brief_of
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.kinds import KINDS
from ...domain.place.areas import AreaTree
from ...domain.plan.week_plan import PlannedSite
from ...domain.weeks import shifted, week_of
from ...store import Store
from .. import Services
from ..inspecting.visits import counted_visits, validated
from ..plan.assigning import street_of
from ..plan.planning import drawn_sites

Visits = list[Kept[Inspection]]


@dataclass(frozen=True, slots=True)
class SortedVisits:
    """The visits of a week that count: those that its figures are made of, and those apart, by keys of ``APART``.

    Reports of problems, which are no visits, are apart. ``drawn`` are the drawn sites by code, None where no plan was
    drawn.
    """

    estimating: Sequence[VisitBrief]
    apart: Mapping[str, Sequence[VisitBrief]]
    drawn: Mapping[str, PlannedSite] | None

    @property
    def basis(self) -> str:
        return CHOSEN if self.drawn is None else DRAWN

    def chance(self, site: str) -> float | None:
        """The chance that a site had of being drawn; None where no plan drew it, or an old one kept none."""
        found = self.drawn.get(site) if self.drawn else None
        return float(Fraction(found.chance)) if found and found.chance else None


def sorted_visits(
    services: Services, week: str, also: Collection[str] = (), read: Visits | None = None
) -> SortedVisits:
    """The visits of a week that count, sorted; those with the ids ``also`` as if they did.

    Of all its visits as they are kept now, or as somebody ``read`` them.
    """
    drawn = drawn_sites(services, week, scope=EVERYTHING)
    validating, counting = validated(services.store, week), set(also)
    kept, reports = [], []
    for one in INSPECTIONS.briefs(services.store, week) if read is None else _as_read(services, week, read):
        if not one.is_visit:
            reports.append(one)
        elif (one.counts or one.id in counting) and (one.site, one.inspector) not in validating:
            kept.append(one)
    rechecks = _rechecks(services, week, kept, read)
    groups: dict[str, list[VisitBrief]] = {}
    for one in kept:
        groups.setdefault(_group(one, drawn, rechecks), []).append(one)
    return SortedVisits(groups.pop("", ()), {**groups, "adhoc": reports}, drawn)


def _as_read(services: Services, week: str, read: Visits) -> Iterator[VisitBrief]:
    """The visits that somebody read, and the reports as they are kept now."""
    yield from (brief_of(one.id, one.value) for one in read)
    yield from (one for one in INSPECTIONS.briefs(services.store, week) if not one.is_visit)


def apart_of(found: SortedVisits, tree: AreaTree) -> tuple[Apart, ...]:
    """What stands beside the figures of a week, by kind and street; ad-hoc reports among it, which have no rate."""
    return tuple(one for kind, some in found.apart.items() for one in _by_street(kind, some, tree))


def _group(visit: VisitBrief, drawn: Mapping[str, PlannedSite] | None, rechecks: Collection[str]) -> str:
    """A key of ``APART``; empty where the figures are made of it."""
    site = drawn.get(visit.site) if drawn is not None else None
    if visit.id in rechecks and not (site and visit.visitors & {*site.inspectors, *site.second}):
        return "recheck"
    return "unplanned" if drawn is not None and site is None else ""


def _rechecks(services: Services, week: str, kept: Sequence[VisitBrief], read: Visits | None) -> set[str]:
    """The visits of a week by which a recheck was made: the first of each since it was asked for."""
    asked = _asked(services, {one.site for one in kept})
    sites = frozenset(site for site, _ in asked)
    if not sites:
        return set()
    ids = {one.id for one in kept if one.site in sites}
    if read is None:
        read = INSPECTIONS.find(services.store, week=week, site=sites)
    looks = _by_site(one for one in read if one.id in ids)
    counted = cache(partial(_counted_at, services.store, sites))
    zone = services.settings.timezone
    found = (_first_look(counted, looks, week_of(recheck.at, zone), week, site, recheck) for site, recheck in asked)
    return {id for id in found if id}


def _asked(services: Services, sites: Collection[str]) -> list[tuple[str, Recheck]]:
    """The rechecks that were asked for at these sites, whenever."""
    cases = services.cases.briefs(services.store, lambda one: one.recheck is not None and one.site in sites)
    return [(one.site, one.recheck) for one in cases if one.recheck]


def _counted_at(store: Store, sites: frozenset[str], week: str) -> dict[str, Visits]:
    """A week's visits of these sites that count, by site."""
    return _by_site(counted_visits(store, week, sites=sites))


def _by_site(visits: Iterable[Kept[Inspection]]) -> dict[str, Visits]:
    found: dict[str, Visits] = {}
    for one in visits:
        found.setdefault(one.value.site.code, []).append(one)
    return found


def _first_look(
    counted: Callable[[str], Mapping[str, Visits]],
    looks: Mapping[str, Visits],
    asked_in: str,
    week: str,
    site: str,
    recheck: Recheck,
) -> str:
    """The visit of the week by which a recheck was made; empty where none was, or one of an earlier week.

    ``counted`` gives a week's visits and ``looks`` are those of this one, by site; ``asked_in`` is the week in which
    the recheck was asked for.
    """
    while asked_in < week:
        if any(_is_look(one, recheck) for one in counted(asked_in).get(site, ())):
            return ""
        asked_in = shifted(asked_in, 1)
    found = [one for one in looks.get(site, ()) if _is_look(one, recheck)]
    return min(found, key=lambda one: (one.value.started_at, one.id)).id if found else ""


def _is_look(kept: Kept[Inspection], recheck: Recheck) -> bool:
    visit = kept.value
    is_theirs = not recheck.inspector or recheck.inspector in visit.visitors
    return visit.started_at >= recheck.at and is_theirs


def _by_street(kind: str, visits: Iterable[VisitBrief], tree: AreaTree) -> Iterator[Apart]:
    streets: dict[str, list[VisitBrief]] = {}
    for visit in visits:
        streets.setdefault(street_of(tree, visit.area), []).append(visit)
    for street, some in sorted(streets.items()):
        rates = [visit.rate for visit in some if visit.rate is not None and KINDS[visit.kind].rated]
        sites = {visit.site for visit in some if visit.site}
        mean = sum(rates) / len(rates) if rates else None
        yield Apart(kind, street, len(some), len(sites), len(rates), mean)
