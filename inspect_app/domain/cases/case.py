"""Cases as kept: between the document and the value that the rules work on, and what of it a unit may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..weeks import instant_from, utc_text
from .life_cycle import ACTS, Case, Party, State, Step, allowed


def case_of(document: Mapping[str, Any]) -> Case:
    """The case of a kept document."""
    return Case(
        filed_at=_instant(document["filed_at"]),
        state=State(document["state"]),
        unit=document["unit"],
        joint=tuple(document["joint"]),
        deadline=_maybe(document["deadline"]),
        asked_until=_maybe(document["asked_until"]),
        steps=tuple(step_from_json(raw) for raw in document["steps"]),
    )


def with_step(document: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """The document of a case one step on: ``case`` is what ``acted`` gave for it."""
    step = case.steps[-1]
    at = utc_text(step.at)
    return {
        **document,
        "state": case.state.value,
        "unit": case.unit,
        "joint": list(case.joint),
        "units": [unit for unit in (case.unit, *case.joint) if unit],
        "deadline": _text(case.deadline),
        "asked_until": _text(case.asked_until),
        "dispatched_at": document["dispatched_at"] or (at if step.act == "dispatch" else None),
        "closed_at": at if case.state in (State.CLOSED, State.CANCELLED) else None,
        "steps": [*document["steps"], step_to_json(step)],
    }


def step_to_json(step: Step) -> dict[str, Any]:
    return {
        "act": step.act,
        "at": utc_text(step.at),
        "by": step.by,
        "party": step.party.value,
        "unit": step.unit,
        "joint": list(step.joint),
        "reason": step.reason,
        "deadline": _text(step.deadline),
        "photos": list(step.photos),
    }


def step_from_json(raw: Mapping[str, Any]) -> Step:
    return Step(
        act=raw["act"],
        at=_instant(raw["at"]),
        by=raw["by"],
        party=Party(raw["party"]),
        unit=raw["unit"],
        joint=tuple(raw["joint"]),
        reason=raw["reason"],
        deadline=_maybe(raw["deadline"]),
        photos=tuple(raw["photos"]),
    )


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


def for_unit(id: str, document: Mapping[str, Any], unit: str, names: Mapping[str, str], area: str) -> CaseForUnit:
    """The case as the unit with this id may know it. ``names`` are the units' names by id, ``area`` the area's."""
    case = case_of(document)
    mine = case.unit == unit
    place = document["place"]
    return CaseForUnit(
        id=id,
        state=case.state,
        title=document["title"],
        description=document["description"],
        clauses=tuple(document["clauses"]),
        site_type=document["site_type"],
        place=place["name"],
        address=place["address"],
        lat=place["lat"],
        lon=place["lon"],
        area=area,
        found_on=document["found_on"],
        photos=len(document["photos"]),
        lead=names.get(case.unit, ""),
        joint=tuple(names.get(one, one) for one in case.joint),
        deadline=case.deadline,
        asked_until=case.asked_until if mine else None,
        times=document["recurrence"]["times"],
        steps=_steps(case.steps, unit, names),
        after=tuple(one["sha256"] for one in document["after"] if one["unit"] == unit),
        acts=_acts(case, unit),
    )


def _acts(case: Case, unit: str) -> tuple[str, ...]:
    return tuple(act.name for act in allowed(case, Party.UNIT, unit))


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


def reported_late(document: Mapping[str, Any]) -> bool:
    """Whether any report of a unit came after the deadline that stood then; another one given later mends nothing."""
    deadline = None
    for step in document["steps"]:
        if step["act"] == "handle" and deadline and step["at"] > deadline:
            return True
        # What a unit asks for is no deadline until it is granted.
        if step["act"] != "extend" and step["deadline"]:
            deadline = step["deadline"]
    return False


def sent_back(document: Mapping[str, Any]) -> int:
    """How often the office sent the work back (返工 or 重办)."""
    return sum(step["act"] in ("send_back", "reopen") for step in document["steps"])


def was_extended(document: Mapping[str, Any]) -> bool:
    return any(step["act"] == "grant" for step in document["steps"])


def _instant(text: str) -> datetime:
    found = instant_from(text)
    assert found is not None, text
    return found


def _maybe(text: str | None) -> datetime | None:
    return _instant(text) if text else None


def _text(instant: datetime | None) -> str | None:
    return utc_text(instant) if instant else None
