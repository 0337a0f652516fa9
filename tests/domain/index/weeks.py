"""Weeks of inspections for the tests of the index."""

from __future__ import annotations

from collections.abc import Iterable

from inspect_app.domain.index.civility_index import week_tables
from inspect_app.domain.index.figures import AreaWeek
from inspect_app.domain.index.observing import Visit, observe
from inspect_app.domain.place.areas import AreaTree


def visits(area: str, kind: str, *rates: float | None) -> list[Visit]:
    """One inspection each of as many sites, which the week's plan asked for."""
    return [Visit(area, f"{area}-{kind}-{n}", kind, rate, planned=True) for n, rate in enumerate(rates)]


def index_rows(inspections: Iterable[Visit], tree: AreaTree, **more) -> dict[str, AreaWeek]:
    """The rows by area code; three scored sites are enough unless said otherwise."""
    return {row.area: row for row in week_tables(observe(inspections), tree, **{"minimum": 3, **more}).rows}
