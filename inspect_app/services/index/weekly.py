"""The week's index as it stands: computed from what is in the store now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ...collections.place.site import SITES
from ...domain.checklists.checklist import Checklist
from ...domain.index.civility_index import METHOD, WeekTables, week_tables
from ...domain.index.figures import AreaWeek, PublishedWeek, SiteWeek, WeekHead
from ...domain.index.gathering import Listed
from ...domain.index.observing import ItemKey, Observed, Result, Visit, observe
from ...domain.index.weights import composite, weights_to_json
from ...domain.inspecting.adhoc import is_ad_hoc
from ...domain.place.areas import AreaTree
from ...store import Stored
from .. import INSPECTIONS, Services
from ..lazily import LazyMapping
from ..place.area_outlines import area_outlines
from ..place.register import area_tree
from ..plan.planning import PlannedSite, planned_sites
from .outside_figures import outside_figures


def live_week(services: Services, week: str, progress: Callable[[int], object] = lambda done: None) -> PublishedWeek:
    """A week's figures from the inspections kept by now, as a preview: revision 0. Ad-hoc reports have no part in it.

    ``progress`` is told of each step of the computation. Changes against earlier weeks are added by ``publishing``.
    """
    tree = area_tree(services.store, week)
    kept = [one for one in services.store.find(INSPECTIONS, week=week) if not is_ad_hoc(one.document)]
    visits = _Visits(services)
    observed = observe(visits.of(one) for one in kept)
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
    if (planned := planned_sites(services, week)) is not None:
        rows = with_planned(rows, tree, planned, {one.document["site"] for one in kept})
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
        ),
        rows=rows,
        details=LazyMapping([row.area for row in tables.rows], partial(tables.detail, titles=titles)),
        sites=_sites(kept, observed, tables, tree, titles),
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
    """How often each site was inspected in a week, by its code; ad-hoc reports are of no site."""
    found = services.store.find(INSPECTIONS, week=week)
    return Counter(one.document["site"] for one in found if not is_ad_hoc(one.document))


def weeks_with_inspections(services: Services) -> list[str]:
    """Newest first."""
    return sorted(services.store.weeks(INSPECTIONS), reverse=True)


def finding_scores(document: Mapping[str, Any]) -> dict[str, float]:
    """The scores in [0, 1] of an inspection's items that count, by item id.

    A rejected finding does not count; one that was 疑似 counts 0 once it is confirmed.
    """
    scores: dict[str, float | None] = {item["item_id"]: item["score"] for item in document["items"]}
    for item in document["items"]:
        decision = document["reviews"].get(item["item_id"], {}).get("decision")
        if decision == "rejected":
            scores[item["item_id"]] = None
        elif decision == "confirmed" and item["state"] == "uncertain":
            scores[item["item_id"]] = 0.0
    return {id: score for id, score in scores.items() if score is not None}


def item_text(services: Services, checklist: str, item: str) -> str:
    """An item's words in the checklist in force; its id where that has it no more."""
    current = services.library.current.get(checklist)
    return next((one.text for one in current.items if one.id == item), item) if current else item


class _Visits:
    """Inspections as the index sees them. Items have the words of the checklist in force, where it still has them."""

    def __init__(self, services: Services) -> None:
        self._library = services.library
        self._current = services.library.current
        self._items: dict[tuple[str, str], ItemKey] = {}

    def of(self, stored: Stored) -> Visit:
        document = stored.document
        scores = finding_scores(document)
        return Visit(
            area=document["area"],
            site=document["site"],
            site_type=document["checklist"],
            rate=document["rate"],
            results=tuple(
                Result(self._item(document, item["item_id"]), scores.get(item["item_id"]), item["weight"])
                for item in document["items"]
            ),
            cap=self._checklist(document).veto_cap if document["capped"] else None,
        )

    def _item(self, document: Mapping[str, Any], id: str) -> ItemKey:
        key = (document["checklist"], id)
        if key not in self._items:
            current = self._current.get(document["checklist"])
            has = current is not None and any(item.id == id for item in current.items)
            item = (current if has and current else self._checklist(document)).item(id)
            self._items[key] = ItemKey(document["checklist"], id, item.text, item.dimension, item.clauses)
        return self._items[key]

    def _checklist(self, document: Mapping[str, Any]) -> Checklist:
        checklist = self._library.version(document["version"])
        assert checklist is not None, document["version"]
        return checklist


def _sites(
    kept: list[Stored], observed: Observed, tables: WeekTables, tree: AreaTree, titles: Mapping[str, str]
) -> tuple[SiteWeek, ...]:
    names = {one.document["site"]: one.document["site_as_inspected"]["name"] for one in kept}
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
