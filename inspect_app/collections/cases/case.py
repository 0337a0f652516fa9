"""Cases as documents, the claims of findings that were filed, and the running numbers of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from ...domain.cases.brief import brief_of_case
from ...domain.cases.case import AfterPhoto, Case, CasePlace, Recheck
from ...domain.cases.exposure import ExposedPhoto, Exposure, Withdrawal
from ...domain.cases.life_cycle import Course, Party, Provisional, State, Step
from ...domain.cases.recurrence import Recurrence
from ...domain.evidence.signals import SIGNALS, Signal
from ...domain.place.positions import fix_from_json, fix_to_json
from ...domain.weeks import instant_of, utc_text
from ..blanking import blanking_document, blanking_of, with_none_blanked
from ..collection import Brief, Collection, Document
from .case_brief import VERSION, case_brief_bytes, case_brief_reader


def _read(id: str, document: Mapping[str, Any]) -> Case:
    return Case(
        week=document["week"],
        area=document["area"],
        site=document["site"],
        inspection=document["inspection"],
        item=document["item"],
        checklist=document["checklist"],
        version=document["version"],
        title=document["title"],
        description=document["description"],
        clauses=tuple(document["clauses"]),
        dimension=document["dimension"],
        site_type=document["site_type"],
        place=CasePlace(**document["place"]),
        found_on=document["found_on"],
        photos=tuple(document["photos"]),
        filed_by=document["filed_by"],
        proposed=document["proposed"],
        recurrence=Recurrence(**document["recurrence"]),
        course=_course(document),
        dispatched_at=_maybe(document["dispatched_at"]),
        closed_at=_maybe(document["closed_at"]),
        after=tuple(map(_after, document["after"])),
        recheck=_recheck(document["recheck"]) if document["recheck"] else None,
        exposure=_exposure(document["exposure"]) if document["exposure"] else None,
        blanked=tuple(map(blanking_of, document["blanked"])),
    )


def _write(case: Case) -> Document:
    return {
        "week": case.week,
        "area": case.area,
        "site": case.site,
        "state": case.state.value,
        "unit": case.unit,
        "units": list(case.units),
        "inspection": case.inspection,
        "item": case.item,
        "checklist": case.checklist,
        "version": case.version,
        "title": case.title,
        "description": case.description,
        "clauses": list(case.clauses),
        "dimension": case.dimension,
        "site_type": case.site_type,
        "place": asdict(case.place),
        "found_on": case.found_on,
        "photos": list(case.photos),
        "joint": list(case.joint),
        "deadline": _text(case.deadline),
        "asked_until": _text(case.asked_until),
        "filed_at": utc_text(case.filed_at),
        "filed_by": case.filed_by,
        "proposed": case.proposed,
        "recurrence": asdict(case.recurrence),
        "dispatched_at": _text(case.dispatched_at),
        "closed_at": _text(case.closed_at),
        "steps": [_step_document(step) for step in case.steps],
        "after": [_after_document(photo) for photo in case.after],
        "recheck": _recheck_document(case.recheck) if case.recheck else None,
        "exposure": _exposure_document(case.exposure) if case.exposure else None,
        "blanked": [blanking_document(one) for one in case.blanked],
    }


def _course(document: Mapping[str, Any]) -> Course:
    return Course(
        filed_at=instant_of(document["filed_at"]),
        state=State(document["state"]),
        unit=document["unit"],
        joint=tuple(document["joint"]),
        deadline=_maybe(document["deadline"]),
        asked_until=_maybe(document["asked_until"]),
        steps=tuple(map(_step, document["steps"])),
    )


def _step(raw: Mapping[str, Any]) -> Step:
    return Step(
        act=raw["act"],
        at=instant_of(raw["at"]),
        by=raw["by"],
        party=Party(raw["party"]),
        unit=raw["unit"],
        joint=tuple(raw["joint"]),
        reason=raw["reason"],
        deadline=_maybe(raw["deadline"]),
        photos=tuple(raw["photos"]),
        provisional=_provisional(raw["provisional"]) if raw["provisional"] else None,
    )


def _provisional(raw: Mapping[str, Any]) -> Provisional:
    return Provisional(tuple(raw["years"]), raw["count"], raw["unit"], _maybe(raw["since"]))


def _provisional_document(one: Provisional) -> Document:
    return {"years": list(one.years), "count": one.count, "unit": one.unit, "since": _text(one.since)}


def _step_document(step: Step) -> Document:
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
        "provisional": _provisional_document(step.provisional) if step.provisional else None,
    }


def _after(raw: Mapping[str, Any]) -> AfterPhoto:
    return AfterPhoto(
        sha256=raw["sha256"],
        at=instant_of(raw["at"]),
        captured_at=instant_of(raw["captured_at"]),
        unit=raw["unit"],
        fix=fix_from_json(raw["fix"]) if raw["fix"] else None,
        source=raw["source"],
        distance_m=raw["distance_m"],
        signals=tuple(Signal(**signal) for signal in raw["signals"]),
        report=raw["handling"],
        fingerprint=raw["fingerprint"],
    )


def _after_document(photo: AfterPhoto) -> Document:
    return {
        "sha256": photo.sha256,
        "at": utc_text(photo.at),
        "captured_at": utc_text(photo.captured_at),
        "unit": photo.unit,
        "fix": fix_to_json(photo.fix) if photo.fix else None,
        "source": photo.source,
        "distance_m": photo.distance_m,
        "signals": [asdict(signal) for signal in photo.signals],
        "handling": photo.report,
        "fingerprint": photo.fingerprint,
    }


def _recheck(raw: Mapping[str, Any]) -> Recheck:
    return Recheck(raw["by"], instant_of(raw["at"]), raw["inspector"])


def _recheck_document(recheck: Recheck) -> Document:
    return {"by": recheck.by, "at": utc_text(recheck.at), "inspector": recheck.inspector}


def _exposure(raw: Mapping[str, Any]) -> Exposure:
    taken = raw["withdrawn"]
    return Exposure(
        by=raw["by"],
        chosen_at=instant_of(raw["chosen_at"]),
        not_before=instant_of(raw["not_before"]),
        text=raw["text"],
        photos=tuple(ExposedPhoto(**photo) for photo in raw["photos"]),
        withdrawn=Withdrawal(taken["by"], instant_of(taken["at"]), taken["reason"]) if taken else None,
    )


def _exposure_document(exposure: Exposure) -> Document:
    taken = exposure.withdrawn
    return {
        "by": exposure.by,
        "chosen_at": utc_text(exposure.chosen_at),
        "not_before": utc_text(exposure.not_before),
        "text": exposure.text,
        "photos": [asdict(photo) for photo in exposure.photos],
        "withdrawn": {"by": taken.by, "at": utc_text(taken.at), "reason": taken.reason} if taken else None,
    }


def _maybe(text: str | None) -> datetime | None:
    return instant_of(text) if text else None


def _text(instant: datetime | None) -> str | None:
    return utc_text(instant) if instant else None


def _whole(document: Document) -> Document:
    """Version 1 had a recheck only where one was asked for, and after-photos whose signals were names alone."""
    return {"recheck": None, **document, "after": [_whole_after(photo) for photo in document["after"]]}


def _whole_after(raw: Mapping[str, Any]) -> Document:
    signals = [
        {"name": one, "text": SIGNALS[one].title if one in SIGNALS else one, "numbers": {}}
        if isinstance(one, str)
        else one
        for one in raw["signals"]
    ]
    return {"handling": "", "fingerprint": "", **raw, "signals": signals}


_LAST_ARRANGED = 2026
"""The last year whose holidays a program that kept version 3 could know."""


def _with_provisional(document: Document) -> Document:
    """Until version 3 a deadline did not say that it was given before the holidays of its year were arranged."""
    steps = [{**step, "provisional": _unarranged(step["deadline"])} for step in document["steps"]]
    return {**document, "steps": steps}


def _unarranged(deadline: str | None) -> Document | None:
    """As a day that somebody chose: what was promised is not known any more."""
    # The last seven days of December belong to the next year's arrangement as well.
    last = (instant_of(deadline) + timedelta(days=7)).year if deadline else 0
    years = list(range(_LAST_ARRANGED + 1, last + 1))
    return {"years": years, "count": 0.0, "unit": "", "since": None} if years else None


CASES: Collection[Case] = Collection(
    "cases",
    _read,
    _write,
    by=("week", "area", "site", "state", "unit", "units"),
    version=4,
    upgrades=(_whole, with_none_blanked, _with_provisional),
    brief=Brief(VERSION, brief_of_case, case_brief_bytes, case_brief_reader),
)
"""An id is the city's running number of the year: ``2026-00042``. ``unit`` leads, ``units`` are all concerned."""


FILED: Collection[str] = Collection(
    "filed_findings", lambda id, document: str(document["case"]), lambda case: {"case": case}
)
"""The number of the case that a finding was filed as; an id is ``<inspection>/<item>``."""

CASE_NUMBERS: Collection[int] = Collection(
    "case_numbers", lambda id, document: int(document["last"]), lambda last: {"last": last}
)
"""The last number that was given out in a year; an id is the year."""
