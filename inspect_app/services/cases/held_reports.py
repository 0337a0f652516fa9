"""Reports of units that were refused: they wait for the office as inspections do, and are taken over as reports."""

from __future__ import annotations

from datetime import datetime

from ...collections import Kept
from ...collections.inspecting.held_import import HELD_IMPORTS
from ...domain.inspecting.held_import import ACCEPTED, HeldImport
from ...domain.problems import Problem
from .. import Services
from ..accounts.accounts import find_user
from ..audit import Entry, keep
from ..inspecting.holding import accept, decided, undecided
from .unit_reports import take_handling


def accept_held(
    services: Services, by: str, id: str, reason: str, now: datetime, *, site: str = "", revision: int | None = None
) -> list[Problem]:
    """Take over whatever waits under an id, as ``holding.accept`` does; a report is its unit's, with what came of it.

    Raises ``Stale`` where it was decided meanwhile, or is no more at the ``revision`` that was seen.
    """
    kept = undecided(services, id, reason, revision)
    if isinstance(kept, Problem):
        return [kept]
    if kept.value.is_report:
        return _accept_report(services, by, kept, reason, now)
    found = accept(services, by, id, reason, now, site=site, revision=revision)
    return found if isinstance(found, list) else []


def _accept_report(services: Services, by: str, kept: Kept[HeldImport], reason: str, now: datetime) -> list[Problem]:
    unit = find_user(services.store, kept.value.inspector)
    if unit is None:
        return [Problem("importing.account_unknown", details={"name": kept.value.inspector})]
    held = kept.value
    done = take_handling(
        services, unit, kept.id, held.raw, now, is_held=True, sent_as=held.sent_as, blanked=held.blanked
    )
    if done.case is None:
        return list(done.problems)
    # After a crash right here it waits still, and is found to be taken when it is accepted once more.
    told = {"reason": reason.strip(), "case": done.case.id, "inspector": unit.name}
    write = HELD_IMPORTS.writing(kept.id, decided(kept.value, ACCEPTED, by, reason, now), kept.revision)
    keep(services.store, by, now, [Entry("report.taken_over", kept.id, after=told)], [write])
    return []
