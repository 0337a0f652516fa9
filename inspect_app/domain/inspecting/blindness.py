"""Blind second visits (双人盲测): which two visits of a site were made by people who knew nothing of each other's."""

from __future__ import annotations

from collections.abc import Iterable

from .inspection import Inspection


def blind_pairs(visits: Iterable[Inspection]) -> list[tuple[Inspection, Inspection]]:
    """The blind pair of each site and checklist that has one, the earlier visit first; visits in any order."""
    of_site: dict[tuple[str, str], list[Inspection]] = {}
    for visit in sorted(visits, key=lambda one: one.started_at):
        of_site.setdefault((visit.site.code, visit.checklist), []).append(visit)
    return [pair for there in of_site.values() if (pair := blind_pair(there))]


def blind_pair(visits: Iterable[Inspection]) -> tuple[Inspection, Inspection] | None:
    """Of the visits of one site by one checklist, in order of time, the first and the one that is blind to it.

    Whoever was there before, or went along with one who was, knows: an inspector's partner can never see a site as if
    for the first time. Nor can one who denies to have gone along: they may have read the result.
    """
    first, knowing = None, set[str]()
    for visit in visits:
        if first is None:
            first = visit
        elif not visit.knowing & knowing:
            return first, visit
        knowing |= visit.knowing
    return None
