"""Figures of other indexes, kept by week until the week is published with them."""

from __future__ import annotations

from datetime import datetime

from ...collections.index.outside_figures import OUTSIDE_FIGURES
from ...domain.index.outside_figures import OutsideFigures, parse_outside_figures
from ...domain.problems import Problem
from ...domain.tables import RawTable
from .. import Services
from ..audit import Entry, keep
from ..place.register import area_tree


def outside_figures(services: Services, week: str) -> OutsideFigures:
    """The figures of a week; empty where none were given."""
    kept = OUTSIDE_FIGURES.get(services.store, week)
    return kept.value if kept else {}


def keep_outside_figures(
    services: Services, who: str, week: str, table: RawTable | str, file: str, now: datetime
) -> int | list[Problem]:
    """Take over the figures of a week, all or none, in place of those given before; how many areas.

    ``table`` may be the text of a CSV.
    """
    tree = area_tree(services.store, week)
    found = parse_outside_figures(table, file, services.library.weights, tree)
    if isinstance(found, list):
        return found
    kept = OUTSIDE_FIGURES.get(services.store, week)
    entry = Entry("figures.taken", week, after={"figures": found})
    keep(services.store, who, now, [entry], [OUTSIDE_FIGURES.writing(week, found, kept.revision if kept else 0)])
    return len(found)
