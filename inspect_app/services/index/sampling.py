"""Which visits of a week its figures are made of, and which stand beside them.

Where a plan was drawn only visits of drawn sites estimate: what somebody chose to look at says nothing of what nobody
looked at. A site that was dropped and inspected all the same was drawn. Whoever sees to it that a repair was made
(复查) looks at a site because it was bad, so that this is no measurement of the week, with or without a plan; but who
was sent there by the plan measures, whatever else is waited for there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial

from ...collections import Kept
from ...collections.cases.case import CASES
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import EVERYTHING
from ...domain.cases.case import Recheck
from ...domain.index.sample import CHOSEN, DRAWN, Apart
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.kinds import KINDS, is_counted
from ...domain.place.areas import AreaTree
from ...domain.plan.week_plan import PlannedSite
from ...domain.weeks import shifted, week_of
from ...store import Store
from .. import Services
from ..inspecting.visits import all_visits, counted_visits, measuring
from ..plan.assigning import street_of
from ..plan.planning import drawn_sites

Visits = list[Kept[Inspection]]


@dataclass(frozen=True, slots=True)
class SortedVisits:
    """The visits of a week that count: those that its figures are made of, and those apart, by keys of ``APART``.

    ``drawn`` are the drawn sites by code, None where no plan was drawn.
    """

    estimating: tuple[Inspection, ...]
    apart: Mapping[str, tuple[Inspection, ...]]
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
    visits = measuring(services.store, week, all_visits(services.store, week) if read is None else read)
    kept = [one for one in visits if is_counted(one.value) or one.id in also]
    rechecks = _rechecks(services, kept)
    groups: dict[str, list[Inspection]] = {}
    for one in kept:
        groups.setdefault(_group(one, drawn, rechecks), []).append(one.value)
    estimating = tuple(groups.pop("", ()))
    return SortedVisits(estimating, {name: tuple(some) for name, some in groups.items()}, drawn)


def apart_of(store: Store, week: str, found: SortedVisits, tree: AreaTree) -> tuple[Apart, ...]:
    """What stands beside the figures of a week, by kind and street; ad-hoc reports among it, which have no rate."""
    reports = [kept.value for kept in INSPECTIONS.find(store, week=week) if not KINDS[kept.value.kind].counted]
    return tuple(
        one for kind, some in ({**found.apart, "adhoc": tuple(reports)}).items() for one in _by_street(kind, some, tree)
    )


def _group(
    kept: Kept[Inspection],
    drawn: Mapping[str, PlannedSite] | None,
    rechecks: Collection[str],
) -> str:
    """A key of ``APART``; empty where the figures are made of it."""
    visit = kept.value
    site = drawn.get(visit.site.code) if drawn is not None else None
    if kept.id in rechecks and not (site and visit.visitors & {*site.inspectors, *site.second}):
        return "recheck"
    return "unplanned" if drawn is not None and site is None else ""


def _rechecks(services: Services, kept: Visits) -> set[str]:
    """The visits of a week by which a recheck was made: the first of each since it was asked for."""
    sites = {one.value.site.code for one in kept}
    cases = CASES.find(services.store, site=sites) if sites else []
    asked = [(case.value.site, case.value.recheck) for case in cases if case.value.recheck]
    counted = cache(partial(counted_visits, services.store))
    found = (
        _first_look(counted, week_of(recheck.at, services.settings.timezone), site, recheck, kept)
        for site, recheck in asked
    )
    return {id for id in found if id}


def _first_look(counted: Callable[[str], Visits], asked_in: str, site: str, recheck: Recheck, kept: Visits) -> str:
    """The visit of the week by which a recheck was made; empty where none was, or one of an earlier week.

    ``counted`` gives a week's visits, ``asked_in`` is the week in which the recheck was asked for.
    """
    week = kept[0].value.week
    while asked_in < week:
        if any(_is_look(one, site, recheck) for one in counted(asked_in)):
            return ""
        asked_in = shifted(asked_in, 1)
    looks = [one for one in kept if _is_look(one, site, recheck)]
    return min(looks, key=lambda one: (one.value.started_at, one.id)).id if looks else ""


def _is_look(kept: Kept[Inspection], site: str, recheck: Recheck) -> bool:
    visit = kept.value
    is_theirs = not recheck.inspector or recheck.inspector in visit.visitors
    return visit.site.code == site and visit.started_at >= recheck.at and is_theirs


def _by_street(kind: str, visits: Iterable[Inspection], tree: AreaTree) -> Iterator[Apart]:
    streets: dict[str, list[Inspection]] = {}
    for visit in visits:
        streets.setdefault(street_of(tree, visit.area), []).append(visit)
    for street, some in sorted(streets.items()):
        rates = [visit.rate for visit in some if visit.rate is not None and KINDS[visit.kind].rated]
        sites = {visit.site.code for visit in some if visit.site.code}
        mean = sum(rates) / len(rates) if rates else None
        yield Apart(kind, street, len(some), len(sites), len(rates), mean)
