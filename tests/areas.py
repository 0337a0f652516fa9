"""Areas for tests, from a CSV, and their outlines."""

from __future__ import annotations

from collections.abc import Mapping

from inspect_app.domain.place.areas import Area, parse_areas
from inspect_app.domain.problems import Problem
from inspect_app.services.place.register import area_tree, area_writes, outline_writes
from inspect_app.store import Store


def import_areas(store: Store, text: str, file: str) -> int | list[Problem]:
    """Take over areas from CSV without an act, all or none; how many are new or corrected.

    Another name or parent is taken for a correction: it counts for every week up to the area's first change. For one
    that begins in a week see ``areas_changing``.
    """
    parsed = parse_areas(text, file, {area.code: area for area in area_tree(store)})
    areas = [area for area in parsed if isinstance(area, Area)]
    problems = [problem for problem in parsed if isinstance(problem, Problem)]
    return problems or len(store.act([write for area in areas for write in area_writes(store, area)]))


def keep_area_outline(store: Store, area: Area, outline: Mapping[str, object]) -> bool:
    """Keep an area's outline; whether that changed anything."""
    return bool(store.act(outline_writes(store, area, outline)))
