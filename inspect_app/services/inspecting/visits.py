"""The inspections that figures are made of: index, plan and quality of measurement ask here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.kinds import is_counted, is_visit
from ...store import Store


def all_visits(store: Store, week: str, areas: Collection[str] | None = None) -> list[Kept[Inspection]]:
    """Those of a week (in these areas, by code), in the order first kept, be they counted or not."""
    return [kept for kept in INSPECTIONS.find(store, week=week, area=areas) if is_visit(kept.value)]


def counted_visits(store: Store, week: str, areas: Collection[str] | None = None) -> list[Kept[Inspection]]:
    """Likewise, those that figures are made of: a visit that waits for the office is none."""
    return [kept for kept in all_visits(store, week, areas) if is_counted(kept.value)]


def visits_made(store: Store, week: str) -> list[Kept[Inspection]]:
    """All of a week but those that the office left out: who waits to be believed was there, so far."""
    return [kept for kept in all_visits(store, week) if kept.value.presence.state != "left_out"]
