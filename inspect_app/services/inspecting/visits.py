"""The inspections that figures are made of: index, plan and quality of measurement ask here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.plan.validation import VALIDATIONS
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.kinds import is_counted, is_visit
from ...domain.weeks import shifted
from ...store import Store


def all_visits(
    store: Store, week: str, areas: Collection[str] | None = None, *, sites: Collection[str] | None = None
) -> list[Kept[Inspection]]:
    """Those of a week (in these areas, of these sites, by code), in the order first kept, be they counted or not."""
    return [kept for kept in INSPECTIONS.find(store, week=week, area=areas, site=sites) if is_visit(kept.value)]


def counted_visits(
    store: Store, week: str, areas: Collection[str] | None = None, *, sites: Collection[str] | None = None
) -> list[Kept[Inspection]]:
    """Likewise, those that figures are made of: a visit that waits for the office is none, nor is a validator's."""
    validating = validated(store, week)
    return [
        kept
        for kept in all_visits(store, week, areas, sites=sites)
        if is_counted(kept.value) and (kept.value.site.code, kept.value.inspector) not in validating
    ]


def visits_made(store: Store, week: str) -> list[Kept[Inspection]]:
    """All of a week but those that the office left out: who waits to be believed was there, so far."""
    return [kept for kept in all_visits(store, week) if kept.value.presence.state != "left_out"]


def validated(store: Store, week: str) -> set[tuple[str, str]]:
    """The sites that are seen again in a week to validate, each with who does; also those of the week before.

    What these see is set beside the figures, which are not made of it.
    """
    kept = (VALIDATIONS.get(store, one) for one in (week, shifted(week, -1)))
    return {(one.site, one.validator) for found in kept if found for one in found.value.chosen}
