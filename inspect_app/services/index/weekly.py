"""The week's index as it stands: computed from what is in the store now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial

from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.place.site import SITES
from ...domain.accounts.scope import EVERYTHING
from ...domain.index.civility_index import METHOD, WeekTables, week_tables
from ...domain.index.figures import AreaWeek, PublishedWeek, SiteWeek, WeekHead
from ...domain.index.gathering import Listed
from ...domain.index.observing import ItemKey, Observed, Result, Visit, observe
from ...domain.index.weights import composite, weights_to_json
from ...domain.inspecting.blindness import blind_pairs
from ...domain.inspecting.inspection import Inspection
from ...domain.place.areas import AreaTree
from ...domain.plan.week_plan import PlannedSite
from .. import Services
from ..inspecting.visits import counted_visits
from ..lazily import LazyMapping
from ..place.area_outlines import area_outlines
from ..place.register import area_tree
from ..plan.planning import planned_sites
from .outside_figures import outside_figures


def live_week(services: Services, week: str, progress: Callable[[int], object] = lambda done: None) -> PublishedWeek:
    """A week's figures from the visits kept by now that count, as a preview: revision 0.

    ``progress`` is told of each step of the computation. Changes against earlier weeks are added by ``publishing``.
    """
    tree = area_tree(services.store, week)
    visits = [kept.value for kept in counted_visits(services.store, week)]
    planned = planned_sites(services, week, scope=EVERYTHING)
    seen = _Visits(services, planned or {})
    observed = observe(map(seen.of, visits))
    tables = week_tables(
        observed,
        tree,
        minimum=services.settings.minimum_inspections,
        weights=services.library.weights,
        listed=listed_sites(services),
        progress=progress,
    )
    titles, there = services.library.titles, {row.area for row in tables.rows}
    rows = tables.rows
    if planned is not None:
        rows = with_planned(rows, tree, planned, {one.site.code for one in visits})
    others, weights = outside_figures(services, week), services.library.weights
    rows = tuple(replace(row, composite=composite(weights, row.rate, others.get(row.area, {}))) for row in rows)
    return PublishedWeek(
        head=WeekHead(
            city=services.settings.city,
            week=week,
            revision=0,
            published_at="",
            reason="",
            method=METHOD,
            minimum=services.settings.minimum_inspections,
            weights=weights_to_json(services.library.weights),
            variances=tables.variances,
        ),
        rows=rows,
        details=LazyMapping([row.area for row in tables.rows], partial(tables.detail, titles=titles)),
        sites=_sites(visits, observed, tables, tree, titles),
        outlines={code: outline for code, outline in area_outlines(services.store, week).items() if code in there},
    )


def live_index(services: Services, week: str) -> tuple[AreaWeek, ...]:
    """The rows of a week as it stands."""
    return live_week(services, week).rows


def listed_sites(services: Services) -> Listed:
    """How many sites in use the register has now, by area code and site type."""
    found = SITES.find(services.store, state="active")
    return Counter((one.value.area, one.value.site_type) for one in found)


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
    """Inspections as the index sees them. Items have the words of the checklist in force, where it still has them."""

    def __init__(self, services: Services, planned: Mapping[str, PlannedSite]) -> None:
        self._planned = planned
        self._people: dict[str, str] = {}
        self._library = services.library
        self._current = services.library.current
        self._items: dict[tuple[str, str], ItemKey] = {}

    def of(self, inspection: Inspection) -> Visit:
        scores = inspection.counted
        planned = self._planned.get(inspection.site.code)
        return Visit(
            area=inspection.area,
            site=inspection.site.code,
            site_type=inspection.checklist,
            rate=inspection.rate,
            results=tuple(
                Result(self._item(inspection, item.item_id), scores.get(item.item_id), item.weight)
                for item in inspection.items
            ),
            cap=self._library.kept(inspection.version).veto_cap if inspection.capped else None,
            inspector=self._people.setdefault(inspection.inspector, str(len(self._people))),
            chance=float(Fraction(planned.chance)) if planned and planned.chance else None,
            planned=planned is not None,
        )

    def _item(self, inspection: Inspection, id: str) -> ItemKey:
        key = (inspection.checklist, id)
        if key not in self._items:
            current = self._current.get(inspection.checklist)
            has = current is not None and any(item.id == id for item in current.items)
            item = (current if has and current else self._library.kept(inspection.version)).item(id)
            self._items[key] = ItemKey(inspection.checklist, id, item.text, item.dimension, item.clauses)
        return self._items[key]


def _sites(
    visits: list[Inspection], observed: Observed, tables: WeekTables, tree: AreaTree, titles: Mapping[str, str]
) -> tuple[SiteWeek, ...]:
    names = {visit.site.code: visit.site.name for visit in visits}
    found = [
        SiteWeek(
            site=site,
            name=names[site],
            type_title=titles.get(type_id, type_id),
            area=tree.standing(observed.areas[observed.site_area[number]]),
            rate=None if rate != rate else float(rate),
            inspections=int(tables.site_inspections[number]),
        )
        for number, (site, rate) in enumerate(zip(observed.sites, tables.site_rate, strict=True))
        for type_id in [observed.types[observed.site_type[number]]]
    ]
    return tuple(sorted(found, key=lambda one: (one.area, one.type_title, one.site)))


def with_planned(
    rows: tuple[AreaWeek, ...], tree: AreaTree, planned: Mapping[str, PlannedSite], inspected: set[str]
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
