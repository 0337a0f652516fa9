"""A year's holidays are put in, and deadlines that were given before are counted anew: a step, a log entry, notices.

Whatever brings the arrangement (the page, a file, an edited ``deadlines.toml``, a newer package), the running server
and ``cases recount`` find the deadlines that it settles.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from ...collections import Kept
from ...collections.cases.case import CASES
from ...domain.cases.arrangements import LAWFUL_WEEKDAYS, Arrangement, with_arrangement
from ...domain.cases.case import WITH_UNIT, Case, stepped
from ...domain.cases.deadlines import Deadlines, asks_calendar
from ...domain.cases.life_cycle import Party, Step, acted
from ...domain.cases.recounting import Recount, reason, recounted, setting, still_provisional
from ...domain.cases.working_time import unlike_package
from ...domain.problems import Problem
from ...domain.starting_set import DEADLINES_FILE, name_of
from ...domain.weeks import utc_text
from ...store import Stale
from .. import Services
from ..audit import Entry, keep

_log = logging.getLogger(__name__)

BY_ITSELF = "系统"
"""Who recounts where nobody put the arrangement in by a page or command."""
_NAME = name_of(DEADLINES_FILE)
_BY_LAW = "法定节假日不上班"


@dataclass(frozen=True, slots=True)
class Recounted:
    """A case whose deadline is recounted: from when to when, and whether it is final."""

    id: str
    case: Case
    before: datetime
    recount: Recount

    @property
    def is_moved(self) -> bool:
        return self.recount.deadline != self.before


def recount_all(services: Services, by: str, now: datetime) -> list[Recounted]:
    """Recount every running deadline of which the calendar says more by now; what another was quicker with is left.

    A case that cannot be recounted is logged and passed over.
    """
    done = []
    for kept, recount in _due(services, services.library.deadlines):
        try:
            with suppress(Stale):
                _keep(services, by, kept, recount, now)
                done.append(_told(kept, recount))
        except ValueError:
            _log.exception("deadline of case %s cannot be recounted", kept.id)
    return done


def would_recount(services: Services, arrangement: Arrangement) -> list[Recounted]:
    """What ``recount_all`` would do were this arrangement in force: a preview."""
    deadlines = services.library.deadlines
    years = tuple(one for one in deadlines.years if one.year != arrangement.year)
    arranged = replace(deadlines, years=(*years, arrangement))
    return [_told(kept, recount) for kept, recount in _due(services, arranged)]


def unlike_known(arrangement: Arrangement) -> list[Problem]:
    """That an arrangement differs from what the package knows of its year, which is to be confirmed; empty mostly.

    It would count the days of a running or past year, and so its figures, in another way.
    """
    days = tuple(day.isoformat() for day in unlike_package(arrangement))
    return [Problem("arrangements.unlike_package", details={"year": arrangement.year, "days": days})] if days else []


def doubts(arrangement: Arrangement) -> list[Problem]:
    """As ``unlike_known``, and that it gives more or fewer days off than the law."""
    if not arrangement.surplus:
        return unlike_known(arrangement)
    unusual = Problem(
        "arrangements.surplus_unusual",
        details={
            "year": arrangement.year,
            "got": arrangement.surplus + LAWFUL_WEEKDAYS,
            "lawful": LAWFUL_WEEKDAYS,
        },
    )
    return [*unlike_known(arrangement), unusual]


def put_in(services: Services, by: str, arrangement: Arrangement, now: datetime) -> list[Recounted] | list[Problem]:
    """Put a year's arrangement in force, in the place of its earlier one, and recount; or what is wrong with it.

    Raises ``Stale`` where the limits were changed at the same moment.
    """
    library = services.library
    library.look_again()
    number = library.number(_NAME)
    text = with_arrangement(library.text(_NAME), arrangement)
    why = f"{arrangement.year}年放假调休安排"
    if problems := library.keep(_NAME, text, by, now, why, expected=number, whole=False):
        return problems
    return recount_all(services, by, now)


def count_provisional(services: Services) -> int:
    """How many running deadlines are provisional."""
    deadlines = services.library.deadlines
    return sum(_is_provisional(kept.value, deadlines) for kept in CASES.find(services.store, state=WITH_UNIT))


def _is_provisional(case: Case, deadlines: Deadlines) -> bool:
    step = setting(case.course)
    return (
        step is not None
        and step.provisional is not None
        and bool(step.provisional.years)
        and asks_calendar(deadlines, case)
    )


def _due(services: Services, deadlines: Deadlines) -> Iterable[tuple[Kept[Case], Recount]]:
    office = deadlines.office(services.settings.timezone)
    for kept in CASES.find(services.store, state=WITH_UNIT):
        # Deadlines of earlier versions are kept as provisional ones, whatever their limit.
        if not asks_calendar(deadlines, kept.value):
            continue
        try:
            recount = recounted(kept.value.course, office)
        except ValueError:  # no end within ten years, by a calendar of the city's own
            _log.exception("deadline of case %s cannot be recounted", kept.id)
            continue
        if recount:
            yield kept, recount


def _keep(services: Services, by: str, kept: Kept[Case], recount: Recount, now: datetime) -> None:
    """One more step of the case with its log entry. Raises ``Stale`` where it was changed meanwhile.

    ``ValueError`` where the case as it is kept takes no such step.
    """
    before, setter = kept.value.course, setting(kept.value.course)
    if setter is None or setter.provisional is None or before.deadline is None:
        raise ValueError("no provisional deadline")
    years = "、".join(f"{year}年" for year in setter.provisional.years)
    arranged = f"{years}放假调休安排已公布" if years else "放假调休安排已更正"
    step = Step(
        "recount",
        max(now, before.changed_at),
        by,
        Party.CALENDAR,
        reason=reason(recount, _BY_LAW, arranged, before.asked_until),
        deadline=recount.deadline,
        provisional=still_provisional(setter, recount),
    )
    course = acted(before, step)
    if isinstance(course, list):
        raise ValueError(f"no recount: {course}")
    told = {"deadline": utc_text(recount.deadline), "counted": utc_text(recount.counted), "reason": step.reason}
    if recount.years:
        told["holidays_unknown"] = list(recount.years)  # type: ignore[assignment]
    entry = Entry("case.recount", kept.id, before={"deadline": utc_text(before.deadline)}, after=told)
    keep(services.store, by, now, [entry], [CASES.writing(kept.id, stepped(kept.value, course), kept.revision)])


def _told(kept: Kept[Case], recount: Recount) -> Recounted:
    assert kept.value.deadline
    return Recounted(kept.id, kept.value, kept.value.deadline, recount)
