"""A kept inspection as a value, for tests of what is made of it."""

from __future__ import annotations

from typing import Any

from inspect_app.domain.checklists.scoring import ItemScore
from inspect_app.domain.inspecting.inspection import VISIT, Inspection
from inspect_app.domain.place.sites import Site
from tests.world import NOW, STREET, WEEK

SITE = Site("toilet-1", "公厕", "public-toilet", STREET, None)


def scored(id: str, score: float | None = 1.0, *, state: str = "scored", weight: float = 1.0) -> ItemScore:
    """An item's score; there is a finding where points were lost or may have been."""
    failed = state == "uncertain" or (score is not None and score < 1)
    return ItemScore(id, state, score, weight, failed, "")


def inspection(**said: Any) -> Inspection:
    """An inspection with no items and no photos but what is said."""
    usual: dict[str, Any] = {
        "kind": VISIT,
        "week": WEEK,
        "state": "clear",
        "site": SITE,
        "area": STREET,
        "checklist": "public-toilet",
        "version": "public-toilet-1",
        "inspector": "inspector",
        "started_at": NOW,
        "finished_at": NOW,
        "received_at": NOW,
        "answers": {},
        "photos": (),
        "recordings": (),
        "taps": {},
        "fingerprint": "f" * 64,
        "rate": None,
        "capped": False,
        "items": (),
        "reviews": {},
    }
    return Inspection(**{**usual, **said})
