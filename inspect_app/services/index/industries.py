"""The industries of the city's own, as the office edits them, and of which items each is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...domain.index.industries import Industry, industries_text, items_of
from ...domain.problems import Problem
from ...domain.starting_set import INDUSTRIES_FILE, name_of
from .. import Services
from ..accounts.units import all_units

NAME = name_of(INDUSTRIES_FILE)
"""Under which the text is kept, and given by command."""


def industries_now(services: Services) -> tuple[tuple[Industry, ...], int]:
    """The industries in force at this moment, and the number of their edition, which a change has to name."""
    services.library.look_again()
    return services.library.industries, services.library.number(NAME)


def keep_industries(
    services: Services, by: str, industries: Sequence[Industry], now: datetime, edition: int, why: str = ""
) -> list[Problem]:
    """Put the industries in force as the office's newest edition; nothing is kept where one is wrong.

    Raises ``Stale`` where the newest edition is not the one with the number given.
    """
    text = industries_text(industries)
    return services.library.keep(NAME, text, by, now, why, expected=edition, whole=False)


def own_industries(services: Services) -> dict[str, tuple[str, ...]]:
    """The items (``checklist/item``) of each industry of the city's own; empty where it has none."""
    return resolved(services, services.library.industries)


def resolved(services: Services, industries: Sequence[Industry]) -> dict[str, tuple[str, ...]]:
    """The items of industries, by title, as checklists and units stand."""
    if not industries:
        return {}
    return items_of(industries, responsible(services), [kept.unit for kept in all_units(services.store)])


def responsible(services: Services) -> dict[str, tuple[str, ...]]:
    """All items of the checklists in force (``checklist/item``), each with the units that it names."""
    return {
        f"{checklist.id}/{item.id}": item.units
        for checklist in services.library.current.values()
        for item in checklist.items
    }
