"""What lists and figures need of a case: a tenth of it, so that those of years can be gone through."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .case import WITH_UNIT, Case, Recheck, sent_back
from .life_cycle import State, Step


class CaseBrief(NamedTuple):
    """A case as figures see it. Instants are UTC.

    ``week``, ``area`` and ``site`` are those of the finding, which is the ``item`` of an ``inspection``.
    ``reported_at`` is when the unit last reported; ``late``: whether any report came after its deadline, None where
    that rests on a deadline that was given before a year's holidays were known. ``extended``: more time was granted;
    ``exposed``: it was chosen for the public, whatever became of that. All else is as the case has it.
    """

    id: str
    week: str
    area: str
    site: str
    inspection: str
    item: str
    clauses: tuple[str, ...]
    state: State
    unit: str
    filed_at: datetime
    deadline: datetime | None
    dispatched_at: datetime | None
    reported_at: datetime | None
    late: bool | None
    sent_back: bool
    recurrent: bool
    extended: bool
    exposed: bool
    checklist: str
    asked_until: datetime | None
    closed_at: datetime | None
    recheck: Recheck | None

    def overdue(self, now: datetime) -> bool:
        """As of the case."""
        return self.state in WITH_UNIT and self.deadline is not None and self.deadline < now


def brief_of_case(id: str, case: Case) -> CaseBrief:
    """What figures need of the case with this number."""
    reported = case.last("handle")
    return CaseBrief(
        id=id,
        week=case.week,
        area=case.area,
        site=case.site,
        inspection=case.inspection,
        item=case.item,
        clauses=case.clauses,
        state=case.state,
        unit=case.unit,
        filed_at=case.filed_at,
        deadline=case.deadline,
        dispatched_at=case.dispatched_at,
        reported_at=reported.at if reported else None,
        late=_late(case),
        sent_back=sent_back(case) > 0,
        recurrent=case.recurrence.times > 1,
        extended=case.last("grant") is not None,
        exposed=case.exposure is not None,
        checklist=case.checklist,
        asked_until=case.asked_until,
        closed_at=case.closed_at,
        recheck=case.recheck,
    )


def _late(case: Case) -> bool | None:
    """``recounting.reported_late`` as far as no calendar has to be asked; None where one has."""
    giver: Step | None = None
    unsure = False
    for step in case.steps:
        if step.act == "handle" and giver and giver.deadline and step.at > giver.deadline:
            if giver.provisional is None:
                return True
            unsure = True
        if step.act != "extend" and step.deadline:
            giver = step
    return None if unsure else False
