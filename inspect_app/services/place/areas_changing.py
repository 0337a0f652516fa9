"""Renaming and merging areas from a week on, and taking over a CSV file of areas; every change is logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ...collections.place.area import AREA_CHANGES, change_id
from ...domain.place.area_history import (
    AreaChange,
    When,
    plan_merge,
    plan_renames,
    plan_withdrawal,
)
from ...domain.place.areas import Area, parse_areas
from ...domain.problems import Problem
from ...domain.tables import RawTable
from ...domain.weeks import utc_text, week_of
from ...store import Write
from .. import Services
from ..audit import Entry, keep
from ..publications import published_weeks
from .register import area_history, area_writes


@dataclass(frozen=True, slots=True)
class ImportedAreas:
    """What an import of areas did: how many are new, and the change that names and parents needed."""

    new: int
    change: AreaChange | None


def rename_area(
    services: Services, by: str, code: str, name: str, week: str, reason: str, now: datetime
) -> AreaChange | list[Problem]:
    """Give an area another name from a week on. Raises ``Stale`` where somebody else changed areas at that moment."""
    history = area_history(services.store)
    area = history.tree().get(code)
    renamed = replace(area, name=name.strip()) if area else Area(code, name.strip(), "")
    return _keep(services, plan_renames(history, [renamed], week, reason, when(services, now)), by, now)


def merge_areas(
    services: Services, by: str, codes: Sequence[str], into: str, name: str, week: str, reason: str, now: datetime
) -> AreaChange | list[Problem]:
    """Make several areas one from a week on; their sites are that one's from then. Raises ``Stale`` as above."""
    history = area_history(services.store)
    planned = plan_merge(history, codes, into.strip(), name.strip(), week, reason, when(services, now))
    return _keep(services, planned, by, now)


def withdraw_change(services: Services, by: str, number: int, now: datetime) -> AreaChange | list[Problem]:
    """Withdraw the last change, where nothing published rests on it. Raises ``Stale`` as above."""
    last = plan_withdrawal(area_history(services.store), number, when(services, now))
    if isinstance(last, list):
        return last
    kept = AREA_CHANGES.get(services.store, change_id(number))
    assert kept
    withdrawn = replace(last, withdrawn=f"{utc_text(now)} {by}")
    entry = Entry("areas.withdrawn", _of(last), before=_said(last))
    keep(services.store, by, now, [entry], [AREA_CHANGES.writing(kept.id, withdrawn, kept.revision)])
    return withdrawn


def import_areas_from(
    services: Services, by: str, table: RawTable | str, file: str, week: str, now: datetime
) -> ImportedAreas | list[Problem]:
    """Take over areas, all or none: unknown codes are new, other names or parents count from the week on.

    ``table`` may be the text of a CSV. Raises ``Stale`` as above, then without having taken anything.
    """
    history = area_history(services.store)
    tree = history.tree()
    parsed = parse_areas(table, file, {area.code: area for area in tree})
    areas = [area for area in parsed if isinstance(area, Area)]
    problems = [problem for problem in parsed if isinstance(problem, Problem)]
    if problems:
        return problems
    new = [area for area in areas if area.code not in tree]
    if gone := [area for area in new if history.merged_in(area.code)]:
        return [
            Problem(
                "areas.import_merged",
                details={"file": file, "code": area.code, "name": area.name, "into_name": tree.name(area.code)},
            )
            for area in gone
        ]
    other = [area for area in areas if area.code in tree and tree.get(area.code) != area]
    writes = [write for area in new for write in area_writes(services.store, area)]
    entry = Entry("areas.imported", "areas/import", after={"file": file[:500], "new": [area.code for area in new]})
    if not other:
        return ImportedAreas(len(keep(services.store, by, now, [entry], writes)) if writes else 0, None)
    planned = plan_renames(history, other, week, f"导入 {file}"[:500], when(services, now))
    change = _keep(services, planned, by, now, entries=[entry] if writes else [], beside=writes)
    return change if isinstance(change, list) else ImportedAreas(len(writes), change)


def when(services: Services, now: datetime) -> When:
    """When a change may begin, as things stand."""
    return When(
        published=max(published_weeks(services.store), default=""), this_week=week_of(now, services.settings.timezone)
    )


def _keep(
    services: Services,
    planned: AreaChange | list[Problem],
    by: str,
    now: datetime,
    *,
    entries: Sequence[Entry] = (),
    beside: Sequence[Write] = (),
) -> AreaChange | list[Problem]:
    """Keep a planned change, and what else belongs to it. Its number tells of others meanwhile."""
    if isinstance(planned, list):
        return planned
    change = replace(planned, by=by, at=utc_text(now))
    entry = Entry("areas.merged" if change.merged else "areas.renamed", _of(change), after=_said(change))
    writes = [AREA_CHANGES.writing(change_id(change.number), change), *beside]
    keep(services.store, by, now, [entry, *entries], writes)
    return change


def _of(change: AreaChange) -> str:
    return f"areas/{change_id(change.number)}"


def _said(change: AreaChange) -> dict[str, object]:
    """What the audit log says of a change."""
    return {
        "from": change.week,
        "areas": {area.code: area.name for area in change.areas},
        "merged": dict(change.merged),
        "reason": change.reason,
    }
