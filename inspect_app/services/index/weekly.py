"""The week's index as it stands: computed from what is in the store now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property, partial
from operator import attrgetter

from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import EVERYTHING
from ...domain.index.civility_index import METHOD, WeekTables, week_tables
from ...domain.index.composites import with_composites
from ...domain.index.figures import AreaWeek, PublishedWeek, SiteWeek, WeekHead
from ...domain.index.frame import Frame, FrameContent
from ...domain.index.observing import ItemKey, Observed, ScoredResults, Visit, WeighedItems, observe
from ...domain.index.sample import WeekSample
from ...domain.index.weights import weights_to_json
from ...domain.inspecting.blindness import blind_pairs
from ...domain.inspecting.brief import ScoredItems, VisitBrief
from ...domain.place.areas import AreaTree
from ...domain.plan.response import responses
from ...domain.plan.week_plan import PlannedSite
from ...domain.weeks import utc_text
from .. import Services
from ..inspecting.visits import counted_visits
from ..lazily import LazyMapping
from ..place.area_outlines import area_outlines
from ..plan.assigning import street_of
from ..plan.missing import missed_reasons
from ..plan.planning import planned_sites
from ..plan.validating import validation_of
from ..uncollected import uncollected
from .frames import Framed, in_force
from .industries import own_industries
from .outside_figures import outside_figures
from .sampling import SortedVisits, Visits, apart_of, sorted_visits


def live_week(
    services: Services,
    week: str,
    progress: Callable[[int], object] = lambda done: None,
    *,
    framed: Framed | None = None,
    also: Collection[str] = (),
    read: Visits | None = None,
) -> PublishedWeek:
    """A week's figures from the visits kept by now that count, as a preview: revision 0.

    They rest on the week's frame, or on ``framed`` where it is given; the visits with the ids ``also`` are taken as if
    they counted; ``read`` are all its visits, where they were read already. ``progress`` is told of each step of the
    computation. Changes against earlier weeks are added by ``publishing``.
    """
    with uncollected():
        return _live_week(services, week, progress, framed, also, read)


def _live_week(
    services: Services,
    week: str,
    progress: Callable[[int], object],
    framed: Framed | None,
    also: Collection[str],
    read: Visits | None,
) -> PublishedWeek:
    content, frame = framed or in_force(services, week)
    found, tree, weights = sorted_visits(services, week, also, read), content.tree, content.weights
    seen = _Visits(services, content, found)
    observed, titles = observe(map(seen.of, found.estimating)), seen.titles
    sample = _sample(services, week, content, frame, found, titles)
    names = _names(observed.sites, found.estimating)
    observed = replace(observed, sites=tuple(map(_copied, observed.sites)))
    minimum, counts = content.minimum, content.counts
    # A national week has a million visits, and a register as long: from here on they are columns.
    del found, seen, content, framed, read
    tables = week_tables(observed, tree, minimum=minimum, weights=weights, listed=counts, progress=progress)
    rows, there = tables.rows, {row.area for row in tables.rows}
    if (planned := planned_sites(services, week, scope=EVERYTHING)) is not None:
        rows = with_planned(rows, tree, planned, set(observed.sites))
    rows = with_composites(rows, weights, outside_figures(services, week))
    return PublishedWeek(
        head=WeekHead(
            city=services.settings.city,
            week=week,
            revision=0,
            published_at="",
            reason="",
            method=METHOD,
            minimum=minimum,
            weights=weights_to_json(weights),
            variances=tables.variances,
            industries=own_industries(services),
        ),
        rows=rows,
        details=LazyMapping([row.area for row in tables.rows], partial(tables.detail, titles=titles)),
        sites=_sites(names, observed, tables, tree, titles),
        outlines={code: outline for code, outline in area_outlines(services.store, week).items() if code in there},
        sample=sample,
        validation=validation_of(services, week),
        severity=tables.severity,
    )


def _names(sites: Sequence[str], visits: Iterable[VisitBrief]) -> list[str]:
    """What each of these sites is called, by the last visit of it."""
    name_of = {one.site: one.name for one in visits}
    return [_copied(name_of[site]) for site in sites]


def _copied(text: str) -> str:
    """The same as a text of its own: one out of a million visits keeps the block of memory that lies about it."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")


def _sample(
    services: Services,
    week: str,
    content: FrameContent,
    frame: Frame | None,
    found: SortedVisits,
    titles: Mapping[str, str],
) -> WeekSample:
    inspected = {visit.site for visit in found.estimating}
    drawn = found.drawn.values() if found.drawn else ()
    sample = WeekSample(
        basis=found.basis,
        listed=len(content.listed),
        least_response=content.least_response,
        apart=apart_of(found, content.tree),
        responses=responses(drawn, inspected, missed_reasons(services, week)),
        strata=_strata(content),
        types={id: titles.get(id, id) for id in sorted({site.site_type for site in (*content.listed, *drawn)})},
    )
    if frame is None:
        return sample
    return replace(
        sample,
        frozen_at=utc_text(frame.at),
        occasion=frame.occasion,
        reason=frame.reason,
        register=frame.register,
        areas=frame.areas,
    )


def _strata(content: FrameContent) -> tuple[tuple[str, str, int], ...]:
    """How many sites the frame has of each street and type, in order."""
    street = cache(lambda area: street_of(content.tree, area))
    found = Counter((street(site.area), site.site_type) for site in content.listed)
    return tuple((*stratum, count) for stratum, count in sorted(found.items()))


def live_index(services: Services, week: str) -> tuple[AreaWeek, ...]:
    """The rows of a week as it stands."""
    return live_week(services, week).rows


def inspected_sites(services: Services, week: str) -> Counter[str]:
    """How often each site was visited in a week, by its code."""
    return Counter(kept.value.site.code for kept in counted_visits(services.store, week))


def twice_inspected(services: Services, week: str) -> set[str]:
    """The codes of the sites with a second visit that was blind to the first (双人盲测)."""
    visits = (kept.value for kept in counted_visits(services.store, week))
    return {first.site.code for first, _ in blind_pairs(visits)}


def weeks_with_inspections(services: Services) -> list[str]:
    """Newest first."""
    return sorted(INSPECTIONS.weeks(services.store), reverse=True)


def item_text(services: Services, checklist: str, item: str) -> str:
    """An item's words in the checklist in force; its id where that has it no more."""
    current = services.library.current.get(checklist)
    return next((one.text for one in current.items if one.id == item), item) if current else item


class _Visits:
    """Visits as the index sees them. Items have the words of the checklist that the week rests on, where it has
    them.
    """

    def __init__(self, services: Services, content: FrameContent, found: SortedVisits) -> None:
        self._library = services.library
        versions = {id: services.library.version(version) for id, version in content.checklists.items()}
        self._current = {id: checklist for id, checklist in versions.items() if checklist}
        self.titles = {**services.library.titles, **{id: one.title for id, one in self._current.items()}}
        self._items: dict[tuple[str, str], ItemKey] = {}
        self._scored: dict[tuple[str, str, ScoredItems], WeighedItems] = {}
        self._same: dict[int, WeighedItems] = {}
        self._people: dict[str, str] = {}
        self._is_known = cache(lambda area: content.tree.standing(area) in content.tree)
        self._content, self._found, self._is_drawn = content, found, found.drawn is not None

    def of(self, visit: VisitBrief) -> Visit:
        return Visit(
            area=self._area(visit),
            site=visit.site,
            site_type=visit.checklist,
            rate=visit.rate,
            results=ScoredResults(self._scored_items(visit), visit.scores),
            cap=self._library.kept(visit.version).veto_cap if visit.capped else None,
            inspector=self._people.setdefault(visit.inspector, str(len(self._people))),
            chance=self._found.chance(visit.site),
            planned=self._found.drawn is not None,
        )

    def _scored_items(self, visit: VisitBrief) -> WeighedItems:
        # Briefs that were read have their items in common, and all of them live as long as this does.
        if (known := self._same.get(id(visit.items))) is not None:
            return known
        key = visit.checklist, visit.version, visit.items
        found = self._scored.get(key)
        if found is None:
            items = tuple(self._item(visit, id) for id in visit.items.ids)
            found = self._scored[key] = WeighedItems(items, visit.items.weights)
        self._same[id(visit.items)] = found
        return found

    def _area(self, visit: VisitBrief) -> str:
        """Where a site lies by the frame: where it was drawn, or else what the visit says, if there is such an area."""
        if self._is_drawn or not self._is_known(visit.area):
            return self._areas.get(visit.site, visit.area)
        return visit.area

    @cached_property
    def _areas(self) -> Mapping[str, str]:
        return self._content.areas_of_sites

    def _item(self, visit: VisitBrief, id: str) -> ItemKey:
        key = (visit.checklist, id)
        if key not in self._items:
            current = self._current.get(visit.checklist)
            has = current is not None and any(item.id == id for item in current.items)
            item = (current if has and current else self._library.kept(visit.version)).item(id)
            self._items[key] = ItemKey(visit.checklist, id, item.text, item.dimension, item.clauses)
        return self._items[key]


def _sites(
    names: Iterable[str], observed: Observed, tables: WeekTables, tree: AreaTree, titles: Mapping[str, str]
) -> tuple[SiteWeek, ...]:
    areas = list(map(tree.standing, observed.areas))
    types = [titles.get(id, id) for id in observed.types]
    columns = (
        observed.sites,
        names,
        observed.site_type.tolist(),
        observed.site_area.tolist(),
        tables.site_rate.tolist(),
        tables.site_inspections.astype(int).tolist(),
    )
    found = [
        SiteWeek(site, name, types[type_], areas[area], None if rate != rate else rate, inspections)
        for site, name, type_, area, rate, inspections in zip(*columns, strict=True)
    ]
    found.sort(key=attrgetter("area", "type_title", "site"))
    return tuple(found)


def with_planned(
    rows: tuple[AreaWeek, ...], tree: AreaTree, planned: Mapping[str, PlannedSite], inspected: Collection[str]
) -> tuple[AreaWeek, ...]:
    """The rows with how many sites the week's plan has there, and how many of them were inspected.

    A site of the plan that lies in a community counts for its street and above: that is where it was drawn.
    """
    there: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for code, site in planned.items():
        above = [one.code for one in tree.path(site.area)]
        there.update(above)
        done.update(above if code in inspected else ())
    return tuple(replace(row, planned=there[row.area], planned_done=done[row.area]) for row in rows)
