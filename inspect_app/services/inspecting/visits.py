"""The inspections that figures are made of: index, plan and quality of measurement ask here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.kinds import is_counted, is_visit
from ...store import Store


def counted_visits(store: Store, week: str, areas: Collection[str] | None = None) -> list[Kept[Inspection]]:
    """Those of a week (in these areas, by code), in the order first kept.

    What a kind of submission leaves out of all figures is none, nor is a visit that waits for the office.
    """
    return [kept for kept in INSPECTIONS.find(store, week=week, area=areas) if is_counted(kept.value)]


def visits_made(store: Store, week: str) -> list[Kept[Inspection]]:
    """All visits of a week but those that the office left out: who waits to be believed was there, so far."""
    found = INSPECTIONS.find(store, week=week)
    return [kept for kept in found if is_visit(kept.value) and kept.value.presence.state != "left_out"]
