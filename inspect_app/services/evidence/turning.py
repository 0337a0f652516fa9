"""Turning a photo that lies on its side; all that is shown of it follows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ...collections import Kept
from ...collections.evidence.turns import PHOTO_TURNS
from ...domain.evidence.turns import Turn, is_quarters
from ...domain.problems import Problem
from ...store import Stale, Store
from .. import Services
from ..audit import Entry, keep

_FEW = 20
"""Of no more photos each is asked for by itself: all turns that there are take longer."""


def quarters_of(store: Store, sha256: str) -> int:
    """By how many quarters a photo is shown turned clockwise."""
    kept = PHOTO_TURNS.get(store, sha256)
    return kept.value.quarters if kept else 0


def turn_revision(store: Store, sha256: str) -> int:
    """The revision that a change of its turn names; 0 where nobody turned it."""
    kept = PHOTO_TURNS.get(store, sha256)
    return kept.revision if kept else 0


def turns_of(store: Store, hashes: Collection[str]) -> dict[str, Kept[Turn]]:
    """The turns of those photos that somebody turned, by SHA-256; of many photos asked for together."""
    if len(hashes) > _FEW:
        return {kept.id: kept for kept in PHOTO_TURNS.find(store) if kept.id in hashes}
    found = ((sha256, PHOTO_TURNS.get(store, sha256)) for sha256 in hashes)
    return {sha256: kept for sha256, kept in found if kept}


def turn_name(quarters: int) -> str:
    """What a turned copy is told by among copies of the same photo; empty where it is not turned."""
    return f"-turned{quarters}" if quarters else ""


def turn_photo(
    services: Services, who: str, inspection: str, sha256: str, quarters: int, expected_revision: int, now: datetime
) -> Kept[Turn] | list[Problem]:
    """Show a photo turned by so many quarters clockwise; who did so is logged with the inspection that shows it.

    Raises ``Stale`` where somebody else turned it since ``expected_revision``.
    """
    if not is_quarters(quarters):
        return [Problem("evidence.turn_out_of_range")]
    if turn_revision(services.store, sha256) != expected_revision:
        raise Stale(f"{PHOTO_TURNS.name}/{sha256}")
    before = quarters_of(services.store, sha256)
    entry = Entry("photo.turned", f"{inspection}/{sha256}", before={"quarters": before}, after={"quarters": quarters})
    write = PHOTO_TURNS.writing(sha256, Turn(quarters, who, now), expected_revision)
    return PHOTO_TURNS.kept(keep(services.store, who, now, [entry], [write])[0])
