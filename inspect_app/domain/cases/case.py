"""Cases (整改件) as they are kept: what is to be put right, where, who is to do it, and what has been done so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..blanking import Blanking
from ..evidence.signals import Signal
from ..place.positions import Fix
from .exposure import Exposure
from .life_cycle import Course, State, Step
from .recurrence import Recurrence

OPEN_STATES = frozenset(State) - {State.CLOSED, State.CANCELLED}
WITH_UNIT = frozenset({State.DISPATCHED, State.ACCEPTED})


@dataclass(frozen=True, slots=True)
class CasePlace:
    """Where the unit is to go: WGS-84 degrees where known; ``address`` in words, mostly empty."""

    name: str
    address: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class AfterPhoto:
    """A photo that a unit took when it was done, with what was found about it. Instants are UTC.

    ``at`` is when it came, with which ``report`` (its UUID and fingerprint; empty where it came without one);
    ``distance_m`` are metres from the site.
    """

    sha256: str
    at: datetime
    captured_at: datetime
    unit: str
    fix: Fix | None = None
    source: str | None = None
    distance_m: float | None = None
    signals: tuple[Signal, ...] = ()
    report: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Recheck:
    """That an inspector (any, where empty) is to look at the site again; ``at`` is when that was asked for, UTC."""

    by: str
    at: datetime
    inspector: str


@dataclass(frozen=True, slots=True)
class Case:
    """A confirmed finding on its way to being put right.

    Finding: ``inspection`` and ``item``, the ``checklist`` and its ``version``, week, area code and site code (empty
    for an ad-hoc report) as inspected; ``photos`` are SHA-256. ``found_on`` is the day, local to the city (ISO 8601).
    ``proposed`` is the unit that the rules proposed when it was filed. Instants are UTC.
    """

    week: str
    area: str
    site: str
    inspection: str
    item: str
    checklist: str
    version: str
    title: str
    description: str
    clauses: tuple[str, ...]
    dimension: str
    site_type: str
    place: CasePlace
    found_on: str
    photos: tuple[str, ...]
    filed_by: str
    proposed: str
    recurrence: Recurrence
    course: Course
    dispatched_at: datetime | None = None
    closed_at: datetime | None = None
    after: tuple[AfterPhoto, ...] = ()
    recheck: Recheck | None = None
    exposure: Exposure | None = None
    blanked: tuple[Blanking, ...] = ()

    @property
    def state(self) -> State:
        return self.course.state

    @property
    def unit(self) -> str:
        return self.course.unit

    @property
    def joint(self) -> tuple[str, ...]:
        return self.course.joint

    @property
    def units(self) -> tuple[str, ...]:
        """All that have to do with it, the lead first."""
        return tuple(filter(None, (self.unit, *self.joint)))

    @property
    def deadline(self) -> datetime | None:
        return self.course.deadline

    @property
    def asked_until(self) -> datetime | None:
        return self.course.asked_until

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.course.steps

    @property
    def filed_at(self) -> datetime:
        return self.course.filed_at

    @property
    def is_cancelled(self) -> bool:
        return self.state is State.CANCELLED

    @property
    def is_exposed(self) -> bool:
        """Whether it was chosen to be shown to the public, and not taken back."""
        return self.exposure is not None and self.exposure.withdrawn is None

    def overdue(self, now: datetime) -> bool:
        """Whether the unit owes work past the deadline."""
        return self.course.overdue(now)

    def last(self, *acts: str) -> Step | None:
        """The last step that was one of these acts."""
        return next((step for step in reversed(self.steps) if step.act in acts), None)


def stepped(case: Case, course: Course, after: tuple[AfterPhoto, ...] = ()) -> Case:
    """The case one step on: ``course`` is what ``acted`` gave for its own, ``after`` are the photos of that step."""
    step = course.steps[-1]
    first_dispatch = step.at if step.act == "dispatch" else None
    return replace(
        case,
        course=course,
        dispatched_at=case.dispatched_at or first_dispatch,
        closed_at=step.at if course.state in (State.CLOSED, State.CANCELLED) else None,
        after=(*case.after, *after),
    )


def rests_on(case: Case, started_at: datetime, received_at: datetime) -> bool:
    """Whether the office closed the case, or sent the work back, when it could see a visit made for its recheck."""
    asked = case.recheck is not None and case.recheck.at <= started_at
    return asked and any(step.act in ("close", "send_back") and step.at >= received_at for step in case.steps)


def sent_back(case: Case) -> int:
    """How often the office sent the work back (返工 or 重办)."""
    return sum(step.act in ("send_back", "reopen") for step in case.steps)
