"""What a unit may know of a case, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .case import Case
from .life_cycle import ACTS, Party, State, Step, allowed


@dataclass(frozen=True, slots=True)
class StepForUnit:
    """A step as a unit reads it: the act, whose it was (office or unit, never a person), when, and what it said."""

    label: str
    party: str
    unit: str
    at: datetime
    reason: str
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class CaseForUnit:
    """Everything of a case that a unit ever receives: pages, files and messages for units are made of this alone.

    Nothing tells who inspected, with which account or phone, where they walked, or at what time of the day: the
    position is the site's, the day is a day, ``photos`` are how many there are, ``after`` are the unit's own (SHA-256).
    """

    id: str
    state: State
    title: str
    description: str
    clauses: tuple[str, ...]
    site_type: str
    place: str
    address: str
    lat: float | None
    lon: float | None
    area: str
    found_on: str
    photos: int
    lead: str
    joint: tuple[str, ...]
    deadline: datetime | None
    asked_until: datetime | None
    times: int
    steps: tuple[StepForUnit, ...]
    after: tuple[str, ...]
    acts: tuple[str, ...]


def for_unit(id: str, case: Case, unit: str, names: Mapping[str, str], area: str) -> CaseForUnit:
    """The case as the unit with this id may know it. ``names`` are the units' names by id, ``area`` the area's."""
    mine = case.unit == unit
    return CaseForUnit(
        id=id,
        state=case.state,
        title=case.title,
        description=case.description,
        clauses=case.clauses,
        site_type=case.site_type,
        place=case.place.name,
        address=case.place.address,
        lat=case.place.lat,
        lon=case.place.lon,
        area=area,
        found_on=case.found_on,
        photos=len(case.photos),
        lead=names.get(case.unit, ""),
        joint=tuple(names.get(one, one) for one in case.joint),
        deadline=case.deadline,
        asked_until=case.asked_until if mine else None,
        times=case.recurrence.times,
        steps=_steps(case.steps, unit, names),
        after=tuple(photo.sha256 for photo in case.after if photo.unit == unit),
        acts=tuple(act.name for act in allowed(case.course, Party.UNIT, unit)),
    )


def _steps(steps: Sequence[Step], unit: str, names: Mapping[str, str]) -> tuple[StepForUnit, ...]:
    """What happened while the case was with this unit; who had it before or in between is none of its business."""
    found: list[StepForUnit] = []
    concerned: frozenset[str] = frozenset()
    for step in steps:
        if step.act == "dispatch":
            concerned = frozenset((step.unit, *step.joint))
        if unit in concerned:
            label, party = ACTS[step.act].label, step.party.label
            told = StepForUnit(label, party, names.get(step.unit, ""), step.at, step.reason, step.deadline)
            found.append(told)
        if step.act == "return":
            concerned = frozenset()
    return tuple(found)
