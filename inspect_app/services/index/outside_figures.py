"""Figures of other indexes, kept by week until the week is published with them."""

from __future__ import annotations

from datetime import datetime

from ...domain.index.outside_figures import OutsideFigures, parse_outside_figures
from ...domain.problems import Problem
from ...store import Put
from .. import Services
from ..audit import logged
from ..place.register import area_tree

_FIGURES = "outside_figures"


def outside_figures(services: Services, week: str) -> OutsideFigures:
    """The figures of a week; empty where none were given."""
    stored = services.store.get(_FIGURES, week)
    return stored.document["figures"] if stored else {}


def keep_outside_figures(
    services: Services, who: str, week: str, text: str, file: str, now: datetime
) -> int | list[Problem]:
    """Take over the figures of a week from CSV, all or none, in place of those given before; how many areas."""
    tree = area_tree(services.store, week)
    found = parse_outside_figures(text, file, services.library.weights, tree)
    if isinstance(found, list):
        return found
    with logged(services, who, "figures.taken", week, now, after={"figures": found}):
        put, stored = services.store.put_once(_FIGURES, week, {"figures": found})
        if put is Put.CONFLICT:
            services.store.update(_FIGURES, week, {"figures": found}, expected_revision=stored.revision)
    return len(found)
